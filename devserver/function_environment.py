"""The environment variables of a function: Lambda's own, the template's, and what points it at this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devserver.deployment import Function

# Taken from the server's own environment when set there: they steer the product, not the machine.
PASSED_THROUGH = ("IRONFLOW_PASSWORD_COST", "IRONFLOW_EXTRA_ACTIONS", "IRONFLOW_CORS_ORIGINS")
# These name things that exist in an account only; a local file stands in for them.
CLOUD_ONLY = ("IRONFLOW_JWT_SECRET_ARN", "IRONFLOW_SEAL_SECRET_ARN", "IRONFLOW_EVENT_BUS")


def local_environment(
    *, region: str, table: str | None, endpoint: str, jwt_secret_file: Path, figures: Path, outer: Mapping[str, str]
) -> dict[str, str]:
    """What every function is given on this machine, beside its own variables; no real credential among it."""
    passed = {name: outer[name] for name in PASSED_THROUGH if outer.get(name)}
    return {
        **passed,
        **({"IRONFLOW_TABLE": table} if table else {}),
        "IRONFLOW_JWT_SECRET_FILE": str(jwt_secret_file),
        "IRONFLOW_FIGURES_DIR": str(figures),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
    }


def function_environment(function: Function, local: Mapping[str, str]) -> dict[str, str]:
    """The complete environment of a function's process."""
    own = {name: value for name, value in function.environment.items() if name not in CLOUD_ONLY}
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in (function.code, *function.layers)),
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        **own,
        **local,
    }
