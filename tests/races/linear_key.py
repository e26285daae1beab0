"""One key as a register: what its operations must answer if each of them happened at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.races.linear_checker import Operation

REFUSED, DONE, UNKNOWN, BUSY = "refused", "done", "unknown", "busy"
USE, ROTATE, SET_ROLE, DELETE, EXPIRE, DELETE_ORG = "use", "rotate", "set role", "delete", "expire", "delete org"


class KeyState(NamedTuple):
    """The value that is alive, or none; the key's role; whether its organization is there and its time is over."""

    value: str
    role: str
    org: bool = True
    expired: bool = False


def step(state: KeyState, operation: Operation) -> Sequence[KeyState]:
    """Return where an operation may lead, as `is_linearizable` wants it."""
    kind, argument, result = operation.kind, operation.argument, operation.result
    if result == BUSY:  # refused because of others; nothing happened
        return [state]
    if kind == USE:
        alive = state.org and not state.expired and state.value == argument
        return [state] if result == (state.role if alive else REFUSED) else []
    after = _after(state, operation)
    if result == UNKNOWN:  # no answer in time: it happened, or it did not
        return [state] if after is None else [state, after]
    wanted = REFUSED if after is None else DONE
    return [after or state] if wanted == (REFUSED if result == REFUSED else DONE) else []


def _after(state: KeyState, operation: Operation) -> KeyState | None:
    """Return the state that a change leads to, or None when it must be refused."""
    if operation.kind == EXPIRE:
        return state._replace(expired=True)
    if not state.org:
        return None
    if operation.kind == DELETE_ORG:
        return state._replace(org=False)
    old, new = operation.argument
    if state.value != old:
        return None
    if operation.kind == ROTATE:
        return None if state.expired else state._replace(value=operation.result)
    if operation.kind == SET_ROLE:
        return state._replace(role=new)
    return state._replace(value="")
