"""How large a regular expression becomes once its repetitions are written out, as RE2 does."""

from __future__ import annotations

import re

_CLASS = 100  # \pL and its like are tables of hundreds of ranges
_SET = 8  # . \w [^x] are several ranges of bytes each
_FOLDING = 4
_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|$)"
    r"|(?P<table>\\[pP](?:\{[^}]*\}|.))"
    r"|(?P<set>\\.|\.)"
    r"|(?P<members>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?P?<\w+>|\?[imsU-]*:?)?)"
    r"|(?P<close>\))"
    r"|\{(?P<low>\d{1,9})(?P<more>,)?(?P<high>\d{1,9})?\}"
    r"|(?P<operator>[*+?|^$])"
    r"|(?P<letter>.)",
    re.DOTALL,
)


def expanded_size(pattern: str) -> int:
    """Return an upper bound, in states, for what the engine builds from the pattern; a plain letter is one."""
    groups: list[list[int]] = [[]]
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup
        if kind == "open":
            groups.append([])
        elif kind == "close" and len(groups) > 1:
            groups[-2].append(sum(groups.pop()) + 1)
        elif token["low"]:
            repeat = max(int(token["low"]) + 1, int(token["high"] or 0))
            groups[-1] = [*groups[-1][:-1], repeat * (groups[-1] or [1])[-1]]
        else:
            groups[-1].append(_size_of(kind, token.group()))
    size = sum(sum(group) for group in groups)
    return size * _FOLDING if re.search(r"\(\?[a-zA-Z]*i", pattern) else size


def _size_of(kind: str | None, text: str) -> int:
    if kind == "table":
        return _CLASS
    if kind == "set":
        return _SET
    if kind == "members":
        return _SET + len(text) + _CLASS * len(re.findall(r"\\[pP]", text))
    return len(text.encode())
