"""An id of another organization is answered as one that does not exist (contract, section 1).

Every id parameter of the OpenAPI document, in a path, a query or a body, is tried with B's live id and with a random
one by A's admin; the answers must be the same bytes, and B must be as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.http.bodies import SAMPLES
from tests.http.client import V1, Client
from tests.http.world import Tenant, World, some_id, unique

_PARAMETER = re.compile(r"\{(\w+)\}")
_METHODS = ("get", "post", "put", "patch", "delete")
_NO_ID = frozenset({"version"})
_QUERY_IDS = frozenset({"api_key_id", "platform_key_id", "impersonated_org_id", "env_id", "env"})


@dataclass(frozen=True)
class Property:
    """Live ids of B, by the names that parameters have, and how ids of their kind begin."""

    ids: dict[str, str]
    prefixes: dict[str, str]

    def random(self, name: str) -> str:
        """Return an id of the same kind that belongs to nothing."""
        return some_id(self.prefixes[name])


@dataclass(frozen=True)
class Place:
    """Where one id stands in one operation."""

    method: str
    path: str
    where: str
    name: str

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path} {self.where} {self.name}"


@pytest.fixture(scope="module")
def property_of_b(world: World) -> Property:
    """One thing of every kind that belongs to B."""
    admin = world.b.admin
    in_default = admin.having(**{"X-Ironflow-Environment": "env_default"})
    policy = {"name": unique("p"), "effect": "allow", "actions": "users:read", "resources": "*"}
    ids = {
        "key_id": world.key(admin)["id"],
        "org_id": world.b.id,
        "project_id": admin.post(f"{V1}/projects", {"name": unique("p")}).ok()["id"],
        "env_id": admin.post(f"{V1}/environments", {"name": unique("e").replace(" ", "-")}).ok()["id"],
        "function_id": in_default.post(f"{V1}/functions", {"name": unique("f")}).ok()["id"],
        "user_id": world.tenant_user(world.b, "admin").id,
        "role_id": admin.post(f"{V1}/roles", {"name": unique("r")}).ok()["id"],
        "policy_id": admin.post(f"{V1}/policies", policy).ok()["id"],
    }
    ids["tenant_id"] = ids["org_id"]
    prefixes = {"key_id": "ak_", "org_id": "org_", "tenant_id": "org_", "project_id": "proj_", "env_id": "env_",
                "function_id": "fn_", "user_id": "user_", "role_id": "role_", "policy_id": "pol_"}  # fmt: skip
    return Property(ids, prefixes)


def _everything(tenant: Tenant) -> str:
    """Return all that an organization can see of itself, its use of keys apart."""
    lists = ("orgs", "apikeys", "projects", "environments", "functions", "users", "roles", "policies")
    shown = {name: tenant.admin.get(f"{V1}/{name}").ok() for name in lists}
    for key in shown["apikeys"]:
        key.pop("last_used_at", None)
    return json.dumps(shown, sort_keys=True)


def _places(document: dict[str, Any]) -> Iterator[Place]:
    for path, operations in document["paths"].items():
        if path.startswith("/api/v1/platform") or "proxy" in path:
            continue
        for method in (name for name in _METHODS if name in operations):
            for name in _PARAMETER.findall(path):
                if name not in _NO_ID:
                    yield Place(method, path, "path", name)
            for parameter in operations[method].get("parameters", []):
                if parameter["in"] == "query" and parameter["name"] in _QUERY_IDS:
                    yield Place(method, path, "query", parameter["name"])
            for name in _body_ids(method, path):
                yield Place(method, path, "body", name)


def _body_ids(method: str, path: str) -> Iterator[str]:
    """Return the fields of a body that hold ids, in the samples that cover every route with a body."""
    shape = _PARAMETER.sub("{}", path)
    for sample in SAMPLES:
        if (sample.method.lower(), _PARAMETER.sub("{}", sample.path)) == (method, shape):
            yield from (name for name in sample.body if _is_id(name))
            yield from (f"principal.{name}" for name in ("key_id", "user_id") if "principal" in sample.body)


def _ask(client: Client, place: Place, value: str, own: dict[str, str]) -> tuple[int, bytes]:
    """Send the request with the id in its place, and ids of the caller's own in all others."""
    url = _PARAMETER.sub(
        lambda found: value if (place.where, place.name) == ("path", found[1]) else own.get(found[1], "1"), place.path
    )
    body: Any = None
    if place.method in ("post", "put", "patch"):
        body = _body(place, value)
    if place.where == "query":
        url += f"?{place.name}={value}"
    reply = client.request(place.method.upper(), url, body)
    return reply.status, reply.unidentified[1].replace(value.encode(), b"<id>")


