"""What a handler's log tells of a request, as Lambda would read it (contract, sections 1 and 5)."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

SECRETS = {
    "key": "ifkey_" + "5ec4e7" * 5 + "aa", "token": "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.c2lnbmF0dXJl",
    "password": "Tr0ub4dor-2026",
    "email": "somebody@example.com", "query": "query-5ec4e7", "reason": "reason-5ec4e7", "cookie": "cookie-5ec4e7",
}  # fmt: skip
CONTEXT = {
    "operation": "create_project", "decision": "allow", "principal_type": "api_key", "principal_id": "ak_1",
    "home_org_id": "org_a", "org_id": "org_a", "role_ids": "role_admin", "environment_id": "",
    "key_environment_id": "", "impersonating": "", "may_write": "true", "session_id": "sess_5ec4e7",
    "session_expires_at": "", "reason": SECRETS["reason"],
}
EVENT: dict[str, Any] = {
    "httpMethod": "POST", "resource": "/api/v1/projects", "path": f"/api/v1/projects/{SECRETS['key']}",
    "multiValueHeaders": {"Authorization": [f"Bearer {SECRETS['token']}"], "Cookie": [SECRETS["cookie"]]},
    "queryStringParameters": {"token": SECRETS["query"]}, "pathParameters": None,
    "body": json.dumps({"name": SECRETS["password"], "description": SECRETS["email"]}), "isBase64Encoded": False,
    "requestContext": {"requestId": "req-1", "authorizer": CONTEXT},
}  # fmt: skip
PROGRAM = """
import json, sys
from controlplane.domain.errors import NotFound
from controlplane.gateway.binder import bind

def create_project(request, services):
    if sys.argv[1] == "fail":
        raise ValueError(f"cannot keep {request.body.name}", request.event, dict(request.query))
    if sys.argv[1] == "refuse":
        raise NotFound("not found")
    from controlplane.domain.records import Project
    return Project(id="proj_1", org_id="org_a", name=request.body.name, description=request.body.description,
                   created_at=1, updated_at=1)

handler, event = bind(create_project), json.loads(sys.stdin.read())
for _ in range(2):
    handler(event, None)
"""
LOCAL = {"IRONFLOW_TABLE": "t", "AWS_REGION": "eu-west-1", "IRONFLOW_JWT_SECRET_FILE": "/nowhere"}
ON_LAMBDA = {
    "IRONFLOW_TABLE": "t", "AWS_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": "ProjectsFunction",
    "IRONFLOW_STAGE": "prod", "IRONFLOW_JWT_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:s",
}
LINE = {
    "level": "INFO", "message": "request", "service": "ironflow", "operation": "create_project",
    "principal_type": "api_key", "principal_id": "ak_1", "org_id": "org_a", "status": 201, "request_id": "req-1",
}


def _told(how: str, *, environ: dict[str, str]) -> tuple[str, list[dict[str, Any]]]:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, how], input=json.dumps(EVENT), env=environ,
                         capture_output=True, text=True, check=True)
    return ran.stdout + ran.stderr, [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_request_leaves_one_line_of_allowed_fields() -> None:
    """Operation, principal, organization, status, time and request id; a new field is a decision, not an accident."""
    _, lines = _told("succeed", environ=LOCAL)

    measured = [line.pop("milliseconds") for line in lines]
    assert lines == [{**LINE, "cold_start": True}, {**LINE, "cold_start": False}]
    assert all(isinstance(milliseconds, float) for milliseconds in measured)


@pytest.mark.parametrize("level", ["WARN", "ERROR"])
def test_a_level_above_requests_leaves_errors_only(level: str) -> None:
    """Logs cost more than functions, and whoever turns requests off still learns of every failure."""
    _, served = _told("succeed", environ=LOCAL | {"IRONFLOW_LOG_LEVEL": level})
    _, failed = _told("fail", environ=LOCAL | {"IRONFLOW_LOG_LEVEL": level})

    assert ([], ["unexpected error"] * 2) == (served, [line["message"] for line in failed])


@pytest.mark.parametrize("environ", [LOCAL, ON_LAMBDA], ids=["local", "lambda"])
@pytest.mark.parametrize("how", ["succeed", "refuse", "fail"])
def test_no_line_holds_what_a_caller_sent(how: str, environ: dict[str, str]) -> None:
    """Whether a request succeeds, is refused or fails: no credential, header, query or body is ever in the log."""
    text, _ = _told(how, environ=environ)

    assert [] == [name for name, secret in SECRETS.items() if secret in text]
    assert "sess_5ec4e7" not in text


def test_an_error_tells_where_and_never_what() -> None:
    """A message may quote what a caller wrote, so the log has the type and the frames, and the request its 500."""
    _, lines = _told("fail", environ=LOCAL)

    error, request = lines[:2]
    frames = error.pop("frames")
    assert error == {"level": "ERROR", "message": "unexpected error", "service": "ironflow", "error": "ValueError",
                     "operation": "create_project", "request_id": "req-1"}
    assert frames[-1].startswith("create_project:")
    assert request["status"] == 500


def test_on_lambda_the_log_holds_the_fleet_s_figures() -> None:
    """CloudWatch reads count and latency by operation and class of status from the log, without a call of ours."""
    _, lines = _told("refuse", environ=ON_LAMBDA)

    (figures, _) = [line for line in lines if "_aws" in line]
    (directive,) = figures.pop("_aws")["CloudWatchMetrics"]
    latency = figures.pop("Latency")
    assert figures == {"service": "ironflow", "stage": "prod", "operation": "create_project", "status": "4xx",
                       "Requests": [1.0]}
    assert directive["Namespace"] == "Ironflow"
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == {
        "Requests": "Count", "Latency": "Milliseconds",
    }  # fmt: skip
    assert {"stage", "operation", "status", "service"} == set(directive["Dimensions"][0])
    assert latency[0] >= 0


def test_at_home_nothing_is_reported_to_a_cloud() -> None:
    """The development server's log has lines for people, and figures at /metrics."""
    _, lines = _told("succeed", environ=LOCAL | {"AWS_LAMBDA_FUNCTION_NAME": "ProjectsFunction"})

    assert [] == [line for line in lines if "_aws" in line]
