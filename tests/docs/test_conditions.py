"""The conditions that the pages offer can be saved and evaluated."""

from __future__ import annotations

import re

import pytest

from controlplane.security.conditions.engine import CelConditions
from controlplane.security.conditions.variables import ROLES, TEXTS, TIME
from tests.running_server import ROOT

PAGE = (ROOT / "docs" / "concepts" / "roles-and-policies.md").read_text("utf-8")
EXAMPLES = [line for block in re.findall(r"^```cel\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]
REQUEST = {
    "action": "functions:read", "resource": "irn:ironflow:org_a:proj_a:function:staging:fn_a", "environment": "staging",
    "org_id": "org_a", "method": "GET", "path": "/api/v1/functions/fn_a", "ip": "10.1.2.3", "time": 1773309600,
}  # fmt: skip
SUBJECT = {"type": "api_key", "id": "ak_a", "org": "org_a", "roles": ["role_viewer"], "key_id": "ak_a"}


@pytest.mark.parametrize("condition", EXAMPLES)
def test_every_example_can_be_saved_and_evaluated(condition: str) -> None:
    """A condition that is copied from the page neither is refused nor fails when it counts."""
    conditions = CelConditions()

    conditions.check(condition)

    assert conditions.holds(condition, request=REQUEST, subject=SUBJECT) in (True, False)


def test_every_name_is_listed() -> None:
    """The page's table has the names that a condition may use, and no others."""
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith(("| `request.", "| `subject.")))

    assert {*TEXTS, TIME, ROLES} == set(re.findall(r"`((?:request|subject)\.\w+)`", rows))
