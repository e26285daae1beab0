"""Many requests at a time."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.devserver.conftest import Start
from tests.running_server import RunningServer, running_processes


def _sleep(toy: RunningServer, seconds: float) -> int:
    wish = json.dumps({"kind": "sleep", "seconds": seconds})
    pid: int = toy.request("POST", "/public/behave", body=wish).json()["pid"]
    return pid


def test_concurrent_invocations_run_in_environments_of_their_own(toy: RunningServer) -> None:
    """A slow request does not hold up another one of the same function, and no environment gets two at a time."""
    began = time.monotonic()
    with ThreadPoolExecutor(6) as clients:
        pids = list(clients.map(lambda _: _sleep(toy, 1.0), range(6)))

    assert (6, True) == (len(set(pids)), time.monotonic() - began < 5)


def test_more_requests_than_environments_wait_and_are_all_served(toy: RunningServer) -> None:
    """Above the cap requests queue instead of failing."""
    with ThreadPoolExecutor(24) as clients:
        pids = list(clients.map(lambda _: _sleep(toy, 0.2), range(24)))

    assert (24, True) == (len(pids), len(set(pids)) <= 8)


def test_32_clients_are_served_without_an_error(toy: RunningServer) -> None:
    """Every request gets its own answer, none a neighbour's."""

    def ask(number: int) -> bool:
        path = f"/items/{number}"
        reply = toy.request("GET", path, headers={"Authorization": "good"})
        return reply.status == 200 and reply.json()["event"]["path"] == path

    with ThreadPoolExecutor(32) as clients:
        answers = list(clients.map(ask, range(640)))

    assert 640 == sum(answers)


def test_module_state_lives_as_long_as_its_environment(toy: RunningServer) -> None:
    """A warm environment is used again, so what a function remembers is there on the next call."""
    first, second = (toy.request("GET", "/public/x").json() for _ in range(2))

    assert (first["pid"], first["calls"] + 1) == (second["pid"], second["calls"])


def test_an_idle_environment_that_died_is_replaced_unnoticed(start: Start) -> None:
    """A request is never lost to a process that ended between two requests."""
    server = start("--no-reload").wait_until_ready()
    first = server.request("GET", "/public/x").json()["pid"]
    os.kill(first, 9)
    _wait_for(lambda: first not in running_processes())

    reply = server.request("GET", "/public/x")

    assert (200, True) == (reply.status, reply.json()["pid"] != first)


def test_in_process_handlers_run_in_the_servers_own_process(start: Start) -> None:
    """A breakpoint in a handler stops the process that the developer started."""
    server = start("--in-process", "--no-reload").wait_until_ready()

    seen = server.request("GET", "/items/1", headers={"Authorization": "good"}).json()

    assert (server.process.pid, "hello there", "hello-dev") == (seen["pid"], seen["greeting"], seen["environ"]["WORD"])


def test_in_process_a_failing_handler_is_a_gateway_response(start: Start) -> None:
    """Without the isolation of a process an exception is still one reply, not the end of the server."""
    server = start("--in-process", "--no-reload").wait_until_ready()

    failed = server.request("POST", "/public/behave", body=json.dumps({"kind": "raise"}))
    after = server.request("GET", "/public/x")

    assert (504, 200) == (failed.status, after.status)


def test_changed_code_is_served_without_a_restart(start: Start, project: Path) -> None:
    """The next look at the files recycles the environments, and a broken edit is mended by the next one."""
    server = start().wait_until_ready()
    app = project / "functions" / "echo" / "app.py"
    text = app.read_text()
    answers = []
    for version in ("def handler(e, c): return {'statusCode': 201}", "broken(", text):
        assert server.request("GET", "/public/x").status in (200, 201, 504)
        seen = server.stdout.count("reloaded")
        app.write_text(version)
        _wait_for(lambda seen=seen: server.stdout.count("reloaded") > seen)
        answers.append(server.request("GET", "/public/x").status)

    assert [201, 504, 200] == answers


def test_a_changed_template_is_served_without_a_restart(start: Start, project: Path) -> None:
    """A route that is added appears; a template that cannot be read leaves the old routes in place."""
    server = start().wait_until_ready()
    template = project / "template.yaml"
    text = template.read_text()

    template.write_text(text.replace("Path: /items/special", "Path: /added"))
    _wait_for(lambda: "reloaded" in server.stdout)
    added = server.request("GET", "/added").status
    template.write_text("Resources: [")
    _wait_for(lambda: "not served as it is now" in server.stderr)
    still = server.request("GET", "/added").status

    assert (401, 401) == (added, still)


def _wait_for(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_log_line_names_the_functions_that_were_started_for_a_request(start: Start) -> None:
    """A slow first request explains itself, also when it is refused."""
    server = start("--no-reload").wait_until_ready()

    refused = server.request("GET", "/items/1", headers={"Authorization": "bad"})
    served = server.request("GET", "/items/1", headers={"Authorization": "good"})
    again = server.request("GET", "/items/1", headers={"Authorization": "good"})

    _wait_for(lambda: again.headers["x-amzn-requestid"] in server.stdout)
    lines = {line.split()[6]: line.partition("cold: ")[2] for line in server.stdout.splitlines() if "GET" in line}
    replies = [refused, served, again]
    assert ["Authorizer", "Echo", ""] == [lines[reply.headers["x-amzn-requestid"]] for reply in replies]
