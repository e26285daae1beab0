"""API keys: how they are issued, and who sees which (contract, section 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from typing import Any

import pytest

from controlplane.api.bodies import build
from controlplane.bootstrap import Services
from controlplane.domain.errors import InvalidArgument, NotFound, PermissionDenied
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Credential, Environment
from controlplane.domain.roles import DEVELOPER, PLATFORM_ADMIN, PLATFORM_OPERATOR, PLATFORM_VIEWER, VIEWER
from controlplane.services.apikeys import IssuedKey, KeyRequest
from tests.services.access_world import ROOT, key_with
from tests.services.conftest import START, STARTED, TENANT, SettableClock, key_of

Events = Callable[..., list[tuple[str, dict[str, Any]]]]
OTHER = "org_other"


def environment(services: Services, id: str = "env_a") -> Environment:
    """Put an environment into the tenant."""
    made = Environment(id=id, org_id=TENANT, project_id="proj_a", name=id, created_at=START, updated_at=START)
    transaction = services.store.transaction()
    transaction.create(made)
    transaction.commit()
    return made


def inside(org_id: str, *role_ids: str, may_write: bool = True) -> Principal:
    """Return a platform key that acts inside a tenant."""
    return Principal(type="api_key", id="ak_inside", home_org_id=PLATFORM_ORG, org_id=org_id, role_ids=role_ids,
                     impersonating=True, may_write=may_write)


def listed(services: Services, by: Principal, *, platform: bool = False, **other: Any) -> list[ApiKey]:
    """Return the keys of one page."""
    asked: dict[str, Any] = {"expiring_within": "", "limit": 1000, "after": ""} | other
    return list(services.keys.list_keys(platform=platform, by=by, **asked).items)


def test_a_key_is_issued_whole(services: Services, events_of: Events) -> None:
    """The reply, the key, what its value leads to, and the one event say the same, and only the reply the value."""
    environment(services)
    wanted = KeyRequest(name="ci", environment_id="env_a", expires_in="1h30m", role_ids=(VIEWER, DEVELOPER, VIEWER),
                        tool_scopes=("search",))

    issued = services.keys.create_key(wanted, by=ROOT)

    assert re.fullmatch("ifkey_[0-9a-f]{32}", issued.value)
    assert re.fullmatch("ak_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", issued.key.id)
    key = ApiKey(id=issued.key.id, org_id=TENANT, name="ci", prefix=issued.value[:14],
                 hash=sha256(issued.value.encode()).hexdigest(), role_ids=(VIEWER, DEVELOPER), created_at=START,
                 environment_id="env_a", expires_at=START + 5400, tool_scopes=("search",))
    assert (issued, services.keys.get_key(key.id, by=ROOT)) == (IssuedKey(key=key, value=issued.value), key)
    assert "" == issued.rotated_from
    assert services.store.credential(key.hash) == Credential(
        hash=key.hash, key_id=key.id, org_id=TENANT, role_ids=(VIEWER, DEVELOPER), environment_id="env_a",
        expires_at=START + 5400, tool_scopes=("search",))
    assert events_of(TENANT) == [("authz.key.created", {
        "api_key_id": key.id, "change": "created", "name": "ci", "prefix": key.prefix,
        "role_ids": [VIEWER, DEVELOPER], "environment_id": "env_a", "expires_at": "2026-09-21T15:43:20Z",
        "created_at": STARTED, "tool_scopes": ["search"], "org_id": TENANT,
        "actor": {"type": "api_key", "id": "ak_root"}})]


def test_what_is_printed_of_a_new_key_is_its_id(services: Services) -> None:
    """A log or a traceback that shows an issued key shows no value."""
    issued = services.keys.create_key(KeyRequest(name="ci"), by=ROOT)

    assert f"IssuedKey({issued.key.id})" == repr(issued) == f"{issued}"


def test_a_plain_key_is_a_viewers_and_lasts(services: Services, events_of: Events) -> None:
    """A tenant key without roles may read; without a duration it never expires; nothing else is made up for it."""
    key = services.keys.create_key(KeyRequest(name="ci", role_ids=()), by=ROOT).key

    assert ((VIEWER,), "", 0, None) == (key.role_ids, key.environment_id, key.expires_at, key.tool_scopes)
    assert (None, None, "") == tuple(events_of(TENANT)[0][1][name]
                                     for name in ("expires_at", "tool_scopes", "environment_id"))  # fmt: skip


def test_a_platform_key_without_roles_may_nothing(
    services: Services, platform_admin: Principal, events_of: Events
) -> None:
    """Nothing is given on the platform that was not asked for; its events stand in the platform's trail."""
    issued = services.keys.create_key(KeyRequest(name="ops", platform=True), by=platform_admin)

    assert re.fullmatch("ifplatform_[0-9a-f]{32}", issued.value)
    assert (PLATFORM_ORG, (), issued.value[:19]) == (issued.key.org_id, issued.key.role_ids, issued.key.prefix)
    assert ["platform.key.created"] == [kind for kind, _ in events_of(PLATFORM_ORG)]


