"""The command line's entry point: from arguments to an exit code (contract, section 9)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import NoReturn, TextIO

import click

from ironflow.flags import Group
from ironflow.problems import FAILED, INTERRUPTED, Failure
from ironflow.world import World, ask_secret

NAME = "ironflow"
MEMBERS = {
    "apikey": "apikey:apikey",
    "platform": "platform:platform",
    "org": "org:org",
    "project": "project:project",
    "env": "env:env",
    "user": "user:user",
    "role": "role:role",
    "policy": "policy:policy",
    "function": "function:function",
    "tenant": "tenant:tenant",
    "audit": "audit:audit",
    "login": "login:login",
    "logout": "login:logout",
    "whoami": "login:whoami",
    "bootstrap": "bootstrap:bootstrap",
}
EPILOG = """\b
Examples:
  export IRONFLOW_API_KEY=ifkey_...
  ironflow apikey create my-key --role role_developer --expires 720h
  ironflow platform login --email admin@example.com
  ironflow --as-org org_... env list

\b
Variables:
  IRONFLOW_SERVER_URL  the server            [http://localhost:9123]
  IRONFLOW_API_KEY     the key to act with
  IRONFLOW_ENV         the environment to act in
  IRONFLOW_CONFIG_DIR  where logins are kept [~/.config/ironflow]

\b
Exit codes: 0 done, 1 failed, 2 wrong usage, 4 not authenticated.
Completion: eval "$(_IRONFLOW_COMPLETE=bash_source ironflow)"   (or zsh_source)
"""


@click.group(NAME, cls=Group, members=MEMBERS, epilog=EPILOG)
@click.version_option(package_name="ironflow-platform", prog_name=NAME)
def root() -> None:
    """Manage Ironflow: keys, people, permissions, tenants and what happened to them."""


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    sys.stdin, sys.stderr = _present(sys.stdin, "r"), _present(sys.stderr, "w")
    if _is_closed(sys.stdout):
        sys.exit("Error: standard output is closed")  # a new key would be shown to nobody
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = run(sys.argv[1:], World(sys.stdin, sys.stdout, sys.stderr, os.environ, ask_secret))
    _leave_quietly(code)


def run(arguments: Sequence[str], world: World) -> int:
    """Run one command in a given world and return its exit code; nothing escapes but a bug."""
    with redirect_stdout(world.stdout), redirect_stderr(world.stderr):
        try:
            result = root.main(list(arguments), NAME, standalone_mode=False, obj=world)
            world.stdout.flush()
        except Failure as failure:
            return _fail(world.stderr, failure.exit_code, *failure.lines)
        except click.ClickException as error:
            error.show(world.stderr)
            return error.exit_code
        except (KeyboardInterrupt, click.Abort):
            return _fail(world.stderr, INTERRUPTED)
        except BrokenPipeError:
            return FAILED
        except OSError as error:
            return _fail(world.stderr, FAILED, f"Error: cannot write the output: {error.strerror}")
    return result if isinstance(result, int) else 0


def _present(stream: TextIO | None, mode: str) -> TextIO:
    return stream or open(os.devnull, mode, encoding="utf-8")  # type: ignore[return-value]


def _is_closed(stream: TextIO | None) -> bool:
    return stream is None


def _fail(stderr: TextIO, code: int, *lines: str) -> int:
    try:
        stderr.writelines(f"{line}\n" for line in lines)
        stderr.flush()
    except OSError:
        pass  # nobody is left to tell
    return code


def _leave_quietly(code: int) -> NoReturn:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())  # the interpreter's own last flush finds somewhere to go
        code = code or FAILED
    sys.exit(code)
