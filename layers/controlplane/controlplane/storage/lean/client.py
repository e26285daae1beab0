"""DynamoDB calls for the hot path: signed, retried, safe when a reply is lost."""

from __future__ import annotations

import json
import os
from time import gmtime, monotonic, sleep, strftime, time

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage.lean.errors import error_of, is_transient
from controlplane.storage.lean.signing import Signer, environment_credentials
from controlplane.storage.lean.wire import Connection, Endpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from controlplane.storage.lean.signing import Credentials
    from controlplane.storage.lean.wire import Transport

BATCH_GET_CAP = 100
READS = frozenset({"BatchGetItem", "DescribeTable", "GetItem", "Query", "TransactGetItems"})


def _binary(raw: Any) -> str:
    """Spell a binary attribute as it goes over the wire."""
    from binascii import b2a_base64

    return b2a_base64(raw, newline=False).decode()


_encoded = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=_binary).encode
_decoded = json.JSONDecoder().raw_decode
_FIRST_PAUSE = 0.025
_LONGEST_PAUSE = 1.0


class DynamoClient:
    """Asks one DynamoDB endpoint, over one connection.

    `deadline` is a moment of `time.monotonic()` everywhere. Credentials are asked for once a second, and anew
    after whatever went wrong. A request may be sent again when that cannot
    change its outcome: reads, a TransactWriteItems that carries its ClientRequestToken, and what the caller
    calls `idempotent`.
    """

    def __init__(
        self,
        *,
        endpoint: str | None,
        region: str,
        credentials: Callable[[], Credentials] = environment_credentials,
        timeout: float = 1.0,
        ca_file: str | None = None,
    ) -> None:
        """Prepare; nothing is opened or read before the first call.

        `endpoint` None is AWS's own for `region`; `timeout` bounds one attempt in seconds; `ca_file` is
        the roots to trust, as in Connection.
        """
        place = Endpoint(endpoint or f"https://dynamodb.{region}.amazonaws.com")
        self.transport: Transport = Connection(place, timeout=timeout, ca_file=ca_file)
        self._authority = place.authority
        self._ask_credentials = credentials
        self._signer = Signer(region)
        self._now: tuple[int, str, Credentials] | None = None

    def call(
        self, operation: str, payload: dict[str, Any], *, deadline: float, idempotent: bool = False
    ) -> dict[str, Any]:
        """Post one operation and give its answer.

        Raises DynamoError when DynamoDB refuses, StoreUnavailable when no answer came by `deadline`; of a
        write that is not idempotent, StoreUnavailable leaves open whether it happened.
        """
        again = idempotent or operation in READS
        again = again or (operation == "TransactWriteItems" and bool(payload.get("ClientRequestToken")))
        return self.post(operation, _encoded(payload), deadline=deadline, again=again)

    def post(self, operation: str, text: str, *, deadline: float, again: bool) -> dict[str, Any]:
        """Post one operation's JSON, more than once only if `again`; raises what `call` raises."""
        body = text.encode()
        attempt, excused = 0, False
        while True:
            try:
                return self._ask(operation, body, deadline)
            except _TryAgain as reason:
                if not again:
                    raise StoreUnavailable from reason.__cause__
                lost, cause = reason.lost, reason.__cause__
            if lost and not excused:  # most likely an old connection that died while idle: no pause for it
                excused = True
                continue
            _pause(attempt, deadline, cause)
            attempt += 1

    def transact_write(self, items: Sequence[dict[str, Any]], *, token: str, deadline: float) -> None:
        """Write all items or none, once, however often it has to be sent.

        `token` (1 to 36 characters) names this write; DynamoDB remembers it for ten minutes. Raises
        DynamoError with the cancellation reasons when a condition fails, StoreUnavailable when conflicts
        outlast `deadline`.
        """
        if not 1 <= len(token) <= 36:
            raise ValueError("a client request token has 1 to 36 characters")
        payload = {"TransactItems": list(items), "ClientRequestToken": token}
        self.call("TransactWriteItems", payload, deadline=deadline)

    def batch_get(self, table: str, keys: Sequence[dict[str, Any]], deadline: float) -> list[dict[str, Any]]:
        """Read up to 100 distinct keys, strongly consistent.

        The items come raw and in no order; a key without an item is simply not among them. Never answers
        with less than was asked for: keys left unprocessed are asked again, and StoreUnavailable is raised
        when some still are at `deadline`.
        """
        if len(keys) > BATCH_GET_CAP:
            raise ValueError(f"a batch has at most {BATCH_GET_CAP} keys")
        found: list[dict[str, Any]] = []
        wanted, attempt = [_text_of(key) for key in keys], 0
        while wanted:
            if attempt:
                _pause(attempt - 1, deadline)
            request = f'{{"RequestItems":{{{_encoded(table)}:{{"Keys":[{",".join(wanted)}],"ConsistentRead":true}}}}}}'
            reply = self.post("BatchGetItem", request, deadline=deadline, again=True)
            for items in reply["Responses"].values():
                found += items
            left = reply.get("UnprocessedKeys")
            wanted = [_encoded(key) for asked in left.values() for key in asked["Keys"]] if left else []
            attempt += 1
        return found

    def _ask(self, operation: str, body: bytes, deadline: float) -> dict[str, Any]:
        if monotonic() >= deadline:
            raise StoreUnavailable
        request = self._request(operation, body)
        try:
            status, _, answer = self.transport.exchange(request, deadline)
        except OSError as error:
            self._now = None
            raise _TryAgain(lost=True) from error
        if status == 200:
            return _document(answer)
        self._now = None
        refusal = error_of(status, answer)
        if is_transient(status, refusal):
            raise _TryAgain(lost=False) from refusal
        raise refusal

    def _request(self, operation: str, body: bytes) -> bytes:
        stamp, credentials = self._moment()
        signed = self._signer.signed_headers(
            credentials, stamp=stamp, host=self._authority, target=f"DynamoDB_20120810.{operation}", body=body,
        )
        return f"POST / HTTP/1.1\r\n{signed}content-length: {len(body)}\r\n\r\n".encode() + body

    def _moment(self) -> tuple[str, Credentials]:
        """Return the time as signatures name it, and the credentials of this second."""
        second, now = int(time()), self._now
        if now is None or now[0] != second:
            self._now = now = (second, strftime("%Y%m%dT%H%M%SZ", gmtime(second)), self._ask_credentials())
        return now[1], now[2]


