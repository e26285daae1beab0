"""What an operator does to a deployed stack (docs/deploy.md, docs/operations.md), rehearsed in the emulator."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from controlplane import VERSION
from tests.emulator.conftest import PARAMETERS, Typed, key_in
from tests.emulator.emulator import Emulator, Stack
from tests.running_server import ROOT

NEXT = "9.9.9"


@pytest.fixture(scope="module")
def smoke_key(emulator: Emulator, stack: Stack, ironflow: Typed, key_file: Path) -> None:
    """The key of the smoke journey, made and put away as docs/deploy.md says."""
    command = ("apikey", "create", "smoke", "--role", "role_developer", "--json")
    made = json.loads(ironflow(*command, key=key_in(key_file)))
    emulator.client("secretsmanager").create_secret(Name=f"{stack.name}/smoke-key", SecretString=made["key"])


def _smoke(emulator: Emulator, stack: Stack, url: str) -> subprocess.CompletedProcess[str]:
    """Run the pipelines' smoke journey; the emulator's address, and its status of a Deny, are its own."""
    return subprocess.run(
        ["make", "smoke", f"STACK={stack.name}"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**emulator.environ, "ARGS": shlex.join(["--url", url, "--denied", "403"])},
    )


def test_the_smoke_journey_passes_and_fails_when_it_must(emulator: Emulator, stack: Stack, smoke_key: None) -> None:
    """What the pipelines run after a deployment finds the stack and its key, and knows a broken one."""
    good = _smoke(emulator, stack, stack.base_url)
    broken = _smoke(emulator, stack, f"{stack.base_url}/nowhere")

    assert (0, f"{stack.base_url} does what it must\n") == (good.returncode, good.stdout)
    assert 0 != broken.returncode
    assert "broken: /health: 403 instead of 200" in broken.stderr


def test_the_sweep_announces_an_expired_key_on_the_bus(
    emulator: Emulator, stack: Stack, ironflow: Typed, first_key: str
) -> None:
    """A subscriber's rule gets the announcement, and the trail has its event; once, however often it runs."""
    queue = _subscribed(emulator, stack.outputs["BusName"])
    key = json.loads(ironflow("apikey", "create", "brief", "--expires", "1s", "--json", key=first_key))
    time.sleep(2)

    swept = [_invoked(emulator, stack.outputs["SweepFunctionName"]) for _ in range(2)]

    told = emulator.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    events = [json.loads(message["Body"]) for message in told]
    trail = json.loads(stack.request("GET", "/api/v1/audit?event_type=authz.key.expired", key=first_key).body)
    assert [1, 0] == [figures["expired"] for figures in swept]
    assert [("ironflow", "key.expired", f"{key['id']}:expired")] == [
        (event["source"], event["detail-type"], event["detail"]["id"]) for event in events
    ]
    assert [key["id"]] == [event["payload"]["api_key_id"] for event in trail["events"]]


