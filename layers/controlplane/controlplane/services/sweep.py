"""The sweep: what time and deletions leave to do, done in steps that may each be a process's last (design)."""

from __future__ import annotations

from controlplane.domain.errors import Conflict
from controlplane.domain.expiry import DAY
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey
from controlplane.domain.values import dataclass
from controlplane.ports import Clock, EventBus, Store
from controlplane.services.cleaning import CleaningService
from controlplane.services.expiry_notices import ExpiryNotices
from controlplane.services.key_records import remove_key
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_CLEANING_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep did: figures only. `done` is false when the time was over before the work was."""

    expired: int
    expiring: int
    purged: int
    done: bool


class Sweep:
    """Cleans up after deletions, announces expiries, and purges where that was asked for.

    Any number may run at once, and any may end anywhere: the next one goes on with what is left.
    """

    def __init__(
        self, store: Store, *, clock: Clock, recorder: Recorder, cleaning: CleaningService, bus: EventBus,
        purge_after_days: int = 0,
    ) -> None:
        self._store = store
        self._clock = clock
        self._recorder = recorder
        self._cleaning = cleaning
        self._notices = ExpiryNotices(store, clock=clock, recorder=recorder, bus=bus)
        self._purge_after_days = purge_after_days

    def run(self, *, seconds: float) -> Swept:
        """Work for at most about `seconds`. Raises BusUnavailable and StoreUnavailable; what was done stays done."""
        end = self._clock.now_ms() + int(seconds * 1000)
        cleaned = self._clean(seconds * _CLEANING_SHARE)
        given = self._notices.give(until_ms=end)
        purged, purged_all = self._purge(until_ms=end)
        return Swept(expired=given.expired, expiring=given.expiring, purged=purged,
                     done=cleaned and given.done and purged_all)

    def _clean(self, seconds: float) -> bool:
        try:
            return self._cleaning.clean(seconds=seconds)
        except Conflict:  # another sweep, or a request, cleans the same
            return False

    def _purge(self, *, until_ms: int) -> tuple[int, bool]:
        """Remove keys that expired long ago, if that was asked for; each leaves an event, as every removal does."""
        if not self._purge_after_days:
            return 0, True
        latest, after, purged = self._clock.now() - self._purge_after_days * DAY, "", 0
        while True:
            page = self._store.expired_keys(until=latest, after=after)
            for key in page.items:
                if self._clock.now_ms() >= until_ms:
                    return purged, False
                purged += self._purge_key(key, latest=latest)
            after = page.next
            if not after:
                return purged, True

    @retried
    def _purge_key(self, key: ApiKey, *, latest: int) -> bool:
        current = self._store.key(key.org_id, key.id)
        if current is None or not current.expired(latest):
            return False
        by = Principal(type="system", id="expiry_sweep", home_org_id=key.org_id, org_id=key.org_id, role_ids=())
        transaction = self._store.transaction()
        remove_key(transaction, current)
        transaction.append(self._recorder.event(
            f"{'platform' if key.platform else 'authz'}.key.revoked", by=by, trail=key.org_id, about_keys=(key.id,),
            environment_id=key.environment_id,
            payload={"api_key_id": key.id, "change": "purged", "name": key.name, "prefix": key.prefix,
                     "expires_at": key.expires_at},
        ))
        transaction.commit()
        return True
