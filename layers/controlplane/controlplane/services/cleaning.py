"""What deletions leave behind, removed afterwards: in steps, any of which may be the last of a process (design)."""

from __future__ import annotations

from controlplane.domain.errors import Problem
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Cleanup
from controlplane.ports import Clock, Store
from controlplane.services.key_records import credential_of
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_PATIENCE = 2.0


class CleaningService:
    """Works off the notes that deletions leave; a note goes only when nothing of its object is left."""

    def __init__(self, store: Store, *, clock: Clock, recorder: Recorder) -> None:
        self._store = store
        self._clock = clock
        self._recorder = recorder

    def clean_for_now(self) -> None:
        """Clean up within a request's patience; whatever is left, or fails, is left for the next time."""
        try:
            self.clean(seconds=_PATIENCE)
        except Problem:
            return

    def clean(self, *, seconds: float) -> bool:
        """Work for at most about `seconds`; return whether nothing is left to do."""
        end = self._clock.now_ms() + seconds * 1000
        for note in self._store.cleanups():
            while self._clock.now_ms() < end:
                if self._step(note):
                    transaction = self._store.transaction()
                    transaction.remove(note)
                    transaction.commit()
                    break
            else:
                return False
        return not self._store.cleanups(limit=1)

    def _step(self, note: Cleanup) -> bool:
        """Remove some of what a note is about; return whether that was all."""
        if note.kind == "organization":
            return self._store.remove_items_of_org(note.org_id)
        return self._clean_environment(note)

    def _clean_environment(self, note: Cleanup) -> bool:
        """Remove an environment's functions and keys; each key's end is an event in the tenant's trail."""
        functions = self._store.functions_of_environment(note.org_id, note.id, limit=5)
        if functions.items:
            transaction = self._store.transaction()
            for function in functions.items:
                transaction.remove(function)
            transaction.commit()
            return False
        after = ""
        while True:
            page = self._store.keys_of_org(note.org_id, after=after)
            for key in page.items:
                if key.environment_id == note.id:
                    self._revoke(key)
            after = page.next
            if not after:
                return True

    @retried
    def _revoke(self, key: ApiKey) -> None:
        current = self._store.key(key.org_id, key.id)
        if current is None:
            return
        by = Principal(type="system", id="environment_deleted", home_org_id=key.org_id, org_id=key.org_id, role_ids=())
        transaction = self._store.transaction()
        transaction.remove(current)
        transaction.remove(credential_of(current))
        transaction.append(self._recorder.event(
            "authz.key.revoked", by=by, trail=key.org_id, about_keys=(key.id,), environment_id=key.environment_id,
            payload={"api_key_id": key.id, "change": "environment_deleted", "name": key.name, "prefix": key.prefix},
        ))
        transaction.commit()
