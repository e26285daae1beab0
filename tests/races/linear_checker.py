"""Is a history of concurrent operations one that a single hand could have made? (Wing and Gong, with memory)"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True)
class Operation:
    """What was asked and what was answered, and when each was."""

    kind: str
    argument: Any
    result: Any
    invoked: int
    returned: int


def is_linearizable(
    history: Sequence[Operation], *, start: S, step: Callable[[S, Operation], Sequence[S]]
) -> bool:
    """Tell whether some order of the operations explains every answer.

    The order must keep what returned before something else was invoked before it. `step` gives the states in which an
    operation may leave a state; none when its answer is not one that this state gives.
    """
    ordered = sorted(history, key=lambda one: one.invoked)
    everything = (1 << len(ordered)) - 1
    seen: set[tuple[int, S]] = set()
    pending = [(0, start)]
    while pending:
        done, state = pending.pop()
        if done == everything:
            return True
        for place in _possible_next(ordered, done):
            for after in step(state, ordered[place]):
                further = done | 1 << place, after
                if further not in seen:
                    seen.add(further)
                    pending.append(further)
    return False


def _possible_next(ordered: Sequence[Operation], done: int) -> list[int]:
    """Return the operations that nothing else, still to come, returned before."""
    left = [place for place in range(len(ordered)) if not done >> place & 1]
    first_return = min(ordered[place].returned for place in left)
    return [place for place in left if ordered[place].invoked <= first_return]
