"""Audit events as clients read them (contract, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from controlplane.api.views import View, view
from controlplane.domain.records import AuditEvent
from controlplane.domain.timestamps import timestamp

if TYPE_CHECKING:
    from controlplane.services.audit import TrailPage

RETENTION_DAYS = 365


class EventView(View, frozen=True, kw_only=True):
    id: str
    event_type: str
    scope: str
    platform_key_id: str
    platform_user_id: str
    impersonated_org_id: str
    payload: dict[str, Any]
    created_at: str


class TenantEventView(EventView, frozen=True, kw_only=True):
    run_id: str
    function_id: str
    environment_id: str


class PlatformAuditPageView(View, frozen=True, kw_only=True):
    events: list[EventView]
    total: int
    total_is_minimum: bool | UnsetType = UNSET
    next_cursor: str


class AuditPageView(View, frozen=True, kw_only=True):
    events: list[TenantEventView]
    total_count: int
    total_is_minimum: bool | UnsetType = UNSET
    next_cursor: str
    retention_days: int


@view(PlatformAuditPageView)
def platform_audit_page(page: TrailPage) -> PlatformAuditPageView:
    """Show a page of the platform's trail."""
    return PlatformAuditPageView(
        events=[EventView(**_event(event, page)) for event in page.events], total=page.total.number,
        total_is_minimum=page.total.is_minimum or UNSET, next_cursor=page.next,
    )


@view(AuditPageView)
def audit_page(page: TrailPage) -> AuditPageView:
    """Show a page of an organization's trail."""
    events = [
        TenantEventView(**_event(event, page), run_id="", function_id=event.payload.get("function_id", ""),
                        environment_id=event.environment_id)
        for event in page.events
    ]
    return AuditPageView(
        events=events, total_count=page.total.number, total_is_minimum=page.total.is_minimum or UNSET,
        next_cursor=page.next, retention_days=RETENTION_DAYS,
    )


def _event(event: AuditEvent, page: TrailPage) -> dict[str, Any]:
    """Return an event's fields; the counter of repeats stands beside the event, and is added here."""
    repeats = page.repeats.get(event.id, 0)
    payload = event.payload | {"count": 1 + repeats} if event.collapse else event.payload
    return {
        "id": event.id, "event_type": event.event_type, "scope": event.scope,
        "platform_key_id": event.platform_key_id, "platform_user_id": event.platform_user_id,
        "impersonated_org_id": event.impersonated_org_id, "payload": payload,
        "created_at": timestamp(event.created_at),
    }
