"""What it means to call a function, whoever runs it."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from devserver.deployment import Function

MAX_EVENT_BYTES = 6 * 1024 * 1024
MAX_RESULT_BYTES = 6_291_556


class Outcome(msgspec.Struct, frozen=True):
    """What a function returned, and whether an environment was started for it."""

    value: Any
    cold: bool


class FunctionFailed(Exception):
    """The function raised, crashed or could not be started; `message` is its own, for logs and authorizers."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.message = message


class FunctionTimedOut(Exception):
    """The function did not answer in its time; its environment is gone."""


class TooManyInvocations(Exception):
    """Every environment stayed busy for as long as an invocation may wait."""


class EventTooLarge(Exception):
    """The event is larger than a function accepts."""


class Functions(Protocol):
    """Runs functions: in processes of their own, or in this one."""

    async def invoke(self, function: Function, event: Any, *, request_id: str, seconds: float) -> Outcome:
        """Call a function and return what it returns.

        Raises FunctionFailed, FunctionTimedOut, TooManyInvocations or EventTooLarge.
        """
        ...

    def recycle(self) -> None:
        """Let every later invocation see the code as it is now."""
        ...

    async def close(self) -> None:
        """End every environment."""
        ...