def test_two_keys_have_nothing_in_common(services: Services) -> None:
    """Values are random: neither a value nor an id comes twice."""
    issued = [services.keys.create_key(KeyRequest(name="ci"), by=ROOT) for _ in range(50)]

    assert 150 == len({text for one in issued for text in (one.value, one.key.id, one.key.prefix)})


@pytest.mark.parametrize(("body", "wanted"), [
    ({"name": "n"}, KeyRequest(name="n")),
    ({"name": "n", "platform": False, "env_id": None, "tool_scopes": None}, KeyRequest(name="n")),
    ({"name": "n", "platform": True, "role_ids": ["role_a"], "expires_in": "1h"},
     KeyRequest(name="n", platform=True, role_ids=["role_a"], expires_in="1h")),
    ({"name": "n", "env_id": "env_a", "tool_scopes": []}, KeyRequest(name="n", environment_id="env_a", tool_scopes=())),
])  # fmt: skip
def test_a_body_asks_for_what_it_says(body: dict[str, Any], wanted: KeyRequest) -> None:
    """What a body leaves out, or gives as null, is not asked for; no tool scopes are not an empty list of them."""
    assert wanted == KeyRequest.of(build("CreateKey", body))


@pytest.mark.parametrize(("wanted", "problem", "sentence"), [
    (KeyRequest(name="n", expires_in=""), InvalidArgument, "expires_in must be one or more"),
    (KeyRequest(name="n", expires_in="0s"), InvalidArgument, "expires_in must be greater than zero"),
    (KeyRequest(name="n", role_ids=("role_none",)), InvalidArgument, "unknown role in role_ids"),
    (KeyRequest(name="n", role_ids=(PLATFORM_VIEWER,)), InvalidArgument, "unknown role in role_ids"),
    (KeyRequest(name="n", environment_id="env_none"), NotFound, "environment not found"),
])  # fmt: skip
def test_a_bad_request_issues_nothing(services: Services, wanted: KeyRequest, problem: type, sentence: str) -> None:
    """Each mistake has its sentence, and leaves no key behind."""
    with pytest.raises(problem, match=f"^{sentence}"):
        services.keys.create_key(wanted, by=ROOT)

    assert [] == listed(services, ROOT)


def test_400_for_a_platform_key_in_an_environment(services: Services, platform_admin: Principal) -> None:
    """The platform has no environments."""
    with pytest.raises(InvalidArgument, match="^a platform key cannot be scoped to an environment$"):
        services.keys.create_key(KeyRequest(name="n", platform=True, environment_id="env_a"), by=platform_admin)


