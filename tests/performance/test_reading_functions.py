"""What a cold start of a function brings when all that is asked of it is to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REGION

EVENTS = Path(__file__).parents[2] / "events"
READS = sorted(
    path for path in EVENTS.glob("*/*.json")
    if path.name.count(".") == 1 and json.loads(path.read_text()).get("httpMethod") == "GET"
    and path.parent.name != "authorizer"
)  # fmt: skip
HEAVY = {
    "aws_lambda_powertools", "bcrypt", "boto3", "botocore", "cel_expr_python", "dataclasses", "hashlib", "jwt",
    "pynamodb", "random", "urllib3",
}  # fmt: skip
PROGRAM = """
import json, sys
import app
reply = app.handler(json.loads(sys.stdin.read()), None)
print("\\n" + json.dumps([reply["statusCode"], sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.mark.parametrize("event", READS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_request_that_only_reads_brings_no_library_for_writing(
    event: Path, fresh_table: str, dynamodb_endpoint: str, tmp_path: Path
) -> None:
    """Whoever asks a sleeping function for a list does not wait for botocore, which takes longer than all the rest."""
    (tmp_path / "secret").write_text("ab" * 32)
    environ = os.environ | {
        "IRONFLOW_TABLE": fresh_table, "AWS_REGION": REGION, "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint,
        "IRONFLOW_JWT_SECRET_FILE": str(tmp_path / "secret"),
    }  # fmt: skip

    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=EVENTS.parent / "functions" / event.parent.name, env=environ,
        input=event.read_text(), capture_output=True, text=True, check=True,
    )  # fmt: skip

    status, modules = json.loads(ran.stdout.splitlines()[-1])
    assert (True, set()) == (status < 500, HEAVY & set(modules))
