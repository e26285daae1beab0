"""What the authorizer leaves behind: a key's last use, denials, and impersonations (contract, sections 3, 7, 8)."""

from __future__ import annotations

from controlplane.domain.credentials import without_values
from controlplane.domain.digests import sha256
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import AuditEvent
from controlplane.domain.ulid import RANDOM_BITS, ulid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from controlplane.domain.principal import Principal
    from controlplane.gateway.authorizer.callers import Caller
    from controlplane.gateway.authorizer.request import Request
    from controlplane.ports import Clock, Ids

    class IdentityWriter(Protocol):
        """Writes what must be, or may be, written before a decision is told."""

        def note_use(self, org_id: str, key_id: str, *, now: int) -> None: ...
        def append_denial(self, event: AuditEvent) -> None: ...
        def append(self, event: AuditEvent, *, token: str) -> None: ...

IMPERSONATED = "platform.impersonated"
_KEY = "api_key"
_CLOCKS_APART_MS = 60_000


class Recorder:
    """Makes the authorizer's events; only an impersonation's must stand before the request goes on."""

    def __init__(self, writer: IdentityWriter, *, clock: Clock, ids: Ids) -> None:
        self._writer = writer
        self._clock = clock
        self._ids = ids

    def used(self, caller: Caller) -> None:
        """Note that a key was used, at most once a minute."""
        if caller.type == _KEY:
            self._writer.note_use(caller.organization.id, caller.id, now=self._clock.now())

    def denied(self, request: Request, principal: Principal, action: str) -> None:
        """Record in the tenant's trail that an action was denied; repeats within a minute are counted."""
        from controlplane.domain.denials import denial

        self._writer.append_denial(denial(
            id=self._ids.event_id(), now=self._clock.now(), principal=principal, action=action,
            method=request.method, path=request.path,
        ))

    def impersonated(self, request: Request, principal: Principal) -> None:
        """Record in both trails who enters an organization; raise StoreUnavailable when it cannot be written.

        The event is named after the request, so that the same request, asked about again, leaves it once.
        """
        now_ms = self._clock.now_ms()
        arrived = request.arrived_ms if abs(now_ms - request.arrived_ms) < _CLOCKS_APART_MS else now_ms
        name = sha256(f"{request.id}\n{principal.id}\n{principal.org_id}".encode()).digest()
        random = int.from_bytes(name[: RANDOM_BITS // 8], "big")
        is_key = principal.type == _KEY
        event = AuditEvent(
            id=ulid(arrived, random) if request.id else self._ids.event_id(),
            event_type=IMPERSONATED,
            scope="platform",
            trails=(PLATFORM_ORG, principal.org_id),
            created_at=arrived // 1000,
            platform_key_id=principal.id if is_key else "",
            platform_user_id="" if is_key else principal.id,
            impersonated_org_id=principal.org_id,
            environment_id=principal.environment_id,
            key_ids=(principal.id,) if is_key else (),
            payload=_visit(request, principal),
        )
        self._writer.append(event, token=event.id)


def _visit(request: Request, principal: Principal) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "org_id": principal.org_id,
        "method": request.method,
        "path": without_values(request.path),
        "operation": request.route.operation if request.route else "",
        "reason": principal.reason,
        "actor": {"type": _KEY if principal.type == _KEY else "platform_user", "id": principal.id},
        "request_id": request.id,
    }
    if principal.environment_id:
        payload["environment_id"] = principal.environment_id
    return payload
