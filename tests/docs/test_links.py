"""Whoever follows a link, or copies a command, arrives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ironflow.main import root as command_line
from reference.command_line import commands_under
from tests.running_server import ROOT

LINK = re.compile(r"\]\((?!https?:)([^)\s]*)\)")
COMMAND = re.compile(r"(?:^\$ |`|\$\()ironflow ([^`\n]+)", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
WORD = re.compile(r"[a-z][a-z-]*$")
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
COMMANDS = {path[1:] for path, _ in commands_under(command_line, ("ironflow",))}
WITH_VALUE = {"-s", "--server", "--as-org", "--reason"}


def _anchors(page: Path) -> set[str]:
    headings = HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _words(call: str) -> tuple[str, ...]:
    """Return the words of a call that must name a command: everything before the first that cannot."""
    words: list[str] = []
    rest = iter(call.split())
    for word in rest:
        if word in WITH_VALUE:
            next(rest, None)
        elif (*words, word) not in COMMANDS and (tuple(words) in LEAVES or not WORD.match(word)):
            break
        else:
            words.append(word)
    return tuple(words)


GROUPS = {path[:-1] for path in COMMANDS if path}
LEAVES = COMMANDS - GROUPS


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """No page and no heading is missing behind a link."""
    missing = []
    for link in LINK.findall(page.read_text("utf-8")):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            missing.append(link)

    assert [] == missing


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    """A command that a page names is one that `ironflow` knows."""
    named = {_words(call) for call in COMMAND.findall(page.read_text("utf-8"))}

    assert set() == named - COMMANDS


def test_every_page_can_be_found() -> None:
    """Whoever starts at the README reaches every page by following links."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page in DOCUMENTS:
            reached.add(page)
            links = LINK.findall(page.read_text("utf-8"))
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links]

    assert set() == set(DOCUMENTS) - reached
