"""Starting, stopping and being killed."""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
import time
from pathlib import Path

import pytest

from tests.devserver.conftest import Start
from tests.running_server import RunningServer, running_processes


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_clean_and_leaves_nothing_behind(start: Start, number: signal.Signals) -> None:
    """Exit code 0 within 3 seconds, children gone, port free."""
    server = start("--no-reload").wait_until_ready()
    server.request("GET", "/items/1", headers={"Authorization": "good"})
    children, port = server.children(), server.port

    began = time.monotonic()
    server.process.send_signal(number)
    code = server.wait()

    assert (0, True) == (code, time.monotonic() - began < 3)
    assert (True, set()) == (len(children) >= 3, set(children) & running_processes())
    socket.create_server(("127.0.0.1", port)).close()


def test_a_request_in_flight_is_answered_before_the_stop(start: Start) -> None:
    """Who asked before the stop gets an answer."""
    server = start("--no-reload").wait_until_ready()
    server.request("GET", "/public/warm")
    statuses: list[int] = []
    body = '{"kind": "sleep", "seconds": 0.7}'
    client = threading.Thread(
        target=lambda: statuses.append(server.request("POST", "/public/behave", body=body).status)
    )
    client.start()
    time.sleep(0.3)

    code = server.stop()
    client.join()

    assert (0, [200]) == (code, statuses)


def test_kill_9_leaves_no_orphan_and_frees_port_and_data(start: Start) -> None:
    """Store and functions die with the server, so that the next one starts on the same port and folder."""
    server = start("--no-reload").wait_until_ready()
    server.request("GET", "/items/1", headers={"Authorization": "good"})
    children, port = server.children(), server.port

    server.kill()
    _wait_until_gone(children)
    again = start("--no-reload", IRONFLOW_PORT=str(port)).wait_until_ready()

    assert 200 == again.request("GET", "/public/x").status


def test_a_store_that_dies_is_started_again_where_it_was(start: Start) -> None:
    """The functions keep the address that they were given."""
    server = start("--no-reload").wait_until_ready()
    (store,) = server.children()

    os.kill(store, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while "started again" not in server.stderr and time.monotonic() < deadline:
        time.sleep(0.05)

    (replacement,) = server.children()
    assert replacement != store


def test_the_data_directory_is_private(start: Start, tmp_path: Path) -> None:
    """Database and secrets are readable by their owner only."""
    start("--no-reload").wait_until_ready()

    data = tmp_path / "data"
    secret = data / ".ironflow_jwt_secret"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (data, secret)]
    assert ([0o700, 0o600], 64) == (modes, len(secret.read_text()))


def test_the_token_secret_survives_a_restart(start: Start, tmp_path: Path) -> None:
    """A session that was valid before a restart is valid after it."""
    secret = tmp_path / "data" / ".ironflow_jwt_secret"
    start("--no-reload").wait_until_ready().stop()
    before = secret.read_text()

    start("--no-reload").wait_until_ready()

    assert before == secret.read_text()


def test_a_broken_token_secret_stops_the_start(start: Start, tmp_path: Path) -> None:
    """Nothing is signed with a short secret, and a file that somebody broke is not silently replaced."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".ironflow_jwt_secret").write_text("short")

    server = start()

    assert (1, 1) == (server.wait(), server.stderr.count("\n"))
    assert "64 hexadecimal characters" in server.stderr


def test_a_port_in_use_is_one_clear_line(start: Start, toy: RunningServer) -> None:
    """The message names the port and what to do; nothing is left running."""
    server = start(IRONFLOW_PORT=str(toy.port))

    assert (1, f"error: cannot listen on 127.0.0.1:{toy.port}: it is in use; set IRONFLOW_PORT to another\n") == (
        server.wait(),
        server.stderr,
    )


def test_a_second_server_on_one_data_directory_is_refused(start: Start, toy: RunningServer) -> None:
    """Two stores never write to one file."""
    server = start(data_dir=toy.data_dir)

    assert 1 == server.wait()
    assert f"another server uses the data directory {toy.data_dir}" in server.stderr


@pytest.mark.parametrize(
    ("flags", "environ", "code", "message"),
    [
        ([], {"IRONFLOW_PORT": "ninety"}, 2, "IRONFLOW_PORT is 'ninety'"),
        ([], {"IRONFLOW_PORT": "70000"}, 2, "IRONFLOW_PORT is '70000'"),
        (["--dynamodb-endpoint", "localhost:8000"], {}, 2, "--dynamodb-endpoint is 'localhost:8000'"),
        (["--dynamodb-endpoint", "http://127.0.0.1:9"], {}, 1, "cannot create the table"),
        (["--parameter", "Stage"], {}, 2, "NAME=VALUE"),
        (["--parameter", "Nothing=1"], {}, 1, "no parameter Nothing"),
        (["--parameter", "Stage=moon"], {}, 1, "allowed are dev, prod"),
        (["--parameter", "Stage=prod"], {}, 1, "OnlyInProd has no code"),
        (["--template", "absent.yaml"], {}, 1, "cannot read absent.yaml"),
        (["--data-dir", "/proc/nowhere"], {}, 1, "cannot write to the data directory"),
    ],
)
def test_what_cannot_work_is_one_clear_line(
    start: Start, flags: list[str], environ: dict[str, str], code: int, message: str
) -> None:
    """A bad value ends the start with a sentence that names it, never with a stack trace."""
    server = start(*flags, **environ)

    assert (code, True) == (server.wait(), message in server.stderr)
    assert (1, "") == (server.stderr.count("\n"), server.stdout)


def test_two_servers_may_share_one_dynamodb(start: Start, dynamodb_endpoint: str) -> None:
    """With an endpoint of its own choice a server brings no store, and shares the table it finds."""
    first = start("--no-reload", "--dynamodb-endpoint", dynamodb_endpoint)
    second = start("--no-reload", "--dynamodb-endpoint", dynamodb_endpoint)

    environs = [server.wait_until_ready().request("GET", "/public/x").json()["environ"] for server in (first, second)]

    assert [dynamodb_endpoint] * 2 == [environ["AWS_ENDPOINT_URL_DYNAMODB"] for environ in environs]


def test_the_memory_store_says_what_it_is(start: Start) -> None:
    """Nobody takes moto for a database without being told."""
    server = start("--no-reload", "--store", "memory").wait_until_ready()

    assert "warning: --store memory forgets everything" in server.stderr


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 3
    while set(pids) & running_processes():
        assert time.monotonic() < deadline, "orphans"
        time.sleep(0.02)
