"""Records to DynamoDB attribute values and back, by their fields.

A field at its default is not stored, except the revision, which guards compare.
"""

from __future__ import annotations

import json

from controlplane.domain.values import specification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")
    AttributeValue = dict[str, Any]

Item = dict[str, "AttributeValue"]
_STRINGS = ("tuple[str, ...]", "tuple[str, ...] | None")


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
    values = {name: _from_attribute(kind, item[name]) for name, kind, _ in specification(record_type) if name in item}
    return record(**values)


def _to_attribute(kind: str, value: Any) -> AttributeValue:
    if kind == "str":
        return {"S": value}
    if kind == "int":
        return {"N": str(value)}
    if kind == "bool":
        return {"BOOL": value}
    if kind in _STRINGS:
        return {"L": [{"S": text} for text in value]}
    return {"S": json.dumps(value, separators=(",", ":"), ensure_ascii=False)}


def _from_attribute(kind: str, value: AttributeValue) -> Any:
    if kind == "str":
        return value["S"]
    if kind == "int":
        return int(value["N"])
    if kind == "bool":
        return value["BOOL"]
    if kind in _STRINGS:
        return tuple(text["S"] for text in value["L"])
    loaded = json.loads(value["S"])
    return tuple(loaded) if kind.startswith("tuple") else loaded
