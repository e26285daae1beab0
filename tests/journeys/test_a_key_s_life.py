"""The main job from first boot to restart, over HTTP (contract, sections 2, 3 and 8)."""

from __future__ import annotations

from tests.http.world import World
from tests.journeys.product import Product

KEYS, AUDIT = "/api/v1/apikeys", "/api/v1/audit"
BAD_KEY = (401, "unauthenticated", "invalid API key")


def test_a_key_is_made_used_rotated_and_deleted(world: World) -> None:
    """The old value is dead on the very next request after a rotation, and the new one after the deletion."""
    issued = world.operator.post(KEYS, {"name": "Zoë's key 🚀", "role_ids": ["role_viewer"]}).ok()
    client = world.nobody.having(issued["key"])

    listed = {key["id"]: key for key in client.get(KEYS).ok()}
    rotated = world.operator.post(f"{KEYS}/{issued['id']}/rotate").ok()
    renewed = world.nobody.having(rotated["key"])

    assert {name: issued[name] for name in ("id", "name", "prefix", "role_ids", "org_id", "platform")} == {
        name: listed[issued["id"]][name] for name in ("id", "name", "prefix", "role_ids", "org_id", "platform")
    }
    assert "key" not in listed[issued["id"]]
    assert (BAD_KEY, 200) == (client.get(KEYS).error, renewed.get(KEYS).status)
    assert (404, 404) == (
        world.operator.get(f"{KEYS}/{issued['id']}").status, world.operator.delete(f"{KEYS}/{issued['id']}").status,
    )  # fmt: skip
    assert 204 == world.operator.delete(f"{KEYS}/{rotated['id']}").status
    assert BAD_KEY == renewed.get(KEYS).error


def test_a_rotation_keeps_everything_but_id_and_value(world: World) -> None:
    """Name, roles, environment, expiry and tool scopes stay."""
    wanted = {"env_id": "env_default", "expires_in": "720h", "tool_scopes": ["b", "a"], "role_ids": ["role_developer"]}
    issued = world.key(world.a.admin, **wanted)

    rotated = world.a.admin.post(f"{KEYS}/{issued['id']}/rotate").ok()

    changed = {"id", "key", "prefix", "key_prefix", "created_at", "rotated_from"}
    assert {k: v for k, v in issued.items() if k not in changed} == {
        k: v for k, v in rotated.items() if k not in changed
    }
    assert (issued["id"], True, 38) == (rotated["rotated_from"], rotated["id"] != issued["id"], len(rotated["key"]))
    assert rotated["key"].startswith(rotated["prefix"])


def test_keys_outlive_a_restart_and_the_first_one_is_not_issued_again(product: Product) -> None:
    """After a stop and a start every key still works, and a deleted bootstrap key stays deleted."""
    first = product.start()
    issued = first.key(first.operator, role_ids=["role_admin"])
    assert 204 == first.nobody.having(issued["key"]).delete(f"{KEYS}/ak_admin_bootstrap").status
    first.server.stop()

    second = product.start()

    assert (200, BAD_KEY) == (
        second.nobody.having(issued["key"]).get(KEYS).status,
        second.operator.get(KEYS).error,
    )
    assert "BOOTSTRAP_ADMIN_KEY_ISSUED" not in second.server.stderr


def test_the_trail_of_a_key_is_exactly_its_life(world: World) -> None:
    """A key created, denied once and deleted leaves exactly three events, at once, newest first."""
    issued = world.key(world.a.admin, role_ids=["role_viewer"])
    denied = world.nobody.having(issued["key"]).post("/api/v1/projects", {"name": "n"})
    world.a.admin.delete(f"{KEYS}/{issued['id']}")

    page = world.a.admin.get(f"{AUDIT}?api_key_id={issued['id']}").ok()

    assert (403, "projects:manage") == (denied.status, denied.json()["required"])
    assert ["authz.key.revoked", "authz.decision.denied", "authz.key.created"] == [
        event["event_type"] for event in page["events"]
    ]
    assert (3, "") == (page["total_count"], page["next_cursor"])
    payload = page["events"][1]["payload"]
    assert ("denied", "projects:manage", "POST", "/api/v1/projects", issued["id"], 1) == tuple(
        payload[name] for name in ("decision", "action", "method", "path", "api_key_id", "count")
    )


def test_denials_are_counted_not_repeated(world: World) -> None:
    """The first denial of its kind within a minute is the event; repeats raise its count."""
    issued = world.key(world.a.admin, role_ids=["role_viewer"])
    client = world.nobody.having(issued["key"])

    for _ in range(5):
        client.post("/api/v1/projects", {"name": "n"})

    page = world.a.admin.get(f"{AUDIT}?api_key_id={issued['id']}&event_type=authz.decision.denied").ok()
    assert 5 == sum(event["payload"]["count"] for event in page["events"])
    assert len(page["events"]) in (1, 2)  # two when a minute ended in between
