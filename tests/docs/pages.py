"""The pages that are played: `python -m tests.docs.pages PAGE…` writes down anew what their commands print."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.console import Glossary, Step, fails, read_steps
from tests.docs.terminal import Terminal
from tests.running_server import ROOT, RunningServer

PLAYED = tuple(
    path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if read_steps(path.read_text("utf-8"))
)
DATA_DIRECTORY = ".ironflow"


def play(page: str, *, home: Path) -> list[tuple[Step, int, list[str], bool]]:
    """Type a page's commands, one after the other, against a new server on an empty data directory.

    Each comes back with its exit code, what it printed in the page's spelling, and whether that is what the page says.
    """
    with RunningServer("--no-reload", data_dir=home / DATA_DIRECTORY) as server:
        terminal, glossary, played = Terminal(server, home), Glossary(), []
        for step in read_steps(page):
            code, lines = terminal.type(glossary.translate(step.command))
            seen = [line.rstrip() for line in lines]
            as_printed = glossary.recognise(step.printed, seen) and (code != 0) == fails(step)
            played.append((step, code, [glossary.spell(line) for line in seen], as_printed))
    return played


def rewrite(page: str, *, home: Path) -> str:
    """Return the page with what its commands print now, where that differs."""
    lines = page.split("\n")
    for step, _, seen, as_printed in reversed(play(page, home=home)):
        first = step.number + step.command.count("\n")
        if not as_printed:
            lines[first : first + len(step.printed)] = seen
    return "\n".join(lines)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with TemporaryDirectory() as home:
            path = Path(name)
            path.write_text(rewrite(path.read_text("utf-8"), home=Path(home)), "utf-8")
