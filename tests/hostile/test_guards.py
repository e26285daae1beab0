"""What `make guards` takes away is there to be taken (docs/invariants.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.guards import PAGE
from tests.hostile.invariants import INVARIANTS, Invariant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda one: one.name)
def test_a_guard_stands_where_it_is_said_to(invariant: Invariant) -> None:
    """A guard that was rewritten is named anew, and taken away once more, before the page says that it was."""
    assert 1 == (ROOT / invariant.path).read_text().count(invariant.taken)


def test_twenty_invariants_are_on_record() -> None:
    """The page was written by a run in which every guard's absence was noticed."""
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ") and line[2].isdigit()]

    assert [(str(number), one.name) for number, one in enumerate(INVARIANTS, start=1)] == [
        (row[0].strip("| "), row[1]) for row in rows
    ]
    assert len(INVARIANTS) == 20
    assert [] == [row for row in rows if "failed" not in row[5]]
