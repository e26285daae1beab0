"""Environments that cannot be made as asked (contract, sections 1 and 5)."""

from __future__ import annotations

import pytest

from tests.http.client import V1
from tests.http.world import World, unique

ENVIRONMENTS = f"{V1}/environments"
NO_SLUGS = ("Staging", "two words", "-edge", "edge-", "under_score", "é", "a/b", "a" * 64)
SLUGS = ("a", "7", "two-words", "a--b", "b" * 63)
RESERVED = (400, "invalid_argument", "name must not be current: it names the caller's own environment")


@pytest.mark.parametrize("name", NO_SLUGS)
def test_a_name_that_is_no_slug_is_refused(world: World, name: str) -> None:
    """Lower-case letters, digits and hyphens, with no hyphen at either end, and at most 63 of them."""
    assert (400, "invalid_argument") == world.a.admin.post(ENVIRONMENTS, {"name": name}).error[:2]


@pytest.mark.parametrize("name", SLUGS)
def test_a_slug_is_taken(world: World, name: str) -> None:
    """What is not refused is made."""
    assert name == world.b.admin.post(ENVIRONMENTS, {"name": name}).ok()["name"]


def test_no_environment_is_called_current(world: World) -> None:
    """`X-Ironflow-Environment: current` means the caller's own; nobody who names an environment gets into another."""
    made = world.a.admin.post(ENVIRONMENTS, {"name": "soon-current"}).ok()

    provisioned = world.operator.post(f"{V1}/tenants/provision", {"org_name": unique("t"), "env_name": "current"})

    assert RESERVED == world.a.admin.post(ENVIRONMENTS, {"name": "current"}).error
    assert RESERVED == world.a.admin.put(f"{ENVIRONMENTS}/{made['id']}", {"name": "current"}).error
    assert (400, f"env_{RESERVED[2]}") == (provisioned.status, provisioned.sentence)
