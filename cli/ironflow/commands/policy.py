"""`ironflow policy`: the policies of an organization, tried and explained (contract, sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ironflow.flags import Group
from ironflow.options import JsonObject, given, identifier, json_option, list_options, name_option, some_change
from ironflow.output import columns
from ironflow.policies import COLUMNS, explain, explain_options, policy_options, report_policy
from ironflow.problems import FAILED
from ironflow.session import Session, with_session

VERSION_COLUMNS = columns(
    {
        "VERSION": "version_num",
        "NAME": "name",
        "EFFECT": "effect",
        "ACTIONS": "actions",
        "RESOURCES": "resources",
        "CONDITION": "condition",
        "CREATED": "created_at",
    }
)


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow policy create read-only --effect allow --actions 'functions:list,functions:read' --resources '*'
  ironflow policy test --condition 'request.ip == "10.0.0.1"' --request '{"ip": "10.0.0.1"}'
  ironflow policy explain --key ak_... --action apikeys:manage
  ironflow policy rollback pol_... 3
""",
)
def policy() -> None:
    """Manage policies; ask why a call is denied."""


@policy.command("list")
@list_options
@with_session
def list_policies(session: Session) -> None:
    """List policies."""
    session.show_list("list_policies", COLUMNS)


@policy.command("create")
@name_option
@policy_options(required=True)
@json_option
@with_session
def create_policy(session: Session, /, **text: Any) -> None:
    """Create a policy; attach it with `ironflow role attach`."""
    report_policy(session, session.call("create_policy", body=given(**text)), "Created policy: {name} (id: {id})")


@policy.command("get")
@identifier("policy_id")
@json_option
@with_session
def get_policy(session: Session, *, policy_id: str) -> None:
    """Show one policy."""
    session.show(session.call("get_policy", path={"policy_id": policy_id}))


@policy.command("update")
@identifier("policy_id")
@click.option("--name", metavar="NAME", help="Another name.")
@policy_options(required=False)
@json_option
@with_session
def update_policy(session: Session, /, *, policy_id: str, **text: Any) -> None:
    """Change a policy: only what is given changes."""
    reply = session.call("update_policy", path={"policy_id": policy_id}, body=some_change(**text))
    report_policy(session, reply, "Updated policy: {name} (id: {id})")


@policy.command("delete")
@identifier("policy_id")
@json_option
@with_session
def delete_policy(session: Session, *, policy_id: str) -> None:
    """Delete a policy that no role uses."""
    session.call("delete_policy", path={"policy_id": policy_id})
    session.done("Deleted policy", policy_id)


@policy.command("test")
@click.argument("policy_id", metavar="[ID]", required=False)
@click.option("--condition", metavar="CEL", help="The condition to try, instead of a policy's.")
@click.option("--request", "request", type=JsonObject(), metavar="JSON", help="What request is: action, ip, time, ...")
@click.option("--subject", "subject", type=JsonObject(), metavar="JSON", help="What subject is: id, roles, ...")
@json_option
@with_session
def dry_run_policy(
    session: Session,
    *,
    policy_id: str | None,
    condition: str | None,
    request: Mapping[str, Any] | None,
    subject: Mapping[str, Any] | None,
) -> None:
    """Try a condition on a request that you make up.

    Nothing is changed. Exit code 1 when the condition does not compile or cannot be evaluated.
    """
    if (policy_id is None) == (condition is None):
        raise click.UsageError("Give either a policy's id or --condition.")
    body = given(policy_id=policy_id, condition=condition, request=request, subject=subject)
    reply = session.call("dry_run_policy", body=body)
    session.show(reply)
    if any(reply.json().get(name) for name in ("compile_error", "eval_error")):
        click.get_current_context().exit(FAILED)


@policy.command("explain")
@explain_options
@with_session
def explain_decision(session: Session, /, **asked: Any) -> None:
    """Say whether a key or a user may do something, and why."""
    explain(session, "explain_decision", **asked)


@policy.command("versions")
@identifier("policy_id")
@list_options
@with_session
def list_policy_versions(session: Session, *, policy_id: str) -> None:
    """List a policy's versions, newest first."""
    session.show_list("list_policy_versions", VERSION_COLUMNS, path={"policy_id": policy_id})


@policy.command("rollback")
@identifier("policy_id")
@click.argument("version", type=click.IntRange(min=1))
@json_option
@with_session
def rollback_policy(session: Session, *, policy_id: str, version: int) -> None:
    """Save the text of an old version as the newest."""
    reply = session.call("rollback_policy", path={"policy_id": policy_id, "version": str(version)})
    report_policy(session, reply, f"Rolled back policy: {{name}} (id: {{id}}, to version {version})")
