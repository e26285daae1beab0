"""What a fuzz target is: some first inputs, and a promise that must hold for every input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Target:
    """One parser under attack. `holds` returns for an input that is treated as promised, and raises otherwise."""

    name: str
    holds: Callable[[bytes], None]
    seeds: tuple[str | bytes, ...]
    words: tuple[str, ...] = ()
    longest: int = LONGEST

    def inputs(self) -> list[bytes]:
        """Return the seeds as bytes."""
        return [seed if isinstance(seed, bytes) else seed.encode("utf-8", "surrogatepass") for seed in self.seeds]


def text_of(data: bytes) -> str:
    """Return the bytes as text; what is no UTF-8 becomes lone surrogates, so that every kind of text occurs."""
    return data.decode("utf-8", "surrogateescape")


def either(parse: Callable[[], T], *refusals: type[Exception]) -> T | None:
    """Return the value, or None for one of the refusals that are documented; anything else that is raised is a find."""
    try:
        return parse()
    except refusals:
        return None


def accepts(check: Callable[[], None], *refusals: type[Exception]) -> bool:
    """Tell whether a check lets something pass; anything but the refusals that are documented is a find."""
    try:
        check()
    except refusals:
        return False
    return True


def lines_of(text: str, *marks: str) -> list[list[str]]:
    """Return for each mark the lines that begin with it, without it; other lines count for nothing."""
    lines = text.split("\n")
    return [[line[1:] for line in lines if line[:1] == mark] for mark in marks]
