"""A table on the embedded store, with organizations and callers of every kind that is measured."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controlplane.domain import records as r
from controlplane.domain.credentials import display_prefix, hash_of
from controlplane.domain.errors import Problem
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.storage.identity_reader import ENVIRONMENT_NAME
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.lean.signing import Credentials
from controlplane.storage.store import TableStore
from controlplane.storage.wire_table import WireTable
from devserver.data_directory import ensure_jwt_secret
from devserver.embedded_store import start_file_store
from devserver.tables import connect, ensure_table
from devserver.template import load_template

REGION, TABLE = "us-east-1", "ironflow-dev-Table"  # as the dev server names it
ACME, ENVIRONMENT = "org_acme", "env_default"
ROOT = Path(__file__).parents[1]
_TAKEN = Problem("taken")


@dataclass(frozen=True, slots=True)
class World:
    """A running store with one table; `environ` is what a function on it is started with."""

    endpoint: str
    database: Path
    jwt_secret_file: Path
    client: DynamoClient
    store: TableStore

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables of a function."""
        return {
            "IRONFLOW_TABLE": TABLE, "IRONFLOW_JWT_SECRET_FILE": str(self.jwt_secret_file), "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_DYNAMODB": self.endpoint, "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local", "AWS_EC2_METADATA_DISABLED": "true",
        }

    def create(self, *records: Any) -> None:
        """Write records and claims in one transaction."""
        transaction = self.store.transaction()
        for record in records:
            if isinstance(record, r.Claim):
                transaction.claim(record, otherwise=_TAKEN)
            else:
                transaction.create(record)
        transaction.commit()

    def key(self, org_id: str, *role_ids: str) -> str:
        """Make a key and return its value."""
        value, (key, credential) = new_key(org_id, *role_ids)
        self.create(key, credential)
        return value

    def user(self, org_id: str, *role_ids: str) -> str:
        """Make a user and return its id."""
        user_id = f"user_{os.urandom(16).hex()}"
        self.create(r.User(id=user_id, org_id=org_id, email="who@example.com", name="u", password_hash="x",
                           role_ids=role_ids, created_at=1, updated_at=1))
        return user_id

    def role(self, org_id: str, role_id: str, *grants: dict[str, str]) -> str:
        """Make a custom role that carries these policies' texts."""
        texts = tuple(
            {"effect": "allow", "actions": "*", "resources": "*", "condition": "",
             "policy_id": f"pol_{role_id}_{number}", "name": f"{role_id} {number}"} | grant
            for number, grant in enumerate(grants)
        )
        self.create(r.Role(id=role_id, org_id=org_id, name=role_id, created_at=1, updated_at=1, grants=texts))
        return role_id


def new_key(org_id: str, *role_ids: str) -> tuple[str, tuple[r.ApiKey, r.Credential]]:
    """Return a new key's value and the two records that it is."""
    value = ("ifplatform_" if org_id == PLATFORM_ORG else "ifkey_") + os.urandom(32).hex()
    key = r.ApiKey(id=f"ak_{os.urandom(16).hex()}", org_id=org_id, name="bench", prefix=display_prefix(value),
                   hash=hash_of(value), role_ids=role_ids, created_at=int(time.time()))
    return value, (key, r.Credential(hash=key.hash, key_id=key.id, org_id=org_id, role_ids=role_ids))


@contextmanager
def world() -> Iterator[World]:
    """Start a store in a temporary folder, with the product's table and three organizations."""
    with tempfile.TemporaryDirectory(prefix="ironflow-bench-") as name:
        folder = Path(name)
        with start_file_store(folder / "bench.db") as store, closing(connect(store.endpoint, region=REGION)) as client:
            (table,) = load_template(ROOT / "template.yaml").tables
            ensure_table(client, name=TABLE, definition=table.definition)
            yield _filled(store.endpoint, folder / "bench.db", ensure_jwt_secret(folder))


def _filled(endpoint: str, database: Path, jwt_secret_file: Path) -> World:
    lean = DynamoClient(endpoint=endpoint, region=REGION, timeout=20, credentials=lambda: Credentials("local", "local"))
    made = World(endpoint, database, jwt_secret_file, lean, store_on(lean))
    for org_id in (PLATFORM_ORG, OPERATOR_ORG, ACME):
        made.create(r.Organization(id=org_id, name=org_id, created_at=1, updated_at=1))
    made.create(
        r.Environment(id=ENVIRONMENT, org_id=ACME, project_id="proj_1", name="default", created_at=1, updated_at=1),
        r.Claim(kind=ENVIRONMENT_NAME, scope=ACME, value="default", owner_id=ENVIRONMENT, owner_org_id=ACME),
    )
    return made


class Metered(DynamoClient):
    """A client that adds up the capacity units of what it asks for."""

    units = 0.0

    def post(self, operation: str, text: str, *, deadline: float, again: bool) -> dict[str, Any]:
        """Ask for the units as well."""
        asked = json.dumps(json.loads(text) | {"ReturnConsumedCapacity": "TOTAL"})
        reply = super().post(operation, asked, deadline=deadline, again=again)
        told = reply.get("ConsumedCapacity") or []
        self.units += sum(one["CapacityUnits"] for one in (told if isinstance(told, list) else [told]))
        return reply


def store_on(client: DynamoClient) -> TableStore:
    """Return the store behind a client, as the services see it."""
    def call(operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        return client.call(operation, payload, deadline=time.monotonic() + 60)

    return TableStore(WireTable(call, TABLE))
