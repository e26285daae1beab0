"""What the tenant's and the platform's policy commands share: options, columns, and the explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from ironflow.client import Reply
from ironflow.options import JsonObject, given, json_option
from ironflow.output import columns, details
from ironflow.session import Session

Function = TypeVar("Function", bound=Callable[..., Any])

COLUMNS = columns(
    {
        "ID": "id",
        "NAME": "name",
        "EFFECT": "effect",
        "ACTIONS": "actions",
        "RESOURCES": "resources",
        "CONDITION": "condition",
    }
)
CONSIDERED_COLUMNS = columns(
    {
        "POLICY": "policy_id",
        "NAME": "policy_name",
        "ROLE": "role_id",
        "EFFECT": "effect",
        "ACTION": "action_matched",
        "RESOURCE": "resource_matched",
        "CONDITION": "condition_result",
    }
)


def policy_options(*, required: bool) -> Callable[[Function], Function]:
    """Add the options that write a policy; what was not given is None."""
    options = (
        click.option("--effect", required=required, type=click.Choice(["allow", "deny"]), help="What it does."),
        click.option(
            "--actions",
            multiple=True,
            callback=_joined,
            required=required,
            metavar="LIST",
            help="Action patterns, comma-separated or repeated: apikeys:*,functions:list.",
        ),
        click.option(
            "--resources",
            multiple=True,
            callback=_joined,
            required=required,
            metavar="LIST",
            help="Resource patterns, likewise: * or irn:ironflow:ORG:PROJECT:TYPE:ENV:ID.",
        ),
        click.option("--condition", metavar="CEL", help="When it holds, over request and subject; empty for always."),
    )
    return lambda function: _apply(options, function)


def explain_options(function: Function) -> Function:
    """Add the options that ask why."""
    options = (
        click.option("--key", "key_id", metavar="ID", help="The API key that acts."),
        click.option("--user", "user_id", metavar="ID", help="The user that acts, instead of a key."),
        click.option("--action", required=True, metavar="ACTION", help="The action, such as apikeys:manage."),
        click.option("--resource", metavar="IRN", help="The resource it acts on."),
        click.option("--env", "environment", metavar="ID", help="The environment it acts in."),
        click.option(
            "--request",
            "request",
            type=JsonObject(),
            metavar="JSON",
            help="How the request came: method, path, ip, time.",
        ),
        json_option,
    )
    return _apply(options, function)


def report_policy(session: Session, reply: Reply, template: str) -> None:
    """Print what happened to a policy, and warn when a pattern of its resources can never match."""
    session.report(reply, template)
    if reply.json().get("resources_valid") is False:
        session.note("Note: a resource pattern has not seven segments and never matches.")


def explain(session: Session, operation: str, *, key_id: str | None, user_id: str | None, **asked: Any) -> None:
    """Print a decision, what decided, and every policy that was considered."""
    if (key_id is None) == (user_id is None):
        raise click.UsageError("Give either --key or --user.")
    body = given(principal=given(key_id=key_id, user_id=user_id), **asked)
    session.answer(session.call(operation, body=body), lambda explanation: _print_explanation(session, explanation))


def _print_explanation(session: Session, explanation: Mapping[str, Any]) -> None:
    fields = {name: value for name, value in explanation.items() if name != "considered"}
    if decider := fields.get("decided_by"):
        fields["decided_by"] = " ".join(f"{name}={value}" for name, value in decider.items())
    session.say(*details(fields))
    session.show_rows(CONSIDERED_COLUMNS, explanation.get("considered", []))


def _joined(_context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> str | None:
    """Join a repeated list option into the API's comma-separated form."""
    return ",".join(value) if value else None


def _apply(options: tuple[Callable[[Any], Any], ...], function: Function) -> Function:
    for option in reversed(options):
        function = option(function)
    return function
