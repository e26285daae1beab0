"""Who may hand out what, case by case (contract, section 6, "No escalation")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from controlplane.domain.coverage import (
    allowed_actions,
    check_covers,
    check_may_lift,
    check_may_write,
    covers,
    missing_action,
)
from controlplane.domain.errors import PermissionDenied
from controlplane.domain.grants import FULL_ACCESS, READ_ONLY, Grant, grants_of_built_in
from controlplane.domain.patterns import known_actions
from tests.spec.permissions import PLATFORM_ROLES, TENANT_ROLES

EXTRA = ("billing:read",)
TENANT = known_actions(platform=False, extra_actions=EXTRA)
PLATFORM = known_actions(platform=True)
ADMIN = grants_of_built_in("role_admin", extra_actions=EXTRA)
DEVELOPER = grants_of_built_in("role_developer")
VIEWER = grants_of_built_in("role_viewer")
HERE, THERE = "irn:ironflow:org_a:*:*:env_a:*", "irn:ironflow:org_a:*:*:env_b:*"


def allow(actions: str, resources: str = "*", condition: str = "") -> Grant:
    """An allow of a tenant's kind."""
    return Grant("allow", tuple(actions.split(",")), tuple(resources.split(",")), condition)


def deny(actions: str, resources: str = "*", condition: str = "") -> Grant:
    """A deny of a tenant's kind."""
    return replace(allow(actions, resources, condition), effect="deny")


