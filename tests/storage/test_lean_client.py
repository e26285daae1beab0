"""The lean client against a real DynamoDB engine, through a proxy that counts connections and loses replies."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.lean.errors import DynamoError
from controlplane.storage.lean.signing import Credentials

TABLE = "lean-client"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


class Proxy:
    """A TCP proxy: counts the connections it took, hangs up on request, forwards and loses the next replies."""

    def __init__(self, upstream: int) -> None:
        self.connections = 0
        self.replies_to_lose = 0
        self.silent = False
        self._upstream = upstream
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        """Close every connection, as an idle timeout of the server does."""
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        time.sleep(0.02)

    def close(self) -> None:
        self._server.close()
        self.hang_up()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                self.connections += 1
                far = socket.create_connection(("127.0.0.1", self._upstream))
                self._open += [near, far]
                threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, replies: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if replies and self.silent:
                    continue
                if replies and self.replies_to_lose:
                    self.replies_to_lose -= 1
                    break
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def client_to(endpoint: str, *, timeout: float = 2.0) -> DynamoClient:
    return DynamoClient(
        endpoint=endpoint, region="eu-west-1", credentials=lambda: Credentials("local", "local"), timeout=timeout
    )


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def put(pk: str, **more: Any) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": {"pk": {"S": pk}, "sk": {"S": "x"}, **more}}


def key(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "x"}}


def add_one(pk: str) -> dict[str, Any]:
    values = {":one": {"N": "1"}}
    change = {"UpdateExpression": "ADD hits :one", "ExpressionAttributeValues": values}
    return {"TableName": TABLE, "Key": key(pk), **change}


def hits(client: DynamoClient, pk: str) -> str:
    found = client.batch_get(TABLE, [key(pk)], soon())
    return str(found[0]["hits"]["N"]) if found else "none"


@pytest.fixture(scope="module")
def lean_table(dynamodb_endpoint: str) -> str:
    """The endpoint of an engine that holds one table with `pk` and `sk`."""
    names = {"pk": "HASH", "sk": "RANGE"}
    definition = {
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in names.items()],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
    }
    client_to(dynamodb_endpoint).call("CreateTable", definition, deadline=soon(15))
    return dynamodb_endpoint


@pytest.fixture
def proxy(lean_table: str) -> Iterator[Proxy]:
    """A proxy of its own for each test."""
    between = Proxy(int(lean_table.rpartition(":")[2]))
    yield between
    between.close()


def test_what_is_put_is_got(lean_table: str) -> None:
    """A written item comes back whole, in the wire's own types."""
    client = client_to(lean_table)
    client.call("PutItem", put("a", flag={"BOOL": True}, names={"SS": ["x", "y"]}), deadline=soon())

    reply = client.call("GetItem", {"TableName": TABLE, "Key": key("a"), "ConsistentRead": True}, deadline=soon())

    assert {**key("a"), "flag": {"BOOL": True}, "names": {"SS": ["x", "y"]}} == reply["Item"]


def test_any_text_survives(lean_table: str) -> None:
    """Keys, names and values come back as they went, emoji and control characters included."""
    client = client_to(lean_table)

    @settings(max_examples=40, deadline=None)
    @given(TEXT, TEXT, TEXT)
    def check(pk: str, name: str, value: str) -> None:
        inner = {"M": {name: {"S": value}}}
        client.call("PutItem", put(pk, inner=inner), deadline=soon())
        assert [{**key(pk), "inner": inner}] == client.batch_get(TABLE, [key(pk)], soon())

    check()


def test_a_full_batch_comes_back_without_the_absent(lean_table: str) -> None:
    """A hundred keys are one answer; a key without an item is left out of it."""
    client = client_to(lean_table)
    for number in range(50):
        client.call("PutItem", put(f"batch-{number}", fill={"S": "x" * 4000}), deadline=soon())

    items = client.batch_get(TABLE, [key(f"batch-{number}") for number in range(100)], soon())

    assert {f"batch-{number}" for number in range(50)} == {item["pk"]["S"] for item in items}


