"""Every operation, every request to the table that it makes, everything that can happen to that request."""

from __future__ import annotations

import pytest

from tests.events.case import Case
from tests.events.cases import SUCCESSES
from tests.faults.bench import Bench, Tries, takes_key
from tests.faults.faulty import Fault
from tests.hostile.figures import keep

BUDGET = 14.5  # of the template's Timeout of 15 seconds
ELSEWHERE = {"validate_credential"}  # it asks the authorizer: test_authorizer.py
SILENT = {
    "get_health", "get_metrics", "get_capabilities", "get_openapi", "unknown_path", "create_org", "dry_run_policy",
}  # fmt: skip
CASES = {case.operation: case for case in SUCCESSES if case.operation not in ELSEWHERE}


def _wrong(tries: Tries, *, keyed: bool) -> list[str]:
    cells = list(tries.cells())
    wrong = [one for cell in cells for one in tries.wrong_in(cell, keyed=keyed, budget=BUDGET)]
    name = f"faults-{tries.operation}{'-keyed' if keyed else ''}"
    keep(name, operations=int(not keyed), cells=len(cells), wrong=len(wrong))
    return wrong


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_an_operation_under_any_single_fault(bench: Bench, case: Case) -> None:
    """A success happened in full, a failure happened in full or not at all, and a repetition makes it right."""
    tries = bench.tries(case, bench.event_of(case))

    wrong = _wrong(tries, keyed=False)

    assert (case.status, (), []) == (tries.first.answer.status, tries.first.problems, wrong[:20])


@pytest.mark.parametrize("case", [case for case in CASES.values() if takes_key(case)], ids=lambda case: case.operation)
def test_a_post_with_an_idempotency_key_under_any_single_fault(bench: Bench, case: Case) -> None:
    """Under its key a POST happens exactly once, whatever fails and however often it is repeated."""
    tries = bench.tries(case, bench.event_of(case, idempotency_key="one"))

    wrong = _wrong(tries, keyed=True)

    assert [] == wrong[:20]


def test_the_table_of_faults_has_no_holes(bench: Bench) -> None:
    """Every operation that asks the table is in it, every fault is, and it is large: a hook that is passed by shows."""
    cells = {
        (case.operation, bool(key)): list(bench.tries(case, bench.event_of(case, idempotency_key=key)).cells())
        for case in CASES.values() for key in (("", "one") if takes_key(case) else ("",))
    }  # fmt: skip

    silent = {operation for (operation, keyed), found in cells.items() if not found and not keyed}
    everything = [cell for found in cells.values() for cell in found]
    assert SILENT == silent
    assert set(Fault) == {cell.fault for cell in everything}
    assert len(everything) > 4000, len(everything)