def test_403_for_a_key_that_may_more_than_the_caller(services: Services, platform_admin: Principal) -> None:
    """Nobody issues a key beyond themselves, in a tenant or on the platform."""
    for by, wanted, missing in (
        (key_of(TENANT, DEVELOPER), KeyRequest(name="n", role_ids=("role_admin",)), "secrets:manage"),
        (key_of(PLATFORM_ORG, PLATFORM_OPERATOR), KeyRequest(name="n", platform=True, role_ids=(PLATFORM_ADMIN,)),
         "platform:users:manage"),
        (key_of(TENANT), KeyRequest(name="n"), "functions:list"),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied) as refused:
            services.keys.create_key(wanted, by=by)
        assert missing == refused.value.required
    assert services.keys.create_key(KeyRequest(name="n", platform=True, role_ids=(PLATFORM_ADMIN,)), by=platform_admin)


@pytest.mark.parametrize(("by", "platform", "required"), [
    (key_of(TENANT, "role_admin"), True, "platform:keys:manage"),
    (key_of(OPERATOR_ORG, DEVELOPER), True, "platform:keys:manage"),
    (inside(TENANT, PLATFORM_ADMIN), True, "platform:keys:manage"),
    (key_of(PLATFORM_ORG, PLATFORM_ADMIN), False, "apikeys:manage"),
    (key_of(TENANT, "role_admin"), False, None),
    (key_of(OPERATOR_ORG, "role_admin"), False, None),
    (key_of(OPERATOR_ORG, "role_admin"), True, None),
    (inside(TENANT, PLATFORM_ADMIN), False, None),
    (key_of(PLATFORM_ORG, PLATFORM_ADMIN), True, None),
])  # fmt: skip
def test_who_makes_which_kind_of_key(services: Services, by: Principal, platform: bool, required: str | None) -> None:
    """Tenants make tenant keys, platform credentials platform keys, and tenant keys only inside; operators both."""
    wanted = KeyRequest(name="n", platform=platform)

    if required is None:
        assert (PLATFORM_ORG if platform else by.org_id) == services.keys.create_key(wanted, by=by).key.org_id
        return
    with pytest.raises(PermissionDenied) as refused:
        services.keys.create_key(wanted, by=by)
    assert required == refused.value.required


def test_a_reader_inside_a_tenant_hands_out_what_a_viewer_has(services: Services) -> None:
    """Who entered to read cannot leave behind a key that writes."""
    reader = inside(TENANT, PLATFORM_ADMIN, may_write=False)

    with pytest.raises(PermissionDenied):
        services.keys.create_key(KeyRequest(name="n", role_ids=(DEVELOPER,)), by=reader)

    assert services.keys.create_key(KeyRequest(name="n", role_ids=(DEVELOPER,)), by=inside(TENANT, PLATFORM_ADMIN))


def test_404_for_every_key_that_is_not_the_callers(services: Services, operator_admin: Principal) -> None:
    """A foreign key is answered as one that does not exist; only an operator admin sees the platform's keys too."""
    tenants = key_with(services, VIEWER)
    platforms = services.keys.create_key(KeyRequest(name="n", platform=True), by=operator_admin).key

    for key_id, by in ((tenants.id, key_of(OTHER, "role_admin")), (tenants.id, operator_admin),
                       (platforms.id, ROOT), (platforms.id, key_of(OPERATOR_ORG, VIEWER)),
                       (platforms.id, inside(TENANT, PLATFORM_ADMIN)), ("ak_none", ROOT)):  # fmt: skip
        with pytest.raises(NotFound, match="^API key not found$"):
            services.keys.get_key(key_id, by=by)
    assert platforms == services.keys.get_key(platforms.id, by=operator_admin)
    assert tenants == services.keys.get_key(tenants.id, by=inside(TENANT, PLATFORM_ADMIN))


def test_a_list_holds_one_organizations_keys(services: Services, operator_admin: Principal) -> None:
    """A tenant's list is its own, the platform's list the platform's; expired keys stay in it."""
    old = services.keys.create_key(KeyRequest(name="old", expires_in="1s"), by=ROOT).key
    new = key_with(services, VIEWER)
    platforms = services.keys.create_key(KeyRequest(name="n", platform=True), by=operator_admin).key

    assert [old, new] == listed(services, ROOT)
    assert [platforms] == listed(services, operator_admin, platform=True)
    assert ["ak_admin_bootstrap"] == [key.id for key in listed(services, operator_admin)]


