"""What the product should hold, in dictionaries, and what it should say: from the contract, not from the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

READS = {  # a question that each read action answers
    "projects:read": "/projects", "environments:read": "/environments", "users:read": "/users",
    "roles:read": "/roles", "policies:read": "/policies", "functions:list": "/functions",
}  # fmt: skip
BUILT_IN = ("role_admin", "role_developer", "role_viewer")  # each of them may read everything


@dataclass
class TenantModel:
    """One tenant's things by id.

    A key has roles, env, expires and value; a policy effect and actions; a role a name and policies.
    """

    id: str
    name: str
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    functions: dict[str, dict[str, Any]] = field(default_factory=dict)
    suspended: bool = False

    def may(self, key: dict[str, Any], action: str) -> bool:
        """Decide: a deny wins, an allow is needed, and a role that is gone gives nothing (contract, section 6)."""
        held = [self.policies[one] for role in key["roles"] if role in self.roles
                for one in self.roles[role]["policies"]]  # fmt: skip
        matching = {policy["effect"] for policy in held if policy["actions"] in ("*", action)}
        if "deny" in matching:
            return False
        return "allow" in matching or any(role in BUILT_IN for role in key["roles"])

    def status_of(self, key: dict[str, Any], action: str, *, now: int) -> int:
        """Return what a read with a key is answered."""
        if key["expires"] and now >= key["expires"]:
            return 401
        if self.suspended:
            return 403
        return 200 if self.may(key, action) else 403

    def names(self, kind: str) -> set[str]:
        """Return the names that are taken among a kind of things."""
        return {one["name"] for one in getattr(self, kind).values()}

    def drop_environment(self, env_id: str) -> None:
        """Forget an environment and everything in it."""
        del self.environments[env_id]
        self.keys = {id: key for id, key in self.keys.items() if key["env"] != env_id}
        self.functions = {id: one for id, one in self.functions.items() if one["env"] != env_id}
