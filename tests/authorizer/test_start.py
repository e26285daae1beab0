"""The function as it is deployed: what a start imports, and what it writes to its log."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.gateway.authorizer.outcome import logged

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, World

FOLDER = Path(__file__).parents[2] / "functions" / "authorizer"
FORBIDDEN = {
    "asyncio", "aws_lambda_powertools", "bcrypt", "boto3", "botocore", "cel_expr_python", "datetime", "email", "http",
    "jwt", "logging", "msgspec", "pydantic", "pynamodb", "random", "ssl", "tempfile", "urllib", "uuid",
}  # fmt: skip
PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
import app
for event in json.loads(sys.argv[2]):
    app.handler(event, None)
print(json.dumps(sorted(sys.modules)))
"""


def _run(events: list[dict[str, Any]], **environ: str) -> list[str]:
    paths = [str(FOLDER), *(path for path in sys.path if path)]
    ran = subprocess.run(
        [sys.executable, "-S", "-c", PROGRAM, json.dumps(paths), json.dumps(events)],
        capture_output=True, text=True, check=True, env=environ,
    )
    return ran.stdout.splitlines()


@pytest.fixture
def environ(world: World, dynamodb_endpoint: str) -> dict[str, str]:
    """The environment variables of a local function."""
    return {
        "IRONFLOW_TABLE": world.table_name, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint,
        "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
    }


def test_a_start_imports_nothing_heavy_and_reads_no_environment() -> None:
    """A cold start pays only for what every request needs, and nothing happens at import."""
    modules = json.loads(_run([])[-1])

    assert set() == FORBIDDEN & {name.partition(".")[0] for name in modules}


def test_serving_a_key_imports_nothing_heavy(gate: Gate, world: World, environ: dict[str, str]) -> None:
    """The first request with a key and a built-in role costs no library either."""
    key = world.key("org_acme", "role_viewer")

    *lines, modules = _run([gate.event("GET", "/api/v1/apikeys", key)], **environ)

    assert set() == FORBIDDEN & {name.partition(".")[0] for name in json.loads(modules)}
    assert [("allow", "list_keys")] == [(line["outcome"], line["operation"]) for line in map(json.loads, lines)]


def test_a_log_line_shows_nothing_that_a_caller_wrote(gate: Gate, world: World, environ: dict[str, str]) -> None:
    """One line a request, by allow-list: the operation, who, how it ended, how long it took."""
    key = world.key("org_acme", "role_viewer", id="ak_1")
    events = [gate.event("POST", "/api/v1/users", key, query={"a": "SECRET"}, headers={"User-Agent": "SECRET"}),
              gate.event("GET", "/api/v1/users", "ifkey_SECRET")]

    *lines, _ = _run(events, **environ)

    ids = [event["requestContext"]["requestId"] for event in events]
    shown = [{name: value for name, value in json.loads(line).items() if name != "milliseconds"} for line in lines]
    assert [
        {"event": "authorized", "request_id": ids[0], "outcome": "refuse", "code": "permission_denied",
         "operation": "create_user", "principal": "ak_1"},
        {"event": "authorized", "request_id": ids[1], "outcome": "deny", "code": "unauthenticated",
         "operation": "", "principal": "anonymous"},
    ] == shown
    assert not [secret for secret in ("SECRET", key) if secret in "\n".join(lines)]


@given(st.text(), st.text(), st.text(max_size=5) | st.none() | st.integers())
def test_a_log_line_is_json_whatever_it_says(operation: str, principal: str, request_id: Any) -> None:
    """No text, and no odd request id, can break its line or add a field to it."""
    reply = {"principalId": principal, "context": {"decision": "allow", "operation": operation}}

    with redirect_stdout(StringIO()) as written:
        assert reply is logged(lambda _event, _context: reply)({"requestContext": {"requestId": request_id}}, None)

    (line,) = written.getvalue().split("\n")[:-1]
    shown = json.loads(line)
    assert shown.pop("milliseconds") >= 0
    assert {"event": "authorized", "request_id": str(request_id or ""), "outcome": "allow", "code": "",
            "operation": operation, "principal": principal} == shown


def test_a_failure_quotes_nothing(gate: Gate, world: World, environ: dict[str, str]) -> None:
    """Without a table nobody is allowed, and neither the log nor the error shows what was asked."""
    event = gate.event("GET", "/api/v1/users", "ifkey_SECRET")
    paths = [str(FOLDER), *(path for path in sys.path if path)]
    environ["IRONFLOW_TABLE"] = "no-such-table"

    ran = subprocess.run([sys.executable, "-S", "-c", PROGRAM, json.dumps(paths), json.dumps([event])],
                         capture_output=True, text=True, check=False, env=environ)

    line = json.loads(ran.stdout)
    assert (1, "failed", "DynamoError") == (ran.returncode, line["outcome"], line["code"])
    assert "AuthorizerFailed" in ran.stderr
    assert "SECRET" not in ran.stdout + ran.stderr
