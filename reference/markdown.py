"""Just enough Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def page(title: str, source: str, *parts: str) -> str:
    """Return a generated page that says where it comes from."""
    note = f"<!-- Made by `make docs` from {source}; a change here is lost. -->"
    return "\n\n".join((f"# {title}", note, *(part.strip("\n") for part in parts if part))) + "\n"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """Return a text as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def anchor(heading: str) -> str:
    """Return the name under which a heading of one plain word can be linked to."""
    return heading.lower().replace(" ", "-")
