"""Announcing that API keys expire: each notice once, whatever interrupts it (contract, section 8).

A notice is published first and noted second, in one transaction with the audit event of an expired key. Whatever ends
a process in between, the next one publishes the same announcement, under the same id, and the event is written once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from controlplane.domain.errors import Conflict
from controlplane.domain.expiry import EXPIRED, NOTICE_DAYS, notice_name, notices_due
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, AuditEvent
from controlplane.domain.timestamps import timestamp
from controlplane.domain.values import dataclass, replace
from controlplane.ports import Announcement, Clock, EventBus, Store, Transaction
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_PAGE = 100
_TOGETHER = 8  # a key and the two places of its event are three changes, and a transaction takes twenty-five


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How many notices were given by this run, and whether every one that was due is."""

    expired: int = 0
    expiring: int = 0
    done: bool = False


class ExpiryNotices:
    """Gives the notices that are due; keys are only ever marked, never changed otherwise or removed."""

    def __init__(self, store: Store, *, clock: Clock, recorder: Recorder, bus: EventBus) -> None:
        self._store = store
        self._clock = clock
        self._recorder = recorder
        self._bus = bus

    def give(self, *, until_ms: int) -> Given:
        """Give what is due, until a moment of the clock. Raises BusUnavailable and StoreUnavailable."""
        total = Given()
        for keys in self._due(self._clock.now()):
            if self._clock.now_ms() >= until_ms:
                return total
            given = self._give_together(keys)
            expired = sum(key.notices == EXPIRED for key in given)
            total = replace(total, expired=total.expired + expired,
                            expiring=total.expiring + len(given) - expired)
        return replace(total, done=True)

    def _due(self, now: int) -> Iterator[list[ApiKey]]:
        """Yield keys with their next notices as they will be noted, a few at a time."""
        after = ""
        while True:
            page = self._store.due_keys(until=now, limit=_PAGE, after=after)
            alive = self._alive([key for key in page.items if _noted(key, now) != key])
            yield from (alive[start:start + _TOGETHER] for start in range(0, len(alive), _TOGETHER))
            after = page.next
            if not after:
                return

    def _alive(self, keys: Sequence[ApiKey]) -> list[ApiKey]:
        """Leave out keys that died with their organization or environment, and are being removed."""
        orgs = {org.id for org in self._store.organizations_by_id({key.org_id for key in keys})}
        places = {(key.org_id, key.environment_id) for key in keys if key.environment_id}
        gone = places - {(environment.org_id, environment.id) for environment in self._store.environments(places)}
        return [key for key in keys if key.org_id in orgs and (key.org_id, key.environment_id) not in gone]

    def _give_together(self, keys: Sequence[ApiKey]) -> list[ApiKey]:
        """Publish and note a few notices; if somebody changed one of the keys meanwhile, note one after the other."""
        now = self._clock.now()
        self._bus.publish([announcement(_noted(key, now)) for key in keys])
        transaction = self._store.transaction()
        for key in keys:
            self._note(transaction, key, _noted(key, now))
        try:
            transaction.commit()
        except Conflict:
            return [noted for key in keys if (noted := self._note_one(key, now=now))]
        return [_noted(key, now) for key in keys]

    @retried
    def _note_one(self, key: ApiKey, *, now: int) -> ApiKey | None:
        """Note a key's notice, unless the key is gone or another sweep was first."""
        current = self._store.key(key.org_id, key.id)
        if current is None or _noted(current, now) == current:
            return None
        transaction = self._store.transaction()
        self._note(transaction, current, _noted(current, now))
        transaction.commit()
        return _noted(current, now)

    def _note(self, transaction: Transaction, old: ApiKey, new: ApiKey) -> None:
        transaction.amend(old, new)
        if new.notices == EXPIRED and not new.platform:
            transaction.append(self._expired(new))

    def _expired(self, key: ApiKey) -> AuditEvent:
        by = Principal(type="system", id="expiry_sweep", home_org_id=key.org_id, org_id=key.org_id, role_ids=())
        return self._recorder.event(
            "authz.key.expired", by=by, trail=key.org_id, about_keys=(key.id,), environment_id=key.environment_id,
            payload={"api_key_id": key.id, "change": "expired", "name": key.name, "prefix": key.prefix,
                     "role_ids": list(key.role_ids), "environment_id": key.environment_id,
                     "expires_at": key.expires_at, "created_at": key.created_at, "org_id": key.org_id},
        )


def _noted(key: ApiKey, now: int) -> ApiKey:
    """Return the key after the notice that is due now; earlier ones that were never given are skipped."""
    return replace(key, notices=max(key.notices, notices_due(key.expires_at, now=now)))


def announcement(key: ApiKey) -> Announcement:
    """Return what subscribers hear of a key's latest notice: what it is called, never what it is."""
    expired = key.notices == EXPIRED
    return Announcement(
        id=f"{key.id}:{notice_name(key.notices)}", kind="key.expired" if expired else "key.expiring",
        detail={"key_id": key.id, "org_id": key.org_id, "environment_id": key.environment_id, "name": key.name,
                "prefix": key.prefix, "platform": key.platform, "expires_at": timestamp(key.expires_at),
                "within_days": 0 if expired else NOTICE_DAYS[key.notices - 1]},
    )
