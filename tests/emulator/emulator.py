"""A local AWS emulator in a process of its own, and stacks deployed to it by the real `sam deploy`."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.running_server import ROOT, Answer

PROGRAM = ROOT / ".venv-emulator/bin/ministack"
SAM = ROOT / ".venv-sam/bin/sam"
START_SECONDS, DEPLOY_SECONDS = 60.0, 300.0


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its outputs, and where its REST API answers on this machine."""

    name: str
    outputs: Mapping[str, str]
    base_url: str

    def request(self, method: str, path: str, *, key: str = "", body: str | None = None) -> Answer:
        """Send one request through the emulator's API Gateway."""
        place = urllib.parse.urlsplit(self.base_url)
        connection = http.client.HTTPConnection(place.netloc, timeout=60)
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            connection.request(method, place.path + path, body=body, headers=sent)
            reply = connection.getresponse()
            return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()


class Emulator:
    """ministack on a free port of the loopback; what was deployed is gone when it ends."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "emulator.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        place = {"GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1"}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [PROGRAM], cwd=folder, env={**self.environ, **place}, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def environ(self) -> dict[str, str]:
        """What leads a program to the emulator instead of to AWS."""
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": os.environ.get("HOME", str(ROOT)), "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "SAM_CLI_TELEMETRY": "0",
        }

    def deploy(self, template: Path, *, stack: str, parameters: Mapping[str, str]) -> Stack:
        """Deploy as a user does, and return the stack; fails with what `sam deploy` printed."""
        given = [f'{name}="{value}"' for name, value in parameters.items()]
        ran = subprocess.run(
            [SAM, "deploy", "--template-file", template, "--stack-name", stack, "--resolve-s3", "--capabilities",
             "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset",
             "--parameter-overrides", *given],
            cwd=template.parent, env=self.environ, capture_output=True, text=True, timeout=DEPLOY_SECONDS, check=False,
        )
        assert 0 == ran.returncode, f"{ran.stderr[-2000:]}{self._reasons(stack)}"
        (described,) = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        host, _, path = outputs["ApiUrl"].removeprefix("https://").partition("/")
        base_url = f"http://127.0.0.1:{self.port}/restapis/{host.partition('.')[0]}/{path}/_user_request_"
        return Stack(stack, outputs, base_url)

    def _reasons(self, stack: str) -> list[str]:
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in events
                if event["ResourceStatus"].endswith("FAILED")]

    def client(self, service: str) -> Any:
        """Return a low-level client of one of the emulator's services."""
        return self._session.create_client(service, endpoint_url=self.environ["AWS_ENDPOINT_URL"])

    def rotate_secrets(self) -> None:
        """Put a new value into every secret, as an operator rotates them (docs/operations.md)."""
        client = self.client("secretsmanager")
        for secret in client.list_secrets()["SecretList"]:
            client.put_secret_value(SecretId=secret["ARN"], SecretString=secrets.token_hex(32))

    def restart_functions(self) -> None:
        """Let every function start anew at its next request, as a deployment does."""
        client = self.client("lambda")
        for function in client.list_functions()["Functions"]:
            client.update_function_configuration(
                FunctionName=function["FunctionName"], Timeout=function["Timeout"]
            )

    @cached_property
    def _session(self) -> Any:
        from botocore.session import get_session

        session = get_session()
        session.set_credentials("test", "test")
        session.set_config_variable("region", "us-east-1")
        return session

    def __enter__(self) -> Self:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)  # the functions' processes belong to its group
        self._process.wait(20)
