"""The tutorial of the platform, typed into the real command line against the real server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.running_server import RunningServer

HEX, UUID = r"[0-9a-f]{32}", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
ULID = "[0-9A-HJKMNP-TV-Z]{26}"


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on an empty data directory: the tutorial creates the first platform user."""
    with RunningServer("--no-reload", data_dir=tmp_path_factory.mktemp("tutorial")) as server:
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


def _group(pattern: str, text: str) -> str:
    found = re.fullmatch(pattern, text)
    assert found, text
    return found[1]


def test_every_line_of_the_tutorial_is_printed(typed: CommandLine, real_server: RunningServer) -> None:
    """From the first admin to the trail, each command prints what the tutorial prints, ids and times apart."""
    first_key = {"IRONFLOW_API_KEY": real_server.bootstrap_key}
    who = ("--email", "admin@example.com")

    out = _printed(typed, "platform", "create-admin", *who, "--name", "Platform Admin", environ=first_key)
    _group(rf"Created platform admin: admin@example\.com \(id: (puser_{HEX})\)\n", out)

    out = _printed(typed, "platform", "login", *who)
    _group(rf"Logged in as admin@example\.com \(expires: ({TIME})\)\n", out)

    out = _printed(typed, "apikey", "create", "my-automation-key", "--platform")
    created = rf"Created Platform Key: my-automation-key \(id: ak_{UUID}\)\n"
    _group(rf"{created}Key: (ifplatform_{HEX})\nSave this key — it will not be shown again\.\n", out)

    out = _printed(typed, "platform", "tenants", "provision", "--name", "Acme Corp")
    org_id = _group(rf"Provisioned tenant: Acme Corp \(id: (org_{HEX})\)\n", out)

    out = _printed(typed, "platform", "tenants", "list")
    assert re.match(r"ID {36}NAME +CREATED\n", out)
    assert re.search(rf"^{org_id}  Acme Corp  {TIME}$", out, re.MULTILINE)

    out = _printed(typed, "--as-org", org_id, "env", "list")
    _group(rf"ID           NAME     CREATED\nenv_default  default  ({TIME})\n", out)

    assert "ID  NAME  ENDPOINT  ENVIRONMENT  CREATED\n" == _printed(typed, "--as-org", org_id, "function", "list")

    heading, *events = _printed(typed, "platform", "audit").splitlines()
    assert ["ID", "EVENT_TYPE", "SCOPE", "CREATED_AT"] == heading.split()
    assert all(re.fullmatch(rf"{ULID}  platform\.[a-z_.]+ +platform  {TIME}", event) for event in events)
    types = {event.split()[1] for event in events}
    assert {"platform.user.created", "platform.key.created", "platform.impersonated"} <= types

    filters = ("--event-type", "platform.impersonated", "--from", "2026-03-12", "--limit", "50")
    page = json.loads(_printed(typed, "platform", "audit", *filters, "--json"))
    assert [(org_id, "platform.impersonated")] * 2 == [
        (event["impersonated_org_id"], event["event_type"]) for event in page["events"]
    ]


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
