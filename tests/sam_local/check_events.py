"""`sam local invoke` of the events: real containers, real layers, the same answers as without a container."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.events.case import Case
from tests.events.cases import FAILURES
from tests.events.generate import EVENTS, all_cases, answer_to, expected_name
from tests.events.stage import Stage
from tests.sam_local.sam import SamLocal


def chosen() -> list[tuple[str, Case]]:
    """Return one event of each function, the failures and the authorizer's; with ALL=1 in the environment, all."""
    if os.environ.get("ALL"):
        return list(all_cases())
    first = {name.partition("/")[0]: name for name, _ in reversed(list(all_cases()))}
    failures = {case.file for case in FAILURES}
    return [
        (name, case) for name, case in all_cases()
        if name in first.values() or name in failures or name.startswith("authorizer/")
    ]


@pytest.mark.parametrize(("name", "case"), [pytest.param(name, case, id=name) for name, case in chosen()])
def test_an_event_is_answered_in_a_container(name: str, case: Case, stage: Stage, sam: SamLocal) -> None:
    """A function finds all of its code in its own folder and layers, and answers as it does everywhere."""
    event: Any = json.loads((EVENTS / name).read_text(encoding="utf-8"))

    answer = answer_to(name, case, event, stage, sam)

    assert json.loads((EVENTS / expected_name(name)).read_text(encoding="utf-8")) == answer
