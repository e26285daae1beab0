"""One thing that goes wrong between the product and its table, below everything that the product has for it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import CancellationReason, VerboseClientError

from tests.faults.wire_memory import Refused

Call = Callable[[str, dict[str, Any]], dict[str, Any]]
_WRITE = "TransactWriteItems"
_BATCHES = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}
USUAL_SECONDS = 0.005
LEAN_TIMEOUT = 1.0  # the lean client's own, of one attempt


class Fault(Enum):
    """What can happen to one request to the table."""

    THROTTLED = "throttled"
    INTERNAL = "internal error"
    INTERNAL_AFTERWARDS = "internal error after it was done"
    CONFLICT = "transaction conflict"
    CANCELLED = "cancelled for want of capacity"
    TIMEOUT = "timeout before it was sent"
    LOST = "done, and the reply lost"
    REFUSED = "connection refused"
    PARTIAL = "half of a batch left undone"
    SLOW = "answered at the last moment"

    def concerns(self, operation: str) -> bool:
        """Tell whether this can happen to such a request."""
        if self in (Fault.CONFLICT, Fault.CANCELLED):
            return operation == _WRITE
        return self is not Fault.PARTIAL or operation in _BATCHES


_SECONDS = {Fault.TIMEOUT: 1.0, Fault.LOST: 2.0, Fault.SLOW: 1.9}


class VirtualTime:
    """A clock that only moves when somebody sleeps, or waits for a reply."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


@dataclass
class Line:
    """The way to the table. Requests are counted; from request `first` on, `lasting` or only this once, it fails."""

    engine: Call
    time: VirtualTime
    fault: Fault | None = None
    first: int = 0
    lasting: bool = False
    asked: list[str] = field(default_factory=list)

    def heal(self) -> None:
        """Fail no more, and count from nothing."""
        self.fault, self.asked = None, []

    def send(
        self, operation: str, payload: dict[str, Any], *, patience: float = 60
    ) -> tuple[dict[str, Any], Fault | None]:
        """Do what is asked unless it fails before; return the answer and what became of it.

        `patience` is how long whoever asks waits.
        """
        self.asked.append(operation)
        number = len(self.asked)
        due = self.fault is not None and self.fault.concerns(operation) and (
            number >= self.first if self.lasting else number == self.first)  # fmt: skip
        fault = self.fault if due else None
        self.time.sleep(min(_SECONDS.get(fault, USUAL_SECONDS), patience) if fault else USUAL_SECONDS)
        if fault is Fault.PARTIAL:
            return self._half(operation, payload), None
        if fault in (None, Fault.LOST, Fault.INTERNAL_AFTERWARDS, Fault.SLOW):
            return self.engine(operation, payload), fault
        return {}, fault

    def _half(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        ((table, wanted),) = payload["RequestItems"].items()
        rows = wanted["Keys"] if operation == "BatchGetItem" else wanted
        done, left = rows[: len(rows) // 2], rows[len(rows) // 2 :]

        def some(part: list[Any]) -> dict[str, Any]:
            return {table: wanted | {"Keys": part} if operation == "BatchGetItem" else part}

        answer = self.engine(operation, {"RequestItems": some(done)}) if done else {"Responses": {table: []}}
        return answer | {_BATCHES[operation]: some(left)}


class FaultyConnection:
    """pynamodb's connection as the handlers' client uses it; it raises what botocore and pynamodb raise."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def dispatch(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request."""
        try:
            answer, fault = self._line.send(operation, payload)
        except Refused as refused:
            raise _error(operation, refused.code, 400, refused.reasons) from None
        address = {"endpoint_url": "http://table"}
        if fault is Fault.THROTTLED:
            raise _error(operation, "ThrottlingException", 400)
        if fault in (Fault.INTERNAL, Fault.INTERNAL_AFTERWARDS):
            raise _error(operation, "InternalServerError", 500)
        if fault in (Fault.CONFLICT, Fault.CANCELLED):
            reason = "TransactionConflict" if fault is Fault.CONFLICT else "ThrottlingError"
            raise _error(operation, "TransactionCanceledException", 400, (reason, "None"))
        if fault is Fault.TIMEOUT:
            raise ConnectTimeoutError(**address)
        if fault is Fault.LOST:
            raise ReadTimeoutError(**address)
        if fault is Fault.REFUSED:
            raise EndpointConnectionError(**address)
        return answer


class FaultyTransport:
    """The lean client's transport as the authorizer uses it; it answers what DynamoDB answers."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def exchange(self, request: bytes, deadline: float) -> tuple[int, dict[str, str], bytes]:
        """Send one request."""
        head, _, body = request.partition(b"\r\n\r\n")
        operation = next(line for line in head.decode().split("\r\n") if "DynamoDB_20120810." in line)
        operation = operation.rpartition("DynamoDB_20120810.")[2]
        try:
            left = min(deadline - self._line.time.monotonic(), LEAN_TIMEOUT)
            answer, fault = self._line.send(operation, json.loads(body), patience=left - 0.001)
        except Refused as refused:
            return _refusal(refused.code, refused.reasons)
        if fault is Fault.THROTTLED:
            return _refusal("ThrottlingException")
        if fault in (Fault.INTERNAL, Fault.INTERNAL_AFTERWARDS):
            return 500, {}, b"{}"
        if fault in (Fault.CONFLICT, Fault.CANCELLED):
            reason = "TransactionConflict" if fault is Fault.CONFLICT else "ThrottlingError"
            return _refusal("TransactionCanceledException", (reason, "None"))
        if fault in (Fault.TIMEOUT, Fault.LOST):
            raise TimeoutError("no whole reply in time")
        if fault is Fault.REFUSED:
            raise ConnectionRefusedError
        return 200, {}, json.dumps(answer, default=lambda raw: b64encode(raw).decode()).encode()


def _error(operation: str, code: str, status: int, reasons: tuple[str, ...] = ()) -> VerboseClientError:
    response = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    told = [None if reason == "None" else CancellationReason(code=reason) for reason in reasons]
    return VerboseClientError(response, operation, cancellation_reasons=told)


def _refusal(code: str, reasons: tuple[str, ...] = ()) -> tuple[int, dict[str, str], bytes]:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "CancellationReasons": [{"Code": r} for r in reasons]}
    return 400, {}, json.dumps(body).encode()
