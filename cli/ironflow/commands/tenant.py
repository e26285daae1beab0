"""`ironflow tenant`: tenants as the operator's admins see them (contract, sections 2 and 5)."""

from __future__ import annotations

import click

from ironflow.commands.apikey import SAVE_IT
from ironflow.flags import Group
from ironflow.options import given, json_option, list_options, name_option
from ironflow.output import columns, sentence
from ironflow.session import Session, with_session

COLUMNS = columns(
    {
        "ID": "id",
        "NAME": "name",
        "ENVS": "env_count",
        "KEYS": "key_count",
        "CREATED": "created_at",
    }
)


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow tenant provision "Acme Corp" --env-name production
  ironflow tenant list
""",
)
def tenant() -> None:
    """List and provision tenants with an operator admin's key.

    With a platform login use `ironflow platform tenants`.
    """


@tenant.command("list")
@list_options
@with_session
def list_tenants_as_operator(session: Session) -> None:
    """List tenants, with their numbers of environments and keys."""
    session.show_list("list_tenants_as_operator", COLUMNS)


@tenant.command("provision")
@name_option
@click.option("--env-name", metavar="NAME", help="The name of its environment.  [production]")
@json_option
@with_session
def provision_tenant(session: Session, *, name: str, env_name: str | None) -> None:
    """Create a tenant with one environment and an admin key for it, which is printed once."""
    reply = session.call("provision_tenant", body=given(org_name=name, env_name=env_name))
    session.answer(
        reply,
        lambda made: session.say(
            sentence("Provisioned tenant: {name} (id: {id})", made.get("org")),
            sentence("Environment: {name} (id: {id})", made.get("environment")),
            sentence("Key: {key}", made.get("api_key")),
            SAVE_IT,
        ),
    )
