"""`sam local`, as an engineer would type it, against the engine and the table of the run."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.events.stage import ROOT, Stage
from tests.sam_local.engine import BRIDGE
from tests.sam_local.machine import ARCHITECTURE, BUILD, RUNTIME, SAM

HOST = "host.docker.internal"
QUIET = {
    "SAM_CLI_TELEMETRY": "0", "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1",
}  # fmt: skip
LOG = BUILD / "start-api.log"
INVOKE_SECONDS, START_SECONDS = 180, 120


class SamLocal:
    """Invokes functions and serves the API in containers of an engine."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._environ = {**os.environ, **QUIET}
        self._stage = stage
        self._folder = folder
        self._variables = folder / "env.json"
        endpoint = stage.settings["AWS_ENDPOINT_URL_DYNAMODB"].replace("127.0.0.1", HOST)
        self._variables.write_text(json.dumps({"Parameters": {
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            "IRONFLOW_TABLE": stage.settings["IRONFLOW_TABLE"],
            "IRONFLOW_PASSWORD_COST": stage.settings["IRONFLOW_PASSWORD_COST"],
        }}))

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Run `sam local invoke` on one event and return what the function returned."""
        file = self._folder / "event.json"
        file.write_text(json.dumps(event))
        done = subprocess.run(
            self._command("invoke", self._stage.function(function).name, "--event", str(file)), cwd=ROOT,
            env=self._environ, capture_output=True, text=True, timeout=INVOKE_SECONDS, check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    @contextmanager
    def serve(self) -> Iterator[int]:
        """Run `sam local start-api` for the length of a block, and give its port."""
        port = _free_port()
        log = LOG.open("wb")
        command = self._command("start-api", "--port", str(port), "--warm-containers", "LAZY")
        server = subprocess.Popen(
            command, cwd=ROOT, env=self._environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait_until_it_answers(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(60)
            log.close()

    def _command(self, *words: str) -> list[str]:
        return [
            str(SAM), "local", *words, "--template", str(BUILD / "template.yaml"), "--env-vars", str(self._variables),
            "--skip-pull-image", "--add-host", f"{HOST}:{BRIDGE}",
            "--parameter-overrides", f"Runtime={RUNTIME}", f"Architecture={ARCHITECTURE}",
        ]  # fmt: skip


def call(
    port: int, method: str, path: str, *, key: str = "", body: Any = None
) -> tuple[int, Mapping[str, str], Any]:
    """Send a request; return status, headers and the parsed body."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    headers |= {"Content-Type": "application/json"} if body is not None else {}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=INVOKE_SECONDS)
    try:
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        reply = connection.getresponse()
        text = reply.read()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, json.loads(text or b"null")
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, "sam local start-api ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("sam local start-api does not answer")
