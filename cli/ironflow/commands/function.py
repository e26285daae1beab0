"""`ironflow function` (contract, section 5)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import env_option, given, identifier, json_option, list_options, name_option
from ironflow.output import columns
from ironflow.session import Session, with_session

COLUMNS = columns(
    {
        "ID": "id",
        "NAME": "name",
        "ENDPOINT": "endpoint_url",
        "ENVIRONMENT": "environment_id",
        "CREATED": "created_at",
    }
)


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow function list
  ironflow function register resize --env env_default --endpoint-url https://example.com/resize
  ironflow --as-org org_... function list
""",
)
def function() -> None:
    """Manage the functions that an organization has registered."""


@function.command("list")
@env_option
@list_options
@with_session
def list_functions(session: Session) -> None:
    """List functions: of one environment, or of the whole organization."""
    session.show_list("list_functions", COLUMNS)


@function.command("register")
@name_option
@click.option("--description", metavar="TEXT", help="What it does.")
@click.option("--endpoint-url", metavar="URL", help="Where it is called.")
@env_option
@json_option
@with_session
def register_function(session: Session, *, name: str, description: str | None, endpoint_url: str | None) -> None:
    """Register a function in an environment."""
    body = given(name=name, description=description, endpoint_url=endpoint_url)
    session.report(session.call("register_function", body=body), "Registered function: {name} (id: {id})")


@function.command("get")
@identifier("function_id")
@env_option
@json_option
@with_session
def get_function(session: Session, *, function_id: str) -> None:
    """Show one function."""
    session.show(session.call("get_function", path={"function_id": function_id}))


@function.command("delete")
@identifier("function_id")
@env_option
@json_option
@with_session
def delete_function(session: Session, *, function_id: str) -> None:
    """Remove a function."""
    session.call("delete_function", path={"function_id": function_id})
    session.done("Deleted function", function_id)


function.add_command(register_function, "create")
