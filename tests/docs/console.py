"""Reads a page's `console` blocks: commands, and what the page says that they print.

Ids, keys and times differ from run to run. An id on the page stands for the one that is first seen in its place, from
there on everywhere: in what is printed later, and in the commands themselves. `…` stands for any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FORMS = {
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "value": r"if(?:key|platform)_[0-9a-f]{32}\b",
    "prefix": r"if(?:key|platform)_[0-9a-f]{8}\b",
    "key": rf"ak_{_UUID}",
    "id": r"(?:puser|user|org|proj|env|role|pol|fn|polv)_[0-9a-f]{32}\b",
    "uuid": rf"\b{_UUID}",
    "event": r"\b01[0-9A-HJKMNP-TV-Z]{24}\b",
    "cursor": r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{48,}",  # it may begin with a hyphen
}
_TOKEN = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()))
_ANY = "…"
_FAILURES = ("Error: ", "compile_error: ")
_PREFIX_TAIL = -24  # a display prefix is the value without its last 24 digits


@dataclass(frozen=True)
class Step:
    """One command of a page and the lines that follow it there; `number` is its line."""

    command: str
    printed: tuple[str, ...]
    number: int


@dataclass
class Glossary:
    """What each id of the page is in this run."""

    meaning: dict[str, str] = field(default_factory=dict)

    def translate(self, text: str) -> str:
        """Return a command of the page as it has to be typed in this run."""
        return _TOKEN.sub(lambda found: self.meaning.get(found[0], found[0]), text)

    def spell(self, text: str) -> str:
        """Return what this run printed as the page spells it."""
        spelled = {meant: word for word, meant in self.meaning.items()}
        return _TOKEN.sub(lambda found: spelled.get(found[0], found[0]), text)

    def recognise(self, printed: tuple[str, ...], seen: list[str]) -> bool:
        """Tell whether what was seen is what the page prints, and remember the ids that it shows."""
        pattern = _Pattern(self.meaning)
        found = re.fullmatch("".join(pattern.of_line(line) for line in printed), "".join(f"{line}\n" for line in seen))
        if found:
            for word, group in pattern.groups.items():
                self._learn(word, found[group])
        return found is not None

    def _learn(self, word: str, meant: str) -> None:
        self.meaning[word] = meant
        if re.fullmatch(_FORMS["value"], word):
            self.meaning[word[:_PREFIX_TAIL]] = meant[:_PREFIX_TAIL]


class _Pattern:
    """Turns lines of a page into a regular expression; `groups` names where each new id stands."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known
        self.groups: dict[str, str] = {}

    def of_line(self, line: str) -> str:
        if line == _ANY:
            return r"(?:.*\n)*?"
        pattern, end = "", 0
        for token in _TOKEN.finditer(line):
            pattern += self._text(line[end : token.start()]) + self._token(token)
            end = token.end()
        return pattern + self._text(line[end:]) + r"\n"

    def _text(self, text: str) -> str:
        return ".*?".join(re.escape(part) for part in text.split(_ANY))

    def _token(self, token: re.Match[str]) -> str:
        word, kind = token[0], str(token.lastgroup)
        if kind == "time":
            return _FORMS[kind]
        if word in self._known:
            return re.escape(self._known[word])
        if word in self.groups:
            return f"(?P={self.groups[word]})"
        self.groups[word] = f"word{len(self.groups)}"
        return f"(?P<{self.groups[word]}>{_FORMS[kind]})"


def read_steps(page: str) -> list[Step]:
    """Return the commands of a page in order; a line that ends with a backslash goes on in the next."""
    steps: list[Step] = []
    for block in _BLOCK.finditer(page):
        number = page.count("\n", 0, block.start(1)) + 1
        for part in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
            lines = part.rstrip("\n").split("\n")
            size = 1
            while lines[size - 1].endswith("\\"):
                size += 1
            printed = tuple(lines[size:])
            steps.append(Step("\n".join(lines[:size]), printed, number))
            number += part.count("\n")
    return steps


def fails(step: Step) -> bool:
    """Tell whether the page shows this command failing."""
    return any(line.startswith(_FAILURES) for line in step.printed)
