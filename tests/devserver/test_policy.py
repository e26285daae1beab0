"""What an authorizer's policy allows."""

from __future__ import annotations

from typing import Any

import pytest

from devserver.policy import UnusablePolicy, allows

ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/keys/1"


def _policy(*statements: tuple[str, Any]) -> dict[str, Any]:
    rows = [{"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource} for effect, resource in statements]
    return {"Version": "2012-10-17", "Statement": rows}


@pytest.mark.parametrize(
    ("allowed", "statements"),
    [
        (True, [("Allow", ARN)]),
        (True, [("Allow", "*")]),
        (True, [("Allow", ["nothing", "arn:aws:execute-api:*:*:api/dev/GET/keys/?"])]),
        (True, [("Deny", "arn:aws:execute-api:*/PUT/*"), ("Allow", "*")]),
        (False, [("Allow", "*"), ("Deny", ARN)]),
        (False, [("Deny", "*"), ("Allow", ARN)]),
        (False, [("Allow", "arn:aws:execute-api:*:*:api/dev/POST/*")]),
        (False, [("Allow", ARN.lower() + "/")]),
        (False, [("Allow", ARN.replace("1", "[1]"))]),
    ],
)
def test_an_explicit_deny_wins_and_no_match_is_a_refusal(allowed: bool, statements: list[tuple[str, Any]]) -> None:
    """The policy is read as IAM reads it, with * and ? and nothing else as wildcards."""
    assert allowed == allows(_policy(*statements), ARN)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"Statement": []},
        {"Statement": [{"Effect": "Allow"}]},
        {"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": []}]},
        {"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": "x"}]},
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}}]},
    ],
)
def test_a_policy_that_is_not_understood_is_unusable(document: Any) -> None:
    """Nothing is allowed by a document that this server cannot evaluate completely."""
    with pytest.raises(UnusablePolicy):
        allows(document, ARN)