class _TryAgain(Exception):
    """An attempt without an answer; `lost` when the connection went with it."""

    def __init__(self, *, lost: bool) -> None:
        super().__init__()
        self.lost = lost


class KeyItem(dict[str, "Any"]):
    """A key as a request names it, with its JSON, for callers that ask for the same keys again and again."""

    __slots__ = ("text",)

    def __init__(self, key: dict[str, Any]) -> None:
        """Take the key; it is not to be changed any more."""
        super().__init__(key)
        self.text = _encoded(key)


def _text_of(key: dict[str, Any]) -> str:
    return key.text if isinstance(key, KeyItem) else _encoded(key)


def _document(answer: bytes) -> dict[str, Any]:
    try:
        text = answer.decode().strip(" \t\r\n")
        document, end = _decoded(text)
    except ValueError:
        document, end, text = None, 0, ""
    if end != len(text) or not isinstance(document, dict):
        raise _TryAgain(lost=False) from ValueError("an answer is not a JSON object")
    return document


def _pause(attempt: int, deadline: float, cause: BaseException | None = None) -> None:
    """Wait a random part of a doubling interval, or give up if past the deadline."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))
    pause = longest * int.from_bytes(os.urandom(4), "big") / 2**32
    if monotonic() + pause >= deadline:
        raise StoreUnavailable from cause
    sleep(pause)
