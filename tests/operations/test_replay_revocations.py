"""The end of the restore drill: what was revoked stays revoked (docs/runbook.md)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.credentials import hash_of
from controlplane.domain.names import BOOTSTRAP_KEY, OPERATOR_ORG
from controlplane.domain.principal import Principal
from controlplane.services.apikeys import KeyRequest
from controlplane.settings import Settings
from devserver.tables import ensure_table
from operations.replay_revocations import OPERATOR, main

ADMIN = Principal(type="api_key", id=BOOTSTRAP_KEY, home_org_id=OPERATOR_ORG, org_id=OPERATOR_ORG,
                  role_ids=("role_admin",))


@pytest.fixture
def restored_table(dynamodb_client: Any, table_definition: dict[str, Any]) -> Iterator[str]:
    """The name of an empty table to restore into."""
    name = f"restored-{uuid.uuid4().hex}"
    ensure_table(dynamodb_client, name=name, definition=table_definition)
    yield name
    dynamodb_client.delete_table(TableName=name)


@pytest.fixture
def environ(dynamodb_endpoint: str) -> dict[str, str]:
    """What the script is given to find the tables."""
    return {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint}


def _services(environ: dict[str, str], table: str) -> Services:
    return Services(Settings.from_environment({**environ, "IRONFLOW_TABLE": table}))


def _key(services: Services, by: Principal, name: str, *, platform: bool = False) -> Any:
    roles = ("role_platform_viewer",) if platform else ("role_viewer",)
    return services.keys.create_key(KeyRequest(name=name, role_ids=roles, platform=platform), by=by)


def _alive(services: Services, *issued: Any) -> list[bool]:
    return [services.store.credential(hash_of(one.value)) is not None for one in issued]


def test_what_was_revoked_after_the_backup_is_dead_in_the_restored_table(
    dynamodb_client: Any, fresh_table: str, restored_table: str, environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Keys deleted, rotated, or gone with their tenant come back by a restore, and die again; others live."""
    old, restored = _services(environ, fresh_table), _services(environ, restored_table)
    old.first_boot.issue_bootstrap_key()
    tenant, leaving = (old.organizations.create_tenant(name, by=OPERATOR) for name in ("acme", "leaving"))
    inside, gone = (replace(OPERATOR, org_id=org.id, impersonating=True) for org in (tenant, leaving))
    platform, kept, deleted, rotated = (
        _key(old, OPERATOR, "platform", platform=True), _key(old, ADMIN, "kept"), _key(old, inside, "deleted"),
        _key(old, ADMIN, "rotated"),
    )
    orphan = _key(old, gone, "orphan")
    for page in dynamodb_client.get_paginator("scan").paginate(TableName=fresh_table):
        for item in page["Items"]:
            dynamodb_client.put_item(TableName=restored_table, Item=item)
    since = datetime.now(UTC)
    old.keys.delete_key(platform.key.id, by=OPERATOR)
    old.keys.delete_key(deleted.key.id, by=inside)
    old.keys.rotate_key(rotated.key.id, by=ADMIN)
    old.keys.set_key_roles(kept.key.id, ["role_developer"], by=ADMIN)
    old.organizations.delete_tenant(leaving.id, by=OPERATOR)
    assert [True] * 5 == _alive(restored, platform, kept, deleted, rotated, orphan)

    arguments = ["--from", fresh_table, "--to", restored_table, "--since", since.isoformat()]
    codes = [main(arguments, environ), main(arguments, environ)]

    assert [0, 0] == codes
    assert [False, True, False, False] == _alive(restored, platform, kept, deleted, rotated)
    assert restored.store.organization(leaving.id) is None
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    first, again = told[:5], told[5:]
    assert {("done", platform.key.id), ("done", deleted.key.id), ("done", rotated.key.id), ("done", leaving.id),
            ("decide", kept.key.id)} == {(words[0], words[-1]) for words in first}
    assert [("decide", kept.key.id)] == [(words[0], words[-1]) for words in again]
