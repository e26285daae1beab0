"""What the system says of itself, as clients read it (contract, section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controlplane.api.views import View, view
from controlplane.domain.timestamps import timestamp

if TYPE_CHECKING:
    from controlplane.services.system import Capabilities, Health


class HealthView(View, frozen=True, kw_only=True):
    status: str
    timestamp: str
    version: str


class ReadyView(View, frozen=True, kw_only=True):
    status: str


class CapabilitiesView(View, frozen=True, kw_only=True):
    transports: list[str]
    features: list[str]
    version: str
    auth_required: bool


@view(HealthView)
def health_view(health: Health) -> HealthView:
    """Show that the process is alive."""
    return HealthView(status="healthy", timestamp=timestamp(health.timestamp), version=health.version)


@view(ReadyView)
def ready_view(status: str) -> ReadyView:
    """Show that requests can be served."""
    return ReadyView(status=status)


@view(CapabilitiesView)
def capabilities_view(able: Capabilities) -> CapabilitiesView:
    """Show what this server can do."""
    return CapabilitiesView(transports=list(able.transports), features=list(able.features), version=able.version,
                            auth_required=True)
