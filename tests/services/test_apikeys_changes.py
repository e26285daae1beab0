"""API keys, replaced, re-roled and revoked: what was before is over when the call returns (contract, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.credentials import hash_of
from controlplane.domain.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from controlplane.domain.names import OPERATOR_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Credential
from controlplane.domain.roles import ADMIN, DEVELOPER, PLATFORM_ADMIN, VIEWER
from controlplane.services.apikeys import IssuedKey, KeyRequest
from tests.services.access_world import ROOT, key_with, role_with, write
from tests.services.conftest import START, STARTED, TENANT, SettableClock, key_of, user_of
from tests.services.test_apikeys import environment

Events = Callable[..., list[tuple[str, dict[str, Any]]]]
LESSER = key_of(TENANT, DEVELOPER, id="ak_lesser")


def _payload(key: ApiKey, change: str, **more: Any) -> dict[str, Any]:
    """Return what an event says of a key of these tests."""
    return {"api_key_id": key.id, "change": change, "name": key.name, "prefix": key.prefix,
            "role_ids": list(key.role_ids), "environment_id": "env_a", "expires_at": "2026-09-21T15:13:20Z",
            "tool_scopes": ["search"], "org_id": TENANT, "actor": {"type": "api_key", "id": "ak_root"},
            "created_at": STARTED} | more


@pytest.fixture
def issued(services: Services) -> IssuedKey:
    """A key with all that a key can have."""
    environment(services)
    wanted = KeyRequest(name="ci", environment_id="env_a", expires_in="1h", role_ids=(DEVELOPER,),
                        tool_scopes=("search",))  # fmt: skip
    return services.keys.create_key(wanted, by=ROOT)


def _meddle(services: Services, monkeypatch: pytest.MonkeyPatch, key: ApiKey) -> None:
    """Let somebody else change the key between the next reading and writing of it, once."""
    open_transaction = services.store.transaction

    def meddling() -> Any:
        monkeypatch.setattr(services.store, "transaction", open_transaction)
        mine = open_transaction()
        other = open_transaction()
        other.replace(key, replace(key, last_used_at=START + 1))
        other.commit()
        return mine

    monkeypatch.setattr(services.store, "transaction", meddling)


def test_a_rotation_keeps_everything_but_the_value(
    services: Services, issued: IssuedKey, clock: SettableClock, events_of: Events
) -> None:
    """The new key is the old one under another id and value; the old value leads nowhere; both events name both."""
    clock.forward(60)

    rotated = services.keys.rotate_key(issued.key.id, by=ROOT)

    new = replace(issued.key, id=rotated.key.id, prefix=rotated.value[:14], hash=hash_of(rotated.value),
                  created_at=START + 60)
    assert IssuedKey(key=new, value=rotated.value, rotated_from=issued.key.id) == rotated
    assert (issued.key.id == new.id, issued.value == rotated.value, len(rotated.value)) == (False, False, 38)
    assert ([new], None) == (
        list(services.store.keys_of_org(TENANT).items), services.store.credential(issued.key.hash))
    assert services.store.credential(new.hash) == Credential(
        hash=new.hash, key_id=new.id, org_id=TENANT, role_ids=(DEVELOPER,), environment_id="env_a",
        expires_at=START + 3600, tool_scopes=("search",))
    assert events_of(TENANT)[1:] == [
        ("authz.key.revoked", _payload(issued.key, "revoked", rotated_to=new.id)),
        ("authz.key.created", _payload(new, "created", rotated_from=issued.key.id, created_at="2026-09-21T14:14:20Z")),
    ]


def test_a_rotated_key_has_a_life_of_its_own(services: Services, issued: IssuedKey) -> None:
    """When the old one was used, and which notices of its expiry were given, is not said of the new one."""
    used = replace(issued.key, last_used_at=START, notices=2)
    transaction = services.store.transaction()
    transaction.replace(issued.key, used)
    transaction.commit()

    new = services.keys.rotate_key(issued.key.id, by=ROOT).key

    assert (0, 0, 1) == (new.last_used_at, new.notices, new.revision)


def test_400_for_the_rotation_of_an_expired_key(services: Services, issued: IssuedKey, clock: SettableClock) -> None:
    """A key that is over cannot be brought back, from the second of its expiry on."""
    clock.forward(3599)
    again = services.keys.rotate_key(issued.key.id, by=ROOT)
    clock.forward(1)

    with pytest.raises(FailedPrecondition, match="^expired API keys cannot be rotated$"):
        services.keys.rotate_key(again.key.id, by=ROOT)


def test_a_platform_key_stays_one(services: Services, platform_admin: Principal, events_of: Events) -> None:
    """A rotated platform key has the platform's prefix, and its events stand in the platform's trail."""
    wanted = KeyRequest(name="ops", platform=True, role_ids=(PLATFORM_ADMIN,))
    old = services.keys.create_key(wanted, by=platform_admin)

    new = services.keys.rotate_key(old.key.id, by=platform_admin)
    services.keys.delete_key(new.key.id, by=platform_admin)

    assert ("ifplatform_", 43) == (new.value[:11], len(new.value))
    assert ["created", "revoked", "created", "revoked"] == [
        kind.removeprefix("platform.key.") for kind, _ in events_of("org_platform")]


def test_a_revoked_key_leads_nowhere(services: Services, issued: IssuedKey, events_of: Events) -> None:
    """When a deletion returns, key and value are gone, and one event says so."""
    services.keys.delete_key(issued.key.id, by=ROOT)

    assert ([], None) == (
        list(services.store.keys_of_org(TENANT).items), services.store.credential(issued.key.hash))
    assert [("authz.key.revoked", _payload(issued.key, "revoked"))] == events_of(TENANT)[1:]
    with pytest.raises(NotFound):
        services.keys.delete_key(issued.key.id, by=ROOT)


def test_new_roles_are_in_force_at_once(services: Services, issued: IssuedKey, events_of: Events) -> None:
    """The key and what its value leads to have the new roles, without repeats, and nothing else changed."""
    custom = role_with(services, "ops", write(services, "users:read"))

    changed = services.keys.set_key_roles(issued.key.id, [custom.id, VIEWER, custom.id], by=ROOT)

    wanted = replace(issued.key, role_ids=(custom.id, VIEWER))
    found = services.store.credential(issued.key.hash)
    assert (wanted, replace(wanted, revision=2), (custom.id, VIEWER)) == (
        changed, services.keys.get_key(issued.key.id, by=ROOT), found and found.role_ids)
    assert [("authz.key.roles_changed", _payload(wanted, "roles_changed"))] == events_of(TENANT)[-1:]


@pytest.mark.parametrize(("role_ids", "sentence"), [
    ([], "role_ids must not be empty"), (["role_none"], "unknown role in role_ids"),
    ([PLATFORM_ADMIN], "unknown role in role_ids"),
    ([f"role_{number}" for number in range(21)], "at most 20 roles can be assigned"),
])  # fmt: skip
def test_400_for_no_roles_or_unknown_ones(
    services: Services, issued: IssuedKey, role_ids: list[str], sentence: str
) -> None:
    """A key's roles are some of its organization's, twenty at most."""
    with pytest.raises(InvalidArgument, match=f"^{sentence}$"):
        services.keys.set_key_roles(issued.key.id, role_ids, by=ROOT)

    assert issued.key == services.keys.get_key(issued.key.id, by=ROOT)


def test_403_for_a_keys_own_roles(services: Services) -> None:
    """A key does not change its own roles, not even to fewer; a user of the same id is somebody else."""
    key = key_with(services, ADMIN)

    with pytest.raises(PermissionDenied, match="^an API key cannot change its own roles$"):
        services.keys.set_key_roles(key.id, [VIEWER], by=key_of(TENANT, ADMIN, id=key.id))

    assert services.keys.set_key_roles(key.id, [VIEWER], by=user_of(TENANT, ADMIN, id=key.id))


@pytest.mark.parametrize("change", ["rotate_key", "delete_key", "demote", "promote"])
def test_403_for_a_key_that_may_more_than_the_caller(services: Services, change: str) -> None:
    """Who may less than a key neither takes its value over, nor ends it, nor changes what it or another may do."""
    greater, lesser = key_with(services, ADMIN), key_with(services, VIEWER)
    attempts: dict[str, Callable[[], object]] = {
        "rotate_key": lambda: services.keys.rotate_key(greater.id, by=LESSER),
        "delete_key": lambda: services.keys.delete_key(greater.id, by=LESSER),
        "demote": lambda: services.keys.set_key_roles(greater.id, [VIEWER], by=LESSER),
        "promote": lambda: services.keys.set_key_roles(lesser.id, [ADMIN], by=LESSER),
    }

    with pytest.raises(PermissionDenied) as refused:
        attempts[change]()

    assert "secrets:manage" == refused.value.required
    assert [greater, lesser] == list(services.store.keys_of_org(TENANT).items)


def test_who_covers_a_key_may_change_it(services: Services) -> None:
    """A developer replaces, re-roles and revokes a viewer's key."""
    key = key_with(services, VIEWER)

    new = services.keys.rotate_key(key.id, by=LESSER).key
    services.keys.set_key_roles(new.id, [DEVELOPER], by=LESSER)
    services.keys.delete_key(new.id, by=LESSER)

    assert [] == list(services.store.keys_of_org(TENANT).items)