def _body(place: Place, value: str) -> dict[str, Any]:
    shape = _PARAMETER.sub("{}", place.path)
    samples = [dict(one.body) for one in SAMPLES
               if (one.method.lower(), _PARAMETER.sub("{}", one.path)) == (place.method, shape)]  # fmt: skip
    if place.where != "body":
        return samples[0] if samples else {}
    body = {name: right for name, right in samples[0].items() if not _is_id(name) and name != "condition"}
    head, _, member = place.name.partition(".")
    if member:
        return body | {head: {member: value}}
    return body | {place.name: [value] if place.name.endswith("_ids") else value}


def _is_id(name: str) -> bool:
    return name.endswith(("_id", "_ids"))


def test_a_foreign_id_is_answered_as_one_that_does_not_exist(world: World, property_of_b: Property) -> None:
    """All places of all operations: the same status and the same bytes, apart from the id and the request's own."""
    admin = world.a.admin
    document = admin.get(f"{V1}/openapi.json").ok()
    own = _own_ids(world)
    before = _everything(world.b)
    places = list(_places(document))

    different = {}
    for place in places:
        kind = _kind(place.name)
        foreign = _ask(admin, place, property_of_b.ids[kind], own)
        absent = _ask(admin, place, property_of_b.random(kind), own)
        if foreign != absent or (place.where != "query" and not 400 <= foreign[0] <= 404):
            different[str(place)] = (foreign, absent)

    assert {} == different
    assert len(places) > 40
    assert before == _everything(world.b)


def test_every_id_of_the_document_is_of_a_known_kind(world: World, property_of_b: Property) -> None:
    """A new kind of id must be tried here before it is served."""
    places = list(_places(world.a.admin.get(f"{V1}/openapi.json").ok()))

    assert set() == {_kind(place.name) for place in places} - set(property_of_b.ids)


def _kind(name: str) -> str:
    """Return the kind of thing that a parameter's id belongs to."""
    last = name.rpartition(".")[2].removesuffix("s")
    return {"api_key_id": "key_id", "platform_key_id": "key_id", "impersonated_org_id": "org_id",
            "env": "env_id"}.get(last, last)  # fmt: skip


def _own_ids(world: World) -> dict[str, str]:
    """Return things of A, for the other parameters of a path."""
    policy = {"name": unique("p"), "effect": "allow", "actions": "users:read", "resources": "*"}
    return {
        "key_id": world.key(world.a.admin)["id"],
        "role_id": world.a.admin.post(f"{V1}/roles", {"name": unique("r")}).ok()["id"],
        "policy_id": world.a.admin.post(f"{V1}/policies", policy).ok()["id"],
    }


def test_the_headers_of_an_environment_do_not_reach_across(world: World, property_of_b: Property) -> None:
    """B's environment, named in any form, is as unknown to A as a random one."""
    forms = [("X-Ironflow-Environment", ""), ("X-Ironflow-Environment-ID", ""), ("", "env"), ("", "env_id")]

    def ask(header: str, field: str, value: str) -> tuple[int, bytes]:
        client = world.a.admin.having(**{header: value}) if header else world.a.admin
        return client.get(f"{V1}/functions" + (f"?{field}={value}" if field else "")).unidentified

    foreign = [ask(*form, property_of_b.ids["env_id"]) for form in forms]
    absent = [ask(*form, some_id("env_")) for form in forms]

    assert (foreign, {403}) == (absent, {status for status, _ in foreign})
