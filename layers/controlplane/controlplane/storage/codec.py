"""Records to DynamoDB attribute values and back, by their fields.

A field at its default is not stored, except the revision, which guards compare. The grants that a role carries are
JSON in a binary attribute: as a text they would cross the wire with a backslash before each of hundreds of quotes, and
reading those took a fifth of a warm request. A client that knows DynamoDB's types shows binary as bytes, the wire as
base64.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from operator import itemgetter

from controlplane.domain.values import MISSING, restored, specification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")
    AttributeValue = dict[str, Any]

Item = dict[str, "AttributeValue"]
_STRINGS = ("tuple[str, ...]", "tuple[str, ...] | None")
_GRANTS, _UNREAD = "tuple[dict[str, str], ...]", "Json"
_REMEMBERED = 512


def encode(record: object) -> Item:
    """Return a record's attributes; keys and index attributes are not among them."""
    item: Item = {}
    record_type: Any = type(record)
    for name, kind, default in specification(record_type):
        value = getattr(record, name)
        if value != default or name == "revision":
            item[name] = _to_attribute(kind, value)
    return item


def decode(record: type[T], item: Item) -> T:
    """Build a record from its item; attributes that it does not know are left alone."""
    record_type: Any = record
    texts, others, defaults, size = _reading(record_type)
    values = defaults | {name: item[name]["S"] for name in texts if name in item}
    for name, read in others:
        if name in item:
            values[name] = read(item[name])
    if len(values) != size:  # a field is made anew for each record, or is missing
        return record(**values)
    value: T = restored(record_type, values)
    return value


@cache
def _reading(record: Any) -> tuple[list[str], list[tuple[str, Callable[[AttributeValue], Any]]], dict[str, Any], int]:
    """Return a record's texts, how each other field is read, what fields are without an attribute, and their number."""
    fields = specification(record)
    return ([name for name, kind, _ in fields if kind == "str"],
            [(name, _READERS.get(kind, _read_json)) for name, kind, _ in fields if kind != "str"],
            {name: default for name, _, default in fields if default is not MISSING and not isinstance(default, dict)},
            len(fields))


def _to_attribute(kind: str, value: Any) -> AttributeValue:
    if kind == "str":
        return {"S": value}
    if kind == "int":
        return {"N": str(value)}
    if kind == "bool":
        return {"BOOL": value}
    if kind in _STRINGS:
        return {"L": [{"S": text} for text in value]}
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return {"B": text.encode()} if kind == _GRANTS else {"S": text}


def _read_json(value: AttributeValue) -> Any:
    return json.loads(value["S"])


def _read_grants(value: AttributeValue) -> tuple[dict[str, str], ...]:
    return tuple(json.loads(_read_text(value)))


def _read_text(value: AttributeValue) -> str:
    text: str = value["S"] if "S" in value else _text_of(value["B"])  # a text was written before it was binary
    return text


@lru_cache(maxsize=_REMEMBERED)
def _text_of(binary: str | bytes) -> str:
    """Return a binary attribute's text; for equal ones the same object, by which later look-ups are quick."""
    from binascii import a2b_base64  # most requests read no custom role

    return (a2b_base64(binary) if isinstance(binary, str) else binary).decode()


def _read_strings(value: AttributeValue) -> tuple[str, ...]:
    return tuple([text["S"] for text in value["L"]])


def _read_number(value: AttributeValue) -> int:
    return int(value["N"])


_READERS: dict[str, Callable[[AttributeValue], Any]] = {
    "int": _read_number, "bool": itemgetter("BOOL"),
    **dict.fromkeys(_STRINGS, _read_strings), _GRANTS: _read_grants, _UNREAD: _read_text,
}