def test_404_for_a_key_of_others(services: Services, issued: IssuedKey) -> None:
    """No change reaches into another organization, and the answer is that of a key that does not exist."""
    for by in (key_of("org_other", ADMIN), key_of(OPERATOR_ORG, ADMIN)):
        for attempt in (
            lambda by=by: services.keys.rotate_key(issued.key.id, by=by),
            lambda by=by: services.keys.delete_key(issued.key.id, by=by),
            lambda by=by: services.keys.set_key_roles(issued.key.id, [VIEWER], by=by),
        ):
            with pytest.raises(NotFound, match="^API key not found$"):
                attempt()


@pytest.mark.parametrize("change", ["rotate_key", "delete_key", "set_key_roles"])
def test_a_change_in_between_is_no_reason_to_fail(
    services: Services, issued: IssuedKey, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """A key that was used at the same moment is read again; its owner never hears of it."""
    _meddle(services, monkeypatch, issued.key)
    changes: dict[str, Callable[[], object]] = {
        "rotate_key": lambda: services.keys.rotate_key(issued.key.id, by=ROOT),
        "delete_key": lambda: services.keys.delete_key(issued.key.id, by=ROOT),
        "set_key_roles": lambda: services.keys.set_key_roles(issued.key.id, [VIEWER], by=ROOT),
    }

    changes[change]()

    left = services.store.key(TENANT, issued.key.id)
    assert (left.role_ids if left else None) == ((VIEWER,) if change == "set_key_roles" else None)
