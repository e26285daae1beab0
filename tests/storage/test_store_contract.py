"""What services rely on of a store, held by the fake and by a real engine alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controlplane.domain.denials import denial
from controlplane.domain.errors import AlreadyExists, Conflict
from controlplane.domain.principal import Principal
from controlplane.domain.records import (
    ApiKey,
    Claim,
    Cleanup,
    Credential,
    EndedSession,
    Environment,
    Function,
    Organization,
    PlatformAdmins,
    Policy,
    PolicyVersion,
    Project,
    Role,
    User,
)
from controlplane.ports import AuditFilter
from controlplane.security.clock import SystemClock
from controlplane.security.ids import SystemIds
from controlplane.storage.store import TableStore

ORG = Organization(id="org_a", name="Acme", created_at=1, updated_at=2)
KEY = ApiKey(
    id="ak_1", org_id="org_a", name="ci 🔑", prefix="ifkey_12345678", hash="ab" * 32, role_ids=("role_admin", "role_x"),
    created_at=10, environment_id="env_default", expires_at=99, tool_scopes=(),
)
NAME = Claim(kind="project_name", scope="org_a", value="web", owner_id="proj_1")
TAKEN = AlreadyExists("taken")
CALLER = Principal(type="api_key", id="ak_1", home_org_id="org_a", org_id="org_a", role_ids=())


def create(store: TableStore, *records: object) -> None:
    transaction = store.transaction()
    for record in records:
        transaction.create(record)  # type: ignore[arg-type]
    transaction.commit()


def test_every_record_comes_back_as_it_was_stored(store: TableStore) -> None:
    """Nothing that is stored is lost or changed: empty texts, empty lists, no value, emoji, flags and numbers."""
    grants = ({"policy_id": "pol_1", "name": "p", "effect": "deny", "actions": "*", "resources": "*", "condition": ""},)
    role = Role(id="role_1", org_id="org_a", name="r", created_at=1, updated_at=1, policy_ids=("pol_1",), grants=grants)
    policy = Policy(id="pol_1", org_id="org_a", name="p", effect="deny", actions="*", resources="*", created_at=1,
                    updated_at=1, condition='request.ip == "é"', role_ids=("role_1",))
    version = PolicyVersion(id="polv_1", org_id="org_a", policy_id="pol_1", version_num=1, name="p", effect="deny",
                            actions="*", resources="*", created_at=1)
    user = User(id="user_1", org_id="org_a", email="É@x.example", name="", password_hash="$2b$", role_ids=(),
                created_at=1, updated_at=1, is_active=False)
    project = Project(id="proj_1", org_id="org_a", name="web", created_at=1, updated_at=1)
    environment = Environment(id="env_default", org_id="org_a", project_id="proj_1", name="default", created_at=1,
                              updated_at=1, color="red")
    function = Function(id="fn_1", org_id="org_a", environment_id="env_default", name="f", created_at=1, updated_at=1)
    credential = Credential(hash=KEY.hash, key_id=KEY.id, org_id="org_a", role_ids=(), tool_scopes=None)
    create(store, ORG, KEY, role, policy, version, user, project, environment, function, credential,
           PlatformAdmins(user_ids=("puser_1",)), EndedSession(jti="s", ttl=5))

    assert store.organization("org_a") == ORG
    assert store.key("org_a", "ak_1") == KEY
    assert (store.role("org_a", "role_1"), store.policy("org_a", "pol_1")) == (role, policy)
    assert store.policy_version("org_a", "pol_1", 1) == version
    assert (store.user("org_a", "user_1"), store.project("org_a", "proj_1")) == (user, project)
    assert store.environment("org_a", "env_default") == environment
    assert store.function("org_a", "fn_1") == function
    assert store.credential(KEY.hash) == credential
    assert store.platform_admins() == PlatformAdmins(user_ids=("puser_1",))
    assert store.ended_session("s") == EndedSession(jti="s", ttl=5)


def test_what_does_not_exist_is_none(store: TableStore) -> None:
    """A question about nothing is answered with nothing, never with another object."""
    create(store, ORG, KEY)

    assert store.key("org_b", "ak_1") is None
    assert store.organization("org_b") is None
    assert list(store.roles("org_a", ["role_1", "role_2"])) == []


def test_a_record_is_created_once(store: TableStore) -> None:
    """Two creations of one id never both happen; the second is told, and changes nothing."""
    create(store, KEY)
    transaction = store.transaction()
    transaction.create(replace(KEY, name="other"), otherwise=TAKEN)

    with pytest.raises(AlreadyExists, match="taken"):
        transaction.commit()

    assert store.key("org_a", "ak_1") == KEY


def test_a_stale_change_is_refused(store: TableStore) -> None:
    """A change made from an old reading never overwrites a newer one."""
    create(store, KEY)
    first, second = store.transaction(), store.transaction()
    first.replace(KEY, replace(KEY, name="first"))
    second.replace(KEY, replace(KEY, name="second"))
    first.commit()

    with pytest.raises(Conflict):
        second.commit()

    assert store.key("org_a", "ak_1") == replace(KEY, name="first", revision=2)


def test_a_transaction_happens_wholly_or_not_at_all(store: TableStore) -> None:
    """When one guard fails, no other change of the transaction is made."""
    create(store, KEY)
    transaction = store.transaction()
    transaction.create(replace(KEY, id="ak_2", hash="cd" * 32))
    transaction.claim(NAME, otherwise=TAKEN)
    transaction.create(KEY, otherwise=TAKEN)

    with pytest.raises(AlreadyExists):
        transaction.commit()

    assert store.key("org_a", "ak_2") is None
    assert store.claim("project_name", "org_a", "web") is None


def test_a_requirement_stops_a_change_whose_ground_is_gone(store: TableStore) -> None:
    """What is built on a record is not built once that record has gone."""
    create(store, ORG)
    removal = store.transaction()
    removal.remove(ORG)
    removal.commit()
    transaction = store.transaction()
    transaction.require(ORG)
    transaction.create(KEY)

    with pytest.raises(Conflict):
        transaction.commit()

    assert store.key("org_a", "ak_1") is None


def test_lists_page_in_the_order_of_their_ids_without_gap_or_repeat(store: TableStore) -> None:
    """Following a list by pages of two gives every key of the organization once, and no other's."""
    keys = [replace(KEY, id=f"ak_{number}", hash=f"{number:064d}") for number in range(5)]
    create(store, *keys, replace(KEY, org_id="org_b"))
    seen: list[ApiKey] = []
    after = ""
    while True:
        page = store.keys_of_org("org_a", limit=2, after=after)
        seen += page.items
        after = page.next
        if not after:
            break

    assert seen == keys


