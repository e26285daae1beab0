"""What a section found, as Markdown; a run of some sections replaces theirs in the document and keeps the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TITLE = "# Benchmarks"
_INTRODUCTION = """\
Written by `make bench`; do not edit. Medians and ratios of candidates that took turns in one run on one machine.
Absolute figures depend on that machine, the ratios much less. `docs/performance.md` says what they mean.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What issue and design ask for, and what was measured: `measured` must not exceed (or fall below) `bound`."""

    text: str
    measured: float
    bound: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Tell whether the target is met."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    def line(self) -> str:
        """Return the target as a line of a list."""
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.met else "**missed**"
        return f"- {self.text}: {self.measured:.2f} (target {sign} {self.bound:g}): {verdict}"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what was done, a table whose first row names its columns, targets, and remarks."""

    name: str
    title: str
    method: str
    table: Sequence[Sequence[str]]
    targets: Sequence[Target] = ()
    remarks: Sequence[str] = ()

    def markdown(self, machine: str) -> str:
        """Return the section as it stands in the document."""
        head, *rows = self.table
        lines = [f"## {self.title}", "", f"*{machine}*", "", self.method, "", _row(head), _row(["---"] * len(head))]
        lines += [_row(row) for row in rows]
        for group in ([target.line() for target in self.targets], [f"- {remark}" for remark in self.remarks]):
            lines += ["", *group] if group else []
        return "\n".join(lines) + "\n"


def write_report(path: Path, sections: Sequence[Section], *, order: Sequence[str], machine: str) -> None:
    """Put the sections into the document, in the order of all titles; others stay as they were."""
    parts = _parts(path.read_text(encoding="utf-8")) if path.exists() else {}
    parts |= {section.title: section.markdown(machine) for section in sections}
    chosen = [parts[title] for title in order if title in parts]
    path.write_text("\n".join([TITLE + "\n", _INTRODUCTION, *chosen]), encoding="utf-8")


def _parts(text: str) -> dict[str, str]:
    found = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0].removeprefix("## "): part.rstrip() + "\n" for part in found}


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def milliseconds(seconds: float) -> str:
    """Show seconds as milliseconds, with as many digits as mean something."""
    value = seconds * 1000
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def ratio(value: float) -> str:
    """Show a ratio."""
    return f"{value:.2f} ×" if value < 10 else f"{value:.0f} ×"
