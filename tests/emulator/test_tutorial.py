"""The tutorial, through CloudFormation, API Gateway, Lambda, DynamoDB and Secrets Manager as an emulator has them."""

from __future__ import annotations

import json
import re

from tests.emulator.conftest import Typed
from tests.emulator.emulator import Emulator, Stack

HEX = "[0-9a-f]{32}"


def test_the_tutorial_runs_on_the_deployed_stack(ironflow: Typed, first_key: str) -> None:
    """From the first admin to the trail, the real command line works against the real deployment."""
    password = "correct horse battery"
    who = ("--email", "admin@example.com", "--password-stdin")

    created = ironflow("platform", "create-admin", *who, "--name", "Platform Admin", key=first_key, stdin=password)
    ironflow("platform", "login", *who, stdin=password)
    key = ironflow("apikey", "create", "my-automation-key", "--platform")
    provisioned = ironflow("platform", "tenants", "provision", "--name", "Acme Corp")
    org_id = provisioned.rpartition("(id: ")[2].rstrip(")\n")
    environments = ironflow("--as-org", org_id, "env", "list")
    trail = json.loads(ironflow("platform", "audit", "--json"))
    ironflow("platform", "logout")

    assert re.fullmatch(rf"Created platform admin: admin@example\.com \(id: puser_{HEX}\)\n", created)
    assert re.search(rf"^Key: ifplatform_{HEX}$", key, re.MULTILINE)
    assert re.fullmatch(rf"org_{HEX}", org_id)
    assert "env_default" in environments
    told = [(event["event_type"], event["impersonated_org_id"]) for event in trail["events"]]
    assert [("platform.impersonated", org_id), ("platform.tenant.provisioned", "")] == [
        (kind, org_id if kind == "platform.impersonated" else "") for kind, org_id in told[:2]
    ]
    assert {"platform.user.created", "platform.login.succeeded", "platform.key.created"} <= {kind for kind, _ in told}


def test_a_key_is_dead_on_the_very_next_request(stack: Stack, ironflow: Typed, first_key: str) -> None:
    """No result of the authorizer is remembered: rotated and deleted keys stop at once.

    The emulator words a Deny itself, as 403; on AWS the gateway response makes it the contract's 401.
    """
    key = json.loads(ironflow("apikey", "create", "k", "--role", "role_developer", "--json", key=first_key))
    alive = stack.request("GET", "/api/v1/apikeys", key=key["key"])

    rotated = json.loads(ironflow("apikey", "rotate", key["id"], "--json", key=first_key))
    old, new = (stack.request("GET", "/api/v1/apikeys", key=k["key"]) for k in (key, rotated))
    ironflow("apikey", "delete", rotated["id"], key=first_key)
    deleted = stack.request("GET", "/api/v1/apikeys", key=rotated["key"])

    assert (200, 403, 200, 403) == (alive.status, old.status, new.status, deleted.status)


def test_a_refusal_by_the_binder_has_the_contracts_body(stack: Stack, ironflow: Typed, first_key: str) -> None:
    """Whoever is known and lacks a grant gets the missing action, through the whole of the deployment."""
    viewer = json.loads(ironflow("apikey", "create", "v", "--role", "role_viewer", "--json", key=first_key))

    refused = stack.request("POST", "/api/v1/apikeys", key=viewer["key"], body="{}")

    said = refused.json()
    assert (403, "permission_denied", "apikeys:manage") == (refused.status, said["code"], said["required"])


def test_a_rotated_token_secret_ends_no_session(
    ironflow: Typed, emulator: Emulator, stack: Stack, first_key: str
) -> None:
    """A session from before a rotation goes on in functions that start after it; two rotations end it."""
    session = _session(stack, first_key)

    answers = []
    for _ in range(3):
        answers.append(stack.request("GET", "/api/v1/apikeys", key=session).status)
        emulator.rotate_secret(stack, "JwtSecret")
        emulator.restart(stack, "AuthorizerFunction", "LoginFunction")

    assert [200, 200, 403] == answers
    assert 200 == stack.request("GET", "/api/v1/apikeys", key=_session(stack, first_key)).status


def _session(stack: Stack, first_key: str) -> str:
    """Log a tenant user in, who is made at the first call, and return the token."""
    user = {"email": "ops@example.com", "password": "correct horse battery"}
    made = stack.request("POST", "/api/v1/users", key=first_key, body=json.dumps(user | {"roles": ["viewer"]}))
    assert made.status in (201, 409), made.body
    reply = stack.request("POST", "/api/v1/auth/login", body=json.dumps(user))
    token: str = reply.json()["token"]
    return token
