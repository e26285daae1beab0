"""What the lean client asks again, what it does not, and for how long: the wire replaced by a script."""

from __future__ import annotations

import contextlib
import json
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.lean.errors import DynamoError
from controlplane.storage.lean.reply import BrokenReply
from controlplane.storage.lean.signing import Credentials

Answer = tuple[int, bytes] | OSError
FINE = (200, b'{"Item":{"pk":{"S":"a"}}}')
LOST = BrokenReply("the connection ended before the reply did")
SECRETS = ("AKIDEXAMPLE", "wJalrHUSH", "SESSIONHUSH", "BODYHUSH")


class ScriptedWire:
    """Answers exchanges from a list, repeating its last entry, and keeps what was sent."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[bytes] = []

    def exchange(self, request: bytes, deadline: float) -> tuple[int, dict[str, str], bytes]:
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer[0], {}, answer[1]

    @property
    def bodies(self) -> list[bytes]:
        return [request.partition(b"\r\n\r\n")[2] for request in self.sent]


def client_on(wire: ScriptedWire, credentials: Callable[[], Credentials] | None = None) -> DynamoClient:
    def fixed() -> Credentials:
        return Credentials("AKIDEXAMPLE", "wJalrHUSH", "SESSIONHUSH")

    client = DynamoClient(endpoint="http://127.0.0.1:1", region="eu-west-1", credentials=credentials or fixed)
    client.transport = wire
    return client


def refusal(code: str, *reasons: str, status: int = 400, message: str = "no") -> tuple[int, bytes]:
    document: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
    if reasons:
        document["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return status, json.dumps(document).encode()


def within(seconds: float) -> float:
    return time.monotonic() + seconds


TRANSIENT = [
    pytest.param((500, b"<html>"), id="500"),
    pytest.param((503, b""), id="503"),
    pytest.param(refusal("InternalServerError", status=500), id="InternalServerError"),
    pytest.param(refusal("ThrottlingException"), id="ThrottlingException"),
    pytest.param(refusal("ProvisionedThroughputExceededException"), id="ProvisionedThroughputExceededException"),
    pytest.param(refusal("RequestLimitExceeded"), id="RequestLimitExceeded"),
    pytest.param(refusal("TransactionConflictException"), id="TransactionConflictException"),
    pytest.param(refusal("TransactionInProgressException"), id="TransactionInProgressException"),
    pytest.param(refusal("TransactionCanceledException", "None", "TransactionConflict"), id="cancelled-by-conflict"),
    pytest.param(refusal("TransactionCanceledException", "ThrottlingError"), id="cancelled-by-throttle"),
    pytest.param(LOST, id="lost-connection"),
    pytest.param(TimeoutError(), id="timeout"),
    pytest.param((200, b"not json"), id="not-json"),
    pytest.param((200, b"\xff\xfe"), id="not-text"),
    pytest.param((200, b"[]"), id="not-an-object"),
]


@pytest.mark.parametrize("answer", TRANSIENT)
def test_a_transient_answer_is_asked_again(answer: Answer) -> None:
    """A read that meets a passing trouble gives its item all the same."""
    wire = ScriptedWire(answer, answer, FINE)

    item = client_on(wire).call("GetItem", {}, deadline=within(5))

    assert ({"Item": {"pk": {"S": "a"}}}, 3) == (item, len(wire.sent))


@pytest.mark.parametrize("answer", TRANSIENT)
def test_a_trouble_that_stays_ends_at_the_deadline(answer: Answer) -> None:
    """The caller learns `unavailable`, and not after the deadline."""
    wire, started = ScriptedWire(answer), time.monotonic()

    with pytest.raises(StoreUnavailable):
        client_on(wire).call("GetItem", {}, deadline=within(0.2))

    assert time.monotonic() - started < 0.3
    assert 2 <= len(wire.sent) < 200


@pytest.mark.parametrize("answer", TRANSIENT)
@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "TransactWriteItems"])
def test_a_write_without_a_token_is_sent_once(operation: str, answer: Answer) -> None:
    """A write that might happen twice is never repeated on the client's own account."""
    wire = ScriptedWire(answer, FINE)

    with pytest.raises(StoreUnavailable):
        client_on(wire).call(operation, {}, deadline=within(5))

    assert 1 == len(wire.sent)


def test_a_write_that_is_idempotent_by_its_callers_word_is_repeated() -> None:
    """Setting the same value twice is harmless, and the caller can say so."""
    wire = ScriptedWire(LOST, refusal("ThrottlingException"), (200, b"{}"))

    client_on(wire).call("UpdateItem", {"Key": 1}, deadline=within(5), idempotent=True)

    assert [b'{"Key":1}'] * 3 == wire.bodies


