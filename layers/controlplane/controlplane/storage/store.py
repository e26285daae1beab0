"""The store: the questions of ports.Store, each answered by one named pattern of the schema."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import uuid4

from controlplane.domain import records as r
from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.values import replace
from controlplane.ports import AuditFilter, Count, Holdings, Page
from controlplane.storage import denials, expiring, holdings, patience, picking, removal, schema, trail
from controlplane.storage.codec import decode
from controlplane.storage.lean.errors import DynamoError
from controlplane.storage.ranges import above, below, range_of
from controlplane.storage.schema import ENTITIES, Pattern
from controlplane.storage.table import PRESENT, Change, GuardsFailed, Table
from controlplane.storage.transaction import Rider, TableTransaction

T = TypeVar("T")
MAX_PAGE = 1000
_DENIAL_SECONDS = 0.5
_RIDER: ContextVar[Rider | None] = ContextVar("rider", default=None)


class TableStore:
    """Answers by reading one table; every method is documented in ports.Store.

    `notes` leads to the same table, for what is written beside an answer and must not hold it up.
    """

    def __init__(self, table: Table, *, notes: Table | None = None) -> None:
        self._table = table
        self._notes = notes or table

    def transaction(self) -> TableTransaction:
        return TableTransaction(self._table, _RIDER.get())

    @contextmanager
    def riding(self, old: r.IdempotentRequest, new: r.IdempotentRequest) -> Iterator[Rider]:
        rider = Rider(old, new)
        token = _RIDER.set(rider)
        try:
            yield rider
        finally:
            _RIDER.reset(token)

    def idempotent_request(self, principal: str, key: str) -> r.IdempotentRequest | None:
        return self._one(r.IdempotentRequest, principal=principal, key=key)

    def organization(self, org_id: str) -> r.Organization | None:
        return self._one(r.Organization, id=org_id)

    def organizations_by_id(self, org_ids: Collection[str]) -> Sequence[r.Organization]:
        return self._many(r.Organization, [{"id": org_id} for org_id in org_ids])

    def organizations(self, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.Organization]:
        return self._page(schema.ORGANIZATIONS, r.Organization, limit, after)

    def key(self, org_id: str, key_id: str) -> r.ApiKey | None:
        return self._one(r.ApiKey, org_id=org_id, id=key_id)

    def keys_of_org(self, org_id: str, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.ApiKey]:
        return self._page(schema.KEYS_OF_ORG, r.ApiKey, limit, after, org_id=org_id)

    def expiring_keys_of_org(self, org_id: str, *, until: int, limit: int, after: str = "") -> Page[r.ApiKey]:
        return picking.expiring_keys(self._table, org_id, until=until, limit=limit, after=after)

    def keys_of_environment(
        self, org_id: str, environment_id: str, *, limit: int = MAX_PAGE, after: str = ""
    ) -> Page[r.ApiKey]:
        return picking.keys_of_environment(self._table, org_id, environment_id, limit=limit, after=after)

    def credential(self, key_hash: str) -> r.Credential | None:
        return self._one(r.Credential, hash=key_hash)

    def user(self, org_id: str, user_id: str) -> r.User | None:
        return self._one(r.User, org_id=org_id, id=user_id)

    def users_of_org(self, org_id: str, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.User]:
        return self._page(schema.USERS_OF_ORG, r.User, limit, after, org_id=org_id)

    def claim(self, kind: str, scope: str, value: str) -> r.Claim | None:
        return self._one(r.Claim, kind=kind, scope=scope, value=value)

    def role(self, org_id: str, role_id: str) -> r.Role | None:
        return self._one(r.Role, org_id=org_id, id=role_id)

    def roles(self, org_id: str, role_ids: Sequence[str]) -> Sequence[r.Role]:
        return self._many(r.Role, [{"org_id": org_id, "id": role_id} for role_id in role_ids])

    def roles_of_org(self, org_id: str, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.Role]:
        return self._page(schema.ROLES_OF_ORG, r.Role, limit, after, org_id=org_id)

    def policy(self, org_id: str, policy_id: str) -> r.Policy | None:
        return self._one(r.Policy, org_id=org_id, id=policy_id)

    def policies(self, org_id: str, policy_ids: Sequence[str]) -> Sequence[r.Policy]:
        return self._many(r.Policy, [{"org_id": org_id, "id": policy_id} for policy_id in policy_ids])

    def policies_of_org(self, org_id: str, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.Policy]:
        return self._page(schema.POLICIES_OF_ORG, r.Policy, limit, after, org_id=org_id)

    def policy_version(self, org_id: str, policy_id: str, version_num: int) -> r.PolicyVersion | None:
        return self._one(r.PolicyVersion, org_id=org_id, policy_id=policy_id, version_num=version_num)

    def versions_of_policy(
        self, org_id: str, policy_id: str, *, limit: int = MAX_PAGE, after: str = ""
    ) -> Page[r.PolicyVersion]:
        return self._page(schema.VERSIONS_OF_POLICY, r.PolicyVersion, limit, after, ascending=False,
                          org_id=org_id, policy_id=policy_id)

    def project(self, org_id: str, project_id: str) -> r.Project | None:
        return self._one(r.Project, org_id=org_id, id=project_id)

    def projects_of_org(self, org_id: str, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.Project]:
        return self._page(schema.PROJECTS_OF_ORG, r.Project, limit, after, org_id=org_id)

    def environment(self, org_id: str, environment_id: str) -> r.Environment | None:
        return self._one(r.Environment, org_id=org_id, id=environment_id)

    def environments(self, places: Collection[tuple[str, str]]) -> Sequence[r.Environment]:
        return self._many(r.Environment, [{"org_id": org_id, "id": id} for org_id, id in places])

    def environments_of_org(self, org_id: str, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.Environment]:
        return self._page(schema.ENVIRONMENTS_OF_ORG, r.Environment, limit, after, org_id=org_id)

    def function(self, org_id: str, function_id: str) -> r.Function | None:
        return self._one(r.Function, org_id=org_id, id=function_id)

    def functions_of_org(self, org_id: str, *, limit: int = MAX_PAGE, after: str = "") -> Page[r.Function]:
        return self._page(schema.FUNCTIONS_OF_ORG, r.Function, limit, after, org_id=org_id)

    def functions_of_environment(
        self, org_id: str, environment_id: str, *, limit: int = MAX_PAGE, after: str = ""
    ) -> Page[r.Function]:
        return self._page(schema.FUNCTIONS_OF_ENVIRONMENT, r.Function, limit, after, org_id=org_id,
                          environment_id=environment_id)

    def platform_admins(self) -> r.PlatformAdmins | None:
        return self._one(r.PlatformAdmins)

    def attempts(self, kind: str, subject: str) -> r.Attempts | None:
        return self._one(r.Attempts, kind=kind, subject=subject)

    def ended_session(self, jti: str) -> r.EndedSession | None:
        return self._one(r.EndedSession, jti=jti)

    def note_login(self, user: r.User, *, at: int) -> None:
        change = Change(verb="update", key=schema.key_of(user), guard=PRESENT, set=(("last_login_at", at),))
        self._write_unless_gone(change)

    def append_denial(self, event: r.AuditEvent) -> None:
        def write(changes: Sequence[Change], token: str) -> None:
            self._notes.write(changes, token=token)

        try:
            with patience.within(_DENIAL_SECONDS):
                if not denials.append_first(write, event):
                    denials.count(write, event)
        except (StoreUnavailable, DynamoError):
            return

    def events(
        self, which: AuditFilter, *, limit: int, after: str = "", ascending: bool = False
    ) -> Page[r.AuditEvent]:
        return trail.events(self._table, which, limit=limit, after=after, ascending=ascending)

    def count_events(self, which: AuditFilter, *, bound: int = 10_000) -> Count:
        return trail.count_events(self._table, which, bound=bound)

    def repeats(self, events: Sequence[r.AuditEvent]) -> Mapping[str, int]:
        return trail.repeats(self._table, events)

    def due_keys(self, *, until: int, limit: int = 100, after: str = "") -> Page[r.ApiKey]:
        return expiring.page_of_keys(self._table, schema.DUE_KEYS, until=until, limit=limit, after=after)

    def expired_keys(self, *, until: int, limit: int = 100, after: str = "") -> Page[r.ApiKey]:
        return expiring.page_of_keys(self._table, schema.EXPIRED_KEYS, until=until, limit=limit, after=after)

    def cleanups(self, *, limit: int = 100) -> Sequence[r.Cleanup]:
        return self._page(schema.CLEANUPS, r.Cleanup, limit, "").items

    def remove_items_of_org(self, org_id: str) -> bool:
        return removal.remove_items_of_org(self._table, org_id)

    def holdings_of_orgs(self, org_ids: Sequence[str]) -> Sequence[Holdings]:
        return holdings.holdings_of_orgs(self._table, org_ids)

    def keys_by_role(self, org_id: str) -> Mapping[str, int]:
        return holdings.keys_by_role(self._table, org_id)

    def ping(self) -> None:
        try:
            self._table.get([ENTITIES[r.Organization].key(id="ping")])
        except DynamoError:  # no such table, or no permission
            raise StoreUnavailable from None

    def _one(self, record: type[T], **fields: object) -> T | None:
        key = ENTITIES[record].key(**fields)
        item = self._table.get([key]).get(key)
        return decode(record, item) if item else None

    def _many(self, record: type[T], wanted: Sequence[Mapping[str, object]]) -> list[T]:
        keys = [ENTITIES[record].key(**fields) for fields in wanted]
        found = self._table.get(keys) if keys else {}
        return [decode(record, found[key]) for key in dict.fromkeys(keys) if key in found]

    def _page(
        self, pattern: Pattern, record: type[T], limit: int, after: str, *, ascending: bool = True, **fields: Any
    ) -> Page[T]:
        """Read one page; `after` is the sort key of the last item of the page before.

        A query ends at a megabyte too, so a page of large items takes several.
        """
        wanted = replace(range_of(pattern, **fields), ascending=ascending)
        room, items = min(limit, MAX_PAGE), list[T]()
        while True:
            if after:
                wanted = replace(wanted, low=above(after)) if ascending else replace(wanted, high=below(after))
            found = self._table.find(replace(wanted, limit=room - len(items)))
            items += [decode(record, item) for item in found.items]
            after = found.last
            if not after or len(items) >= room:
                return Page(items, after)

    def _write_unless_gone(self, change: Change) -> None:
        try:
            self._table.write([change], token=uuid4().hex)
        except GuardsFailed:
            return