def _subscribed(emulator: Emulator, bus: str) -> str:
    """Return a queue that gets what is announced from now on (docs/operations.md)."""
    queues, events = emulator.client("sqs"), emulator.client("events")
    queue: str = queues.create_queue(QueueName="expiries")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="expiries", EventBusName=bus, EventPattern=json.dumps({"source": ["ironflow"]}))
    events.put_targets(Rule="expiries", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def _invoked(emulator: Emulator, function: str) -> Any:
    reply = emulator.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    assert "FunctionError" not in reply
    return json.loads(reply["Payload"].read())


def test_a_release_goes_forward_and_back(
    emulator: Emulator, stack: Stack, adapted: Path, ironflow: Typed, first_key: str
) -> None:
    """The alias moves to the new code, and back to what was before; keys of either time go on."""
    releases, served, keys = (_next_release(adapted), adapted), [], []

    for template in releases:
        again = emulator.deploy_stage("staging", template, parameters=PARAMETERS)
        keys.append(_created_key(ironflow, first_key, "k"))
        served.append((again == stack, stack.request("GET", "/health").json()["version"],
                       [stack.request("GET", "/api/v1/projects", key=key["key"]).status for key in keys]))

    assert [(True, NEXT, [200]), (True, VERSION, [200, 200])] == served


def _next_release(adapted: Path) -> Path:
    """Return the template with a core layer of another version: what the next `make build` would leave."""
    layer = adapted.parent / "NextLayer"
    shutil.rmtree(layer, ignore_errors=True)
    shutil.copytree(adapted.parent / "ControlplaneLayer", layer)
    module = layer / "python" / "controlplane" / "__init__.py"
    module.write_text(module.read_text().replace(VERSION, NEXT))
    for code in module.parent.glob("__pycache__/__init__.*"):
        code.unlink()  # it is trusted unread, whatever the source says
    template = adapted.with_name("next.json")
    template.write_text(adapted.read_text().replace('"ContentUri": "ControlplaneLayer"', '"ContentUri": "NextLayer"'))
    return template


def test_what_is_there_on_request_is_there(emulator: Emulator, stack: Stack) -> None:
    """WAF has its three rules, and a name of one's own leads to the API's stage."""
    firewall = emulator.client("wafv2")
    (listed,) = firewall.list_web_acls(Scope="REGIONAL")["WebACLs"]
    (mapping,) = emulator.client("apigateway").get_base_path_mappings(domainName=PARAMETERS["DomainName"])["items"]

    rules = firewall.get_web_acl(Name=listed["Name"], Id=listed["Id"], Scope="REGIONAL")["WebACL"]["Rules"]

    assert ["RatePerAddress", "KnownBadInputs", "CommonRules"] == [rule["Name"] for rule in rules]
    assert ("staging", True) == (mapping["stage"], f"/restapis/{mapping['restApiId']}/" in stack.base_url)
    assert stack.outputs["DomainTarget"]


def test_the_dashboard_is_deployed_beside_it(emulator: Emulator, stack: Stack) -> None:
    """Its parameters are the stack's outputs, and what CloudWatch gets is JSON in which no name is left open."""
    asked = ("TableName", "AuthorizerFunctionName", "SweepFunctionName", "BootstrapFunctionName")
    given = {"Stack": stack.name, "Stage": "staging", **{name: stack.outputs[name] for name in asked}}

    emulator.deploy(ROOT / "operations/dashboard.yaml", stack="dashboard", parameters=given)

    body = emulator.client("cloudwatch").get_dashboard(DashboardName=stack.name)["DashboardBody"]
    assert json.loads(body)["widgets"]
    assert "${" not in body
    assert [] == [value for value in given.values() if value not in body]


def test_the_bootstrap_key_is_issued_once_and_replaced_by_breaking_the_glass(
    emulator: Emulator, stack: Stack, ironflow: Typed, key_file: Path
) -> None:
    """A second call changes nothing; `--reset` ends the old key, replaces the file and leaves its events."""
    command, old = ["bootstrap", "--stack", stack.name, "--bootstrap-key-file"], key_in(key_file)

    again = ironflow(*command, f"{key_file}.again", fails=1)
    ironflow(*command, str(key_file), "--reset")

    new = key_in(key_file)
    trail = json.loads(stack.request("GET", "/api/v1/audit?api_key_id=ak_admin_bootstrap", key=new).body)["events"]
    assert "the bootstrap key was issued before" in again
    assert not Path(f"{key_file}.again").exists()
    assert (403, 200, 0o400) == (stack.request("GET", "/api/v1/apikeys", key=old).status,
                                 stack.request("GET", "/api/v1/apikeys", key=new).status,
                                 key_file.stat().st_mode & 0o777)
    assert {("authz.key.revoked", "reset"), ("authz.key.created", "reset")} <= {
        (event["event_type"], event["payload"]["change"]) for event in trail
    }


def test_a_restored_table_takes_the_old_one_s_place_without_what_was_revoked(
    emulator: Emulator, stack: Stack, ironflow: Typed, first_key: str
) -> None:
    """The runbook's drill: back to the backup, but for the key that was revoked since; the stack is not touched."""
    tables, old = emulator.client("dynamodb"), stack.outputs["TableName"]
    kept, revoked = (_created_key(ironflow, first_key, name) for name in ("kept", "revoked"))
    since, moment = _backup(tables, old), datetime.now(UTC).isoformat()
    ironflow("apikey", "delete", revoked["id"], key=first_key)
    later = _created_key(ironflow, first_key, "later")

    tables.restore_table_from_backup(TargetTableName="restored", BackupArn=since)
    told = _replayed(emulator, old, "restored", since=moment)
    replayed = _backup(tables, "restored")
    tables.update_table(TableName=old, DeletionProtectionEnabled=False)
    tables.delete_table(TableName=old)
    tables.restore_table_from_backup(TargetTableName=old, BackupArn=replayed)

    keys = [stack.request("GET", "/api/v1/projects", key=key["key"]).status for key in (kept, revoked, later)]
    assert [200, 403, 403] == keys
    assert [("done", "authz.key.revoked", revoked["id"])] == [(line[0], line[2], line[-1]) for line in told]


def _created_key(ironflow: Typed, first_key: str, name: str) -> dict[str, str]:
    created = ironflow("apikey", "create", name, "--role", "role_viewer", "--json", key=first_key)
    made: dict[str, str] = json.loads(created)
    return made


def _backup(tables: Any, table: str) -> str:
    arn: str = tables.create_backup(TableName=table, BackupName=table[:60])["BackupDetails"]["BackupArn"]
    return arn


def _replayed(emulator: Emulator, old: str, restored: str, *, since: str) -> list[list[str]]:
    """Run the operators' script, and return the words of each line."""
    command = [sys.executable, "-m", "operations.replay_revocations", "--from", old, "--to", restored, "--since", since]
    ran = subprocess.run(
        command, cwd=ROOT, env=emulator.environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert 0 == ran.returncode, ran.stderr
    return [line.split() for line in ran.stdout.splitlines()]
