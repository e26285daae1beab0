"""What goes to stdout: plain columns, safe to show in a terminal, never cut off."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ironflow.problems import Failure

_JOINERS = "\u200c\u200d"  # they shape letters and emoji, and move nothing
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its title and the field of the API's object that it shows."""

    title: str
    field: str


def columns(fields: Mapping[str, str]) -> tuple[Column, ...]:
    """Name a table's columns, title to field: `columns({"ID": "id", "LAST USED": "last_used_at"})`."""
    return tuple(Column(title, field) for title, field in fields.items())


def safe(text: str) -> str:
    """Spell control, direction and surrogate characters out, so that no name can drive the terminal."""
    return "".join(_escape(char) if _is_unsafe(char) else char for char in text)


def cell(value: Any) -> str:
    """Show one value: `-` for none, names separated by commas for a list, JSON for anything nested."""
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return safe(",".join(value))
    return safe(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def table(
    shown: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    heading: Callable[[str], str] = str,
    least: Sequence[int] = (),
) -> list[str]:
    """Lay rows out in columns as wide as their widest cell, or as `least` says; the last one is open-ended."""
    lines = [[column.title for column in shown]]
    lines += [[cell(row.get(column.field)) for column in shown] for row in rows]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    widths = [max(pair) for pair in zip(widths, least or widths, strict=True)]
    titles, *rest = (_line(line, widths) for line in lines)
    return [heading(titles), *rest]


def details(fields: Mapping[str, Any]) -> list[str]:
    """Lay one object out, a field to a line, in the API's order."""
    indent = max((width(safe(name)) for name in fields), default=0) + 1
    return [f"{safe(name) + ':':<{indent}} {cell(value)}" for name, value in fields.items()]


def sentence(template: str, fields: Any) -> str:
    """Fill a sentence with an object's fields; raises Failure when the server left one out."""
    try:
        return template.format_map({name: cell(value) for name, value in fields.items()})
    except (KeyError, AttributeError) as error:
        raise Failure("the server's answer lacks a field: is it an Ironflow server?") from error


def join_pages(pages: Sequence[bytes]) -> bytes:
    """Splice JSON arrays without touching their items; one page stays as it is, byte for byte."""
    if len(pages) == 1:
        return pages[0]
    inner = [page.strip()[1:-1].strip() for page in pages]
    return b"[" + b",".join(part for part in inner if part) + b"]"


def width(text: str) -> int:
    """Count the columns that a terminal needs for a text."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [text + " " * (wide - width(text)) for text, wide in zip(cells, widths, strict=True)]
    return _GAP.join(padded).rstrip()


def _char_width(char: str) -> int:
    if char in _JOINERS or unicodedata.combining(char) or unicodedata.category(char) == "Mn":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _is_unsafe(char: str) -> bool:
    return char not in _JOINERS and unicodedata.category(char) in _UNSAFE


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
