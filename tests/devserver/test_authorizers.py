"""Requests that an authorizer stands in front of."""

from __future__ import annotations

import pytest

from tests.running_server import RunningServer


def test_the_context_of_an_allow_reaches_the_function_as_strings(toy: RunningServer) -> None:
    """What the authorizer says arrives behind it, stringified as API Gateway does, with principal and latency."""
    reply = toy.request("GET", "/items/a%20b", headers={"Authorization": "good"})

    authorizer = reply.json()["event"]["requestContext"]["authorizer"]
    assert {"arn", "at", "flag", "sentence", "principalId", "integrationLatency"} == set(authorizer)
    assert ("me", "true", str) == (authorizer["principalId"], authorizer["flag"], type(authorizer["at"]))
    assert authorizer["arn"].endswith("/dev/GET/items/a%20b")


@pytest.mark.parametrize(
    ("token", "status", "error"),
    [
        ("bad", 401, "no entry"),
        ("elsewhere", 401, ""),
        ("unauthorized", 401, "Unauthorized"),
        ("crash", 503, "authorizer failed"),
        ("sleep", 503, "authorizer failed"),
        ("nothing", 500, "Internal server error"),
        ("nested", 500, "Internal server error"),
    ],
)
def test_nobody_gets_past_an_authorizer_that_does_not_say_allow(
    toy: RunningServer, token: str, status: int, error: str
) -> None:
    """A refusal, a crash, a timeout and a malformed answer each give their gateway response; none lets through."""
    reply = toy.request("GET", "/items/1", headers={"Authorization": token})

    assert (status, error) == (reply.status, reply.json()["error"])


def test_a_gateway_response_carries_the_request_id(toy: RunningServer) -> None:
    """The id in the body is the id in the header, and in the log line."""
    reply = toy.request("GET", "/items/1", headers={"Authorization": "bad"})

    assert reply.headers["x-amzn-requestid"] == reply.json()["request_id"]
    assert reply.headers["x-reason"] == "denied"


def test_without_a_result_cache_every_request_asks_the_authorizer(toy: RunningServer) -> None:
    """`ReauthorizeEvery: 0` means: revoked is dead on the very next request."""
    asked = [_asked_at(toy, "/items/1", "good") for _ in range(3)]

    assert 3 == len(set(asked))


def test_with_a_result_cache_the_answer_is_kept_per_identity_and_checked_against_each_method(
    toy: RunningServer,
) -> None:
    """A kept answer serves the same identity only, and its policy still decides which method it allows."""
    first, again = _asked_at(toy, "/kept/1", "good-a"), _asked_at(toy, "/kept/1", "good-a")
    other = _asked_at(toy, "/kept/1", "good-b")
    elsewhere = toy.request("GET", "/kept/2", headers={"Authorization": "good-a"})

    assert first == again != other
    assert 401 == elsewhere.status


def test_a_missing_identity_source_is_refused_unasked(toy: RunningServer) -> None:
    """Where the template names an identity source, a request without it never reaches the authorizer."""
    reply = toy.request("GET", "/kept/1")

    assert (401, "Unauthorized") == (reply.status, reply.json()["error"])


def _asked_at(toy: RunningServer, path: str, token: str) -> str:
    context = toy.request("GET", path, headers={"Authorization": token}).json()["event"]["requestContext"]
    at: str = context["authorizer"]["at"]
    return at