def test_a_list_goes_on_where_it_ended(services: Services) -> None:
    """Pages hold every key once, and the last one says that it is the last."""
    keys = [key_with(services, VIEWER) for _ in range(5)]

    page = services.keys.list_keys(platform=False, expiring_within="", limit=3, after="", by=ROOT)
    rest = services.keys.list_keys(platform=False, expiring_within="", limit=3, after=page.next, by=ROOT)

    assert (keys[:3], keys[3:], "") == (list(page.items), list(rest.items), rest.next)


def test_a_key_of_an_environment_that_is_gone_is_gone(services: Services) -> None:
    """From the deletion of its environment on a key is nowhere, though its items are removed later."""
    environment(services, "env_b")
    gone = environment(services)
    dead = services.keys.create_key(KeyRequest(name="a", environment_id="env_a"), by=ROOT).key
    living = services.keys.create_key(KeyRequest(name="b", environment_id="env_b"), by=ROOT).key
    anywhere = key_with(services, VIEWER)
    transaction = services.store.transaction()
    transaction.remove(gone)
    transaction.commit()

    assert [living, anywhere] == listed(services, ROOT)
    with pytest.raises(NotFound):
        services.keys.get_key(dead.id, by=ROOT)


def test_keys_that_expire_soon_are_found(services: Services, clock: SettableClock) -> None:
    """What expires up to that second, or has expired, is in the list; what lasts, or expires later, is not."""
    made = {lasts: services.keys.create_key(KeyRequest(name="n", expires_in=lasts), by=ROOT).key
            for lasts in ("30m", "1h", "3601s", "2h")}  # fmt: skip
    key_with(services, VIEWER)

    assert [made["30m"], made["1h"]] == listed(services, ROOT, expiring_within="1h")
    clock.forward(5400)
    assert [made["30m"], made["1h"], made["3601s"]] == listed(services, ROOT, expiring_within="1s")
    with pytest.raises(InvalidArgument, match="^expiring must be one or more"):
        listed(services, ROOT, expiring_within="soon")


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 1000])
@pytest.mark.parametrize("stored", [1, 2, 3, 5, 1000])
def test_keys_that_expire_soon_come_in_pages(
    services: Services, monkeypatch: pytest.MonkeyPatch, limit: int, stored: int
) -> None:
    """Every page but the last is as long as was asked for, whatever the store gives at once, and no key comes twice."""
    made = [services.keys.create_key(KeyRequest(name="n", expires_in=lasts), by=ROOT).key
            for lasts in ("9h", "1h", "9h", "1h", "1h", "1h", "9h", "9h", "1h")]  # fmt: skip
    soon = [key for key in made if key.expires_at == START + 3600]
    whole = services.store.expiring_keys_of_org
    monkeypatch.setattr(services.store, "expiring_keys_of_org",
                        lambda org_id, *, limit, **rest: whole(org_id, limit=min(limit, stored), **rest))

    found: list[list[ApiKey]] = []
    after = ""
    while not found or after:
        page = services.keys.list_keys(platform=False, expiring_within="1h", limit=limit, after=after, by=ROOT)
        found.append(list(page.items))
        after = page.next

    assert [soon[at : at + limit] for at in range(0, len(soon), limit)] == [page for page in found if page]
    assert [] not in found[:-1]
    assert [] not in found or stored < len(made)


def test_a_key_outside_of_environments_costs_no_read(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only an environment that a key is scoped to is looked for."""
    key = key_with(services, VIEWER)

    def unasked(places: Collection[tuple[str, str]]) -> Sequence[Environment]:
        assert not places
        return ()

    monkeypatch.setattr(services.store, "environments", unasked)

    assert ([key], key) == (listed(services, ROOT), services.keys.get_key(key.id, by=ROOT))
