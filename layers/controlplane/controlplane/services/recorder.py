"""Audit events, made the same way for every change (contract, section 8)."""

from __future__ import annotations

from typing import Any

from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent
from controlplane.domain.timestamps import timestamp
from controlplane.ports import Clock, Ids

PLATFORM_SCOPE, TENANT_SCOPE = "platform", "tenant"


class Recorder:
    """Makes the event of a change; the service appends it to the change's own transaction."""

    def __init__(self, *, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def event(
        self, event_type: str, *, by: Principal, trail: str, payload: dict[str, Any],
        about_keys: tuple[str, ...] = (), environment_id: str = "", also_platform: bool = False,
    ) -> AuditEvent:
        """Return an event for the trail of one organization; `PLATFORM_ORG` is the platform's own trail.

        `payload` holds the object's id under its own name, `change`, and the new values without secrets; the actor
        is added. `also_platform` puts the event into the platform's trail as well.
        """
        platform = trail == PLATFORM_ORG or also_platform
        acting_key = (by.id,) if by.type == "api_key" else ()
        return AuditEvent(
            id=self._ids.event_id(),
            event_type=event_type,
            scope=PLATFORM_SCOPE if platform else TENANT_SCOPE,
            trails=(PLATFORM_ORG, trail) if also_platform and trail != PLATFORM_ORG else (trail,),
            created_at=self._clock.now(),
            platform_key_id=by.id if by.platform and by.type == "api_key" else "",
            platform_user_id=by.id if by.platform and by.type == "user" else "",
            impersonated_org_id=by.org_id if by.impersonating else "",
            environment_id=environment_id or by.environment_id,
            key_ids=tuple(dict.fromkeys((*about_keys, *acting_key))),
            payload=_readable(payload) | {"actor": actor_of(by)},
        )


def _readable(payload: dict[str, Any]) -> dict[str, Any]:
    """Write times as clients read them everywhere else; a time that never was is null."""
    return {
        name: (timestamp(value) if value else None) if name.endswith("_at") and isinstance(value, int) else value
        for name, value in payload.items()
    }


def actor_of(by: Principal) -> dict[str, str]:
    """Return the actor of an event: its kind and id."""
    kind = "platform_user" if by.type == "user" and by.platform else by.type
    return {"type": kind, "id": by.id}
