"""Write docs/assurance.md from what the runs kept: every figure is one that a run wrote down (`make assurance`).

The figures of an attack replace those of its last run, which stand in docs/assurance.json; what was not run stays.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
KNOWN, PAGE = DOCS / "assurance.json", DOCS / "assurance.md"
AT_LENGTH = "soak"
_HEAD = """# Assurance

What the last runs of the attacks found, written down by the runs themselves: `make assurance` runs what takes minutes
and puts it together, `make guards` proves the [invariants](invariants.md), and `make mutation`, `make fuzz`, `make
schema` and `make soak` add their own. `make check` runs the same attacks at every change.

| Attack | Figure | | Run on |
|---|---|---|---|
"""
_TITLES = {
    "hostile": "Hostile requests through the whole product, in one process (`tests/hostile/test_any_request.py`)",
    "hostile_http": "Hostile requests to a running server (`tests/hostile/test_over_http.py`)",
    "schemathesis": "schemathesis over the OpenAPI document, as four callers of two organizations (`make schema`)",
    "faults": "Every operation × every request to the table × every fault, then a repetition (`tests/faults`)",
    "races": "Rounds of each race, 16 to 32 at once on one table (`tests/races`)",
    "linearizability": "Histories of one key in 16 hands of two processes (`tests/races/test_linearizable_key.py`)",
    "model": "The whole API beside a model of it, compared at every step (`tests/model`)",
    "idempotency": "Every POST under one `Idempotency-Key`, at once and once more (`tests/http/test_idempotency.py`)",
    "load": "Load over a store that fails one time in a hundred, at 60 % of capacity (`tests/soak/test_load.py`)",
    "crashes": "kill -9 at a random moment of writing (`tests/soak/test_crashes.py`)",
    "at_large": "Every secret of the whole suite, searched after it in everything stored, logged, refused or printed",
    "secret_sweep": "Secrets of one journey, also in a dump of its table (`tests/hostile/test_secret_sweep.py`)",
    "static_analysis": "bandit, and semgrep with rules of our own (`make sast`)",
    "dependency_audit": "Every locked package against the advisory database (`make audit-dependencies`)",
    "sbom": "What is deployed, listed as CycloneDX (`make sbom`)",
    "fuzz": "Inputs of a coverage-guided fuzzer to every parser, each held to its promise (`make fuzz`)",
    "mutation": "Small changes to the modules that everything rests on (`make mutation`)",
}
Figures = dict[str, Any]


def page_of(figures: Mapping[str, Figures]) -> str:
    """Return the page: one row for each figure, under the title of its attack."""
    return _HEAD + "\n".join(_rows(figures)) + "\n" + "".join(_details(figures))


def _details(figures: Mapping[str, Figures]) -> Iterator[str]:
    """Tell what stands behind a sum: each parser, each changed module, and each change that no test noticed."""
    fuzz, mutation = figures.get("fuzz", {}), figures.get("mutation", {})
    if fuzz.get("parsers"):
        yield _table("Fuzzed parsers", ["Parser", "inputs", "branches reached", "features", "finds"], fuzz["parsers"])
    if mutation.get("modules"):
        yield _table("Changed modules", ["Module", "changes noticed", "tried"], mutation["modules"])
        yield "\n## Changes that no test noticed, and why\n\n"
        yield from (f"- {module}, `{change}`: {reason}\n" for module, change, reason in mutation["survivors"])


def _table(title: str, heads: list[str], rows: list[list[Any]]) -> str:
    shown = [[f"{one:,}" if isinstance(one, int) else one for one in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *shown]
    return f"\n## {title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _rows(figures: Mapping[str, Figures]) -> Iterator[str]:
    for title in sorted(figures, key=_place):
        told = {name: value for name, value in figures[title].items() if not isinstance(value, list)}
        when = told.pop("run_on")
        for place, (name, value) in enumerate(told.items()):
            ends = ("", "") if place else (_title(title), when)
            shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
            yield f"| {ends[0]} | {name.replace('_', ' ')} | {shown} | {ends[1]} |"


def _place(attack: str) -> tuple[int, str]:
    """Order attacks as their titles stand, a run at length behind the usual one."""
    titles = list(_TITLES)
    name = attack.removesuffix(f"-{AT_LENGTH}")
    return (titles.index(name) if name in titles else len(titles)), attack


def _title(attack: str) -> str:
    name, dash, _ = attack.partition("-")
    return _TITLES.get(name, name.replace("_", " ")) + (", at length (`make soak`)" if dash else "")


def together(kept: Mapping[str, Figures]) -> dict[str, Figures]:
    """Add up what was counted in parts, whose names have a dash; the slowest and the worst of any is the whole's."""
    whole: dict[str, Figures] = {}
    for name, found in sorted(kept.items()):
        into = whole.setdefault(name.partition("-")[0], {})
        for figure, value in found.items():
            if isinstance(value, list):
                into[figure] = [*into.get(figure, []), *value]
            elif figure in into:
                into[figure] = max(into[figure], value) if figure.startswith("slowest") else into[figure] + value
            else:
                into[figure] = value
    return whole


def _kept(folder: Path) -> dict[str, Figures]:
    """Read what the runs of today kept in a folder."""
    files = sorted(folder.glob("*.json"))
    days = {file.stem.partition("-")[0]: file.stat().st_mtime for file in files}
    found = together({file.stem: json.loads(file.read_text()) for file in files})
    return {
        name: figures | {"run_on": datetime.fromtimestamp(days[name], UTC).date().isoformat()}
        for name, figures in found.items()
    }


def main() -> None:
    """Read the folder that `IRONFLOW_FIGURES` names, put it to what is known, and write the page."""
    folder = Path(os.environ["IRONFLOW_FIGURES"])
    known = json.loads(KNOWN.read_text()) | _kept(folder)
    known |= {f"{name}-{AT_LENGTH}": found for name, found in _kept(folder / AT_LENGTH).items()}
    KNOWN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page_of(json.loads(KNOWN.read_text())))


if __name__ == "__main__":
    main()
