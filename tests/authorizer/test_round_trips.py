"""One round trip, and nothing stale (design, one round trip)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.names import PLATFORM_ORG

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, World

KEYS = "/api/v1/apikeys"


def test_a_key_costs_two_reads_at_first_sight_and_one_from_then_on(gate: Gate, world: World) -> None:
    """The steady state is one BatchGetItem and not one request more."""
    key = world.key("org_acme", "role_viewer")

    answers = [gate.ask("GET", KEYS, key) for _ in range(3)]

    assert [("allow",)] * 3 == [answer.said for answer in answers]
    assert 4 == len(gate.line.reads)
    assert 1 == len(gate.line.writes)


def test_custom_roles_environment_and_target_cost_no_further_read(gate: Gate, world: World) -> None:
    """However many items a decision needs, they come in the same read."""
    role = world.role("org_acme", "role_mine", {"actions": "apikeys:read"})
    key = world.key("org_acme", role, "role_viewer", environment_id="env_staging")
    platform = world.key(PLATFORM_ORG, world.role(PLATFORM_ORG, "role_p", {"actions": "platform:*"}))
    inside = {"X-Ironflow-Org": "org_acme", "X-Ironflow-Environment": "env_staging"}

    for _ in range(2):
        gate.line.reads.clear()
        said = gate.ask("GET", KEYS, key).said, gate.ask("GET", KEYS, platform, headers=inside).said

    assert (("allow",), ("allow",)) == said
    assert [
        [("CREDENTIAL#" + world.credential(key).hash, "CREDENTIAL"), ("ORG#org_acme", "ENV#env_staging"),
         ("ORG#org_acme", "ORG"), ("ORG#org_acme", "ROLE#role_mine")],
        [("CLAIM#environment_name#org_acme#env_staging", "CLAIM"),
         ("CREDENTIAL#" + world.credential(platform).hash, "CREDENTIAL"), ("ORG#org_acme", "ENV#env_staging"),
         ("ORG#org_acme", "ORG"), ("ORG#org_platform", "ORG"), ("ORG#org_platform", "ROLE#role_p")],
    ] == gate.line.reads


def test_an_environment_by_name_costs_one_read_once_its_owner_is_known(gate: Gate, world: World) -> None:
    """A name is no dearer than an id, after the first time."""
    key = world.key("org_acme", "role_viewer")
    named = {"X-Ironflow-Environment": "staging"}

    gate.ask("GET", KEYS, key, headers=named)
    gate.line.reads.clear()
    answer = gate.ask("GET", KEYS, key, headers=named)

    assert (1, "env_staging") == (len(gate.line.reads), answer.context["environment_id"])


def test_a_token_costs_one_read_even_at_first_sight(gate: Gate, world: World) -> None:
    """A token says itself where its user and session are."""
    world.user("org_acme", "user_1", "role_viewer")
    token = world.token("org_acme", "user_1")

    answer = gate.ask("GET", KEYS, token)

    assert (("allow",), "env_default", 1) == (answer.said, answer.context["environment_id"], len(gate.line.reads))


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_what_changed_counts_on_the_very_next_request(gate: Gate, world: World, warm: bool) -> None:
    """Whatever an environment has seen before, no decision rests on it."""
    key = world.key("org_acme", "role_viewer")
    if warm:
        gate.ask("GET", KEYS, key)

    world.set_roles(key, world.role("org_acme", "role_none"))
    without = gate.ask("GET", KEYS, key).said
    world.set_roles(key, world.role("org_acme", "role_some", {"actions": "apikeys:read"}))
    with_other = gate.ask("GET", KEYS, key).said
    world.revoke(key)
    revoked = gate.ask("GET", KEYS, key).said

    assert (("403", "insufficient permissions", "apikeys:read"), ("allow",), ("401", "invalid API key")) == (
        without, with_other, revoked)


def test_nothing_of_a_request_is_seen_by_the_next(gate: Gate, world: World) -> None:
    """An environment serves one tenant after the other, and each gets its own answer."""
    acme, other = world.key("org_acme", "role_admin"), world.key("org_other", "role_viewer")
    platform = world.key(PLATFORM_ORG, "role_platform_viewer")
    asked = [(acme, {}), (other, {}), (platform, {"X-Ironflow-Org": "org_other"}), (platform, {}), (acme, {})]

    told = [gate.ask("GET", "/api/v1/roles", key, headers=headers) for _ in range(2) for key, headers in asked]

    assert [("org_acme", ("allow",)), ("org_other", ("allow",)), ("org_other", ("allow",)),
            ("org_platform", ("403", "insufficient permissions", "roles:read")), ("org_acme", ("allow",))] * 2 == [
        (answer.context["org_id"], answer.said) for answer in told]


def test_a_table_that_cannot_be_read_allows_nobody(gate: Gate, world: World) -> None:
    """Without a decision there is no answer at all, which the gateway turns into a 503."""
    key = world.key("org_acme", "role_admin")
    gate.line.broken = lambda operation: operation == "BatchGetItem"

    with pytest.raises(StoreUnavailable):
        gate.ask("GET", KEYS, key)
