"""Pages that cannot be had, of every list (contract, section 1)."""

from __future__ import annotations

import pytest

from controlplane.api.routes import PAGE, ROUTES, Access, Route
from tests.http.client import PLATFORM, V1, Client
from tests.http.world import World, unique

LISTS = [route for route in ROUTES if set(PAGE) <= set(route.query)]
BAD_PAGES = ("limit=0", "limit=-1", "limit=1001", "limit=1.5", "limit=ten", "limit=%2B1", "cursor=made-up")
GOOD_PAGES = ("limit=1", "limit=1000", "limit=", "cursor=", "")
REFUSED, SERVED = (400, "invalid_argument"), 200
lists = pytest.mark.parametrize("route", LISTS, ids=lambda route: route.operation)


def test_every_list_takes_a_page() -> None:
    """Whatever answers with a list says in the table that it takes `limit` and `cursor`, so that it is tried here."""
    answering = {route.operation for route in ROUTES if route.reply.startswith("list[")}

    assert answering <= {route.operation for route in LISTS}


@lists
def test_a_page_that_cannot_be_had_is_refused(world: World, route: Route) -> None:
    """A limit outside of 1 to 1,000 and a cursor that nobody issued are 400 for every list, a list of one too."""
    client, path = _caller(world, route), _path(world, route)

    replies = {page: client.get(f"{path}?{page}") for page in BAD_PAGES}

    assert dict.fromkeys(BAD_PAGES, REFUSED) == {page: reply.error[:2] for page, reply in replies.items()}


@lists
def test_a_page_that_can_be_had_is_served(world: World, route: Route) -> None:
    """The bounds themselves are served, and an empty parameter means none."""
    client, path = _caller(world, route), _path(world, route)

    replies = {page: client.get(f"{path}?{page}").status for page in GOOD_PAGES}

    assert dict.fromkeys(GOOD_PAGES, SERVED) == replies


def _caller(world: World, route: Route) -> Client:
    if route.access is Access.OPERATOR:
        return world.operator
    return world.platform["admin"] if route.path.startswith(PLATFORM) else world.a.admin


def _path(world: World, route: Route) -> str:
    """Put what exists in the place of an id."""
    if "{policy_id}" in route.path:
        policy = {"name": unique("p"), "effect": "allow", "actions": "apikeys:read", "resources": "*"}
        return route.path.replace("{policy_id}", world.a.admin.post(f"{V1}/policies", policy).ok()["id"])
    return route.path.replace("{role_id}", "role_viewer")
