"""What the system says of itself (contract, section 5)."""

from __future__ import annotations

from controlplane import VERSION
from controlplane.domain.values import dataclass
from controlplane.ports import Clock, Store

FEATURES = (
    "api_keys", "audit", "custom_roles", "environments", "functions", "impersonation", "platform_users", "policies",
    "policy_conditions", "policy_explain", "projects", "tenant_users",
)
TRANSPORTS = ("http",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The process answers: `timestamp` in seconds."""

    timestamp: int
    version: str = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What this server can do."""

    transports: tuple[str, ...] = TRANSPORTS
    features: tuple[str, ...] = FEATURES
    version: str = VERSION


class SystemService:
    """Questions that need no credential."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def health(self) -> Health:
        """Say that the process is alive."""
        return Health(timestamp=self._clock.now())

    def ready(self) -> str:
        """Say that the table can be read; raise StoreUnavailable when it cannot."""
        self._store.ping()
        return "ready"

    def capabilities(self) -> Capabilities:
        """Say what this server can do."""
        return Capabilities()
