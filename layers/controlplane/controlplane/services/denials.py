"""Denials that only a service could decide on, in the trail like the authorizer's (contract, section 8)."""

from __future__ import annotations

from controlplane.domain.denials import denial
from controlplane.domain.principal import Principal
from controlplane.ports import Clock, Ids, Store
from controlplane.services.decisions import Asked


class Denials:
    """Records what was refused because of rights: what would escalate, or an object's own environment forbids."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def note(self, action: str, *, asked: Asked, by: Principal | None) -> None:
        """Append the denial of `action` to the caller's own trail, or count it; best effort, and never raises.

        A refusal that names no action is none, and the platform's callers have no trail of a tenant.
        """
        if not action or by is None or by.platform:
            return
        self._store.append_denial(denial(id=self._ids.event_id(), now=self._clock.now(), principal=by, action=action,
                                         method=asked.method, path=asked.path))
