"""What a function sees of a request, and what a client sees of its reply."""

from __future__ import annotations

import base64
import json
import socket
from typing import Any

import pytest

from tests.running_server import RunningServer


def test_an_event_shows_the_request_as_it_came(toy: RunningServer) -> None:
    """Path, parameters, query and body arrive in the fields of a REST proxy event."""
    event = toy.request("PUT", "/public/a%2Fb/?x=1&x=2%20&empty=", body='{"a": "ü"}'.encode()).json()["event"]

    shown = {name: event[name] for name in ("resource", "path", "httpMethod", "pathParameters", "body")}
    assert shown == {
        "resource": "/public/{proxy+}",
        "path": "/public/a%2Fb",
        "httpMethod": "PUT",
        "pathParameters": {"proxy": "a/b"},
        "body": '{"a": "ü"}',
    }
    assert event["queryStringParameters"] == {"x": "2 ", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2 "], "empty": [""]}
    assert event["isBase64Encoded"] is False


def test_an_event_without_query_body_and_parameters_has_nulls(toy: RunningServer) -> None:
    """What is absent is null, not an empty object, as API Gateway has it."""
    event = toy.request("GET", "/items/special", headers={"Authorization": "good"}).json()["event"]

    absent = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    assert dict.fromkeys(absent) == {name: event[name] for name in absent}


def test_repeated_headers_are_all_there_and_the_last_one_wins(toy: RunningServer) -> None:
    """An authorizer can see that a credential was sent twice, however the names are spelt."""
    with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as client:
        client.sendall(
            b"GET /public/x HTTP/1.1\r\nHost: h\r\nauthorization: a\r\nAuthorization: b\r\nX-Forwarded-For: 9.9.9.9\r\n"
            b"Connection: close\r\n\r\n"
        )
        event = json.loads(_read_all(client).split(b"\r\n\r\n", 1)[1])["event"]

    assert (["a", "b"], "b") == (event["multiValueHeaders"]["authorization"], event["headers"]["authorization"])
    assert "9.9.9.9, 127.0.0.1" == event["headers"]["X-Forwarded-For"]
    assert "127.0.0.1" == event["requestContext"]["identity"]["sourceIp"]


@pytest.mark.parametrize(("kind", "body"), [("application/proto", b"text"), ("application/json", b"\xff\x00")])
def test_a_binary_body_arrives_in_base64(toy: RunningServer, kind: str, body: bytes) -> None:
    """Bytes of a binary media type, and bytes that are no text, reach the function unchanged."""
    event = toy.request("POST", "/public/x", body=body, headers={"Content-Type": kind}).json()["event"]

    assert (True, body) == (event["isBase64Encoded"], base64.b64decode(event["body"]))


def test_the_gateway_itself_honours_a_method_override(toy: RunningServer) -> None:
    """Route, authorizer and function all see the method that is executed."""
    headers = {"X-HTTP-Method-Override": "PUT", "Authorization": "good"}

    event = toy.request("GET", "/items/1", headers=headers).json()["event"]

    assert ("PUT", "PUT") == (event["httpMethod"], event["requestContext"]["httpMethod"])
    assert "/PUT/items/1" in event["requestContext"]["authorizer"]["arn"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/items/1", 404),
        ("HEAD", "/items/1", 404),
        ("GET", "/public/%FF", 400),
        ("GET", "/public/x?a=%FF", 400),
    ],
)
def test_what_has_no_route_is_refused_by_the_gateway(toy: RunningServer, method: str, path: str, status: int) -> None:
    """Unknown paths and methods, and text that cannot be decoded, never reach a function."""
    reply = toy.request(method, path)

    assert status == reply.status


def test_a_functions_environment_is_the_templates_and_nothing_of_the_machines(toy: RunningServer) -> None:
    """Variables are resolved, the layer is on the path, and no credential of the developer leaks in."""
    seen = toy.request("GET", "/public/x").json()

    environ = seen["environ"]
    assert ("hello-dev", "hello there") == (environ["WORD"], seen["greeting"])
    assert environ["TABLE"] == environ["IRONFLOW_TABLE"]
    assert environ["TABLE_ARN"].startswith("arn:aws:dynamodb:")
    assert ("local", "4") == (environ["AWS_SECRET_ACCESS_KEY"], environ["IRONFLOW_PASSWORD_COST"])
    assert environ.keys().isdisjoint({"HOME", "VIRTUAL_ENV", "ONLY_PROD", "AWS_PROFILE"})
    assert seen["request_id"] == seen["event"]["requestContext"]["requestId"]


MALFORMED: list[Any] = [
    None,
    "text",
    {"body": "x"},
    {"statusCode": "abc"},
    {"statusCode": 200, "body": {"a": 1}},
    {"statusCode": 200, "cookies": []},
    {"statusCode": 200, "headers": {"X": "a\r\nSet-Cookie: b"}},
    {"statusCode": 200, "headers": {"X": {"a": 1}}},
]


@pytest.mark.parametrize("value", MALFORMED, ids=str)
def test_a_malformed_reply_of_a_function_is_a_502(toy: RunningServer, value: Any) -> None:
    """Only the documented shape becomes a reply; no header can be smuggled in."""
    reply = _behave(toy, {"kind": "return", "reply": value})

    assert (502, "MALFORMED_PROXY_RESPONSE") == (reply.status, reply.json()["kind"])


def test_multi_value_headers_become_several_lines(toy: RunningServer) -> None:
    """A function can set two cookies, and no header that belongs to the connection."""
    value = {
        "statusCode": 201,
        "headers": {"X-One": "1", "Content-Length": "999", "Date": "never"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "X-One": ["1"]},
        "body": "ok",
    }

    reply = _behave(toy, {"kind": "return", "reply": value})

    assert (201, b"ok", "2", "1") == (reply.status, reply.body, reply.headers["content-length"], reply.headers["x-one"])
    assert "never" == reply.headers["x-amzn-remapped-date"]


@pytest.mark.parametrize(
    ("wish", "status", "kind"),
    [
        ({"kind": "raise"}, 504, "INTEGRATION_FAILURE"),
        ({"kind": "exit"}, 504, "INTEGRATION_FAILURE"),
        ({"kind": "sleep", "seconds": 30}, 504, "INTEGRATION_TIMEOUT"),
        ({"kind": "large", "size": 7_000_000}, 504, "INTEGRATION_FAILURE"),
    ],
)
def test_a_failing_function_is_a_gateway_response_and_the_next_call_works(
    toy: RunningServer, wish: dict[str, Any], status: int, kind: str
) -> None:
    """A crash, a timeout or too large a result costs one reply, not the server."""
    reply = _behave(toy, wish)
    after = _behave(toy, {"kind": "return", "reply": {"statusCode": 200}})

    assert (status, kind, 200) == (reply.status, reply.json()["kind"], after.status)


def _behave(toy: RunningServer, wish: dict[str, Any]) -> Any:
    return toy.request("POST", "/public/behave", body=json.dumps(wish))


def _read_all(client: socket.socket) -> bytes:
    data = b""
    while more := client.recv(65_536):
        data += more
    return data
