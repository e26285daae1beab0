"""`ironflow platform policies` (contract, sections 4 and 6)."""

from __future__ import annotations

from typing import Any

import click

from ironflow.flags import Group
from ironflow.options import given, identifier, json_option, list_options, name_option, some_change
from ironflow.policies import COLUMNS, explain, explain_options, policy_options, report_policy
from ironflow.session import Session, with_session


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow platform policies create allow-tenant-read --effect allow \\
      --actions platform:tenants:read,platform:impersonate:read --resources '*'
  ironflow platform policies explain --user puser_... --action platform:tenants:manage
""",
)
def policies() -> None:
    """Manage platform policies; ask why a call is denied."""


@policies.command("list")
@list_options
@with_session
def list_platform_policies(session: Session) -> None:
    """List platform policies."""
    session.show_list("list_platform_policies", COLUMNS)


@policies.command("get")
@identifier("policy_id")
@json_option
@with_session
def get_platform_policy(session: Session, *, policy_id: str) -> None:
    """Show one platform policy."""
    session.show(session.call("get_platform_policy", path={"policy_id": policy_id}))


@policies.command("create")
@name_option
@policy_options(required=True)
@json_option
@with_session
def create_platform_policy(session: Session, /, **text: Any) -> None:
    """Create a platform policy; attach it with `ironflow platform roles update`."""
    reply = session.call("create_platform_policy", body=given(**text))
    report_policy(session, reply, "Created platform policy: {name} (id: {id})")


@policies.command("update")
@identifier("policy_id")
@click.option("--name", metavar="NAME", help="Another name.")
@policy_options(required=False)
@json_option
@with_session
def update_platform_policy(session: Session, /, *, policy_id: str, **text: Any) -> None:
    """Change a platform policy: only what is given changes, on the very next request."""
    reply = session.call("update_platform_policy", path={"policy_id": policy_id}, body=some_change(**text))
    report_policy(session, reply, "Updated platform policy: {name} (id: {id})")


@policies.command("delete")
@identifier("policy_id")
@json_option
@with_session
def delete_platform_policy(session: Session, *, policy_id: str) -> None:
    """Delete a platform policy that no role uses."""
    session.call("delete_platform_policy", path={"policy_id": policy_id})
    session.done("Deleted platform policy", policy_id)


@policies.command("explain")
@explain_options
@with_session
def explain_platform_decision(session: Session, /, **asked: Any) -> None:
    """Say whether a key or a user may do something on the platform, and why."""
    explain(session, "explain_platform_decision", **asked)
