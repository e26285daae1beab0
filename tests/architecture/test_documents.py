"""The documents name only what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs/architecture.md")
LONGEST_README = 120
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
TARGET = re.compile(r"`make ([a-z]+)")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(root: Path, name: str) -> None:
    """A reader who follows a link arrives."""
    page = root / name

    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [] == [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_named_exists(root: Path, name: str) -> None:
    """A command that is copied from a document runs."""
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    named = set(TARGET.findall((root / name).read_text(encoding="utf-8")))

    assert named <= targets


def test_every_decision_is_listed(root: Path) -> None:
    """A decision that the overview does not name is not found again."""
    overview = (root / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert [] == [page.name for page in (root / "docs" / "adr").glob("*.md") if f"adr/{page.name}" not in overview]


def test_the_readme_is_read_in_one_sitting(root: Path) -> None:
    """Whoever arrives finds the start before losing patience."""
    assert len((root / "README.md").read_text(encoding="utf-8").splitlines()) < LONGEST_README
