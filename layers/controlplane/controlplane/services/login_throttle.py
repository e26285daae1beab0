"""Failed logins cost time: of one account, and from one address (contract, section 4).

An attempt counts against its account before the password is looked at, so a burst of guesses sent at once gets no
more of them than the same guesses one after another; a success takes everything back. Nobody is locked out for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from controlplane.domain.digests import sha256
from controlplane.domain.errors import Conflict, ResourceExhausted
from controlplane.domain.records import Attempts
from controlplane.domain.values import dataclass, replace
from controlplane.ports import Clock, Store

SHORTEST_DELAY, LONGEST_DELAY = 4, 900
_TRIES = 40
_BUSY_SECONDS = 1
_TOO_MANY = "too many failed logins; try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many failures are free, and for how many seconds they are remembered."""

    kind: str
    free: int
    window: int

    def delay(self, failures: int) -> int:
        """Return the seconds to wait after so many failures: none, then 4, 8, 16 … up to a quarter of an hour."""
        return 0 if failures < self.free else min(SHORTEST_DELAY << min(failures - self.free, 8), LONGEST_DELAY)


ACCOUNT = Limit(kind="account", free=5, window=86_400)
ADDRESS = Limit(kind="address", free=30, window=60)


def account_of(scope: str, address_key: str) -> str:
    """Return what an account is counted under, whether it exists or not: a hash, so no e-mail stands in a key."""
    return sha256(f"{scope}\0{address_key}".encode()).hexdigest()


class LoginThrottle:
    """Counts in the table, so that every process sees every attempt."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def admit(self, account: str, *, address: str) -> None:
        """Let one attempt on an account begin, counted as failed until it succeeds.

        Raises ResourceExhausted, with the seconds to wait, while the account or the address has to wait.
        """
        self._refuse_if_blocked(self._store.attempts(ADDRESS.kind, network_of(address)))
        if not self._change(ACCOUNT, account, self._one_more):
            raise ResourceExhausted(_TOO_MANY, retry_after=_BUSY_SECONDS)

    def failed(self, *, address: str) -> None:
        """Count a failure against the address that it came from."""
        self._change(ADDRESS, network_of(address), self._one_more_anyway)

    def succeeded(self, account: str) -> None:
        """Forget the account's failures."""
        self._change(ACCOUNT, account, lambda _limit, _subject, _old: None)

    def _change(
        self, limit: Limit, subject: str, change: Callable[[Limit, str, Attempts | None], Attempts | None]
    ) -> bool:
        """Replace a counter; somebody else's change in between is read and counted on. Tell whether it was done."""
        for _ in range(_TRIES):
            old = self._store.attempts(limit.kind, subject)
            new = change(limit, subject, old)
            if new is None and old is None:
                return True
            transaction = self._store.transaction()
            if old is None and new is not None:
                transaction.create(new)
            elif old is not None:
                transaction.replace(old, new or replace(old, count=0, blocked_until=0))
            try:
                transaction.commit()
            except Conflict:
                continue
            return True
        return False

    def _one_more(self, limit: Limit, subject: str, old: Attempts | None) -> Attempts:
        self._refuse_if_blocked(old)
        return self._one_more_anyway(limit, subject, old)

    def _one_more_anyway(self, limit: Limit, subject: str, old: Attempts | None) -> Attempts:
        now = self._clock.now()
        kept = old if old is not None and now < old.ttl and old.count else None
        count, started = (kept.count + 1, kept.window_started_at) if kept else (1, now)
        delay = limit.delay(count)
        blocked_until = now + delay if delay else 0
        return Attempts(kind=limit.kind, subject=subject, count=count, window_started_at=started,
                        blocked_until=blocked_until, ttl=max(started, blocked_until) + limit.window)

    def _refuse_if_blocked(self, attempts: Attempts | None) -> None:
        wait = attempts.blocked_until - self._clock.now() if attempts else 0
        if wait > 0:
            raise ResourceExhausted(_TOO_MANY, retry_after=wait)


def network_of(address: str) -> str:
    """Return what an address is counted under: itself, or for IPv6 the /64 that one subscriber holds."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
