"""The audit trail is complete: what there is can be rebuilt from the events alone (contract, section 8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.http.client import PLATFORM, V1, Client
from tests.journeys.product import Product, rounds
from tests.journeys.random_operations import RandomOperations

STEPS, SEED = rounds("REPLAY", 500), 20_260_312
ID_NAMES = {"user": "user_id", "key": "api_key_id", "role": "role_id", "policy": "policy_id", "tenant": "org_id"}
GONE = ("deleted", "revoked")
NOT_IN_EVENTS = {"last_used_at", "last_login_at", "resources_valid", "key_prefix", "is_default", "platform", "roles"}
BUILT_IN = {"role_admin": "admin", "role_developer": "developer", "role_viewer": "viewer"}
State = dict[str, dict[str, dict[str, Any]]]


def _events(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """Read a whole trail, oldest first."""
    cursor = ""
    while True:
        page = client.get(f"{path}?order=asc&limit=200" + (f"&cursor={cursor}" if cursor else "")).ok()
        yield from page["events"]
        cursor = page["next_cursor"]
        if not cursor:
            return


def _kind(event: dict[str, Any]) -> str:
    """Return which kind of thing an event is about, by its type and payload."""
    words = event["event_type"].removeprefix("platform.").removeprefix("authz.").split(".")
    if words == ["role", "changed"]:
        return "policy" if "policy_id" in event["payload"] else "role"
    return str(words[0])


def _rebuild(events: Iterator[dict[str, Any]]) -> State:
    """Apply every event to nothing."""
    state: State = {kind: {} for kind in ID_NAMES}
    for event in events:
        kind, payload = _kind(event), event["payload"]
        if kind not in ID_NAMES or "change" not in payload:
            continue
        found = payload[ID_NAMES[kind]]
        if payload["change"] in GONE:
            del state[kind][found]
        else:
            state[kind][found] = {"id": found, **payload}
    return state


def _shown(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["id"]: {name: value for name, value in row.items() if name not in NOT_IN_EVENTS} for row in rows}


def _rebuilt(state: State, kind: str, shown: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rebuilt things with the fields that the API shows of them."""
    return {
        found: {name: values.get(name) for name in shown.get(found, values)} for found, values in state[kind].items()
    }


def _platform_lists(client: Client) -> dict[str, list[dict[str, Any]]]:
    tenants = [org for org in client.get(f"{PLATFORM}/tenants").ok() if org["id"] != "org_default"]
    return {
        "user": client.get(f"{PLATFORM}/users").ok(),
        "key": client.get(f"{V1}/apikeys?platform=true").ok(),
        "role": [role for role in client.get(f"{PLATFORM}/roles").ok() if "role_platform_" not in role["id"]],
        "policy": client.get(f"{PLATFORM}/policies").ok(),
        "tenant": tenants,
    }


def _tenant_lists(client: Client) -> dict[str, list[dict[str, Any]]]:
    counts = {"api_key_count", "policy_count"}
    roles = [{name: value for name, value in role.items() if name not in counts}
             for role in client.get(f"{V1}/roles").ok() if not role["is_default"]]  # fmt: skip
    return {
        "user": client.get(f"{V1}/users").ok(), "key": client.get(f"{V1}/apikeys").ok(), "role": roles,
        "policy": client.get(f"{V1}/policies").ok(),
    }  # fmt: skip


def test_the_trails_of_a_random_run_rebuild_what_there_is(product: Product) -> None:
    """Users, keys, roles, policies and tenants after 500 operations equal what their events say, value by value."""
    world = product.start()
    walk = RandomOperations(world, seed=SEED)
    walk.run(STEPS)

    trails = [(walk.admin, f"{PLATFORM}/audit", _platform_lists(walk.admin))]
    trails += [(one.admin, f"{V1}/audit", _tenant_lists(one.admin)) for one in walk.tenants.values()]

    for client, path, lists in trails:
        state = _rebuild(_events(client, path))
        for kind, rows in lists.items():
            shown = _shown(rows)
            assert shown == _rebuilt(state, kind, shown), kind
    names = {role["id"]: role["name"] for role in trails[1][2]["role"]} | BUILT_IN
    state = _rebuild(_events(trails[1][0], trails[1][1]))
    for user in trails[1][2]["user"]:
        assert user["roles"] == [names[one] for one in state["user"][user["id"]]["role_ids"] if one in names]
