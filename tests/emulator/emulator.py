"""A local AWS emulator in a process of its own, and stacks deployed to it by the real `sam deploy`."""

from __future__ import annotations

import http.client
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Mapping, Sequence
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

    def request(self, method: str, path: str, *, key: str = "", body: str | None = None, origin: str = "") -> Answer:
        """Send one request through the emulator's API Gateway."""
        place = urllib.parse.urlsplit(self.base_url)
        connection = http.client.HTTPConnection(place.netloc, timeout=60)
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        sent |= {"Origin": origin} if origin else {}
        try:
            connection.request(method, place.path + path, body=body, headers=sent)
            reply = connection.getresponse()
            return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()


def _overrides(parameters: Mapping[str, str]) -> list[str]:
    return [f'{name}="{value}"' for name, value in parameters.items()]


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

    def deploy(self, template: Path, *, stack: str, parameters: Mapping[str, str]) -> None:
        """Deploy as a user does; fails with what `sam deploy` printed."""
        self._run(
            [SAM, "deploy", "--template-file", template, "--stack-name", stack, "--resolve-s3", "--capabilities",
             "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset",
             "--parameter-overrides", *_overrides(parameters)], stack=stack,
        )  # fmt: skip

    def deploy_stage(self, stage: str, template: Path, *, parameters: Mapping[str, str]) -> Stack:
        """Deploy by the command of the pipeline, `make deploy STAGE=…`, with the section of samconfig.toml."""
        given = _overrides({"Stage": stage, **parameters})
        options = ["--config-file", str(ROOT / "samconfig.toml"), "--template-file", str(template),
                   "--parameter-overrides", *given]
        stack = f"ironflow-{stage}"
        self._run(["make", "deploy", f"STAGE={stage}"], stack=stack, CI="true", ARGS=shlex.join(options))
        return self.stack(stack)

    def _run(self, command: Sequence[str | Path], *, stack: str, **more: str) -> None:
        ran = subprocess.run(
            command, cwd=ROOT, env={**self.environ, **more}, capture_output=True, text=True,
            timeout=DEPLOY_SECONDS, check=False,
        )
        assert 0 == ran.returncode, f"{ran.stdout[-1000:]}{ran.stderr[-2000:]}{self._reasons(stack)}"

    def stack(self, name: str) -> Stack:
        """Return a deployed stack."""
        (described,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        host, _, path = outputs["ApiUrl"].removeprefix("https://").partition("/")
        base_url = f"http://127.0.0.1:{self.port}/restapis/{host.partition('.')[0]}/{path}/_user_request_"
        return Stack(name, outputs, base_url)

    def _reasons(self, stack: str) -> list[str]:
        known = [found["StackName"] for found in self.client("cloudformation").list_stacks()["StackSummaries"]]
        if stack not in known:
            return ["there is no such stack"]
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in events
                if event["ResourceStatus"].endswith("FAILED")]

    def client(self, service: str) -> Any:
        """Return a low-level client of one of the emulator's services."""
        return self._session.create_client(service, endpoint_url=self.environ["AWS_ENDPOINT_URL"])

    def rotate_secret(self, stack: Stack, logical_id: str) -> None:
        """Put a new value into a secret of a stack, as an operator does (docs/runbook.md)."""
        secret = self.physical_id(stack, logical_id)
        self.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=secrets.token_hex(32))

    def restart(self, stack: Stack, *logical_ids: str) -> None:
        """Move functions to a new version, which starts anew at its next request, as a deployment does."""
        client = self.client("lambda")
        for name in (self.physical_id(stack, logical_id) for logical_id in logical_ids):
            client.update_function_configuration(FunctionName=name, Description=f"restarted {time.monotonic()}")
            version = client.publish_version(FunctionName=name)["Version"]
            client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)

    def physical_id(self, stack: Stack, logical_id: str) -> str:
        """Return what a resource of a stack is called."""
        found = self.client("cloudformation").describe_stack_resource(
            StackName=stack.name, LogicalResourceId=logical_id
        )["StackResourceDetail"]
        name: str = found["PhysicalResourceId"]
        return name

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
