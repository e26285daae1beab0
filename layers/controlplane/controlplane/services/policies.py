"""Policies of tenants and of the platform, with every text that they ever had (contract, sections 4 to 6)."""

from __future__ import annotations

from typing import Any

from controlplane.domain.errors import Aborted, NotFound
from controlplane.domain.grants import DENY
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.policy_text import PolicyText, saved_grant
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent, Policy, PolicyVersion, Role
from controlplane.domain.values import contents, dataclass, replace
from controlplane.ports import Clock, Conditions, Ids, Page, Store
from controlplane.services.authority import Authority
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

NO_SUCH_POLICY = "policy not found"
_NO_SUCH_VERSION = "policy version not found"
_VERSIONS_REMOVED_AT_ONCE = 20
_LONGEST_NUMBER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanges:
    """What an update changes of a policy's texts; None leaves a text alone, an empty condition clears it."""

    name: str | None = None
    effect: str | None = None
    actions: str | None = None
    resources: str | None = None
    condition: str | None = None

    @classmethod
    def of(cls, body: Any) -> PolicyChanges:
        """Build the changes from a parsed `UpdatePolicy` body."""
        return cls(name=body.name, effect=body.effect, actions=body.actions, resources=body.resources,
                   condition=body.condition)

    def apply(self, text: PolicyText) -> PolicyText:
        """Return the text with the changes."""
        return replace(text, **{name: value for name, value in contents(self).items() if value is not None})


class PolicyService:
    """Use cases of policies; the organization is the one that the caller acts in."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, authority: Authority, recorder: Recorder,
                 conditions: Conditions) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._authority = authority
        self._recorder = recorder
        self._conditions = conditions

    def list_policies(self, *, limit: int, after: str, by: Principal) -> Page[Policy]:
        """List the organization's policies in the order of creation."""
        return self._store.policies_of_org(by.org_id, limit=limit, after=after)

    def get_policy(self, policy_id: str, *, by: Principal) -> Policy:
        """Return a policy of the organization; raise NotFound for every other id."""
        policy = self._store.policy(by.org_id, policy_id)
        if policy is None:
            raise NotFound(NO_SUCH_POLICY)
        return policy

    def create_policy(self, text: PolicyText, *, by: Principal) -> Policy:
        """Save a new policy as its first version.

        Raises InvalidArgument for a bad effect, an unknown action, no resources, too long a text or a condition that
        does not compile, and PermissionDenied for more than the caller may write.
        """
        now = self._clock.now()
        policy = Policy(id=self._ids.new("pol_"), org_id=by.org_id, created_at=now, updated_at=now, **contents(text))
        self._check(policy, by=by)
        transaction = self._store.transaction()
        transaction.create(policy)
        transaction.create(self._version_of(policy))
        transaction.append(self._event("created", policy, by=by))
        transaction.commit()
        return policy

    @retried
    def update_policy(self, policy_id: str, changes: PolicyChanges, *, by: Principal) -> Policy:
        """Save a changed text as the next version, in force for every role that holds the policy at once.

        Raises as create_policy does, NotFound, and PermissionDenied when a deny would stop less and the caller does
        not cover that. Without any change nothing is saved.
        """
        old = self.get_policy(policy_id, by=by)
        if changes == PolicyChanges():
            return old
        return self._save(old, changes.apply(PolicyText.of(old)), by=by)

    @retried
    def rollback_policy(self, policy_id: str, version: str, *, by: Principal) -> Policy:
        """Save the text of an old version as the next one; raises as update_policy does."""
        old = self.get_policy(policy_id, by=by)
        if not (version.isascii() and version.isdigit() and len(version) <= _LONGEST_NUMBER):
            raise NotFound(_NO_SUCH_VERSION)
        found = self._store.policy_version(old.org_id, old.id, int(version))
        if found is None:
            raise NotFound(_NO_SUCH_VERSION)
        return self._save(old, PolicyText.of(found), by=by)

    @retried
    def delete_policy(self, policy_id: str, *, by: Principal) -> None:
        """Delete a policy that no role holds, and with it its versions; raise NotFound, or Aborted while in use.

        The oldest versions of a policy that has more than 20 stay in the table, where nothing can reach them.
        """
        policy = self.get_policy(policy_id, by=by)
        if policy.role_ids:
            raise Aborted("policy is in use by a role")
        versions = self._store.versions_of_policy(policy.org_id, policy.id, limit=_VERSIONS_REMOVED_AT_ONCE)
        transaction = self._store.transaction()
        transaction.remove(policy)
        for version in versions.items:
            transaction.remove(version)
        transaction.append(self._event("deleted", policy, by=by))
        transaction.commit()

    def list_policy_versions(self, policy_id: str, *, limit: int, after: str, by: Principal) -> Page[PolicyVersion]:
        """List a policy's versions, newest first; raise NotFound."""
        policy = self.get_policy(policy_id, by=by)
        return self._store.versions_of_policy(policy.org_id, policy.id, limit=limit, after=after)

    def _check(self, policy: Policy, *, by: Principal) -> None:
        PolicyText.of(policy).check(platform=policy.org_id == PLATFORM_ORG, extra_actions=self._authority.extra_actions)
        self._conditions.check(policy.condition)
        self._authority.check_may_write(by, policy)

    def _save(self, old: Policy, text: PolicyText, *, by: Principal) -> Policy:
        """Write the new text to the policy, its next version, and every role that holds it."""
        new = replace(old, **contents(text), version=old.version + 1, updated_at=self._clock.now())
        self._check(new, by=by)
        if old.role_ids and old.effect == DENY:
            self._authority.check_may_loosen(by, old, new=new)
        transaction = self._store.transaction()
        transaction.replace(old, new)
        transaction.create(self._version_of(new))
        for role in self._store.roles(old.org_id, old.role_ids):
            transaction.replace(role, _with_text(role, new))
        transaction.append(self._event("updated", new, by=by))
        transaction.commit()
        return new

    def _version_of(self, policy: Policy) -> PolicyVersion:
        return PolicyVersion(id=self._ids.new("polv_"), org_id=policy.org_id, policy_id=policy.id,
                             version_num=policy.version, created_at=policy.updated_at,
                             **contents(PolicyText.of(policy)))

    def _event(self, change: str, policy: Policy, *, by: Principal) -> AuditEvent:
        event_type = "platform.role.changed" if policy.org_id == PLATFORM_ORG else f"policy.{change}"
        return self._recorder.event(event_type, by=by, trail=policy.org_id, payload={
            "policy_id": policy.id, "change": change, **contents(PolicyText.of(policy)), "version": policy.version,
            "role_ids": list(policy.role_ids), "org_id": policy.org_id, "created_at": policy.created_at,
            "updated_at": policy.updated_at,
        })


def _with_text(role: Role, policy: Policy) -> Role:
    """Return the role with a policy's new text in its old place."""
    return replace(role, grants=tuple(
        saved_grant(policy) if saved["policy_id"] == policy.id else saved for saved in role.grants
    ))
