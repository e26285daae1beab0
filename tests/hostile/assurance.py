"""Write docs/assurance.md from what the runs kept: every figure is one that a run wrote down (`make assurance`)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "assurance.md"
_HEAD = """# Assurance

What the last runs of the attacks found, written down by the runs themselves: `make assurance` puts it together, `make
guards` proves the [invariants](invariants.md), and `make mutation`, `make schema` and `make soak` add their own.

| Attack | Figure | |
|---|---|---|
"""
_TITLES = {
    "hostile": "Hostile requests through the whole product, in one process (`tests/hostile/test_any_request.py`)",
    "hostile_http": "Hostile requests to a running server (`tests/hostile/test_over_http.py`)",
    "schemathesis": "schemathesis over the OpenAPI document, as four callers of two organizations (`make schema`)",
    "secret_sweep": "Secrets searched in table, database file, logs, refusals and the command line's output",
    "mutation": "Small changes to the modules that everything rests on (`make mutation`)",
}


def page_of(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page: one row for each figure, under the title of its attack."""
    rows = [f"| {title} | {name.replace('_', ' ')} | {value} |" for title, name, value in _rows(figures)]
    survivors = [f"- `{name}.py:{one}`" for name, one in _survivors(figures)]
    tail = "\n\nChanges that no test noticed:\n\n" + "\n".join(survivors) if survivors else ""
    return _HEAD + "\n".join(rows) + tail + "\n"


def _rows(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    for title, found in _together(figures).items():
        for place, (name, value) in enumerate(found.items()):
            yield ("" if place else _TITLES.get(title, title.replace("_", " "))), name, value


def _together(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Add up what was counted in parts: the seeds of the hostile requests, the modules of the mutation run."""
    sums: dict[str, dict[str, Any]] = {}
    for name, found in sorted(figures.items()):
        head, _, tail = name.partition("_")
        part = head == "mutation" or tail.isdigit()
        into = sums.setdefault(head if part else name, {})
        for figure, value in found.items():
            if isinstance(value, list):
                continue
            join = max if figure.startswith("slowest") else int.__add__
            into[figure] = join(into.get(figure, 0), value) if part else value
    return sums


def _survivors(figures: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, found in sorted(figures.items()):
        for one in found.get("survivors", ()):
            yield name.removeprefix("mutation_"), one.replace("\n", " ")[:160]


def main() -> None:
    """Read the folder that `IRONFLOW_FIGURES` names, and write the page."""
    folder = Path(os.environ["IRONFLOW_FIGURES"])
    PAGE.write_text(page_of({file.stem: json.loads(file.read_text()) for file in folder.glob("*.json")}))


if __name__ == "__main__":
    main()