def test_a_repeated_transaction_carries_the_same_token() -> None:
    """DynamoDB can recognise a resent transaction, because every copy is the same to the byte."""
    wire = ScriptedWire(LOST, refusal("TransactionCanceledException", "TransactionConflict"), (200, b"{}"))

    client_on(wire).transact_write([{"Put": {}}], token="t-1", deadline=within(5))

    assert [b'{"TransactItems":[{"Put":{}}],"ClientRequestToken":"t-1"}'] * 3 == wire.bodies


@pytest.mark.parametrize("token", ["", "x" * 37])
def test_a_transaction_needs_a_token_that_dynamodb_takes(token: str) -> None:
    """No transaction leaves without a usable token."""
    wire = ScriptedWire(FINE)

    with pytest.raises(ValueError, match="1 to 36"):
        client_on(wire).transact_write([], token=token, deadline=within(5))

    assert [] == wire.sent


@pytest.mark.parametrize(
    ("answer", "code", "reasons"),
    [
        (refusal("ConditionalCheckFailedException"), "ConditionalCheckFailedException", ()),
        (refusal("ResourceNotFoundException"), "ResourceNotFoundException", ()),
        (refusal("AccessDeniedException"), "AccessDeniedException", ()),
        (refusal("IdempotentParameterMismatchException"), "IdempotentParameterMismatchException", ()),
        (
            refusal("TransactionCanceledException", "TransactionConflict", "ConditionalCheckFailed"),
            "TransactionCanceledException",
            ("TransactionConflict", "ConditionalCheckFailed"),
        ),
        ((400, b'{"__type":"TransactionCanceledException"}'), "TransactionCanceledException", ()),
        ((413, b"<html>"), "Http413", ()),
        ((400, b'{"__type":"x#y z"}'), "Http400", ()),
    ],
)
def test_a_refusal_is_final_and_keeps_its_code(answer: Answer, code: str, reasons: tuple[str, ...]) -> None:
    """A failed condition, or a refusal unknown here, is told to the caller at once."""
    wire = ScriptedWire(answer)

    with pytest.raises(DynamoError) as caught:
        client_on(wire).transact_write([], token="t-1", deadline=within(5))

    assert (code, reasons, 1) == (caught.value.code, caught.value.cancellation_reasons, len(wire.sent))


@pytest.mark.parametrize(
    "answer",
    [
        refusal("ValidationException", message="BODYHUSH"),
        refusal("InvalidSignatureException", message="x-amz-security-token:SESSIONHUSH AKIDEXAMPLE"),
        (200, b"BODYHUSH \xff"),
        (400, b"BODYHUSH"),
        (500, b"BODYHUSH"),
        LOST,
    ],
)
def test_no_error_shows_a_credential_or_a_body(answer: Answer, capfd: pytest.CaptureFixture[str]) -> None:
    """What is printed of any failure, with all its causes, holds nothing of request or reply."""
    client = client_on(ScriptedWire(answer))

    with pytest.raises((DynamoError, StoreUnavailable)) as caught:
        client.call("PutItem", {"Item": "BODYHUSH"}, deadline=within(0.1))

    causes, shown = [caught.value, caught.value.__cause__, caught.value.__context__], capfd.readouterr()
    printed = "".join(traceback.format_exception_only(each)[0] + repr(each) for each in causes if each)
    printed += "".join("".join(traceback.format_exception_only(each)) for each in causes if each)
    assert [] == [secret for secret in SECRETS if secret in f"{printed}{shown.out}{shown.err}"]
    if isinstance(caught.value, DynamoError) and caught.value.code == "InvalidSignatureException":
        assert "" == caught.value.message


def test_every_attempt_is_signed_with_the_credentials_of_its_moment() -> None:
    """Credentials that were replaced between two attempts are taken up by the second."""
    given = iter([Credentials("OLDKEY", "hush"), Credentials("NEWKEY", "hush")])
    wire = ScriptedWire(LOST, FINE)

    client_on(wire, lambda: next(given)).call("GetItem", {}, deadline=within(5))

    assert [True, True] == [key in sent for key, sent in zip([b"=OLDKEY/", b"=NEWKEY/"], wire.sent, strict=True)]


