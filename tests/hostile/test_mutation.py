"""The run that changes the modules: what it changes, when it fails, and that its reasons are about what is there."""

from __future__ import annotations

import tomllib

import pytest

from tests.hostile.mutants import mutants_of
from tests.hostile.mutation import CORE, REASONS, ROOT, TARGETS, Results, complaints

SOURCE = '''
"""A text that only readers see."""
from x import TYPE_CHECKING
if TYPE_CHECKING:
    from y import Z
LIMIT: "int | None" = 3

class Door:
    """Another."""

    @checked
    def opens(self, key: str | None = None) -> bool:
        """Another."""
        if key is None or not self.locks and 1 < len(key) <= LIMIT:
            raise Shut(f"no {key}")
        return b"a" + key.encode()
'''
CHANGES = [
    "module: 3 -> 4",
    "Door.opens: @checked def opens -> def opens",
    "Door.opens: if key is None or (not self.locks and 1 < len(key) <= LIMIT) -> if True",
    "Door.opens: if key is None or (not self.locks and 1 < len(key) <= LIMIT) -> if False",
    "Door.opens: key is None or (not self.locks and 1 < len(key) <= LIMIT) -> not self.locks and 1 < len(key) <= LIMIT",
    "Door.opens: key is None or (not self.locks and 1 < len(key) <= LIMIT) -> key is None",
    "Door.opens: key is None -> key is not None",
    "Door.opens: not self.locks and 1 < len(key) <= LIMIT -> 1 < len(key) <= LIMIT",
    "Door.opens: not self.locks and 1 < len(key) <= LIMIT -> not self.locks",
    "Door.opens: not self.locks -> self.locks",
    "Door.opens: 1 < len(key) <= LIMIT -> 1 <= len(key) <= LIMIT",
    "Door.opens: 1 < len(key) <= LIMIT -> 1 < len(key) < LIMIT",
    "Door.opens: 1 -> 2",
    "Door.opens: raise Shut(f'no {key}') -> raise SystemError()",
    "Door.opens: raise Shut(f'no {key}') -> pass",
    "Door.opens: f'no {key}' -> 'XX'",
    "Door.opens: return b'a' + key.encode() -> return None",
    "Door.opens: b'a' + key.encode() -> b'a'",
    "Door.opens: b'a' -> b'XXa'",
]


def test_every_small_thing_is_changed_once() -> None:
    """Conditions, bounds, guards, texts and refusals are changed; what only checkers and readers see is not."""
    assert sorted(CHANGES) == sorted(one.name for one in mutants_of(SOURCE, file="door.py"))


def test_a_change_is_in_force_and_leaves_nothing_behind() -> None:
    """Each mutant differs from the source in its one place: the next one does not carry it along."""
    found: list[object] = []
    for mutant in mutants_of("A = 1 < 2\nB = not A\n", file="ab.py"):
        scope: dict[str, object] = {}
        exec(mutant.code, scope)
        found.append((mutant.name.partition(": ")[2], scope["A"], scope["B"]))

    assert [("1 < 2 -> 1 <= 2", True, False), ("1 -> 2", False, True), ("2 -> 3", True, False),
            ("not A -> A", True, True)] == found  # fmt: skip


@pytest.mark.parametrize(("noticed", "reasons", "wrong"), [
    ({}, {}, []),
    ({"a": "", "b": ""}, {"a": "it is the same"}, ["survived without a reason: b"]),
    ({"a": "", "b": ""}, {"a": "it is the same", "b": ""}, ["survived without a reason: b"]),
    ({}, {"a": "it is the same"}, ["a reason for what did not survive: a"]),
    ({str(number): "" for number in range(18)}, {str(number): "why" for number in range(18)},
     ["fewer than 85 of 100 were noticed"]),
])  # fmt: skip
def test_the_run_fails_for_too_many_survivors_and_for_unexplained_ones(
    noticed: Results, reasons: dict[str, str], wrong: list[str]
) -> None:
    """A hundred changes of which 85 are noticed will do, if every survivor has a reason and every reason a survivor."""
    results = {f"noticed {number}": "a test" for number in range(100 - len(noticed))} | noticed

    assert [f"m.py: {one}" for one in wrong] == list(complaints("m.py", results, reasons))


@pytest.mark.parametrize("target", tomllib.loads(REASONS.read_text()))
def test_a_reason_is_about_a_change_that_can_be_made(target: str) -> None:
    """When a module changes, what was said about it is looked at again."""
    reasons = tomllib.loads(REASONS.read_text())[target]

    made = {one.name for one in mutants_of((ROOT / CORE / target).read_text(), file=target)}

    assert target in TARGETS
    assert all(reasons.values())
    assert set() == reasons.keys() - made


def test_every_module_and_test_of_the_run_exists() -> None:
    """A module that moved is not left out unseen."""
    assert [] == [name for target, tests in TARGETS.items() for name in (CORE + target, *tests)
                  if not (ROOT / name).exists()]  # fmt: skip
