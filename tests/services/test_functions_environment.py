"""A policy about one environment holds for its functions however they are asked for (contract, section 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import NotFound, PermissionDenied
from controlplane.domain.principal import Principal
from controlplane.domain.records import Environment, Function
from controlplane.domain.roles import ADMIN
from controlplane.domain.values import replace
from controlplane.services.decisions import Asked
from tests.services.access_world import OFFICE, ROOT, key_with, role_with, write
from tests.services.conftest import START, TENANT, key_of

PRODUCTION, STAGING = "env_production", "env_staging"
ACTIONS = {"list": "functions:list", "get": "functions:read", "delete": "functions:register"}


@pytest.fixture
def registered(services: Services) -> dict[str, Function]:
    """A function in each of two environments."""
    transaction = services.store.transaction()
    for env_id in (PRODUCTION, STAGING):
        transaction.create(Environment(id=env_id, org_id=TENANT, project_id="proj_shop", name=env_id[4:],
                                       created_at=START, updated_at=START))
    transaction.commit()
    return {env_id: services.functions.register_function("f", description=None, endpoint_url=None,
                                                         by=replace(ROOT, environment_id=env_id))
            for env_id in (PRODUCTION, STAGING)}


@pytest.fixture
def caller(services: Services) -> Callable[..., Principal]:
    """Make a key of the whole organization that may do everything but what policies deny."""

    def make(**denied: Any) -> Principal:
        everything = write(services, "*", resources=f"irn:ironflow:{TENANT}:*:*:*:*")
        role = role_with(services, "all but", everything, write(services, "functions:*", effect="deny", **denied))
        return key_of(TENANT, role.id, id=key_with(services, role.id).id)

    return make


def _asked(verb: str, ip: str = "10.0.0.9") -> Asked:
    return Asked(action=ACTIONS[verb], method="GET", path="/api/v1/functions", ip=ip)


def _in(env_id: str) -> str:
    return f"irn:ironflow:{TENANT}:*:function:{env_id}:*"


def _listed(services: Services, by: Principal) -> list[str]:
    page = services.functions.list_functions(limit=100, after="", by=by, asked=_asked("list"))
    return sorted(one.environment_id for one in page.items)


@pytest.mark.parametrize("verb", ["get", "delete"])
def test_a_deny_for_one_environment_cannot_be_left_out(
    services: Services, registered: dict[str, Function], caller: Callable[..., Principal], verb: str
) -> None:
    """A key of the whole organization that names no environment meets the policies of the function's own."""
    by = caller(resources=_in(PRODUCTION))
    act = {"get": services.functions.get_function, "delete": services.functions.delete_function}[verb]

    with pytest.raises(PermissionDenied) as refused:
        act(registered[PRODUCTION].id, by=by, asked=_asked(verb))

    assert ACTIONS[verb] == refused.value.required
    assert registered[PRODUCTION] == services.store.function(TENANT, registered[PRODUCTION].id)
    act(registered[STAGING].id, by=by, asked=_asked(verb))


def test_a_list_of_everything_leaves_out_what_is_denied(
    services: Services, registered: dict[str, Function], caller: Callable[..., Principal]
) -> None:
    """Where somebody may not list, a list of the whole organization shows nothing either."""
    assert [STAGING] == _listed(services, caller(resources=_in(PRODUCTION)))
    assert [PRODUCTION, STAGING] == _listed(services, key_of(TENANT, ADMIN))


def test_a_deny_by_project_holds(
    services: Services, registered: dict[str, Function], caller: Callable[..., Principal]
) -> None:
    """The project of a function is that of its environment."""
    by = caller(resources=f"irn:ironflow:{TENANT}:proj_shop:function:*:*")

    assert [] == _listed(services, by)


@pytest.mark.parametrize(("ip", "allowed"), [("10.0.0.1", False), ("10.0.0.2", True)])
def test_a_condition_sees_the_request(
    services: Services, registered: dict[str, Function], caller: Callable[..., Principal], ip: str, allowed: bool
) -> None:
    """What a condition says of the request's origin and environment is asked of this very request."""
    by = caller(resources="*", condition=f'{OFFICE} && request.environment == "{PRODUCTION}"')
    found = dict.fromkeys(registered, True)

    for env_id, function in registered.items():
        try:
            services.functions.get_function(function.id, by=by, asked=_asked("get", ip))
        except PermissionDenied:
            found[env_id] = False

    assert {PRODUCTION: allowed, STAGING: True} == found


def test_an_unknown_function_stays_unknown(services: Services, caller: Callable[..., Principal]) -> None:
    """What does not exist is 404, whatever a policy says."""
    with pytest.raises(NotFound):
        services.functions.get_function("fn_nothing", by=caller(resources=_in(PRODUCTION)), asked=_asked("get"))
