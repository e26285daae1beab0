"""A deployed stack, by its outputs: the one thing that the command line asks of AWS, with the caller's own rights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ironflow.problems import Failure

FUNCTION_OUTPUT, URL_OUTPUT = "BootstrapFunctionName", "ApiUrl"
_SECONDS = 70


class Stack:
    """A CloudFormation stack of the control plane; boto3 finds region and credentials as it always does."""

    def __init__(self, name: str, *, region: str | None = None) -> None:
        self.name = name
        self._region = region

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs; raises Failure when there is no such stack, or none of ours."""
        client = self._client("cloudformation")
        found = _asked("cloudformation:DescribeStacks", lambda: client.describe_stacks(StackName=self.name))
        outputs = {row["OutputKey"]: row["OutputValue"] for row in found["Stacks"][0].get("Outputs", [])}
        if FUNCTION_OUTPUT not in outputs:
            raise Failure(f"the stack {self.name} has no output {FUNCTION_OUTPUT}: is it an Ironflow stack?")
        return outputs

    def invoke(self, function: str, payload: Mapping[str, object]) -> dict[str, Any]:
        """Invoke a function once and return its reply; what it says is never printed."""
        client = self._client("lambda")
        reply = _asked("lambda:InvokeFunction", lambda: client.invoke(
            FunctionName=function, InvocationType="RequestResponse", Payload=json.dumps(payload).encode(),
        ))
        if reply.get("FunctionError"):
            raise Failure(f"the function {function} failed; its log says where")
        try:
            found = json.loads(reply["Payload"].read())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Failure(f"the function {function} did not answer as expected: is it of this version?")
        return found

    def _client(self, service: str) -> Any:
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise Failure("this command needs boto3", "Install it: pip install 'ironflow-platform[aws]'") from None
        # One attempt: a second invocation would find the key issued, and its value lost with the first reply.
        config = Config(read_timeout=_SECONDS, retries={"total_max_attempts": 1})
        return _asked(service, lambda: boto3.client(service, region_name=self._region, config=config))


def _asked(what: str, ask: Callable[[], Any]) -> Any:
    """Ask AWS; what its libraries raise, such as missing credentials or rights, becomes one line."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask()
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"{what}: {' '.join(str(error).split())}") from None
