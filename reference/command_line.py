"""The page of the command line, from the commands' own help."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from ironflow.main import EPILOG, NAME, root
from reference.markdown import code, page, table

_GLOBAL = "shown_globally"


def command_line_page() -> str:
    """Return docs/reference/cli.md."""
    commands = dict(commands_under(root, (NAME,)))
    leaves = {path: one for path, one in commands.items() if not isinstance(one, click.Group)}
    return page(
        "The command line", "the commands themselves",
        "Every command explains itself with `--help`. These flags work with all of them, before or after:",
        _options(root, of_all=True),
        "Data goes to stdout; prompts, notices and errors go to stderr.",
        f"```\n{_plain(EPILOG)}\n```",
        *(_section(path, command) for path, command in leaves.items()),
    )  # fmt: skip


def commands_under(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and everything below it, each with the words by which it is called."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from commands_under(child, (*path, name))


def _section(path: tuple[str, ...], command: click.Command) -> str:
    arguments = [one.human_readable_name for one in command.params if isinstance(one, click.Argument)]
    call = " ".join((*path, *(name.upper() for name in arguments)))
    parts = [f"## {' '.join(path)}", _plain(command.help or ""), f"```\n{call}\n```", _options(command, of_all=False)]
    return "\n\n".join(part for part in parts if part)


def _options(command: click.Command, *, of_all: bool) -> str:
    context = click.Context(command)
    shown = [
        record
        for one in command.params
        if isinstance(one, click.Option) and getattr(one, _GLOBAL, False) is of_all
        and (record := one.get_help_record(context))
    ]  # fmt: skip
    return table(("Option", ""), [(code(names), _sentence(text)) for names, text in shown]) if shown else ""


def _plain(text: str) -> str:
    return inspect.cleandoc(text.replace("\b\n", ""))


def _sentence(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("<", "&lt;")