def test_a_page_is_full_however_large_its_items_are(store: TableStore) -> None:
    """A query ends at a megabyte; a list without a limit still shows everything, and a limit is still kept."""
    policies = [
        Policy(id=f"pol_{number:02d}", org_id="org_a", name="p", effect="allow", actions="*", resources="x" * 200_000,
               created_at=1, updated_at=1)
        for number in range(12)
    ]  # fmt: skip
    for policy in policies:
        create(store, policy)

    assert (policies, "") == (store.policies_of_org("org_a").items, store.policies_of_org("org_a").next)
    first = store.policies_of_org("org_a", limit=9)
    assert policies == [*first.items, *store.policies_of_org("org_a", limit=9, after=first.next).items]
    assert 9 == len(first.items)


def test_versions_come_newest_first(store: TableStore) -> None:
    """A policy's history starts with the text in force, also past nine versions."""
    versions = [
        PolicyVersion(id=f"polv_{number}", org_id="org_a", policy_id="pol_1", version_num=number, name="p",
                      effect="allow", actions="*", resources="*", created_at=1)
        for number in range(1, 12)
    ]
    create(store, *versions)

    first = store.versions_of_policy("org_a", "pol_1", limit=4)
    second = store.versions_of_policy("org_a", "pol_1", after=first.next)

    assert [version.version_num for version in [*first.items, *second.items]] == list(range(11, 0, -1))


def test_an_organization_stands_in_the_list_unless_it_is_the_sentinel(store: TableStore) -> None:
    """The list of organizations shows changes at once, and never the platform's own anchor."""
    create(store, ORG, replace(ORG, id="org_platform", name="platform"))
    renamed = replace(ORG, name="Acme 2")
    transaction = store.transaction()
    transaction.replace(ORG, renamed)
    transaction.commit()

    assert list(store.organizations().items) == [replace(renamed, revision=2)]


