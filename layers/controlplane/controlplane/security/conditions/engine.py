"""Conditions in CEL, behind the port Conditions (contract, section 6; the guards of the design)."""

from __future__ import annotations

import re
from functools import lru_cache

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.values import dataclass
from controlplane.security.conditions.variables import NAMES, ROLES, TIME, environment, values, with_moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from controlplane.security.conditions.tree import Node

LONGEST = 1024
MOST_NODES = 512
MOST_COMPREHENSIONS = 3
_REMEMBERED = 512
_LONGEST_REASON = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_COMPILE_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*?)(?: \(in container ''\))?(?: \[\w+\])?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Program:
    """A condition that may be run: with any permitted input, or only with usual ones when `careful`.

    `names` are the declared names that it mentions; it is given no other's value. The moment of the request, where it
    `asks_time`, is made for it.
    """

    evaluate: Callable[[None, dict[str, Any]], Any]
    careful: bool
    names: tuple[str, ...]
    asks_time: bool


class CelConditions:
    """Google's CEL engine with declared names and a bound on cost; imported with the first condition that is not empty.

    A text is judged once, before it first runs, by the same rules whether it is being saved or was already stored.
    """

    def __init__(self) -> None:
        self._environment: Any = None
        self._programs = lru_cache(maxsize=_REMEMBERED)(self._judge)

    def check(self, text: str) -> None:
        """Raise InvalidArgument with reason and position when the text may not be saved; empty is fine."""
        if not _is_empty(text) and isinstance(verdict := self._programs(text), str):
            raise InvalidArgument(f"condition {verdict}")

    def holds(self, text: str, *, request: Mapping[str, object], subject: Mapping[str, object]) -> bool | None:
        """Return the condition's value, or None when it cannot be evaluated; never raises.

        `request.time` is given in whole seconds since 1970. A name without value fails only where it is needed.
        """
        return self.about(request=request, subject=subject)(text)

    def about(
        self, *, request: Mapping[str, object], subject: Mapping[str, object]
    ) -> Callable[[str], bool | None]:
        """Return `holds` for one request; its values are converted once, with the first condition that is not empty."""
        return _Question(self._programs, request, subject).holds

    def _judge(self, text: str) -> _Program | str:
        """Return the program of a text, or the reason why it may not run."""
        if len(text) > LONGEST:
            return f"has more than {LONGEST} characters"
        if _CONTROL.search(text):
            return "contains a control character"
        try:
            expression = self._compiled(text)
        except RuntimeError as error:
            return _compile_reason(str(error))
        if expression.return_type().name() != "BOOL":
            return f"must be boolean, not {expression.return_type().name()[:40]}"
        return _admit(expression)

    def _compiled(self, text: str) -> Any:
        if self._environment is None:
            self._environment = environment()
        return self._environment.compile(text)


def _is_empty(text: str) -> bool:
    return not text or text.isspace()


def _compile_reason(message: str) -> str:
    """Return `does not compile: line:column: reason` for the first errors of the engine's message."""
    found = [f"{line}:{column}: {reason}" for line, column, reason in _COMPILE_ERROR.findall(message)]
    return f"does not compile: {'; '.join(found)[:_LONGEST_REASON] or 'nested too deeply'}"


def _admit(expression: Any) -> _Program | str:
    from controlplane.security.conditions.cost import AFFORDABLE, LARGEST, USUAL, cost_of
    from controlplane.security.conditions.tree import read_tree

    tree = read_tree(expression.serialize())
    if reason := _excess(tree):
        return reason
    if cost_of(tree, USUAL) > AFFORDABLE:
        return "could take too long"
    names = _names(tree)
    return _Program(expression.eval, careful=cost_of(tree, LARGEST) > AFFORDABLE, names=names, asks_time=TIME in names)


def _names(tree: Node) -> tuple[str, ...]:
    found = {name for node in tree.walk() if node.kind == "ident" for name in node.names}
    return tuple(sorted(found & NAMES))


def _excess(tree: Node) -> str:
    """Return what there is too much of, or nothing."""
    nodes = list(tree.walk())
    if len(nodes) > MOST_NODES:
        return f"has more than {MOST_NODES} parts"
    if sum(node.kind == "comprehension" for node in nodes) > MOST_COMPREHENSIONS:
        return f"has more than {MOST_COMPREHENSIONS} comprehensions"
    if any(b"\0" in node.text for node in nodes):
        return "contains NUL"
    if any("matches" in node.names and node.children[-1].kind != "constant" for node in nodes):
        return "matches a pattern that is not a literal"
    return ""


class _Question:
    """One request, about which conditions are asked."""

    __slots__ = ("_programs", "_request", "_subject", "_values")

    def __init__(
        self, programs: Callable[[str], _Program | str], request: Mapping[str, object], subject: Mapping[str, object]
    ) -> None:
        self._programs = programs
        self._request = request
        self._subject = subject
        self._values: dict[str, Any] | None = None

    def holds(self, text: str) -> bool | None:
        """Return a condition's value, or None when it cannot be evaluated; never raises."""
        if _is_empty(text):
            return True
        program = self._programs(text)
        if isinstance(program, str):
            return None
        try:
            given = self._values
            if given is None:
                given = self._values = values(self._request, self._subject)
            if program.careful and not _is_usual(given):
                return None
            mentioned = {name: given[name] for name in program.names if name in given}
            if program.asks_time:
                mentioned = with_moment(mentioned)
            answer = program.evaluate(None, mentioned).value()
        except (RuntimeError, TypeError, ValueError, OverflowError):
            return None
        return answer if isinstance(answer, bool) else None


def _is_usual(given: Mapping[str, Any]) -> bool:
    from controlplane.security.conditions.cost import USUAL

    roles: list[str] = given.get(ROLES, [])
    return len(roles) <= USUAL.roles and all(len(role.encode()) <= USUAL.role_text for role in roles)
