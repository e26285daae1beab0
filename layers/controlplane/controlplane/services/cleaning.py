"""What deletions leave behind, removed afterwards: in steps, any of which may be the last of a process (design)."""

from __future__ import annotations

from collections.abc import Sequence

from controlplane.domain.errors import Conflict, Problem
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Cleanup
from controlplane.ports import Clock, Store, Transaction
from controlplane.services.key_records import remove_key
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_PATIENCE = 2.0
_TOGETHER = 6  # a key, its credential and its event's two places are four changes, and a transaction takes twenty-five


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
                if self._step(note, end=end):
                    transaction = self._store.transaction()
                    transaction.remove(note)
                    transaction.commit()
                    break
            else:
                return False
        return not self._store.cleanups(limit=1)

    def _step(self, note: Cleanup, *, end: float) -> bool:
        """Remove some of what a note is about; return whether that was all."""
        if note.kind == "organization":
            return self._store.remove_items_of_org(note.org_id)
        return self._clean_environment(note, end=end)

    def _clean_environment(self, note: Cleanup, *, end: float) -> bool:
        """Remove an environment's functions and keys; each key's end is an event in the tenant's trail."""
        functions = self._store.functions_of_environment(note.org_id, note.id, limit=5)
        if functions.items:
            transaction = self._store.transaction()
            for function in functions.items:
                transaction.remove(function)
            transaction.commit()
            return False
        page = self._store.keys_of_environment(note.org_id, note.id)
        for start in range(0, len(page.items), _TOGETHER):
            if self._clock.now_ms() >= end:
                return False
            self._revoke_together(page.items[start:start + _TOGETHER])
        return not page.next

    def _revoke_together(self, keys: Sequence[ApiKey]) -> None:
        """Revoke a few keys at once; if somebody changed one of them meanwhile, one after the other."""
        transaction = self._store.transaction()
        for key in keys:
            self._add_revocation(transaction, key)
        try:
            transaction.commit()
        except Conflict:
            for key in keys:
                self._revoke(key)

    @retried
    def _revoke(self, key: ApiKey) -> None:
        current = self._store.key(key.org_id, key.id)
        if current is None:
            return
        transaction = self._store.transaction()
        self._add_revocation(transaction, current)
        transaction.commit()

    def _add_revocation(self, transaction: Transaction, key: ApiKey) -> None:
        by = Principal(type="system", id="environment_deleted", home_org_id=key.org_id, org_id=key.org_id, role_ids=())
        remove_key(transaction, key)
        transaction.append(self._recorder.event(
            "authz.key.revoked", by=by, trail=key.org_id, about_keys=(key.id,), environment_id=key.environment_id,
            payload={"api_key_id": key.id, "change": "environment_deleted", "name": key.name, "prefix": key.prefix},
        ))
