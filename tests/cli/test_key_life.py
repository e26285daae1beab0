"""A key's life, by the real command line against the real server; whole sessions are played in tests/docs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.running_server import RunningServer


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own: nobody else creates keys there."""
    with RunningServer("--no-reload", data_dir=tmp_path_factory.mktemp("key")) as server:
        yield server


@pytest.fixture
def typed(real_server: RunningServer, tmp_path: Path) -> CommandLine:
    """The command line of somebody who has just started that server, and has no key in the environment."""
    return CommandLine({"IRONFLOW_SERVER_URL": real_server.base_url, "IRONFLOW_CONFIG_DIR": str(tmp_path / "config")})


def _printed(ironflow: CommandLine, *arguments: str, environ: dict[str, str] | None = None) -> str:
    """Run a command that must succeed and return its stdout; a password is typed where one is asked for."""
    ran = ironflow(*arguments, terminal=True, environ={"NO_COLOR": "1", **(environ or {})})
    assert 0 == ran.code, ran.err
    return ran.out


def test_a_key_lives_and_dies(typed: CommandLine, real_server: RunningServer) -> None:
    """Created, used, rotated and deleted by the command line; each value works exactly as long as it should."""
    typed.environ["IRONFLOW_API_KEY"] = real_server.bootstrap_key
    key = json.loads(_printed(typed, "apikey", "create", "k", "--role", "role_developer", "--json"))
    assert 0 == typed("apikey", "list", environ={"IRONFLOW_API_KEY": key["key"]}).code

    rotated = json.loads(_printed(typed, "apikey", "rotate", key["id"], "--json"))
    old, new = (typed("apikey", "list", environ={"IRONFLOW_API_KEY": k["key"]}) for k in (key, rotated))
    assert (4, 0) == (old.code, new.code)
    assert old.err.startswith("Error: invalid API key\n")
    assert old.err.endswith("Check the key in IRONFLOW_API_KEY.\n")

    assert f"Deleted API Key: {rotated['id']}\n" == _printed(typed, "apikey", "delete", rotated["id"])
    assert 4 == typed("apikey", "list", environ={"IRONFLOW_API_KEY": rotated["key"]}).code
