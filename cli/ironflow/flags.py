"""The flags that every command takes, before it or after it (contract, section 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import click

_META = "ironflow.flags"


@dataclass(frozen=True, slots=True)
class Flags:
    """What the shared flags were set to; None, False or empty where they were not given."""

    server: str | None = None
    as_org: str | None = None
    reason: str | None = None
    environment: str | None = None
    verbose: bool = False
    allow_insecure_http: bool = False
    as_json: bool = False
    limit: int | None = None
    cursor: str | None = None


def flags_of(context: click.Context) -> Flags:
    """Gather the shared flags of a command and of the groups above it; the innermost one wins."""
    given: Mapping[str, Any] = context.meta.get(_META, {})
    return Flags(**{field.name: given[field.name] for field in fields(Flags) if field.name in given})


class SharedFlag(click.Option):
    """An option that lands in Flags and not in the arguments of a command's function."""

    def __init__(self, declarations: Sequence[str], *, shown_globally: bool = False, **settings: Any) -> None:
        super().__init__(declarations, expose_value=False, callback=_remember, **settings)
        self.shown_globally = shown_globally


def shared_flag(*declarations: str, **settings: Any) -> Callable[[Any], Any]:
    """Give a command an option that lands in Flags, under the name of the last declaration."""
    return click.option(*declarations, cls=SharedFlag, **settings)


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value == "" and option.name != "cursor":  # an unset variable in a script must not widen what is asked for
        raise click.BadParameter("must not be empty", context, option)
    if value not in (None, False) and option.name:
        context.meta[_META] = {**context.meta.get(_META, {}), option.name: value}


def _global_flags() -> Iterator[SharedFlag]:
    yield SharedFlag(
        ["-s", "--server", "server"],
        metavar="URL",
        shown_globally=True,
        help="The server to talk to.  [IRONFLOW_SERVER_URL, else http://localhost:9123]",
    )
    yield SharedFlag(
        ["--as-org", "as_org"],
        metavar="ORG",
        shown_globally=True,
        help="Act inside this organization, with platform credentials.",
    )
    yield SharedFlag(
        ["--reason", "reason"],
        metavar="TEXT",
        shown_globally=True,
        help="Why you act inside it; recorded in both audit trails.",
    )
    yield SharedFlag(
        ["-v", "--verbose", "verbose"],
        is_flag=True,
        shown_globally=True,
        help="Print each request on stderr: method, path, status, time, request id.",
    )
    yield SharedFlag(
        ["--allow-insecure-http", "allow_insecure_http"],
        is_flag=True,
        shown_globally=True,
        help="Send credentials over plain http to another machine.  [IRONFLOW_ALLOW_INSECURE_HTTP]",
    )


class _TakesGlobalFlags(click.Command):
    def __init__(self, *args: Any, **settings: Any) -> None:
        settings["params"] = [*(settings.get("params") or ()), *_global_flags()]
        settings.setdefault("context_settings", {"help_option_names": ["-h", "--help"], "max_content_width": 110})
        super().__init__(*args, **settings)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the command's own options first, the shared ones below."""
        shown = [option for option in self.get_params(context) if isinstance(option, click.Option)]
        own = [option for option in shown if not getattr(option, "shown_globally", False)]
        for title, options in (("Options", own), ("Global options", [o for o in shown if o not in own])):
            records = [record for option in options if (record := option.get_help_record(context))]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Command(_TakesGlobalFlags):
    """A command that also takes the shared flags."""


class Group(_TakesGlobalFlags, click.Group):
    """A group of commands; its members are found in their modules when they are asked for.

    `members` names them as `name → "module:attribute"` under `ironflow.commands`.
    """

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, members: Mapping[str, str] | None = None, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._members = members or {}

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the members in the order in which they were written, whichever of them were used already."""
        own = [name for name in self.commands if name not in self._members]
        return [*own, *self._members]

    def get_command(self, context: click.Context, cmd_name: str) -> click.Command | None:
        """Return a member, importing its module the first time."""
        if cmd_name not in self.commands and cmd_name in self._members:
            self.commands[cmd_name] = _load(self._members[cmd_name])
        return super().get_command(context, cmd_name)

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, then the options."""
        self.format_commands(context, formatter)
        super().format_options(context, formatter)


def _load(member: str) -> click.Command:
    from importlib import import_module

    module, attribute = member.split(":")
    found: click.Command = getattr(import_module(f"ironflow.commands.{module}"), attribute)
    return found