OFFICE = 'request.ip == "10.0.0.1"'
KEYS = allow("apikeys:manage")
TABLE: list[tuple[str, Sequence[Grant], Sequence[Grant], str]] = [
    ("nothing covers nothing", (), (), ""),
    ("anybody may hand out nothing", (), (deny("*"),), ""),
    ("nobody hands out from nothing", (), (KEYS,), "apikeys:manage"),
    ("the same allow", (KEYS,), (KEYS,), ""),
    ("another action", (KEYS,), (allow("users:manage"),), "users:manage"),
    ("one action of many is missing", (KEYS,), (allow("apikeys:*"),), "apikeys:read"),
    ("a wildcard covers its actions", (allow("apikeys:*"),), (KEYS, allow("apikeys:read")), ""),
    ("actions may be spread over policies", (KEYS, allow("apikeys:read")), (allow("apikeys:*"),), ""),
    ("all actions one by one are all actions", ADMIN, (allow("*"),), ""),
    ("a wildcard on everything covers a built-in", (allow("*"),), ADMIN, ""),
    ("a declared action counts", grants_of_built_in("role_admin"), (allow("billing:read"),), "billing:read"),
    ("an unlimited allow covers a limited one", (KEYS,), (allow("apikeys:manage", HERE, OFFICE),), ""),
    ("a limited allow covers itself", (allow("apikeys:*", HERE, OFFICE),),
     (allow("apikeys:manage", HERE, OFFICE),), ""),
    ("a deny is not a permission, though its statement stands on both sides",
     (allow("apikeys:manage", HERE), deny("apikeys:manage", THERE)),
     (allow("apikeys:manage", THERE), deny("apikeys:manage", THERE)), "apikeys:manage"),
    ("a limited allow does not cover an unlimited one", (allow("apikeys:manage", HERE),), (KEYS,), "apikeys:manage"),
    ("a conditional allow does not cover an unconditional one", (allow("apikeys:manage", "*", OFFICE),), (KEYS,),
     "apikeys:manage"),
    ("not one condition for another", (allow("apikeys:manage", HERE, OFFICE),),
     (allow("apikeys:manage", HERE, "true"),), "apikeys:manage"),
    ("not a narrower condition either", (allow("apikeys:manage", HERE, OFFICE),),
     (allow("apikeys:manage", HERE, f"{OFFICE} && true"),), "apikeys:manage"),
    ("not a blank condition for an empty one", (allow("apikeys:manage", "*", " "),), (KEYS,), "apikeys:manage"),
    ("not one resource for another", (allow("apikeys:manage", HERE),), (allow("apikeys:manage", THERE),),
     "apikeys:manage"),
    ("not a narrower resource either", (allow("apikeys:manage", HERE),),
     (allow("apikeys:manage", "irn:ironflow:org_a:*:*:env_a:ak_1"),), "apikeys:manage"),
    ("order and repeats of resources are the same statement", (allow("apikeys:manage", f"{HERE},{THERE}"),),
     (allow("apikeys:manage", f"{THERE},{HERE},{THERE}"),), ""),
    ("a part of the resources is another statement", (allow("apikeys:manage", f"{HERE},{THERE}"),),
     (allow("apikeys:manage", HERE),), "apikeys:manage"),
    ("a star among other resources is the star", (allow("apikeys:manage", f"{HERE},*"),), (KEYS,), ""),
    ("and it is the same statement",
     (allow("apikeys:manage", f"{HERE},*", OFFICE), deny("apikeys:manage", "*", OFFICE)),
     (allow("apikeys:manage", "*", OFFICE), deny("apikeys:manage", f"*,{THERE}", OFFICE)), ""),
    ("seven stars are not the star", (allow("apikeys:manage", "*:*:*:*:*:*:*"),), (KEYS,), "apikeys:manage"),
    ("every allow needs its own cover", (allow("apikeys:manage", HERE),),
     (allow("apikeys:manage", HERE), allow("apikeys:manage", THERE)), "apikeys:manage"),
    ("two limited allows cover both", (allow("apikeys:manage", HERE), allow("apikeys:manage", THERE)),
     (allow("apikeys:manage", HERE), allow("apikeys:manage", THERE)), ""),
    ("an allow that can match nothing needs cover still", (), (allow("apikeys:manage", "irn:x"),), "apikeys:manage"),
    ("one who is bound cannot free others", (KEYS, deny("apikeys:manage", HERE)), (KEYS,), "apikeys:manage"),
    ("a deny that is handed on is kept", (KEYS, deny("apikeys:manage", HERE)),
     (KEYS, deny("apikeys:manage", HERE)), ""),
    ("a deny is kept action by action", (allow("*"), deny("apikeys:*", HERE)),
     (KEYS, deny("apikeys:manage", HERE)), ""),
    ("a deny on another action does not bind", (KEYS, deny("users:manage")), (KEYS,), ""),
    ("a weaker deny is not the deny", (KEYS, deny("apikeys:manage", HERE)),
     (KEYS, deny("apikeys:manage", HERE, OFFICE)), "apikeys:manage"),
    ("every deny must be kept", (KEYS, deny("apikeys:manage", HERE), deny("apikeys:manage", THERE)),
     (KEYS, deny("apikeys:manage", HERE)), "apikeys:manage"),
    ("one more deny is welcome", (KEYS,), (KEYS, deny("apikeys:manage", HERE), deny("users:manage")), ""),
    ("what is wholly denied is not handed out", (KEYS,), (allow("apikeys:*"), deny("apikeys:read")), ""),
    ("what is denied in part is handed out", (KEYS,), (allow("apikeys:*"), deny("apikeys:read", HERE)), "apikeys:read"),
    ("what is denied at times is handed out", (KEYS,), (allow("apikeys:*"), deny("apikeys:read", "*", OFFICE)),
     "apikeys:read"),
    ("one who is wholly denied hands out nothing", (*ADMIN, deny("apikeys:manage")), DEVELOPER, "apikeys:manage"),
    ("developers may not mint admins", DEVELOPER, ADMIN, "secrets:manage"),
    ("a viewer with one more action may not mint developers", (*VIEWER, KEYS), DEVELOPER, "functions:register"),
    ("a reading impersonator hands out what viewers hold", READ_ONLY, DEVELOPER, "functions:register"),
    ("an impersonator hands out everything", FULL_ACCESS, ADMIN, ""),
]


