"""What a release check needs of AWS: to invoke new versions of functions, and to tell CodeDeploy what came out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any


def invoker(function: str, *, region: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return how to invoke a version of a function; a version that fails raises RuntimeError."""
    client = _client("lambda", region)

    def invoke(event: Mapping[str, Any]) -> Any:
        reply = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        if reply.get("FunctionError"):
            raise RuntimeError("the new version failed")
        return json.loads(reply["Payload"].read())

    return invoke


def report(deployment: Mapping[str, Any], *, good: bool, region: str) -> None:
    """Tell CodeDeploy whether requests may move to the new version."""
    _client("codedeploy", region).put_lifecycle_event_hook_execution_status(
        deploymentId=deployment["DeploymentId"],
        lifecycleEventHookExecutionId=deployment["LifecycleEventHookExecutionId"],
        status="Succeeded" if good else "Failed",
    )


def _client(service: str, region: str) -> Any:
    import botocore.session
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client(service, region_name=region, config=config)
