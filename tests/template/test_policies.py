"""What the IAM linter is given: every policy of every role, and no waiver without a reason (make lint-template)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from devserver.template import translate_template
from tests.template.conftest import TEMPLATE
from tests.template.iam_findings import read_waivers
from tests.template.policies import policies

WAIVERS = TEMPLATE.parent / ".parliament.yaml"


@pytest.fixture(scope="module")
def listed() -> dict[str, Any]:
    """The policies, by role and name."""
    return dict(policies(translate_template(TEMPLATE)["Resources"]))


def test_every_function_s_policy_is_judged(listed: dict[str, Any], written: dict[str, Any]) -> None:
    """A function whose policy were left out would be judged harmless."""
    functions = [name for name, found in written["Resources"].items()
                 if found["Type"] == "AWS::Serverless::Function" and "Role" not in found["Properties"]]

    assert {name.partition("/")[0] for name in listed} >= {f"{name}Role" for name in functions}


def test_nothing_is_left_to_be_filled_in(listed: dict[str, Any]) -> None:
    """The linter holds an action against the ARN that it names, so each resource is one."""
    named = [statement.get("Resource", statement.get("NotResource"))
             for document in listed.values() for statement in document["Statement"]]
    resources = [resource for one in named for resource in ([one] if isinstance(one, str) else one)]

    assert [] == [found for found in resources if not re.fullmatch(r"arn:aws:[a-z]+:.*:123456789012:.+", found)]
    assert "Fn::" not in json.dumps(listed)


def test_every_waiver_has_its_reason() -> None:
    """Whoever wants a waiver gone knows what it was for."""
    checkov = (TEMPLATE.parent / ".checkov.yaml").read_text(encoding="utf-8").splitlines()
    parliament = yaml.safe_load(WAIVERS.read_text(encoding="utf-8"))

    waived = [line for line in checkov if line.strip().startswith("- ")]

    assert [line for line in waived if not re.search(r"- CKV\w+ # \w.{20,}", line)] == []
    assert all(len(row["reason"]) > 20 for row in parliament)


def test_a_waiver_names_a_policy_that_is_there(listed: dict[str, Any]) -> None:
    """A waiver outlives nothing: with its policy gone it goes as well."""
    named = {policy for _, policy in read_waivers(WAIVERS)}

    assert named <= set(listed)
