"""What the server can be told, by flags and by environment variables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devserver.bootstrap_key import KEY_FILE
from devserver.errors import BadOption

DEFAULT_PORT = 9123


@dataclass(frozen=True)
class Options:
    """The choices for one run."""

    template: Path
    port: int
    data_dir: Path
    bootstrap_key_file: Path
    issue_bootstrap_key: bool
    reset_bootstrap_key: bool
    dynamodb_endpoint: str | None
    memory_store: bool
    in_process: bool
    reload: bool
    sweep: bool
    parameters: Mapping[str, str]


def read_options(argv: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Return the options; raises BadOption, or exits with status 2 as argparse does."""
    given = _parser().parse_args(argv)
    data_dir = given.data_dir or Path(environ.get("IRONFLOW_DATA_DIR") or ".ironflow")
    key_file = given.bootstrap_key_file or environ.get("IRONFLOW_BOOTSTRAP_KEY_FILE") or data_dir / KEY_FILE
    port = given.port if given.port is not None else environ.get("IRONFLOW_PORT") or str(DEFAULT_PORT)
    return Options(
        template=given.template,
        port=_port(port),
        data_dir=data_dir,
        bootstrap_key_file=Path(key_file).absolute(),
        issue_bootstrap_key=given.bootstrap_key,
        reset_bootstrap_key=given.reset_bootstrap_key,
        dynamodb_endpoint=_endpoint(given.dynamodb_endpoint),
        memory_store=given.store == "memory",
        in_process=given.in_process,
        reload=given.reload,
        sweep=given.sweep,
        parameters=dict(_parameter(text) for text in given.parameter),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devserver",
        description="Serve the API on this machine: API Gateway, Lambda and DynamoDB, as template.yaml says.",
    )
    add = parser.add_argument
    add("--port", help=f"port on 127.0.0.1; 0 for any (IRONFLOW_PORT, default {DEFAULT_PORT})")
    add("--data-dir", type=Path, help="folder for database and secrets (IRONFLOW_DATA_DIR, default .ironflow)")
    add("--bootstrap-key-file", type=Path, help="where the first key goes (IRONFLOW_BOOTSTRAP_KEY_FILE)")
    add("--reset-bootstrap-key", action="store_true", help="break-glass: replace the bootstrap key by a new one")
    add("--no-bootstrap-key", dest="bootstrap_key", action="store_false", help="issue no bootstrap key")
    store = parser.add_mutually_exclusive_group()
    store.add_argument("--dynamodb-endpoint", metavar="URL", help="use a DynamoDB that runs already")
    store.add_argument("--store", choices=("embedded", "memory"), default="embedded", help="default: embedded")
    add("--in-process", action="store_true", help="run handlers in this process, for breakpoints")
    add("--no-reload", dest="reload", action="store_false", help="do not look for changed code")
    add("--sweep", action="store_true", help="serve nothing: run once what the template has on a schedule, and stop")
    add("--parameter", action="append", default=[], metavar="NAME=VALUE", help="a template parameter's value")
    add("--template", type=Path, default=Path("template.yaml"), help="default: template.yaml")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise BadOption(f"IRONFLOW_PORT is {text!r}; a number from 0 to 65535 is needed")
    return int(text)


def _endpoint(url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise BadOption(f"--dynamodb-endpoint is {url!r}; an address such as http://127.0.0.1:8000 is needed")
    return url


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise BadOption(f"--parameter is {text!r}; NAME=VALUE is needed")
    return name, value
