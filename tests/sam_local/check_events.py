"""`sam local invoke` of the events: real containers, real layers, the same answers as without a container."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.events.case import Case
from tests.events.generate import EVENTS, all_cases, answer_to, expected_name
from tests.events.stage import Stage
from tests.sam_local.sam import SamLocal

UNAVAILABLE = 503


@pytest.mark.parametrize(("name", "case"), [pytest.param(name, case, id=name) for name, case in all_cases()])
def test_an_event_is_answered_in_a_container(name: str, case: Case, stage: Stage, sam: SamLocal) -> None:
    """A function finds all of its code in its own folder and layers, and answers as it does everywhere.

    A container on a machine that is busy elsewhere may not reach the table in the two seconds that a request has; what
    is then answered may be asked again, and is, once.
    """
    event: Any = json.loads((EVENTS / name).read_text(encoding="utf-8"))
    expected = json.loads((EVENTS / expected_name(name)).read_text(encoding="utf-8"))

    answer = answer_to(name, case, event, stage, sam)
    if answer != expected and answer.get("status") == UNAVAILABLE:
        answer = answer_to(name, case, event, stage, sam)

    assert expected == answer