@pytest.mark.parametrize(("holder", "wanted", "missing"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_coverage_table(holder: Sequence[Grant], wanted: Sequence[Grant], missing: str) -> None:
    """The first action that the caller does not cover is named, and only what is covered may be handed out."""
    assert missing == missing_action(holder, wanted, actions=TENANT)
    assert (missing == "") is covers(holder, wanted, actions=TENANT)


@pytest.mark.parametrize(("roles", "actions"), [(TENANT_ROLES, TENANT), (PLATFORM_ROLES, PLATFORM)])
def test_each_built_in_covers_itself_and_those_below(roles: tuple[str, ...], actions: tuple[str, ...]) -> None:
    """Admin, developer, viewer, and their platform likes: each may hand out itself and what is less, never more."""
    pairs = {(holder, wanted) for holder in roles for wanted in roles}
    downwards = {(holder, wanted) for holder, wanted in pairs if roles.index(holder) <= roles.index(wanted)}

    assert downwards == {
        (holder, wanted) for holder, wanted in pairs
        if covers(grants_of_built_in(holder), grants_of_built_in(wanted), actions=actions)
    }


def test_the_kinds_never_cover_each_other() -> None:
    """Everything in a tenant is nothing on the platform, and the other way round."""
    tenants, platforms = FULL_ACCESS, (replace(FULL_ACCESS[0], platform=True),)

    assert missing_action(tenants, platforms, actions=PLATFORM) == PLATFORM[0]
    assert missing_action(platforms, tenants, actions=TENANT) == TENANT[0]


def test_the_refusal_names_the_missing_action() -> None:
    """The 403 says what the caller would have needed."""
    with pytest.raises(PermissionDenied) as refusal:
        check_covers(DEVELOPER, ADMIN, actions=TENANT)

    assert ("insufficient permissions", "secrets:manage") == (refusal.value.sentence, refusal.value.required)


def test_what_is_covered_is_not_refused() -> None:
    """An admin may hand out every built-in role."""
    for role in TENANT_ROLES:
        check_covers(ADMIN, grants_of_built_in(role, extra_actions=EXTRA), actions=TENANT)


WRITES: list[tuple[str, Sequence[Grant], Grant, str]] = [
    ("an allow that is covered", DEVELOPER, KEYS, ""),
    ("an allow that is not", DEVELOPER, allow("users:manage"), "users:manage"),
    ("an allow on everything", DEVELOPER, allow("*"), "secrets:manage"),
    ("an allow against one's own deny", (*ADMIN, deny("apikeys:manage", HERE)), KEYS, "apikeys:manage"),
    ("a deny on what one is allowed", DEVELOPER, deny("apikeys:*", HERE, OFFICE), ""),
    ("a deny on what one is allowed in part", (allow("apikeys:manage", HERE, OFFICE),), deny("apikeys:manage"), ""),
    ("a deny on what one is not allowed", DEVELOPER, deny("apikeys:*,users:manage"), "users:manage"),
    ("a deny on everything", DEVELOPER, deny("*"), "secrets:manage"),
    ("a deny on everything by who may do everything", ADMIN, deny("*"), ""),
    ("a deny on what one is denied", (*ADMIN, deny("users:read")), deny("users:*"), "users:read"),
]


@pytest.mark.parametrize(("holder", "policy", "missing"), [row[1:] for row in WRITES], ids=[row[0] for row in WRITES])
def test_who_may_write_a_policy(holder: Sequence[Grant], policy: Grant, missing: str) -> None:
    """An allow must be covered as if a role held it alone; a deny needs only actions that its writer is allowed."""
    if not missing:
        check_may_write(holder, policy, actions=TENANT)
        return

    with pytest.raises(PermissionDenied) as refusal:
        check_may_write(holder, policy, actions=TENANT)
    assert missing == refusal.value.required


LIFTS: list[tuple[str, Sequence[Grant], Grant, str]] = [
    ("any allow may go", (), allow("*"), ""),
    ("a deny by who holds what it stops", ADMIN, deny("apikeys:*", HERE, OFFICE), ""),
    ("a deny on everything by an admin", ADMIN, deny("*"), ""),
    ("a deny by who lacks what it stops", DEVELOPER, deny("apikeys:*,users:manage"), "users:manage"),
    ("the deny that binds oneself", (*ADMIN, deny("apikeys:manage")), deny("apikeys:manage"), "apikeys:manage"),
    ("a deny by who is limited", (allow("apikeys:manage", HERE),), deny("apikeys:manage"), "apikeys:manage"),
    ("a deny by who is limited alike", (allow("apikeys:manage", HERE),), deny("apikeys:manage", HERE), ""),
    ("a conditional deny by who is limited alike", (allow("apikeys:manage", HERE, OFFICE),),
     deny("apikeys:manage", HERE, OFFICE), "apikeys:manage"),
]


@pytest.mark.parametrize(("holder", "policy", "missing"), [row[1:] for row in LIFTS], ids=[row[0] for row in LIFTS])
def test_who_may_lift_a_policy(holder: Sequence[Grant], policy: Grant, missing: str) -> None:
    """Nobody frees themselves or others from a deny unless they cover all that it stopped."""
    if not missing:
        check_may_lift(holder, policy, actions=TENANT)
        return

    with pytest.raises(PermissionDenied) as refusal:
        check_may_lift(holder, policy, actions=TENANT)
    assert missing == refusal.value.required


def test_allowed_actions_are_those_that_some_request_gets() -> None:
    """An action counts as allowed when an allow names it and no deny stops it everywhere and always."""
    grants = (allow("apikeys:*,users:read", HERE, OFFICE), deny("apikeys:read"), deny("users:read", THERE))

    assert {"apikeys:manage", "users:read"} == set(allowed_actions(grants, actions=TENANT))
