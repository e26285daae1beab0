"""How often a race is run, and how its rounds get into docs/assurance.md: a test that asks for `rounds` is a race."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.hostile.figures import keep

ROUNDS = int(os.environ.get("IRONFLOW_RACE_ROUNDS", "200"))


@pytest.fixture
def rounds() -> int:
    """Return how many rounds a race has."""
    return ROUNDS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what came of a race under the name of its test."""
    report = yield
    if report.when == "call" and "rounds" in getattr(item, "fixturenames", ()):
        name = item.name.removeprefix("test_")
        keep(f"races-{name}", **{name: ROUNDS}, races_lost=int(report.failed))
    return report