def test_a_failed_condition_is_told_by_its_reasons(lean_table: str) -> None:
    """The caller learns which item of a transaction was refused, and nothing of it was written."""
    client = client_to(lean_table)
    client.call("PutItem", put("taken"), deadline=soon())
    guarded = {**put("taken"), "ConditionExpression": "attribute_not_exists(pk)"}

    with pytest.raises(DynamoError) as caught:
        client.transact_write([{"Put": put("beside")}, {"Put": guarded}], token="c-1", deadline=soon())

    assert "TransactionCanceledException" == caught.value.code
    assert ("None", "ConditionalCheckFailed") == caught.value.cancellation_reasons
    assert [] == client.batch_get(TABLE, [key("beside")], soon())


def test_one_connection_serves_all_requests(proxy: Proxy) -> None:
    """Only the first request pays for a connection, also when some are refused or threads take turns."""
    client = client_to(proxy.endpoint)

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda number: client.batch_get(TABLE, [key(f"no-{number}")], soon()), range(64)))
    with pytest.raises(DynamoError):
        client.call("GetItem", {"TableName": "no-such", "Key": key("a")}, deadline=soon())
    client.batch_get(TABLE, [key("a")], soon())

    assert ([[]] * 64, 1) == (replies, proxy.connections)


def test_threads_never_get_each_others_answers(proxy: Proxy) -> None:
    """On a shared client every caller reads its own item, while connections are lost around them."""
    client = client_to(proxy.endpoint)
    for number in range(8):
        client.call("PutItem", put(f"mine-{number}"), deadline=soon())

    def read(number: int) -> str:
        if number % 40 == 0:
            proxy.hang_up()
        return str(client.batch_get(TABLE, [key(f"mine-{number % 8}")], soon())[0]["pk"]["S"])

    with ThreadPoolExecutor(8) as threads:
        read_back = list(threads.map(read, range(200)))

    assert [f"mine-{number % 8}" for number in range(200)] == read_back


def test_a_socket_that_died_while_idle_is_replaced_unnoticed(proxy: Proxy) -> None:
    """Even a write without a token survives a connection that the server closed between two requests."""
    client = client_to(proxy.endpoint)
    client.call("PutItem", put("idle"), deadline=soon())
    proxy.hang_up()

    client.call("UpdateItem", add_one("idle"), deadline=soon())

    assert ("1", 2) == (hits(client, "idle"), proxy.connections)


def test_a_lost_reply_of_a_transaction_is_recovered_by_its_token(proxy: Proxy) -> None:
    """A transaction whose replies were lost happened once, and its caller hears that it did."""
    client = client_to(proxy.endpoint)
    client.batch_get(TABLE, [key("a")], soon())
    guarded = {**put("guard-1"), "ConditionExpression": "attribute_not_exists(pk)"}
    proxy.replies_to_lose = 3

    client.transact_write([{"Put": guarded}, {"Update": add_one("once")}], token="t-once", deadline=soon())

    assert ("1", 4) == (hits(client, "once"), proxy.connections)


def test_a_lost_reply_of_a_plain_write_is_unavailable_and_not_repeated(proxy: Proxy) -> None:
    """A counter is never raised twice by a client that could not know."""
    client = client_to(proxy.endpoint)
    client.batch_get(TABLE, [key("a")], soon())
    proxy.replies_to_lose = 1

    with pytest.raises(StoreUnavailable):
        client.call("UpdateItem", add_one("plain"), deadline=soon())

    assert "1" == hits(client, "plain")


def test_a_silent_table_costs_the_deadline_and_no_more(proxy: Proxy) -> None:
    """Attempts end at their timeout, the call at its deadline; afterwards the client works as before."""
    client = client_to(proxy.endpoint, timeout=0.1)
    proxy.silent, started = True, time.monotonic()

    with pytest.raises(StoreUnavailable):
        client.batch_get(TABLE, [key("a")], soon(0.4))
    took, attempts = time.monotonic() - started, proxy.connections
    proxy.silent = False

    assert [] == client.batch_get(TABLE, [key("nobody")], soon())
    assert 0.2 <= took < 0.5
    assert 2 <= attempts <= 5


def test_no_table_at_all_is_unavailable_by_the_deadline() -> None:
    """A refused connection is tried again until the deadline, then said to be unavailable."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    started = time.monotonic()

    with pytest.raises(StoreUnavailable):
        client_to(f"http://127.0.0.1:{port}").batch_get(TABLE, [key("a")], soon(0.2))

    assert time.monotonic() - started < 0.3
