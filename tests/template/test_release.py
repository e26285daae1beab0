"""A release that cannot refuse, admit and revoke is taken back before it serves anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from controlplane.gateway.release_check import ReleaseRefused, check_release
from tests.events.stage import Processes, running_stage

Invoke = Callable[[Mapping[str, Any]], Any]
CHECKED = 6


@pytest.fixture(scope="module")
def processes(dynamodb_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """The real functions, under the real runtime client."""
    with running_stage(dynamodb_endpoint, tmp_path_factory.mktemp("release")) as (_, running):
        yield running


def _invoke(processes: Processes, function: str, asked: list[Any]) -> Invoke:
    def invoke(event: Mapping[str, Any]) -> Any:
        asked.append(event)
        return processes.invoke(function, event)

    return invoke


def test_a_good_release_passes_and_leaves_no_key(processes: Processes) -> None:
    """The key of the check is gone when it ends: its id is in no list."""
    asked: list[Any] = []
    authorizer, apikeys = (_invoke(processes, name, asked) for name in ("authorizer", "apikeys"))

    check_release(authorizer=authorizer, apikeys=apikeys, region="us-east-1")

    deleted = asked[-2]
    again = processes.invoke("apikeys", deleted)
    assert len(asked) == CHECKED
    assert (deleted["httpMethod"], again["statusCode"]) == ("DELETE", 404)


@pytest.mark.parametrize("answer", [
    {"policyDocument": {"Statement": [{"Effect": "Allow"}]}, "context": {"decision": "allow"}},
    {"policyDocument": {"Statement": [{"Effect": "Deny"}]}, "context": {}},
], ids=["admits everybody", "refuses everybody"])
def test_an_authorizer_that_always_says_the_same_is_refused(processes: Processes, answer: Any) -> None:
    """Both mistakes are noticed: letting everybody in, and nobody."""
    apikeys = _invoke(processes, "apikeys", [])

    with pytest.raises(ReleaseRefused):
        check_release(authorizer=lambda _: answer, apikeys=apikeys, region="us-east-1")


def test_a_release_that_cannot_create_keys_is_refused(processes: Processes) -> None:
    """The other function is checked as well."""
    authorizer = _invoke(processes, "authorizer", [])

    with pytest.raises(ReleaseRefused, match="a key is created"):
        check_release(authorizer=authorizer, apikeys=lambda _: {"statusCode": 500, "body": "{}"}, region="us-east-1")