def test_a_connection_that_died_is_replaced_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that went stale costs a reconnection and no waiting, also after a throttle."""
    pauses: list[float] = []
    monkeypatch.setattr("controlplane.storage.lean.client.sleep", pauses.append)

    client_on(ScriptedWire(LOST, FINE)).call("GetItem", {}, deadline=within(5))
    client_on(ScriptedWire((500, b""), LOST, FINE)).call("GetItem", {}, deadline=within(5))
    client_on(ScriptedWire(LOST, LOST, FINE)).call("GetItem", {}, deadline=within(5))

    assert 2 == len(pauses)


def test_pauses_are_random_within_a_growing_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that were throttled together do not come back together, nor more and more often."""
    pauses: list[float] = []
    monkeypatch.setattr("controlplane.storage.lean.client.sleep", pauses.append)
    wire = ScriptedWire(*[(503, b"")] * 40, FINE)

    client_on(wire).call("GetItem", {}, deadline=within(60))

    bounds = [min(1.0, 0.025 * 2**attempt) for attempt in range(40)]
    assert all(0 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))
    assert 40 == len(set(pauses))
    assert max(pauses) > 0.5


def test_nothing_is_sent_after_the_deadline() -> None:
    """A caller that is out of time costs the table nothing."""
    wire = ScriptedWire(FINE)

    with pytest.raises(StoreUnavailable):
        client_on(wire).call("GetItem", {}, deadline=within(-0.001))

    assert [] == wire.sent


def test_credentials_are_asked_for_each_second_and_after_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """New credentials are taken up within a second, and at once where the old ones were refused."""
    seconds, asked = iter([100.2, 100.9, 101.0, 101.1, 101.2]), []
    monkeypatch.setattr("controlplane.storage.lean.client.time", lambda: next(seconds))

    def credentials() -> Credentials:
        asked.append(len(wire.sent))
        return Credentials("AKIDEXAMPLE", "hush")

    wire = ScriptedWire(FINE, FINE, FINE, refusal("ExpiredTokenException"), FINE)
    client = client_on(wire, credentials)

    for _ in range(5):
        with contextlib.suppress(DynamoError):
            client.call("GetItem", {}, deadline=within(5))

    assert ([0, 2, 4], [b"19700101T000140Z", b"19700101T000141Z"]) == (
        asked, sorted({sent.partition(b"x-amz-date: ")[2][:16] for sent in wire.sent}))


@pytest.mark.parametrize("answer", [b'{"a": 1} ', b'\r\n{"a": 1}\n'])
def test_blanks_around_an_answer_mean_nothing(answer: bytes) -> None:
    """JSON may stand between blanks."""
    assert {"a": 1} == client_on(ScriptedWire((200, answer))).call("GetItem", {}, deadline=within(5))


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}{}", b'{"a": 1} x', b"\xff", b"\xef\xbb\xbf{}"])
def test_an_answer_that_is_no_json_object_is_asked_for_again(answer: bytes) -> None:
    """What cannot be read as a whole is not read in part."""
    wire = ScriptedWire((200, answer), FINE)

    client_on(wire).call("GetItem", {}, deadline=within(5))

    assert 2 == len(wire.sent)


def test_unprocessed_keys_are_asked_again_and_consistently() -> None:
    """A batch is whole: what DynamoDB left out is fetched, by a read that is strongly consistent too."""
    rest = {"t": {"Keys": [{"pk": {"S": "b"}}]}}
    first = {"Responses": {"t": [{"pk": {"S": "a"}}]}, "UnprocessedKeys": rest}
    second = {"Responses": {"t": [{"pk": {"S": "b"}}]}, "UnprocessedKeys": {}}
    wire = ScriptedWire((200, json.dumps(first).encode()), (200, json.dumps(second).encode()))

    items = client_on(wire).batch_get("t", [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}], within(5))

    asked = [json.loads(body)["RequestItems"]["t"] for body in wire.bodies]
    assert [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}] == items
    assert [
        {"Keys": [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}], "ConsistentRead": True},
        {"Keys": [{"pk": {"S": "b"}}], "ConsistentRead": True},
    ] == asked


def test_a_batch_that_never_gets_whole_is_unavailable() -> None:
    """No decision rests on a part of what was asked for."""
    part = {"Responses": {"t": []}, "UnprocessedKeys": {"t": {"Keys": [{"pk": {"S": "a"}}]}}}
    wire = ScriptedWire((200, json.dumps(part).encode()))

    with pytest.raises(StoreUnavailable):
        client_on(wire).batch_get("t", [{"pk": {"S": "a"}}], within(0.1))

    assert len(wire.sent) >= 2


def test_a_batch_has_a_hundred_keys_at_most_and_none_costs_nothing() -> None:
    """Too many keys are the caller's mistake, and no keys are no request."""
    wire = ScriptedWire(FINE)

    with pytest.raises(ValueError, match="at most 100 keys"):
        client_on(wire).batch_get("t", [{}] * 101, within(5))

    assert ([], []) == (client_on(wire).batch_get("t", [], within(5)), wire.sent)
