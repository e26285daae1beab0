"""The authorizer stays as small and as sparing as it was: counts, not times, against a committed baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.performance.counting import (
    VERSION,
    baseline,
    decision_cost,
    has_valgrind,
    imported_later,
    imported_of,
    package_bytes,
    start_costs,
)

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, Line, World

MORE_BYTES, MORE_INSTRUCTIONS = 1.05, 1.15
KINDS = ("key", "token", "conditions")
other_python = pytest.mark.skipif(
    baseline()["python"] != VERSION, reason=f"the baseline was counted on Python {baseline()['python']}")


def test_a_start_imports_the_same_modules_of_ours() -> None:
    """A module more in the authorizer's start is a decision, not an accident."""
    assert baseline()["own_modules"] == imported_of(own=True)


@other_python
def test_a_start_imports_no_further_library() -> None:
    """The standard library's modules of a start are the known ones, or fewer."""
    assert set() == set(imported_of(own=False)) - set(baseline()["other_modules"])


@pytest.mark.parametrize("kind", KINDS)
@other_python
def test_a_first_request_imports_no_further_module(kind: str) -> None:
    """What answering a first request imports, be it with a key, a session token or conditions, is known, or less."""
    assert set() == set(imported_later()[kind]) - set(baseline()["imported_later"][kind])


def test_a_start_loads_no_more_source() -> None:
    """The source that a start loads grows by one part in twenty at most before somebody looks at it."""
    assert package_bytes() <= baseline()["bytes"] * MORE_BYTES


@other_python
@pytest.mark.skipif(not has_valgrind(), reason="valgrind is not installed: instructions are not counted")
def test_a_decision_takes_no_more_instructions() -> None:
    """A decision over 5 roles and 20 policies costs what it cost, measured in work that never changes."""
    assert decision_cost() <= baseline()["decision"] * MORE_INSTRUCTIONS


@other_python
@pytest.mark.skipif(not has_valgrind(), reason="valgrind is not installed: instructions are not counted")
def test_a_start_takes_no_more_instructions() -> None:
    """A start costs what it cost beyond an empty handler's, whatever kind of credential its first request carries."""
    counted = start_costs()

    grown = {kind: (cost, counted[kind]) for kind, cost in baseline()["starts"].items()
             if counted[kind] > cost * MORE_INSTRUCTIONS}
    assert {} == grown
    assert set(KINDS) == counted.keys()


Ask = Callable[[], object]


def _a_key(gate: Gate, world: World) -> Ask:
    key = world.key("org_acme", "role_viewer")
    return lambda: gate.ask("GET", "/api/v1/apikeys", key)


def _custom_roles(gate: Gate, world: World) -> Ask:
    conditional = {"actions": "apikeys:*", "condition": "request.method == 'GET'"}
    roles = [world.role("org_acme", f"role_{number}", *({"actions": "runs:read"},) * 3, conditional)
             for number in range(5)]
    key = world.key("org_acme", *roles)
    return lambda: gate.ask("GET", "/api/v1/apikeys", key)


def _a_token(gate: Gate, world: World) -> Ask:
    world.user("org_acme", "user_1", "role_viewer")
    token = world.token("org_acme", "user_1")
    return lambda: gate.ask("GET", "/api/v1/apikeys", token)


def _an_impersonation(gate: Gate, world: World) -> Ask:
    key = world.key("org_platform", "role_platform_admin")
    return lambda: gate.ask("GET", "/api/v1/apikeys", key, headers={"X-Ironflow-Org": "org_acme"})


def _an_unknown_key(gate: Gate, world: World) -> Ask:
    return lambda: gate.ask("GET", "/api/v1/apikeys", "ifkey_unknown")


@pytest.mark.parametrize(
    ("case", "first", "later"),
    [
        (_a_key, (2, 1), (1, 0)),
        (_custom_roles, (2, 1), (1, 0)),
        (_a_token, (1, 0), (1, 0)),
        (_an_impersonation, (2, 2), (1, 1)),
        (_an_unknown_key, (1, 0), (1, 0)),
    ],
)
def test_a_request_asks_the_table_as_seldom_as_it_can(
    gate: Gate, world: World, line: Line,
    case: Callable[[Gate, World], Ask], first: tuple[int, int], later: tuple[int, int],
) -> None:
    """Reads and writes of a first request and of those after it: one consistent read once the caller is known."""
    ask = case(gate, world)

    counts = []
    for _ in range(3):
        reads, writes = len(line.reads), len(line.writes)
        ask()
        counts.append((len(line.reads) - reads, len(line.writes) - writes))

    assert [first, later, later] == counts