def test_functions_are_found_by_environment_and_by_organization(store: TableStore) -> None:
    """A registered function stands in both lists, and leaves both when it is removed."""
    here = Function(id="fn_1", org_id="org_a", environment_id="env_1", name="f", created_at=1, updated_at=1)
    there = replace(here, id="fn_2", environment_id="env_2")
    create(store, here, there)
    transaction = store.transaction()
    transaction.remove(there)
    transaction.commit()

    assert list(store.functions_of_environment("org_a", "env_1").items) == [here]
    assert list(store.functions_of_environment("org_a", "env_2").items) == []
    assert list(store.functions_of_org("org_a").items) == [here]


def test_a_login_is_noted_without_disturbing_a_change(store: TableStore) -> None:
    """Noting a login keeps the revision, and never brings a deleted user back."""
    user = User(id="user_1", org_id="org_a", email="a@x.example", name="", password_hash="$2b$", role_ids=(),
                created_at=1, updated_at=1)
    create(store, user)

    store.note_login(user, at=77)
    store.note_login(replace(user, id="user_2"), at=77)

    assert store.user("org_a", "user_1") == replace(user, last_login_at=77)
    assert store.user("org_a", "user_2") is None


def test_removing_an_organizations_items_leaves_nothing_and_touches_nobody_else(store: TableStore) -> None:
    """After a deleted organization is cleaned up, its keys lead nowhere and its users' addresses are free again."""
    user = User(id="user_1", org_id="org_a", email="Ann@x.example", name="", password_hash="$2b$", role_ids=(),
                created_at=1, updated_at=1)
    credential = Credential(hash=KEY.hash, key_id=KEY.id, org_id="org_a", role_ids=())
    mail = Claim(kind="email", scope="tenant", value="ann@x.example", owner_id="user_1")
    other = Claim(kind="email", scope="tenant", value="bob@x.example", owner_id="user_9")
    create(store, KEY, credential, user, mail, other, replace(KEY, org_id="org_b"),
           Cleanup(kind="organization", org_id="org_a", id="org_a", created_at=1))

    done = store.remove_items_of_org("org_a")

    assert done
    assert (store.key("org_a", "ak_1"), store.credential(KEY.hash), store.user("org_a", "user_1")) == (None,) * 3
    assert store.claim("email", "tenant", "ann@x.example") is None
    assert store.claim("email", "tenant", "bob@x.example") == other
    assert store.key("org_b", "ak_1") == replace(KEY, org_id="org_b")
    assert len(store.cleanups()) == 1


def test_the_names_of_a_deleted_organization_are_gone_with_it(store: TableStore) -> None:
    """No name of a project, environment or role outlives its organization, however it is capitalised."""
    role = Role(id="role_1", org_id="org_a", name="Ops Team", created_at=1, updated_at=1)
    project = Project(id="proj_1", org_id="org_a", name="Web", created_at=1, updated_at=1)
    names = [Claim(kind="role_name", scope="org_a", value="ops team", owner_id="role_1"),
             Claim(kind="project_name", scope="org_a", value="Web", owner_id="proj_1")]
    create(store, role, project, *names)

    store.remove_items_of_org("org_a")

    assert [store.claim(name.kind, name.scope, name.value) for name in names] == [None, None]


def test_an_address_that_somebody_else_took_meanwhile_stays_theirs(store: TableStore) -> None:
    """Cleaning up twice never frees an e-mail address that belongs to another user by then."""
    user = User(id="user_1", org_id="org_a", email="ann@x.example", name="", password_hash="$2b$", role_ids=(),
                created_at=1, updated_at=1)
    taken = Claim(kind="email", scope="tenant", value="ann@x.example", owner_id="user_2")
    create(store, user, taken)

    store.remove_items_of_org("org_a")

    assert store.claim("email", "tenant", "ann@x.example") == taken


def test_a_denial_is_an_event_once_and_then_a_count(store: TableStore) -> None:
    """A flood of one refusal is one event and a number, in the trail and among the key's events."""
    ids = SystemIds(SystemClock())
    first, again = (denial(id=ids.event_id(), now=60, principal=CALLER, action="users:manage", method="POST",
                           path="/api/v1/users") for _ in range(2))

    for event in (first, again, again):
        store.append_denial(event)

    for which in (AuditFilter(trail="org_a"), AuditFilter(trail="org_a", api_key_id="ak_1")):
        assert [first] == list(store.events(which, limit=10).items)
    assert {first.id: 2} == store.repeats([first])
