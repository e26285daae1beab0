"""How a command can end other than well, and with which exit code (contract, section 9)."""

from __future__ import annotations

FAILED, USAGE, NOT_AUTHENTICATED, INTERRUPTED = 1, 2, 4, 130


class Failure(Exception):
    """A refusal to print on stderr: one sentence, then the lines that help."""

    exit_code = FAILED

    def __init__(self, sentence: str, *more: str) -> None:
        super().__init__(sentence)
        self.lines = (f"Error: {sentence}", *more)


class Misuse(Failure):
    """The command line or a variable is wrong; nothing was sent."""

    exit_code = USAGE


class NotAuthenticated(Failure):
    """There is no credential, or the server does not accept it."""

    exit_code = NOT_AUTHENTICATED


class Unreachable(Failure):
    """The server could not be reached or gave no answer; asking again may help."""


class Refused(Failure):
    """The server answered with an error of its own; `status` is the HTTP status."""

    def __init__(self, status: int, sentence: str, *more: str) -> None:
        super().__init__(sentence, *more)
        self.status = status


class Unauthenticated(Refused, NotAuthenticated):
    """The server answered 401."""

    exit_code = NOT_AUTHENTICATED
