"""The pages that say what is held name what shows it (docs/asvs.md and its neighbours)."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("asvs.md", "assurance.md", "invariants.md", "protection.md", "threat-model.md")
ITEM = re.compile(r"^\| V(\d+)\.(\d+)\.(\d+) \| ([12]) \| [^|]+ \| (held|partly|open|n/a) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/.]+)(?:::(\w+))?[^`]*`")
FIRST_LEVEL, SECOND_LEVEL = 70, 183  # as many as ASVS 5.0.0 has


def test_every_item_is_judged() -> None:
    """An item that is missing looks like one that is held; so does one that stands twice, or a count that is old."""
    page = (ROOT / "docs" / "asvs.md").read_text()
    items = ITEM.findall(page)
    numbers = [tuple(map(int, item[:3])) for item in items]
    verdicts = Counter(item[4] for item in items)

    assert {"1": FIRST_LEVEL, "2": SECOND_LEVEL} == Counter(item[3] for item in items)
    assert numbers == sorted(set(numbers))
    assert page.count("\n| V") == len(items)
    assert (
        f"{verdicts['held']} are held, {verdicts['partly']} partly, {verdicts['open']} are open, "
        f"{verdicts['n/a']} do not apply"
    ) in page.replace("\n", " ")


def test_what_is_partly_held_says_which_part_is_not() -> None:
    """Who reads "partly" wants to know what is missing."""
    items = ITEM.findall((ROOT / "docs" / "asvs.md").read_text())

    assert [] == [item for item in items if (item[4] == "partly") != ("**" in item[5])]


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_a_page_names_exists(name: str) -> None:
    """A proof that is not there proves nothing."""
    named = TEST.findall((ROOT / "docs" / name).read_text())

    missing = [(path, test) for path, test in named if not _exists(path, test)]

    assert (True, []) == (bool(named), missing)


def _exists(path: str, test: str) -> bool:
    place = ROOT / path
    return place.exists() and (not test or f"def {test}(" in place.read_text())
