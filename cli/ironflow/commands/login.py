"""`ironflow login`, `logout`, `whoami`: an organization's own users (contract, section 5)."""

from __future__ import annotations

import click

from ironflow.flags import Command
from ironflow.identity import Prefer
from ironflow.logins import log_in, log_out, show_identity
from ironflow.options import env_option, json_option, password_stdin_option
from ironflow.session import Session, with_session


@click.command("login", cls=Command)
@click.option("--email", required=True, metavar="EMAIL", help="The address to log in with.")
@password_stdin_option
@with_session
def login(session: Session, *, email: str, password_stdin: bool) -> None:
    """Log in as a user of an organization.

    Platform users log in with `ironflow platform login`. A server's newest login replaces the one before.
    """
    log_in(session, "login_user", kind="tenant", email=email, from_stdin=password_stdin)


@click.command("logout", cls=Command)
@with_session
def logout(session: Session) -> None:
    """Forget the stored login."""
    log_out(session)


@click.command("whoami", cls=Command)
@env_option
@json_option
@with_session
def whoami(session: Session) -> None:
    """Say who the server takes you for."""
    show_identity(session, prefer=Prefer.LOGIN if session.flags.as_org else Prefer.KEY)
