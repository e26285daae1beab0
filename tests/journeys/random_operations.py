"""A seeded random walk over the API: users, keys, roles, policies and tenants are made, changed and removed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.http.client import PLATFORM, V1, Client
from tests.http.world import World

NAMES = ("plain", "Zoë 🚀", "<b>", "two  spaces", "ORG#1")
EFFECTS = ("allow", "deny")
CONDITIONS = ("", "request.method == 'GET'", "subject.type == 'api_key'")
ANSWERS = (200, 201, 204, 400, 404, 409)


class Side:
    """One organization's part of the API: where its things are, and which of them there are now."""

    def __init__(self, client: Client, base: str, *, update: str, builtin: list[str], actions: tuple[str, ...]) -> None:
        self.client = client
        self.base = base
        self.update = update
        self.builtin = builtin
        self.actions = actions
        self.platform = base == PLATFORM
        self.ids: dict[str, list[str]] = {"users": [], "apikeys": [], "roles": [], "policies": []}


class RandomOperations:
    """Takes steps; each is one request that changes something, or is refused for what is there already."""

    def __init__(self, world: World, *, seed: int) -> None:
        self._random = random.Random(seed)
        self._names = 0
        self.world = world
        self.admin = world.platform["admin"]
        self.tenants = {name: world.tenant(name) for name in ("Replayed", "Replayed too")}
        self.sides = [
            Side(self.admin, PLATFORM, update="PUT", builtin=["role_platform_viewer", "role_platform_operator"],
                 actions=("platform:users:read", "platform:*:read", "platform:tenants:manage")),
            *(Side(tenant.admin, V1, update="PATCH", builtin=["role_viewer", "role_developer"],
                   actions=("users:read", "apikeys:*", "functions:read,projects:read"))
              for tenant in self.tenants.values()),
        ]  # fmt: skip
        self._spare: list[str] = []

    def run(self, steps: int) -> None:
        """Take so many steps."""
        kinds: list[Callable[[Side], int]] = [self._user, self._key, self._role, self._policy]
        for _ in range(steps):
            if self._random.random() < 0.15:
                status = self._tenant()
            else:
                status = self._random.choice(kinds)(self._random.choice(self.sides))
            assert status in ANSWERS, status

    def _name(self) -> str:
        self._names += 1
        return f"{self._random.choice(NAMES)} {self._names}"

    def _some(self, ids: list[str], most: int = 3) -> list[str]:
        return self._random.sample(ids, min(len(ids), self._random.randint(0, most)))

    def _make(self, side: Side, kind: str, path: str, body: dict[str, Any]) -> int:
        reply = side.client.post(path, body)
        if reply.status == 201:
            side.ids[kind].append(reply.json()["id"])
        return reply.status

    def _drop(self, side: Side, kind: str, path: str) -> int:
        found = self._random.choice(side.ids[kind])
        status = side.client.delete(f"{path}/{found}").status
        if status == 204:
            side.ids[kind].remove(found)
        return status

    def _change(self, side: Side, kind: str, path: str, body: dict[str, Any]) -> int:
        found = self._random.choice(side.ids[kind])
        chosen = dict(self._random.sample(sorted(body.items()), self._random.randint(1, len(body))))
        return side.client.request(side.update, f"{path}/{found}", chosen).status

    def _step(self, side: Side, kind: str, path: str, body: dict[str, Any], changes: dict[str, Any]) -> int:
        dice = self._random.random()
        if dice < 0.5 or not side.ids[kind]:
            return self._make(side, kind, path, body)
        return self._change(side, kind, path, changes) if dice < 0.8 else self._drop(side, kind, path)

    def _user(self, side: Side) -> int:
        email = f"Person{self._random.randint(1, 40)}@Example.com"
        roles: dict[str, Any] = {"role_ids": self._some(side.builtin + side.ids["roles"])}
        changes = {"name": self._name(), "email": email, **roles, "is_active": self._random.random() < 0.5}
        if not side.platform:
            roles = {"roles": self._some(["viewer", "developer"])}
            changes = {"name": self._name(), "email": email, **roles}
        body = {"email": email, "password": f"Pass-{self._names}-word", "name": self._name(), **roles}
        return self._step(side, "users", f"{side.base}/users", body, changes)

    def _key(self, side: Side) -> int:
        path, ids = f"{V1}/apikeys", side.ids["apikeys"]
        dice = self._random.random()
        if dice < 0.4 or not ids:
            body = {"name": self._name(), "role_ids": self._some(side.builtin + side.ids["roles"]),
                    "platform": side.platform, "expires_in": self._random.choice((None, "720h")),
                    "tool_scopes": self._random.choice((None, ["a", "b"], []))}  # fmt: skip
            return self._make(side, "apikeys", path, body)
        if dice < 0.6:
            return self._drop(side, "apikeys", path)
        key_id = self._random.choice(ids)
        if dice < 0.8:
            wanted = {"role_ids": self._some(side.builtin + side.ids["roles"])}
            return side.client.put(f"{path}/{key_id}/roles", wanted).status
        reply = side.client.post(f"{path}/{key_id}/rotate")
        if reply.status == 200:
            ids[ids.index(key_id)] = reply.json()["id"]
        return reply.status

    def _role(self, side: Side) -> int:
        body = {"name": self._name(), "policy_ids": self._some(side.ids["policies"])}
        return self._step(side, "roles", f"{side.base}/roles", body, dict(body))

    def _policy(self, side: Side) -> int:
        body = {"name": self._name(), "effect": self._random.choice(EFFECTS),
                "actions": self._random.choice(side.actions), "resources": "*",
                "condition": self._random.choice(CONDITIONS)}  # fmt: skip
        return self._step(side, "policies", f"{side.base}/policies", body, dict(body))

    def _tenant(self) -> int:
        """Tenants that hold nothing come, change and go; the two that are looked into stay."""
        path, dice = f"{PLATFORM}/tenants", self._random.random()
        if dice < 0.5 or not self._spare:
            reply = self.admin.post(self._random.choice((path, f"{PLATFORM}/orgs")), {"name": self._name()})
            self._spare.append(reply.ok()["id"])
            return reply.status
        org_id = self._random.choice(self._spare)
        if dice < 0.8:
            changes = {"name": self._name(), "suspended": self._random.random() < 0.5}
            return self.admin.put(f"{path}/{org_id}", changes).status
        self._spare.remove(org_id)
        return self.admin.delete(f"{path}/{org_id}").status
