"""Odd and repeated headers (contract, sections 1, 2 and 7)."""

from __future__ import annotations

import pytest

from tests.http.client import Pairs
from tests.http.world import World, some_id, unique

ENVS, VALIDATE = "/api/v1/environments", "/api/v1/auth/validate"
OTHER_SCOPE = (403, "permission_denied", "environment does not match API key scope")


def test_the_organization_to_enter_is_named_once(world: World) -> None:
    """Two names, even the same, or an empty one are not a name."""
    platform, header = world.platform["admin"], ("X-Ironflow-Org", world.a.id)

    assert 200 == platform.get(ENVS, headers=[header]).status
    assert 400 == platform.get(ENVS, headers=[header, ("x-ironflow-org", world.b.id)]).status
    assert 400 == platform.get(ENVS, headers=[("X-Ironflow-Org", "")]).status


@pytest.mark.parametrize("org_id", ["x" * 500, "org_'", "../..", "org_\xe9", "%00", "ORG_DEFAULT", "org_default,org_a"])
def test_an_odd_organization_does_not_exist(world: World, org_id: str) -> None:
    """What cannot be an id is answered like an id of nothing."""
    reply = world.platform["admin"].get(ENVS, headers=[("X-Ironflow-Org", org_id)])

    assert (404, "not_found", "organization not found") == reply.error


@pytest.mark.parametrize("name", ["X-Ironflow-Environment", "X-Ironflow-Environment-ID", "env", "env_id"])
def test_every_form_names_the_environment(world: World, name: str) -> None:
    """By header or query, an id, a name or `current`; one that is not the organization's is 403."""
    made = world.a.admin.post(ENVS, {"name": unique("e").replace(" ", "-")}).ok()

    def placed(value: str) -> tuple[int, str]:
        if name.startswith("X-"):
            reply = world.a.admin.get(VALIDATE, headers=[(name, value)])
        else:
            reply = world.a.admin.get(f"{VALIDATE}?{name}={value}")
        return reply.status, reply.json().get("environment_id", "")

    assert (200, made["id"]) == placed(made["id"]) == placed(made["name"])
    assert (200, "") == placed("current")
    assert 403 == placed(some_id("env_"))[0] == placed("no-such-name")[0]


def test_a_scoped_key_stays_in_its_environment(world: World) -> None:
    """Its own by id, by name or as `current`; any other is 403 with the contract's sentence."""
    made = world.a.admin.post(ENVS, {"name": unique("e").replace(" ", "-")}).ok()
    issued = world.key(world.a.admin, env_id=made["id"])
    client = world.nobody.having(issued["key"])

    places = [client.get(f"{VALIDATE}?env={value}").ok()["environment_id"]
              for value in (made["id"], made["name"], "current")]  # fmt: skip

    assert [made["id"]] * 3 == places
    assert OTHER_SCOPE == client.get(f"{VALIDATE}?env=env_default").error
    assert OTHER_SCOPE == client.get(ENVS, headers=[("X-Ironflow-Environment", some_id("env_"))]).error


def test_two_different_environments_are_none(world: World) -> None:
    """The request says two things."""
    headers: Pairs = [("X-Ironflow-Environment", "env_default"), ("X-Ironflow-Environment-ID", "env_other")]

    assert (400, "invalid_argument") == world.a.admin.get(ENVS, headers=headers).error[:2]


def test_the_permission_is_that_of_the_method_executed(world: World) -> None:
    """A gateway rewrites a method by `X-HTTP-Method-Override`; a viewer that asks so to write is refused."""
    viewer, header = world.platform["viewer"].entering(world.a.id), "X-HTTP-Method-Override"
    before = world.a.admin.get(ENVS).ok()

    raised = viewer.get(ENVS, headers=[(header, "POST")])
    lowered = viewer.post(ENVS, {"name": "never-made"}, headers=[(header, "GET")])

    assert (403, "permission_denied", "insufficient permissions") == raised.error
    assert (200, before) == (lowered.status, lowered.json())
    assert before == world.a.admin.get(ENVS).ok()


@pytest.mark.parametrize("override", ["X-Method-Override", "X-HTTP-Method", "_method"])
def test_other_overrides_change_nothing(world: World, override: str) -> None:
    """A read stays a read, and a write is still a write."""
    viewer = world.platform["viewer"].entering(world.a.id)

    assert 200 == viewer.get(ENVS, headers=[(override, "POST")]).status
    assert 403 == viewer.post(ENVS, {"name": "n"}, headers=[(override, "GET")]).status


@pytest.mark.parametrize("reason", ["x" * 501, "a\tb"])
def test_a_reason_is_short_and_plain(world: World, reason: str) -> None:
    """Up to 500 printable characters."""
    client = world.platform["admin"].entering(world.a.id)

    assert 400 == client.get(ENVS, headers=[("X-Ironflow-Reason", reason)]).status
    assert 200 == client.get(ENVS, headers=[("X-Ironflow-Reason", "x" * 500)]).status


def test_many_headers_are_answered(world: World) -> None:
    """A hundred headers, or one of eight thousand characters, are served or refused, never a failure."""
    many = [(f"X-Custom-{number}", "v") for number in range(90)]
    repeated = [("X-Custom", str(number)) for number in range(90)]

    statuses = [world.a.admin.get(ENVS, headers=headers).status
                for headers in (many, repeated, [("X-Long", "v" * 8000)])]  # fmt: skip

    assert set(statuses) <= {200, 400, 431}


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json", "multipart/form-data", "nonsense"])
def test_an_empty_post_is_valid(world: World, content_type: str | None) -> None:
    """Rotating needs no body, whatever its type is said to be."""
    issued = world.key(world.a.admin)
    headers = [("Content-Type", content_type)] if content_type else []

    reply = world.a.admin.post(f"/api/v1/apikeys/{issued['id']}/rotate", headers=[*headers, ("Content-Length", "0")])

    assert (200, issued["id"]) == (reply.status, reply.ok()["rotated_from"])


def test_every_reply_says_not_to_keep_it(world: World) -> None:
    """Answers hold what only the caller may see."""
    replies = [world.a.admin.get(ENVS), world.a.keys["viewer"].post(ENVS), world.a.admin.get("/api/v1/nothing")]

    assert {"no-store"} == {reply.headers.get("cache-control") for reply in replies}
