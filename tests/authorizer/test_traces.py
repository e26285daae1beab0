"""What the authorizer writes beside its answer: last use and denials (contract, sections 3 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controlplane.domain.names import PLATFORM_ORG
from controlplane.storage.schema import key_of

if TYPE_CHECKING:
    from tests.authorizer.conftest import Gate, HeldClock, World

KEYS, USERS = "/api/v1/apikeys", "/api/v1/users"
MISSING = ("403", "insufficient permissions", "users:manage")


def test_the_last_use_of_a_key_is_written_once_a_minute(gate: Gate, world: World, clock: HeldClock) -> None:
    """`last_used_at` is kept to within a minute, without a write for every request."""
    key = world.key("org_acme", "role_viewer")
    started, seen = clock.now(), []

    for seconds in (0, 1, 59, 60, 61, 119, 120):
        clock.seconds = started + seconds
        gate.ask("GET", KEYS, key)
        seen.append(world.stored_key(key).last_used_at - started)

    assert ([0, 0, 0, 60, 60, 60, 120], 3) == (seen, len(gate.line.writes))


def test_two_environments_share_the_minute(gate: Gate, world: World, clock: HeldClock) -> None:
    """However many environments serve one key, its item is written once a minute."""
    key = world.key("org_acme", "role_viewer")
    gate.ask("GET", KEYS, key)
    clock.seconds += 30

    gate.another().ask("GET", KEYS, key)

    assert clock.now() - 30 == world.stored_key(key).last_used_at


def test_an_environment_that_came_second_does_not_ask_again_within_the_minute(
    gate: Gate, world: World, clock: HeldClock
) -> None:
    """A key that a whole fleet serves costs each environment one write a minute, also where another one was faster."""
    key = world.key("org_acme", "role_viewer")
    second = gate.another()
    started, asked = clock.now(), []

    for seconds, asks in ((0, gate), (30, second), (41, second), (59, second), (60, second), (61, gate), (119, gate)):
        clock.seconds = started + seconds
        before = len(gate.line.writes)
        asks.ask("GET", KEYS, key)
        asked += [seconds] * (len(gate.line.writes) - before)

    assert ([0, 30, 60, 61], started + 60) == (asked, world.stored_key(key).last_used_at)


def test_a_last_use_neither_denies_nor_revives(gate: Gate, world: World) -> None:
    """The write is best effort: it never stands in the way, and a key that is gone stays gone."""
    key = world.key("org_acme", "role_viewer")
    gone = world.stored_key(key)
    world.table.delete_batch([key_of(gone)])
    without_item = gate.ask("GET", KEYS, key).said
    gate.line.broken = lambda operation: operation == "UpdateItem"

    other = gate.ask("GET", KEYS, world.key("org_acme", "role_viewer")).said

    assert (("allow",), ("allow",), None) == (without_item, other, world.store.key("org_acme", gone.id))


def test_a_denial_is_an_event_once_and_then_a_count(gate: Gate, world: World, clock: HeldClock) -> None:
    """The first denial of its kind in a minute is the event; repeats only raise the counter beside it."""
    clock.seconds -= clock.seconds % 60
    key = world.key("org_acme", "role_viewer", id="ak_v")

    said = {gate.ask("POST", USERS, key).said for _ in range(4)}
    (event,) = world.events("org_acme")
    repeats = world.repeats(event)
    gate.ask("GET", KEYS, key)
    clock.seconds += 60
    gate.ask("POST", USERS, key)

    assert ({MISSING}, 3, 2) == (said, repeats, len(world.events("org_acme")))
    assert ("authz.decision.denied", "tenant", ("org_acme",), "users:manage", ("ak_v",)) == (
        event.event_type, event.scope, event.trails, event.action, event.key_ids)
    assert {"decision": "denied", "action": "users:manage", "method": "POST", "path": USERS, "api_key_id": "ak_v",
            "count": 1} == event.payload
    assert 2 == len(world.events("org_acme", api_key_id="ak_v"))
    assert [] == world.events(PLATFORM_ORG)


def test_other_kinds_of_denials_are_events_of_their_own(gate: Gate, world: World) -> None:
    """Another caller, action, method or path is another denial, also when another environment saw the first."""
    world.user("org_acme", "user_1", "role_viewer")
    one, other = world.key("org_acme", "role_viewer"), world.key("org_acme", "role_viewer")
    token = world.token("org_acme", "user_1")

    for method, path, credential in (("POST", USERS, one), ("POST", USERS, other), ("POST", USERS, token),
                                     ("POST", "/api/v1/roles", one), ("GET", "/api/v1/tenants", one)):
        gate.ask(method, path, credential)

    kinds = sorted((event.action, event.payload.get("user_id", "")) for event in world.events("org_acme"))
    assert [("operator", ""), ("roles:manage", ""), ("users:manage", ""), ("users:manage", ""),
            ("users:manage", "user_1")] == kinds


def test_no_event_for_strangers_and_for_the_platform(gate: Gate, world: World) -> None:
    """Whoever has no valid credential fills nobody's trail, and the platform's denials are not a tenant's."""
    for key in (None, "ifkey_00", world.key(PLATFORM_ORG, "role_platform_viewer")):
        gate.ask("POST", USERS, key)
        gate.ask("POST", USERS, key, headers={"X-Ironflow-Org": "org_acme"})

    assert ([], []) == (world.events("org_acme"), world.events(PLATFORM_ORG))


def test_a_denial_that_cannot_be_written_still_denies(gate: Gate, world: World) -> None:
    """The trail is served by the decision, and never the other way round."""
    key = world.key("org_acme", "role_viewer")
    gate.line.broken = lambda operation: operation == "TransactWriteItems"

    first = gate.ask("POST", USERS, key).said
    gate.line.broken = lambda operation: False
    second = gate.ask("POST", USERS, key).said

    assert (MISSING, MISSING, 1) == (first, second, len(world.events("org_acme")))


def test_a_context_holds_no_secret(gate: Gate, world: World) -> None:
    """What travels on is flat text without a key, hash, token or e-mail address, refused or allowed."""
    world.user("org_acme", "user_1", "role_viewer")
    key, token = world.key("org_acme", "role_viewer"), world.token("org_acme", "user_1")
    secrets = [key, world.credential(key).hash, token, token.split(".")[2], "who@example.com", "hash-of-it"]

    replies = [gate.ask(method, USERS, one, **more).reply for method in ("GET", "POST")
               for one, more in ((key, {}), (token, {}), (None, {"query": {"token": key}}), (key + "x", {}))]

    assert all(type(value) is str for reply in replies for value in reply["context"].values())
    assert [] == [secret for secret in secrets if secret in str(replies)]
