"""Options that several commands share, each under one name everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import click

from ironflow.flags import shared_flag

Function = TypeVar("Function", bound=Callable[..., Any])

json_option = shared_flag("--json", "as_json", is_flag=True, help="Print the API's answer unchanged.")
env_option = shared_flag(
    "--env", "environment", metavar="ID", help="The environment to act in, by id or name.  [IRONFLOW_ENV]"
)
password_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin instead of asking for it."
)
role_option = click.option("--role", "roles", multiple=True, metavar="ID", help="A role to hold; may be repeated.")


def page_options(function: Function) -> Function:
    """Add what takes a list page by page."""
    limit = shared_flag(
        "--limit", "limit", type=click.IntRange(1, 1000), metavar="N", help="Print one page of at most N."
    )
    cursor = shared_flag("--cursor", "cursor", metavar="C", help="Go on where an earlier page ended.")
    return cast(Function, limit(cursor(function)))


def list_options(function: Function) -> Function:
    """Add what every list takes: --limit, --cursor and --json; without a limit everything is listed."""
    return page_options(cast(Function, json_option(function)))


def name_option(function: Function) -> Function:
    """Take a new object's name, as an argument or as --name."""
    argument = click.argument(
        "name_argument", metavar="NAME", required=False, callback=_remember_name, expose_value=False, is_eager=True
    )
    option = click.option("--name", metavar="NAME", help="The name, if not given as an argument.", callback=_one_name)
    return argument(option(function))


def identifier(name: str, metavar: str = "ID") -> Callable[[Function], Function]:
    """Take an object's id as an argument."""
    return click.argument(name, metavar=metavar)


def given(**fields: Any) -> dict[str, Any]:
    """Build a body from what was given on the command line, and from nothing else."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
        if value is not None and value != ()
    }


def some_change(**fields: Any) -> dict[str, Any]:
    """Build an update's body; a usage error when nothing would change."""
    changes = given(**fields)
    if not changes:
        raise click.UsageError("Nothing to change: give at least one option.")
    return changes


class JsonObject(click.ParamType[Mapping[str, Any]]):
    """A JSON object on the command line."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Mapping[str, Any]:
        """Parse the text; a usage error when it is not an object."""
        try:
            found = json.loads(value)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self.fail('not a JSON object, such as {"ip": "10.0.0.1"}', param, ctx)
        return found


def _remember_name(context: click.Context, _argument: click.Parameter, value: str | None) -> None:
    context.meta["ironflow.name"] = value


def _one_name(context: click.Context, option: click.Parameter, value: str | None) -> str:
    positional: str | None = context.meta.get("ironflow.name")
    if positional is not None and value is not None:
        raise click.UsageError("The name is given twice.", context)
    found = positional if value is None else value
    if found is None:
        raise click.MissingParameter(ctx=context, param=option)
    return found
