"""What a caller holds where, and which roles an organization knows (contract, sections 2, 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.coverage import allowed_actions
from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.grants import FULL_ACCESS, READ_ONLY, Grant, grants_of_built_in
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.roles import ADMIN, DEVELOPER, PLATFORM_ADMIN, PLATFORM_VIEWER, VIEWER
from tests.services.access_world import role_with, write
from tests.services.conftest import TENANT, key_of
from tests.services.test_apikeys import inside

OTHER = "org_other"


def _built_in(*role_ids: str) -> tuple[Grant, ...]:
    return tuple(grant for role_id in role_ids for grant in grants_of_built_in(role_id))


@pytest.mark.parametrize(("caller", "in_org", "held"), [
    (key_of(TENANT, DEVELOPER, VIEWER), TENANT, _built_in(DEVELOPER, VIEWER)),
    (key_of(TENANT, ADMIN), OTHER, ()),
    (key_of(TENANT, ADMIN), PLATFORM_ORG, ()),
    (key_of(OPERATOR_ORG, ADMIN), PLATFORM_ORG, _built_in(PLATFORM_ADMIN)),
    (key_of(OPERATOR_ORG, ADMIN), OPERATOR_ORG, _built_in(ADMIN)),
    (key_of(OPERATOR_ORG, ADMIN), TENANT, ()),
    (key_of(OPERATOR_ORG, DEVELOPER), PLATFORM_ORG, ()),
    (key_of(PLATFORM_ORG, PLATFORM_VIEWER), PLATFORM_ORG, _built_in(PLATFORM_VIEWER)),
    (key_of(PLATFORM_ORG, PLATFORM_ADMIN), TENANT, ()),
    (inside(TENANT, PLATFORM_ADMIN), TENANT, FULL_ACCESS),
    (inside(TENANT, PLATFORM_ADMIN, may_write=False), TENANT, READ_ONLY),
    (inside(TENANT, PLATFORM_ADMIN), OTHER, ()),
    (inside(TENANT, PLATFORM_ADMIN), PLATFORM_ORG, _built_in(PLATFORM_ADMIN)),
])  # fmt: skip
def test_rights_are_held_in_one_place(
    services: Services, caller: Principal, in_org: str, held: tuple[Grant, ...]
) -> None:
    """Roles count at home, entering counts inside the one organization, and an operator admin on the platform too."""
    assert held == services.authority.grants_of(caller, in_org=in_org)


def test_roles_give_what_they_say_now(services: Services) -> None:
    """Custom and built-in roles add up; what is no role of the organization gives nothing."""
    role = role_with(services, "ops", write(services, "orgs:manage"))

    held = services.authority.grants_of_roles(TENANT, [VIEWER, role.id, "role_none", PLATFORM_ADMIN])
    foreign = services.authority.grants_of_roles(OTHER, [role.id])

    assert {"orgs:manage", *allowed_actions(READ_ONLY, actions=services.authority.actions(TENANT))} == set(
        allowed_actions(held, actions=services.authority.actions(TENANT)))
    assert () == foreign


def test_built_in_roles_cost_no_read(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are code, so asking about them asks no table."""

    def unasked(org_id: str, role_ids: Sequence[str]) -> Any:
        raise AssertionError(role_ids)

    monkeypatch.setattr(services.store, "roles", unasked)

    assert _built_in(ADMIN, VIEWER) == services.authority.grants_of_roles(TENANT, [ADMIN, VIEWER])
    assert (VIEWER, ADMIN) == services.authority.known_roles(TENANT, [VIEWER, ADMIN, VIEWER])


def test_twenty_roles_are_the_most(services: Services) -> None:
    """Twenty different roles are known, twenty-one are too many; repeats do not count."""
    made = [role_with(services, f"role {number}").id for number in range(21)]

    assert tuple(made[:20]) == services.authority.known_roles(TENANT, [*made[:20], *made[:20]])
    with pytest.raises(InvalidArgument, match="^at most 20 roles can be assigned$"):
        services.authority.known_roles(TENANT, made)


@pytest.mark.parametrize("role_id", ["role_none", PLATFORM_VIEWER])
def test_an_unknown_role_is_refused_in_the_askers_words(services: Services, role_id: str) -> None:
    """The refusal is 400 unless the asker has a better word for it."""
    with pytest.raises(InvalidArgument, match="^unknown role in role_ids$"):
        services.authority.known_roles(TENANT, [VIEWER, role_id])
    with pytest.raises(NotFound, match="^role not found$"):
        services.authority.known_roles(TENANT, [VIEWER, role_id], problem=NotFound("role not found"))
