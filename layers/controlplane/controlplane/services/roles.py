"""Roles of tenants and of the platform: built-in ones as code, custom ones with their policies (contract, section 6).

A role carries the text of its policies and a policy the ids of its roles; both change in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from controlplane.domain.errors import AlreadyExists, Conflict, InvalidArgument, NotFound, Problem
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.policy_text import saved_grant
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent, Claim, Policy, Role
from controlplane.domain.role_names import folded, role_name
from controlplane.domain.values import dataclass, replace
from controlplane.ports import Clock, Ids, Store, Transaction
from controlplane.services.authority import Authority
from controlplane.services.policies import NO_SUCH_POLICY
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried
from controlplane.services.role_reading import RoleReader

MAX_POLICIES = 20
MAX_ROLES_OF_POLICY = 15
_NAME_TAKEN = "role name already exists"


@dataclass(frozen=True, slots=True)
class _Exchange:
    """The policies that a role gets and those that it loses."""

    added: tuple[Policy, ...] = ()
    removed: tuple[Policy, ...] = ()

    @property
    def size(self) -> int:
        return len(self.added) + len(self.removed)


class RoleService:
    """Use cases that change roles; the organization is the one that the caller acts in."""

    def __init__(self, store: Store, *, reader: RoleReader, clock: Clock, ids: Ids, authority: Authority,
                 recorder: Recorder) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._authority = authority
        self._recorder = recorder
        self._reader = reader

    @retried
    def create_role(self, name: str, policy_ids: Sequence[str] = (), *, by: Principal) -> Role:
        """Create a role that holds these policies; the platform's names get their prefix.

        Raises InvalidArgument for a reserved name or an unknown policy, AlreadyExists for a name in use, and
        PermissionDenied for a policy that the caller may not hand out.
        """
        now = self._clock.now()
        empty = Role(id=self._ids.new("role_"), org_id=by.org_id, created_at=now, updated_at=now,
                     name=role_name(name, platform=by.org_id == PLATFORM_ORG))
        exchange = self._exchange(empty, policy_ids, by=by)
        role = _with_policies(empty, policy_ids, exchange)
        transaction = self._store.transaction()
        transaction.claim(_claim(role), otherwise=AlreadyExists(_NAME_TAKEN))
        transaction.create(role)
        _write_policies(transaction, role, exchange)
        transaction.append(self._event("created", role, by=by))
        transaction.commit()
        return role

    @retried
    def update_role(
        self, role_id: str, *, name: str | None = None, policy_ids: Sequence[str] | None = None, by: Principal
    ) -> Role:
        """Rename a role, replace its policies, or both; what is None stays.

        Raises NotFound, InvalidArgument (built-in role, reserved name, unknown policy, too many), AlreadyExists, and
        PermissionDenied when the change would give, or stop denying, more than the caller covers.
        """
        old = self._reader.custom_role(role_id, by=by)
        wanted = old.name if name is None else role_name(name, platform=by.org_id == PLATFORM_ORG)
        return self._save(old, replace(old, name=wanted), old.policy_ids if policy_ids is None else policy_ids, by=by)

    @retried
    def attach_policy(self, role_id: str, policy_id: str, *, by: Principal) -> None:
        """Give a role one more policy; one that it holds already changes nothing.

        Raises NotFound for either, InvalidArgument beyond the caps, and PermissionDenied for a policy that the caller
        may not hand out.
        """
        old = self._reader.custom_role(role_id, by=by)
        if self._store.policy(by.org_id, policy_id) is None:
            raise NotFound(NO_SUCH_POLICY)
        if policy_id not in old.policy_ids:
            self._save(old, old, (*old.policy_ids, policy_id), by=by)

    @retried
    def detach_policy(self, role_id: str, policy_id: str, *, by: Principal) -> None:
        """Take a policy from a role; raise PermissionDenied for a deny whose absence gives more than the caller has."""
        old = self._reader.custom_role(role_id, by=by)
        if policy_id not in old.policy_ids:
            raise NotFound(NO_SUCH_POLICY)
        self._save(old, old, [one for one in old.policy_ids if one != policy_id], by=by)

    @retried
    def delete_role(self, role_id: str, *, by: Principal) -> None:
        """Delete a role; whoever still holds its id gets nothing from it.

        Raises NotFound, InvalidArgument for a built-in role, and PermissionDenied when it denies what the caller does
        not cover: its holders would be rid of that.
        """
        role = self._reader.custom_role(role_id, by=by, problem="cannot delete built-in role")
        exchange = self._exchange(role, (), by=by)
        transaction = self._store.transaction()
        transaction.remove(role)
        transaction.release(_claim(role))
        _write_policies(transaction, role, exchange)
        transaction.append(self._event("deleted", role, by=by))
        transaction.commit()

    def _save(self, old: Role, new: Role, policy_ids: Sequence[str], *, by: Principal) -> Role:
        exchange = self._exchange(old, policy_ids, by=by)
        new = replace(_with_policies(new, policy_ids, exchange), updated_at=self._clock.now())
        if (new.name, new.policy_ids) == (old.name, old.policy_ids):
            return old
        transaction = self._store.transaction()
        transaction.exchange(_claim(old), _claim(new), otherwise=AlreadyExists(_NAME_TAKEN))
        transaction.replace(old, new)
        _write_policies(transaction, old, exchange)
        transaction.append(self._event("updated", new, by=by))
        transaction.commit()
        return new

    def _exchange(self, role: Role, policy_ids: Sequence[str], *, by: Principal) -> _Exchange:
        """Read what the role gets and loses, and refuse what the caps or the caller's own grants do not allow."""
        wanted = tuple(dict.fromkeys(policy_ids))
        if len(wanted) > MAX_POLICIES:
            raise InvalidArgument(f"a role holds at most {MAX_POLICIES} policies")
        added = self._policies(role.org_id, [one for one in wanted if one not in role.policy_ids],
                               otherwise=InvalidArgument("unknown policy in policy_ids"))
        removed = self._policies(role.org_id, [one for one in role.policy_ids if one not in wanted],
                                 otherwise=Conflict())
        exchange = _Exchange(added, removed)
        if exchange.size > MAX_POLICIES:
            raise InvalidArgument(f"at most {MAX_POLICIES} policies can be attached or detached at once")
        for policy in added:
            if len(policy.role_ids) >= MAX_ROLES_OF_POLICY:
                raise InvalidArgument(f"a policy is held by at most {MAX_ROLES_OF_POLICY} roles")
            self._authority.check_may_write(by, policy)
        for policy in removed:
            self._authority.check_may_loosen(by, policy)
        return exchange

    def _policies(self, org_id: str, policy_ids: Sequence[str], *, otherwise: Problem) -> tuple[Policy, ...]:
        found = tuple(self._store.policies(org_id, policy_ids))
        if len(found) < len(policy_ids):
            raise otherwise
        return found

    def _event(self, change: str, role: Role, *, by: Principal) -> AuditEvent:
        event_type = "platform.role.changed" if role.org_id == PLATFORM_ORG else f"role.{change}"
        return self._recorder.event(event_type, by=by, trail=role.org_id, payload={
            "role_id": role.id, "change": change, "name": role.name, "policy_ids": list(role.policy_ids),
            "org_id": role.org_id, "created_at": role.created_at, "updated_at": role.updated_at,
        })


def _with_policies(role: Role, policy_ids: Sequence[str], exchange: _Exchange) -> Role:
    """Return the role with exactly these policies; the texts of those it keeps are the ones it carries."""
    texts = {saved["policy_id"]: saved for saved in role.grants}
    texts |= {policy.id: saved_grant(policy) for policy in exchange.added}
    wanted = tuple(dict.fromkeys(policy_ids))
    return replace(role, policy_ids=wanted, grants=tuple(texts[policy_id] for policy_id in wanted))


def _write_policies(transaction: Transaction, role: Role, exchange: _Exchange) -> None:
    for policy in exchange.added:
        transaction.replace(policy, replace(policy, role_ids=(*policy.role_ids, role.id)))
    for policy in exchange.removed:
        transaction.replace(policy, replace(policy, role_ids=tuple(one for one in policy.role_ids if one != role.id)))


def _claim(role: Role) -> Claim:
    return Claim(kind="role_name", scope=role.org_id, value=folded(role.name), owner_id=role.id)
