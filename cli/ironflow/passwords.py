"""Passwords: asked for without echo or read from stdin; never an argument (contract, section 9)."""

from __future__ import annotations

import click

from ironflow.problems import Failure
from ironflow.session import Session


def read_password(session: Session, *, from_stdin: bool, prompt: str = "Password: ") -> str:
    """Return one password; a trailing line end on stdin is not part of it."""
    if from_stdin:
        return _stdin(session).removesuffix("\n").removesuffix("\r")
    return _asked(session, prompt)


def read_two_passwords(session: Session, *, from_stdin: bool) -> tuple[str, str]:
    """Return the current password and the new one; on stdin they stand on two lines."""
    if not from_stdin:
        return _asked(session, "Current password: "), _asked(session, "New password: ")
    lines = _stdin(session).splitlines()
    if len(lines) != 2:
        raise click.UsageError("--password-stdin expects two lines: the current password and the new one.")
    return lines[0], lines[1]


def _stdin(session: Session) -> str:
    try:
        return session.world.stdin.read()
    except UnicodeDecodeError as error:
        raise Failure("the password on stdin is not text in UTF-8") from error


def _asked(session: Session, prompt: str) -> str:
    if not session.world.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for a password on: use --password-stdin.")
    try:
        return session.world.ask_secret(prompt, session.world.stderr)
    except EOFError as error:
        raise Failure("no password given") from error
