"""What is wrong with a field, in words of JSON: no type of Python's, and no sign of a schema's, reaches a client."""

from __future__ import annotations

import re

_WORDS = {
    "str": "a string", "int": "an integer", "float": "a number", "bool": "a boolean", "array": "an array",
    "object": "an object", "null": "null",
}  # fmt: skip
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
_WRONG_TYPE = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`")
_WRONG_LENGTH = re.compile(r"Expected `(?P<kind>\w+)(?: \| null)?` of length (?P<bound>[<>]=) (?P<length>\d+)")
_PLACE = " - at `$"


def sentence_of(problem: str) -> str:
    """Turn the library's message into ours: ``Expected `str`, got `int` - at `$.name` `` → `name must be a string…`."""
    text, _, place = problem.partition(_PLACE)
    place = place.rstrip("`").lstrip(".")
    field = place or "request body"
    if missing := _MISSING.fullmatch(text):
        return f"{place}{'.' if place else ''}{missing['field']} is required"
    if wrong := _WRONG_TYPE.fullmatch(text):
        return f"{field} must be {_named(wrong['wanted'].removesuffix(' | null'))}, not {_named(wrong['got'])}"
    if wrong := _WRONG_LENGTH.fullmatch(text):
        return f"{field} must {_length(wrong['bound'], int(wrong['length']), wrong['kind'])}"
    return f"{field} is not what it may be"


def _named(kind: str) -> str:
    return _WORDS.get(kind, kind)


def _length(bound: str, length: int, kind: str) -> str:
    if bound == ">=" and length == 1:
        return "not be empty"
    limit = "at most" if bound == "<=" else "at least"
    return f"have {limit} {length} {'characters' if kind == 'str' else 'items'}"
