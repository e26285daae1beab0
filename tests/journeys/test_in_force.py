"""A change is in force on the very next request, in another server on the same store too (issues 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devserver.embedded_store import start_file_store
from tests.http.client import V1, Client
from tests.http.world import World, unique
from tests.journeys.product import Product, rounds

ROUNDS = rounds("IN_FORCE", 500)
POLICY = {"effect": "allow", "actions": "projects:read", "resources": "*"}
Expected = int
Change = Callable[[int], tuple[Client, str, Expected]]


class Twins:
    """Two servers on one store: changes are made at one and asked for at the other, in turns."""

    def __init__(self, first: World, second: World) -> None:
        self._sides = (first, second)
        self._tenant = first.tenant("Twins")
        self._admins = [side.nobody.having(self._tenant.admin.credential) for side in self._sides]

    def sides(self, number: int) -> tuple[Client, Client]:
        """Return the admin who changes, and the admin's neighbour on the other server."""
        return self._admins[number % 2], self._admins[1 - number % 2]

    def at_other(self, number: int, credential: str) -> Client:
        """Return a caller at the server where nothing is changed in this round."""
        return self.sides(number)[1].having(credential)

    def key(self, *role_ids: str) -> dict[str, Any]:
        """Issue a key of the tenant."""
        issued: dict[str, Any] = self._admins[0].post(f"{V1}/apikeys", {"name": "k", "role_ids": role_ids}).ok()
        return issued

    def policy(self) -> str:
        """Make a policy that allows to read projects."""
        made: str = self._admins[0].post(f"{V1}/policies", {"name": unique("p"), **POLICY}).ok()["id"]
        return made

    def role(self, *policy_ids: str) -> str:
        """Make a role."""
        made: str = self._admins[0].post(f"{V1}/roles", {"name": unique("r"), "policy_ids": policy_ids}).ok()["id"]
        return made


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Two servers that share one store and one token secret, and nothing else."""
    from contextlib import ExitStack

    folder: Path = tmp_path_factory.mktemp("twins")
    with start_file_store(folder / "shared.db") as store, ExitStack() as closing:
        product = Product(folder / "data", closing)
        flags = ("--dynamodb-endpoint", store.endpoint)
        yield Twins(product.start(*flags), product.start(*flags))


def _stale(change: Change) -> list[tuple[int, int]]:
    """Let each round change something and ask at once; return the rounds that were answered by what was before."""
    stale = []
    for number in range(ROUNDS // 4):
        client, path, expected = change(number)
        status = client.get(path).status
        if status != expected:
            stale.append((number, status))
    return stale


def test_a_revoked_key_is_dead_at_once(twins: Twins) -> None:
    """Used a moment ago at one server, deleted at the other: 401."""

    def change(number: int) -> tuple[Client, str, Expected]:
        issued = twins.key("role_viewer")
        client = twins.at_other(number, issued["key"])
        assert 200 == client.get(f"{V1}/projects").status
        assert 204 == twins.sides(number)[0].delete(f"{V1}/apikeys/{issued['id']}").status
        return client, f"{V1}/projects", 401

    assert [] == _stale(change)


def test_other_roles_of_a_key_hold_at_once(twins: Twins) -> None:
    """A key loses and gets a role in turns."""
    issued, empty = twins.key("role_viewer"), twins.role()

    def change(number: int) -> tuple[Client, str, Expected]:
        granted = bool(number // 2 % 2)
        wanted = {"role_ids": ["role_viewer" if granted else empty]}
        twins.sides(number)[0].put(f"{V1}/apikeys/{issued['id']}/roles", wanted).ok()
        return twins.at_other(number, issued["key"]), f"{V1}/projects", 200 if granted else 403

    assert [] == _stale(change)


def test_other_policies_of_a_role_hold_at_once(twins: Twins) -> None:
    """A role loses and gets its policy in turns."""
    policy = twins.policy()
    role = twins.role(policy)
    issued = twins.key(role)

    def change(number: int) -> tuple[Client, str, Expected]:
        granted = bool(number // 2 % 2)
        twins.sides(number)[0].patch(f"{V1}/roles/{role}", {"policy_ids": [policy] if granted else []}).ok()
        return twins.at_other(number, issued["key"]), f"{V1}/projects", 200 if granted else 403

    assert [] == _stale(change)


def test_another_text_of_a_policy_holds_at_once(twins: Twins) -> None:
    """A policy allows, denies, and allows on a condition in turns."""
    policy = twins.policy()
    issued = twins.key(twins.role(policy))
    texts = [
        ({"effect": "deny", "condition": ""}, 403),
        ({"effect": "allow", "condition": ""}, 200),
        ({"effect": "allow", "condition": "request.method == 'POST'"}, 403),
        ({"effect": "allow", "condition": "request.method == 'GET'"}, 200),
    ]

    def change(number: int) -> tuple[Client, str, Expected]:
        text, expected = texts[number // 2 % len(texts)]
        twins.sides(number)[0].patch(f"{V1}/policies/{policy}", text).ok()
        return twins.at_other(number, issued["key"]), f"{V1}/projects", expected

    assert [] == _stale(change)
