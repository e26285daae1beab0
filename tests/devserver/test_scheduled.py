"""`python -m devserver --sweep`: what a schedule does in the cloud, done once on this machine."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.devserver.conftest import Start
from tests.running_server import RunningServer

KEYS = "/api/v1/apikeys"
EXPIRED = "/api/v1/audit?event_type=authz.key.expired"


def _sweep(data_dir: Path) -> str:
    sweep = RunningServer("--sweep", data_dir=data_dir)
    assert 0 == sweep.wait(60), sweep.stderr
    return sweep.stdout


def _headers(server: RunningServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.bootstrap_key}", "Content-Type": "application/json"}


def _create_key(server: RunningServer, expires_in: str) -> str:
    body = json.dumps({"name": expires_in, "expires_in": expires_in})
    reply = server.request("POST", KEYS, body=body, headers=_headers(server))
    assert 201 == reply.status, reply.body
    return str(reply.json()["id"])


def _expired(data_dir: Path) -> list[dict[str, Any]]:
    with RunningServer("--no-reload", data_dir=data_dir) as server:
        reply = server.request("GET", EXPIRED, headers=_headers(server))
    return list(reply.json()["events"])


def test_a_sweep_does_what_is_due_once_and_starts_no_server(tmp_path: Path) -> None:
    """One key expired and one will soon: each is noted by the first sweep, and nothing is left to the second."""
    with RunningServer("--no-reload", data_dir=tmp_path) as server:
        expired = _create_key(server, "1s")
        _create_key(server, "5d")
    time.sleep(1.1)

    first, second = _sweep(tmp_path), _sweep(tmp_path)

    assert [expired] == [event["payload"]["api_key_id"] for event in _expired(tmp_path)]
    assert 'SweepFunction: {"expired": 1, "expiring": 1, "purged": 0, "done": true}' in first
    assert 'SweepFunction: {"expired": 0, "expiring": 0, "purged": 0, "done": true}' in second
    assert "ready on" not in first


def test_the_data_of_a_running_server_is_left_alone(start: Start) -> None:
    """Two processes never write to one file: the sweep says so and ends."""
    server = start("--no-reload").wait_until_ready()

    sweep = start("--sweep", data_dir=server.data_dir)

    assert 1 == sweep.wait()
    assert f"another server uses the data directory {server.data_dir}" in sweep.stderr


def test_a_template_without_a_schedule_says_so(start: Start) -> None:
    """Nothing to do is no success."""
    sweep = start("--sweep")

    assert (1, "error: template.yaml has nothing on a schedule\n") == (sweep.wait(), sweep.stderr)
