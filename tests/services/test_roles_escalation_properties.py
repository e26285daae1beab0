"""Whatever a caller does to roles, policies and keys, nobody may do more than before or than the caller could."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controlplane.bootstrap import Services
from controlplane.domain.access import decide
from controlplane.domain.errors import Problem
from controlplane.domain.grants import Grant
from controlplane.domain.policy_text import PolicyText
from controlplane.domain.records import Organization
from controlplane.security.conditions.engine import CelConditions
from controlplane.services.policies import PolicyChanges
from controlplane.settings import Settings
from controlplane.storage.memory_table import MemoryTable
from tests.services.access_world import ROOT, key_with
from tests.services.conftest import START, TENANT, key_of

ACTIONS = ("apikeys:read", "users:read")
PLACES = ("irn:ironflow:org_tenant::apikeys:a:", "irn:ironflow:org_tenant::apikeys:b:")
CONDITIONS = ('request.ip == "1"', 'request.path == "/"')
CONDITIONS_ENGINE = CelConditions()

texts = st.builds(
    PolicyText, name=st.just("p"), effect=st.sampled_from(["allow", "allow", "deny"]),
    actions=st.sampled_from([*ACTIONS, "*:read", ",".join(ACTIONS)]),
    resources=st.sampled_from(["*", "*", PLACES[0], PLACES[1], ",".join(PLACES)]),
    condition=st.sampled_from(["", "", *CONDITIONS]),
)
few = st.lists(st.integers(0, 5), max_size=3)
one = st.integers(0, 9)
moves = st.one_of(
    st.tuples(st.just("write"), texts), st.tuples(st.just("edit"), one, texts),
    st.tuples(st.just("rollback"), one, st.integers(1, 3)), st.tuples(st.just("delete_policy"), one),
    st.tuples(st.just("create_role"), few), st.tuples(st.just("set_policies"), one, few),
    st.tuples(st.just("attach"), one, one), st.tuples(st.just("detach"), one, one),
    st.tuples(st.just("delete_role"), one), st.tuples(st.just("create_key"), few),
    st.tuples(st.just("re_role"), one, few),
)
Allowed = set[tuple[str, str, Any]]


class World:
    """A tenant with policies, roles and keys by number; the first two roles are the caller's."""

    def __init__(self) -> None:
        self.services = Services(Settings(table="t", region="eu-west-1"), table=MemoryTable())
        self.services.__dict__["conditions"] = CONDITIONS_ENGINE
        transaction = self.services.store.transaction()
        transaction.create(Organization(id=TENANT, name="tenant", created_at=START, updated_at=START))
        transaction.commit()
        self.policies: list[str] = []
        self.roles: list[str] = []
        self.keys: list[str] = []

    def move(self, by: Any, kind: str, *how: Any) -> None:
        """Try one move; a refusal changes nothing."""
        try:
            getattr(self, "_" + kind)(by, *how)
        except Problem:
            return

    def allowed(self, role_ids: Any) -> Allowed:
        """Return everything that the roles allow: action, place, and what the conditions come to."""
        grants: tuple[Grant, ...] = self.services.authority.grants_of_roles(TENANT, role_ids)
        return {
            (action, place, verdicts)
            for action, place in product(ACTIONS, PLACES)
            for verdicts in product((True, False, None), repeat=len(CONDITIONS))
            if decide(grants, action=action, resource=place,
                      holds=dict(zip(CONDITIONS, verdicts, strict=True)).__getitem__).allowed
        }

    def allowed_to_keys(self) -> dict[str, Allowed]:
        """Return what each key may do now."""
        return {key.id: self.allowed(key.role_ids) for key in self.services.store.keys_of_org(TENANT).items}

    def _write(self, by: Any, text: PolicyText) -> None:
        self.policies.append(self.services.policies.create_policy(text, by=by).id)

    def _edit(self, by: Any, policy: int, text: PolicyText) -> None:
        self.services.policies.update_policy(_of(self.policies, policy), PolicyChanges.of(text), by=by)

    def _rollback(self, by: Any, policy: int, version: int) -> None:
        self.services.policies.rollback_policy(_of(self.policies, policy), str(version), by=by)

    def _delete_policy(self, by: Any, policy: int) -> None:
        self.services.policies.delete_policy(_of(self.policies, policy), by=by)

    def _create_role(self, by: Any, policies: list[int]) -> None:
        wanted = [_of(self.policies, policy) for policy in policies]
        self.roles.append(self.services.roles.create_role(f"role {len(self.roles)}", wanted, by=by).id)

    def _set_policies(self, by: Any, role: int, policies: list[int]) -> None:
        wanted = [_of(self.policies, policy) for policy in policies]
        self.services.roles.update_role(_of(self.roles, role), policy_ids=wanted, by=by)

    def _attach(self, by: Any, role: int, policy: int) -> None:
        self.services.roles.attach_policy(_of(self.roles, role), _of(self.policies, policy), by=by)

    def _detach(self, by: Any, role: int, policy: int) -> None:
        self.services.roles.detach_policy(_of(self.roles, role), _of(self.policies, policy), by=by)

    def _delete_role(self, by: Any, role: int) -> None:
        self.services.roles.delete_role(_of(self.roles, role), by=by)

    def _create_key(self, by: Any, roles: list[int]) -> None:
        wanted = [_of(self.roles, role) for role in roles] or ["role_none"]
        self.keys.append(key_with(self.services, *wanted, by=by).id)

    def _re_role(self, by: Any, key: int, roles: list[int]) -> None:
        self.services.keys.set_key_roles(_of(self.keys, key), [_of(self.roles, role) for role in roles], by=by)


def _of(ids: list[str], number: int) -> str:
    return ids[number % len(ids)] if ids else "none"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    written=st.lists(texts, min_size=2, max_size=6), roles=st.lists(few, min_size=3, max_size=5),
    keys=st.lists(few, min_size=1, max_size=4), attack=st.lists(moves, min_size=1, max_size=12),
)
def test_no_sequence_of_changes_gives_more(
    written: list[PolicyText], roles: list[list[int]], keys: list[list[int]], attack: list[tuple[Any, ...]],
) -> None:
    """Every request that a key may make after an attack it could make before, or the attacker could."""
    world = World()
    for text in written:
        world.move(ROOT, "write", text)
    for held in roles:
        world.move(ROOT, "create_role", held)
    for assigned in keys:
        world.move(ROOT, "create_key", assigned)
    attacker = key_of(TENANT, *world.roles[:2], id="ak_attacker")
    own, before = world.allowed(attacker.role_ids), world.allowed_to_keys()

    for kind, *how in attack:
        world.move(attacker, kind, *how)

    assert set() == world.allowed(attacker.role_ids) - own
    assert {} == {key: gained for key, now in world.allowed_to_keys().items()
                  if (gained := now - own - before.get(key, set()))}


def test_the_attack_above_finds_a_hole(tmp_path: Path) -> None:
    """Were nothing checked, the same question would have an answer: the world can tell gains from losses."""
    world = World()
    world.move(ROOT, "create_role", [])
    world.move(ROOT, "create_key", [0])
    before = world.allowed_to_keys()

    world.move(ROOT, "write", PolicyText(name="p", effect="allow", actions="users:read", resources="*"))
    world.move(ROOT, "attach", 0, 0)

    (key,) = before
    assert world.allowed_to_keys()[key] - before[key]
