"""The product on this server: the first key, and what survives a crash (contract, section 2)."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running_server import Answer, RunningServer

KEYS = "/api/v1/apikeys"
KEY_FILE = ".ironflow_bootstrap_key.json"

StartProduct = Callable[..., RunningServer]


@pytest.fixture
def start_product(tmp_path: Path) -> Iterator[StartProduct]:
    """Start the product on a data directory of the test's own."""
    started: list[RunningServer] = []

    def start_one(*flags: str) -> RunningServer:
        server = RunningServer("--no-reload", *flags, data_dir=tmp_path / "data")
        started.append(server)
        return server.wait_until_ready()

    yield start_one
    for server in started:
        if server.process.poll() is None:
            server.stop()


def _list_keys(server: RunningServer, key: str) -> Answer:
    return server.request("GET", KEYS, headers={"Authorization": f"Bearer {key}"})


def _create_key(server: RunningServer, name: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {server.bootstrap_key}", "Content-Type": "application/json"}
    reply = server.request("POST", KEYS, body=json.dumps({"name": name}), headers=headers)
    assert 201 == reply.status, reply.body
    created: dict[str, Any] = reply.json()
    return created


def _event(server: RunningServer) -> dict[str, Any]:
    (line,) = [line for line in server.stderr.splitlines() if "BOOTSTRAP_ADMIN_KEY_ISSUED" in line]
    event: dict[str, Any] = json.loads(line)
    return event


def test_the_first_boot_issues_a_key_that_works_and_is_in_its_file_only(start_product: StartProduct) -> None:
    """The key's file is mode 0400 and its path is printed; the key is neither on stdout nor in a log."""
    server = start_product()
    file = server.data_dir / KEY_FILE
    document = json.loads(file.read_text())

    reply = _list_keys(server, document["key"])
    server.stop()

    assert (200, 0o400) == (reply.status, stat.S_IMODE(file.stat().st_mode))
    assert ("ak_admin_bootstrap", "org_default", "admin") == (
        document["key_id"],
        document["org_id"],
        document["role"],
    )
    assert str(file) == _event(server)["file_path"]
    assert f"bootstrap key: {file}" in server.stdout
    assert document["key"] not in server.stdout + server.stderr


def test_a_restart_never_issues_the_key_again(start_product: StartProduct) -> None:
    """Not even when its file was removed; later starts show the display prefix only."""
    server = start_product()
    key = server.bootstrap_key
    server.stop()
    (server.data_dir / KEY_FILE).unlink()

    again = start_product()
    reply = _list_keys(again, key)
    again.stop()

    assert (200, False) == (reply.status, (again.data_dir / KEY_FILE).exists())
    assert f"bootstrap key: issued before ({key[:14]}…)" in again.stdout
    assert "BOOTSTRAP_ADMIN_KEY_ISSUED" not in again.stderr
    assert key not in again.stdout + again.stderr


def test_the_break_glass_replaces_the_key(start_product: StartProduct) -> None:
    """After `--reset-bootstrap-key` the new key works and the old one is dead."""
    server = start_product()
    old = server.bootstrap_key
    server.stop()

    again = start_product("--reset-bootstrap-key")

    assert (200, 401) == (_list_keys(again, again.bootstrap_key).status, _list_keys(again, old).status)


def test_a_file_that_cannot_be_written_does_not_stop_the_start(start_product: StartProduct, tmp_path: Path) -> None:
    """The event carries the reason, and the key is shown nowhere."""
    server = start_product("--bootstrap-key-file", str(tmp_path / "absent" / "key.json"))
    server.stop()

    assert "file_path_error" in _event(server)
    assert "ifkey_" not in server.stdout + server.stderr


def test_kill_9_of_everything_loses_no_acknowledged_key(start_product: StartProduct) -> None:
    """A key whose creation was answered works after a crash and a restart."""
    server = start_product()
    created = [_create_key(server, f"key {number}") for number in range(5)]
    store = server.children()
    server.kill()

    again = start_product()
    statuses = [_list_keys(again, key["key"]).status for key in created]

    assert ([200] * 5, set()) == (statuses, set(store) & set(again.children()))
