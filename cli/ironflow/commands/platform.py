"""`ironflow platform`: the first admin, logging in, and everything under /platform (contract, sections 4 and 9)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.identity import Prefer
from ironflow.logins import log_in, log_out, show_identity
from ironflow.options import json_option, password_stdin_option
from ironflow.passwords import read_password
from ironflow.session import Session, with_session

MEMBERS = {
    "users": "platform_users:users",
    "roles": "platform_roles:roles",
    "policies": "platform_policies:policies",
    "tenants": "platform_tenants:tenants",
    "audit": "platform_audit:audit",
}


@click.group(
    cls=Group,
    members=MEMBERS,
    epilog="""\b
Examples:
  IRONFLOW_API_KEY=ifkey_... ironflow platform create-admin --email admin@example.com --name "Platform Admin"
  ironflow platform login --email admin@example.com
  ironflow platform tenants provision --name "Acme Corp"
  ironflow platform audit --event-type platform.impersonated --from 2026-03-12
""",
)
def platform() -> None:
    """Manage the platform: users, roles, tenants, audit.

    These commands act with the login stored by `ironflow platform login`, else with IRONFLOW_API_KEY.
    """


@platform.command("create-admin")
@click.option("--email", required=True, metavar="EMAIL", help="The address to log in with.")
@click.option("--name", required=True, metavar="NAME", help="The name to show.")
@password_stdin_option
@json_option
@with_session
def create_admin(session: Session, *, email: str, name: str, password_stdin: bool) -> None:
    """Create the first platform user; it works once.

    The user is an administrator. It needs an operator admin's key in IRONFLOW_API_KEY; a login does not do.
    """
    session.require_credential(Prefer.KEY_ONLY)
    password = read_password(session, from_stdin=password_stdin)
    body = {"email": email, "password": password, "name": name}
    reply = session.call("bootstrap_platform", body=body, prefer=Prefer.KEY_ONLY)
    session.report(reply, "Created platform admin: {email} (id: {id})")


@platform.command("login")
@click.option("--email", required=True, metavar="EMAIL", help="The address to log in with.")
@password_stdin_option
@with_session
def login(session: Session, *, email: str, password_stdin: bool) -> None:
    """Log in as a platform user, for 24 hours.

    The token is kept in ~/.config/ironflow/credentials.json (IRONFLOW_CONFIG_DIR), readable by you alone.
    """
    log_in(session, "login_platform_user", kind="platform", email=email, from_stdin=password_stdin)


@platform.command("logout")
@with_session
def logout(session: Session) -> None:
    """End the session and forget its token."""
    log_out(session)


@platform.command("whoami")
@json_option
@with_session
def whoami(session: Session) -> None:
    """Say who the server takes you for."""
    show_identity(session, prefer=Prefer.LOGIN)
