"""Repeating a POST without doing it twice: `Idempotency-Key` (contract, section 1).

The request is noted before it is carried out; the note turns to `committed` in the very transaction that carries it
out, so a crash in between can neither lose nor repeat the change. Replies are kept without secrets.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from controlplane.domain.digests import compare_digest, hmac_sha256, sha256
from controlplane.domain.errors import Aborted, AlreadyExists, Conflict, InvalidArgument, StoreUnavailable
from controlplane.domain.principal import Principal
from controlplane.domain.records import IdempotentRequest
from controlplane.domain.values import dataclass, replace
from controlplane.ports import Clock, Store

STARTED, COMMITTED, REPLIED = "started", "committed", "replied"
_LIFETIME = 24 * 3600
_ABANDONED_AFTER = 35
_LONGEST_KEY = 255
_LARGEST_REPLY = 300_000
_IN_PROGRESS = "a request with this Idempotency-Key is in progress"
_REPLY_LOST = "the request was carried out, but its reply was lost; look for what it made"
_OTHER = "this Idempotency-Key was used with another request"


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A reply as it is kept: a status and JSON values without secrets."""

    status: int
    body: Any


class Idempotency:
    """Carries requests out at most once per principal and key, for 24 hours.

    `secret` returns what requests are recognised with: a body may hold a password, and whoever reads the table must
    not be able to try passwords on a plain hash of it.
    """

    def __init__(self, store: Store, *, clock: Clock, secret: Callable[[], bytes]) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret

    def once(
        self, key: str, *, request: str, by: Principal, carry_out: Callable[[], KeptReply]
    ) -> KeptReply | None:
        """Carry a request out, or return the reply of the time when it was; None means that it was just now.

        `request` is all that makes the request what it is. Raises InvalidArgument for a bad key, AlreadyExists when
        the key was used with another request, and Aborted while the same request is in progress or when its reply
        was lost. What fails is forgotten, so that it can be tried again.
        """
        if not (key.isascii() and key.isprintable() and 1 <= len(key) <= _LONGEST_KEY):
            raise InvalidArgument(f"Idempotency-Key must be 1 to {_LONGEST_KEY} printable ASCII characters")
        wanted = self._note(key, request, by)
        mine = self._begin(wanted)
        if mine.state != STARTED:
            return KeptReply(mine.status, json.loads(mine.reply))
        self._run(mine, carry_out)
        return None

    def _note(self, key: str, request: str, by: Principal) -> IdempotentRequest:
        now = self._clock.now()
        owner = f"{by.home_org_id}/{by.type}/{by.id}"
        return IdempotentRequest(principal=_hash(owner), key=_hash(key), fingerprint=self._sealed(request),
                                 state=STARTED, started_at=now, ttl=now + _LIFETIME)

    def _sealed(self, request: str) -> str:
        return hmac_sha256(self._secret(), request.encode("utf-8", "surrogatepass")).hex()

    def _begin(self, wanted: IdempotentRequest) -> IdempotentRequest:
        """Note the request, or return the earlier one's note; take over a note that its request has abandoned."""
        found = self._store.idempotent_request(wanted.principal, wanted.key)
        if found and found.ttl > wanted.started_at:
            _check_same(found, wanted)
            if found.state == REPLIED:
                return found
            _check_abandoned(found, now=wanted.started_at)
        transaction = self._store.transaction()
        if found:
            transaction.replace(found, wanted)
        else:
            transaction.create(wanted)
        try:
            transaction.commit()
        except Conflict:
            raise Aborted(_IN_PROGRESS) from None
        return replace(wanted, revision=found.revision + 1) if found else wanted

    def _run(self, mine: IdempotentRequest, carry_out: Callable[[], KeptReply]) -> None:
        committed = replace(mine, state=COMMITTED)
        ride = None
        try:
            with self._store.riding(mine, committed) as ride:
                reply = carry_out()
        except BaseException:
            if ride is None or not ride.taken:
                self._forget(mine)
            raise
        self._keep(replace(committed, revision=mine.revision + 1) if ride.taken else mine, reply)

    def _keep(self, note: IdempotentRequest, reply: KeptReply) -> None:
        """Keep a reply for those who ask again; whoever asked first gets it whether or not that succeeds."""
        body = json.dumps(reply.body)
        if len(body) <= _LARGEST_REPLY:
            kept = replace(note, state=REPLIED, status=reply.status, reply=body)
        elif note.state == STARTED:
            kept = self._expired(note)
        else:
            return
        with suppress(StoreUnavailable):
            self._turn(note, kept)

    def _forget(self, mine: IdempotentRequest) -> None:
        """Let the request be tried again; where its outcome is open, the note's guard tells."""
        self._turn(mine, self._expired(mine))

    def _expired(self, note: IdempotentRequest) -> IdempotentRequest:
        """A note is never deleted: not every function may, and a revision is never used twice."""
        return replace(note, ttl=self._clock.now())

    def _turn(self, old: IdempotentRequest, new: IdempotentRequest) -> None:
        transaction = self._store.transaction()
        transaction.replace(old, new)
        with suppress(Conflict):
            transaction.commit()


def _check_same(found: IdempotentRequest, wanted: IdempotentRequest) -> None:
    if not compare_digest(found.fingerprint, wanted.fingerprint):
        raise AlreadyExists(_OTHER)


def _check_abandoned(found: IdempotentRequest, *, now: int) -> None:
    """A request runs for half a minute at most; after that nobody can be about to change or answer anything."""
    if now - found.started_at < _ABANDONED_AFTER:
        raise Aborted(_IN_PROGRESS)
    if found.state == COMMITTED:
        raise Aborted(_REPLY_LOST)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
