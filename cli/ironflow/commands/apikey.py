"""`ironflow apikey`: create, list, rotate and delete keys, and change their roles (contract, sections 3 and 9)."""

from __future__ import annotations

import click

from ironflow.client import Reply
from ironflow.flags import Group
from ironflow.options import given, identifier, json_option, list_options, role_option
from ironflow.output import columns
from ironflow.session import Session, with_session

DEFAULT_PLATFORM_ROLE = "role_platform_admin"
SAVE_IT = "Save this key — it will not be shown again."
COLUMNS = columns(
    {
        "ID": "id",
        "NAME": "name",
        "PREFIX": "prefix",
        "ROLES": "role_ids",
        "CREATED": "created_at",
        "LAST USED": "last_used_at",
        "EXPIRES": "expires_at",
    }
)


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow apikey create my-key
  ironflow apikey create staging-key --env env_... --expires 720h
  ironflow apikey create my-automation-key --platform
  ironflow apikey list --expiring 30d
  ironflow apikey rotate ak_...
""",
)
def apikey() -> None:
    """Create, list, rotate and delete API keys."""


@apikey.command("create")
@click.argument("name")
@role_option
@click.option("--env", "env_id", metavar="ID", help="Lock the key to this environment.")
@click.option("--expires", "expires_in", metavar="DURATION", help="Let it expire, after 720h, 30d, 1h30m, ...  [never]")
@click.option("--tool-scope", "tool_scopes", multiple=True, metavar="NAME", help="A tool scope; may be repeated.")
@click.option("--platform", is_flag=True, help=f"Create a platform key, with {DEFAULT_PLATFORM_ROLE} unless --role.")
@json_option
@with_session
def create_key(
    session: Session,
    *,
    name: str,
    roles: tuple[str, ...],
    env_id: str | None,
    expires_in: str | None,
    tool_scopes: tuple[str, ...],
    platform: bool,
) -> None:
    """Create a key called NAME and print it, once.

    Without --role a key of an organization gets its viewer role.
    """
    if platform and not roles:
        roles = (DEFAULT_PLATFORM_ROLE,)
    body = given(
        name=name,
        role_ids=roles,
        env_id=env_id,
        expires_in=expires_in,
        tool_scopes=tool_scopes,
        platform=platform or None,
    )
    reply = session.call("create_key", body=body)
    session.report(reply, f"Created {_kind(reply)}: {{name}} (id: {{id}})", "Key: {key}", SAVE_IT)


@apikey.command("list")
@click.option("--platform", is_flag=True, help="List platform keys.")
@click.option("--expiring", metavar="DURATION", help="Only keys that expire within this time, such as 30d.")
@list_options
@with_session
def list_keys(session: Session, *, platform: bool, expiring: str | None) -> None:
    """List keys; their values are never shown again."""
    query = {"platform": "true" if platform else None, "expiring": expiring}
    session.show_list("list_keys", COLUMNS, query=query)


@apikey.command("get")
@identifier("key_id")
@json_option
@with_session
def get_key(session: Session, *, key_id: str) -> None:
    """Show one key."""
    session.show(session.call("get_key", path={"key_id": key_id}))


@apikey.command("rotate")
@identifier("key_id")
@json_option
@with_session
def rotate_key(session: Session, *, key_id: str) -> None:
    """Replace a key by a new one with a new id, and print it, once.

    Name, roles, environment and expiry stay; the old key is dead at once.
    """
    reply = session.call("rotate_key", path={"key_id": key_id})
    session.report(reply, f"Rotated {_kind(reply)}: {{name}} (id: {{id}})", "Key: {key}", SAVE_IT)


@apikey.command("delete")
@identifier("key_id")
@json_option
@with_session
def delete_key(session: Session, *, key_id: str) -> None:
    """Revoke a key; it is dead at once."""
    session.call("delete_key", path={"key_id": key_id})
    session.done("Deleted API Key", key_id)


@apikey.command("roles")
@identifier("key_id")
@click.option("--role", "roles", multiple=True, required=True, metavar="ID", help="A role to hold; may be repeated.")
@json_option
@with_session
def set_key_roles(session: Session, *, key_id: str, roles: tuple[str, ...]) -> None:
    """Replace all roles of a key; in force on its next request."""
    reply = session.call("set_key_roles", path={"key_id": key_id}, body={"role_ids": list(roles)})
    session.report(reply, f"Updated {_kind(reply)}: {{name}} (id: {{id}}, roles: {{role_ids}})")


def _kind(reply: Reply) -> str:
    found = reply.json()
    return "Platform Key" if isinstance(found, dict) and found.get("platform") else "API Key"
