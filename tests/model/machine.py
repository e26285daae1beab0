"""The whole API, step by step, beside its model: answers are predicted, and after each step everything is compared."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.faults.invariants import broken_invariants
from tests.model.expectation import BUILT_IN, READS, TenantModel
from tests.model.tenants_machine import (
    ACTIONS,
    EFFECTS,
    EMAILS,
    LISTS,
    NAMES,
    V1,
    TenantsMachine,
    any_place,
    few,
    one_of,
)


class Machine(TenantsMachine):
    """Everything inside tenants: keys, users, roles, policies, places, functions, and what must always hold."""

    @rule(place=any_place, roles=few, env=any_place, hours=st.sampled_from([None, 1, 24]))
    def add_key(self, place: int, roles: list[int], env: int, hours: int | None) -> None:
        """A key is made, perhaps for an environment, perhaps for a time."""
        tenant = self.tenant(place)
        self._new_key(tenant, self.role_ids(tenant, roles), one_of(["", *sorted(tenant.environments)], env), hours)

    @rule(place=any_place, which=any_place)
    def rotate_key(self, place: int, which: int) -> None:
        """A key becomes another; an expired one does not, and the old value is dead."""
        tenant = self.tenant(place)
        key_id = one_of(sorted(tenant.keys), which)
        key = tenant.keys[key_id]
        expired = key["expires"] and self.clock.seconds >= key["expires"]
        issued = self.tell(tenant, 400 if expired else 200, "POST", f"/apikeys/{key_id}/rotate")
        if issued and not expired:
            del tenant.keys[key_id]
            tenant.keys[issued["id"]] = key | {"value": issued["key"]}
            self.say(401, "GET", f"{V1}/projects", key=key["value"])
            if self.admins[tenant.id] == key["value"]:
                self.admins[tenant.id] = issued["key"]

    @rule(place=any_place, which=any_place, roles=few)
    def set_key_roles(self, place: int, which: int, roles: list[int]) -> None:
        """A key gets other roles; its own it may not change."""
        tenant = self.tenant(place)
        key_id = one_of(sorted(tenant.keys), which)
        wanted, itself = self.role_ids(tenant, roles), tenant.keys[key_id]["value"] == self.admins[tenant.id]
        status, path = 403 if itself else 200, f"/apikeys/{key_id}/roles"
        if self.tell(tenant, status, "PUT", path, {"role_ids": wanted}) and not itself:
            tenant.keys[key_id]["roles"] = wanted

    @rule(place=any_place, which=any_place)
    def delete_key(self, place: int, which: int) -> None:
        """A key goes, unless it is the one that we ask with."""
        tenant = self.tenant(place)
        key_id = one_of(sorted(tenant.keys), which)
        if tenant.keys[key_id]["value"] != self.admins[tenant.id]:
            self.tell(tenant, 204, "DELETE", f"/apikeys/{key_id}")
            if not tenant.suspended:
                self.say(401, "GET", f"{V1}/projects", key=tenant.keys.pop(key_id)["value"])

    # people

    @rule(place=any_place, email=EMAILS, role=st.sampled_from(["viewer", "developer"]))
    def add_user(self, place: int, email: str, role: str) -> None:
        """A user is made; no two of any tenants share an address."""
        tenant = self.tenant(place)
        taken = {user["email"].lower() for one in self.tenants.values() for user in one.users.values()}
        body = {"email": email, "password": "long enough", "name": "user", "roles": [role]}
        made = self.tell(tenant, 409 if email.lower() in taken else 201, "POST", "/users", body)
        if made and email.lower() not in taken:
            tenant.users[made["id"]] = {"name": "user", "email": email, "roles": [role]}

    @precondition(lambda self: any(tenant.users for tenant in self.tenants.values()))
    @rule(which=any_place)
    def delete_user(self, which: int) -> None:
        """A user goes, and the address is free."""
        tenant, user_id = one_of([(one, id) for one in self.tenants.values() for id in sorted(one.users)], which)
        self.tell(tenant, 204, "DELETE", f"/users/{user_id}")
        if not tenant.suspended:
            del tenant.users[user_id]

    # roles and policies

    @rule(place=any_place, effect=EFFECTS, actions=ACTIONS)
    def add_policy(self, place: int, effect: str, actions: str) -> None:
        """A policy is written."""
        self._new_policy(self.tenant(place), effect, actions)

    @rule(place=any_place, name=NAMES, effect=EFFECTS, actions=ACTIONS)
    def hand_out_access(self, place: int, name: str, effect: str, actions: str) -> None:
        """A policy, a role that holds it, and a key that has the role."""
        tenant = self.tenant(place)
        policy_id = self._new_policy(tenant, effect, actions)
        role_id = self._new_role(tenant, name, [policy_id] if policy_id else [])
        if role_id:
            self._new_key(tenant, [role_id, *(["role_viewer"] if effect == "deny" else [])], "", None)

    def _new_policy(self, tenant: TenantModel, effect: str, actions: str) -> str:
        text = {"name": "policy", "effect": effect, "actions": actions}
        made = self.tell(tenant, 201, "POST", "/policies", {**text, "resources": "*"})
        if made:
            tenant.policies[made["id"]] = text
        return made["id"] if made else ""

    def _new_role(self, tenant: TenantModel, name: str, policy_ids: list[str]) -> str:
        taken = name in tenant.names("roles")
        made = self.tell(tenant, 409 if taken else 201, "POST", "/roles", {"name": name, "policy_ids": policy_ids})
        if not made or taken:
            return ""
        tenant.roles[made["id"]] = {"name": name, "policies": policy_ids}
        return str(made["id"])

    @precondition(lambda self: any(tenant.policies for tenant in self.tenants.values()))
    @rule(which=any_place, effect=EFFECTS, actions=ACTIONS)
    def change_policy(self, which: int, effect: str, actions: str) -> None:
        """A policy gets another text, in force at once."""
        tenant, policy_id = one_of([(one, id) for one in self.tenants.values() for id in sorted(one.policies)], which)
        if self.tell(tenant, 200, "PATCH", f"/policies/{policy_id}", {"effect": effect, "actions": actions}):
            tenant.policies[policy_id] |= {"effect": effect, "actions": actions}

    @precondition(lambda self: any(tenant.policies for tenant in self.tenants.values()))
    @rule(which=any_place)
    def delete_policy(self, which: int) -> None:
        """A policy goes unless a role holds it."""
        tenant, policy_id = one_of([(one, id) for one in self.tenants.values() for id in sorted(one.policies)], which)
        held = any(policy_id in role["policies"] for role in tenant.roles.values())
        self.tell(tenant, 409 if held else 204, "DELETE", f"/policies/{policy_id}")
        if not (held or tenant.suspended):
            del tenant.policies[policy_id]

    @rule(place=any_place, name=NAMES, policies=few)
    def add_role(self, place: int, name: str, policies: list[int]) -> None:
        """A role is made of policies; its name is the tenant's only one."""
        tenant = self.tenant(place)
        held = list(dict.fromkeys(one_of(sorted(tenant.policies), one) for one in policies)) if tenant.policies else []
        self._new_role(tenant, name, held)

    @precondition(lambda self: any(tenant.roles and tenant.policies for tenant in self.tenants.values()))
    @rule(which=any_place, policies=few)
    def change_role(self, which: int, policies: list[int]) -> None:
        """A role gets other policies."""
        having = [one for one in self.tenants.values() if one.roles and one.policies]
        tenant, role_id = one_of([(one, id) for one in having for id in sorted(one.roles)], which)
        held = list(dict.fromkeys(one_of(sorted(tenant.policies), one) for one in policies))
        if self.tell(tenant, 200, "PATCH", f"/roles/{role_id}", {"policy_ids": held}):
            tenant.roles[role_id]["policies"] = held

    @precondition(lambda self: any(tenant.roles for tenant in self.tenants.values()))
    @rule(which=any_place)
    def delete_role(self, which: int) -> None:
        """A role goes; who holds it has nothing from it any more."""
        tenant, role_id = one_of([(one, id) for one in self.tenants.values() for id in sorted(one.roles)], which)
        self.tell(tenant, 204, "DELETE", f"/roles/{role_id}")
        if not tenant.suspended:
            del tenant.roles[role_id]

    @rule(place=any_place, built_in=st.sampled_from(BUILT_IN))
    def touch_a_built_in(self, place: int, built_in: str) -> None:
        """Nobody changes or deletes a built-in role."""
        tenant = self.tenant(place)
        self.tell(tenant, 400, "DELETE", f"/roles/{built_in}")
        self.tell(tenant, 400, "PATCH", f"/roles/{built_in}", {"name": "mine"})

    # places

    @rule(place=any_place, name=NAMES)
    def add_project(self, place: int, name: str) -> None:
        """A project is made."""
        tenant = self.tenant(place)
        taken = name in tenant.names("projects")
        made = self.tell(tenant, 409 if taken else 201, "POST", "/projects", {"name": name})
        if made and not taken:
            tenant.projects[made["id"]] = {"name": name}

    @rule(place=any_place, which=any_place)
    def delete_project(self, place: int, which: int) -> None:
        """A project goes with its environments, but never the default one."""
        tenant = self.tenant(place)
        there = sorted(tenant.projects, key=lambda one: tenant.projects[one]["name"] == "default")
        project_id = one_of([*(there[:-1] * 3), there[-1]], which)
        inside = [id for id, one in tenant.environments.items() if one["project"] == project_id]
        kept = "env_default" in inside
        self.tell(tenant, 403 if kept else 200, "DELETE", f"/projects/{project_id}")
        if not (kept or tenant.suspended):
            for env_id in inside:
                tenant.drop_environment(env_id)
            del tenant.projects[project_id]

    @rule(place=any_place, name=NAMES, which=any_place)
    def add_environment(self, place: int, name: str, which: int) -> None:
        """An environment is made in a project, and a key for it."""
        tenant = self.tenant(place)
        taken, project = name in tenant.names("environments"), one_of(sorted(tenant.projects), which)
        body = {"name": name, "project_id": project}
        made = self.tell(tenant, 409 if taken else 201, "POST", "/environments", body)
        if made and not taken:
            tenant.environments[made["id"]] = {"name": name, "project": project}
            self._new_key(tenant, ["role_viewer"], made["id"], None)

    @rule(place=any_place, which=any_place)
    def delete_environment(self, place: int, which: int) -> None:
        """An environment goes with its keys and functions."""
        tenant = self.tenant(place)
        env_id = one_of([*(sorted(tenant.environments.keys() - {"env_default"}) * 3), "env_default"], which)
        dead = [key["value"] for key in tenant.keys.values() if key["env"] == env_id]
        kept = env_id == "env_default"
        self.tell(tenant, 403 if kept else 200, "DELETE", f"/environments/{env_id}")
        if not (kept or tenant.suspended):
            tenant.drop_environment(env_id)
            for value in dead:
                self.say(401, "GET", f"{V1}/projects", key=value)

    @rule(place=any_place, which=any_place)
    def add_function(self, place: int, which: int) -> None:
        """A function is registered in an environment."""
        tenant = self.tenant(place)
        env_id = one_of(sorted(tenant.environments), which)
        made = self.tell(tenant, 201, "POST", "/functions", {"name": "fn"}, X_Ironflow_Environment=env_id)
        if made:
            tenant.functions[made["id"]] = {"name": "fn", "env": env_id}

    @precondition(lambda self: any(tenant.functions for tenant in self.tenants.values()))
    @rule(which=any_place)
    def delete_function(self, which: int) -> None:
        """A function goes."""
        tenant, one = one_of([(one, id) for one in self.tenants.values() for id in sorted(one.functions)], which)
        self.tell(tenant, 204, "DELETE", f"/functions/{one}")
        if not tenant.suspended:
            del tenant.functions[one]

    # what must hold after every step

    @precondition(lambda self: len(self.tenants) > 1)
    @rule(mine=any_place, theirs=any_place, kind=st.sampled_from(["keys", "users", "roles", "policies", "projects"]),
          which=any_place)  # fmt: skip
    def reach_for_what_is_another_s(self, mine: int, theirs: int, kind: str, which: int) -> None:
        """A thing of another tenant is a thing that does not exist."""
        tenant, other = self.tenant(mine), self.tenant(theirs)
        there = sorted(getattr(other, kind))
        if tenant is not other and there:
            path = {"keys": "/apikeys"}.get(kind, f"/{kind}")
            self.tell(tenant, 404, "DELETE", f"{path}/{one_of(there, which)}")

    @invariant()
    def the_table_is_sound(self) -> None:
        """Nothing in the table contradicts anything else in it, or the trail."""
        assert [] == broken_invariants(self.items())

    @invariant()
    def everybody_sees_what_there_is(self) -> None:
        """Lists are what the model holds, each tenant's of its own, and the operator's counts are those numbers."""
        for tenant in self.tenants.values():
            for kind, path in LISTS.items():
                rows = self.say(200, "GET", V1 + path, key=self.platform, X_Ironflow_Org=tenant.id)
                seen = {row["id"]: row["name"] for row in rows if row["id"] not in BUILT_IN}
                assert {id: one["name"] for id, one in getattr(tenant, kind).items()} == seen, kind
        counted = {row["id"]: (row["env_count"], row["key_count"])
                   for row in self.say(200, "GET", f"{V1}/tenants", key=self.operator)}  # fmt: skip
        del counted["org_default"]
        assert {one.id: (len(one.environments), len(one.keys)) for one in self.tenants.values()} == counted

    @invariant()
    def every_key_may_what_its_roles_say(self) -> None:
        """A decision is that of the model for every key; which question is asked changes with the time."""
        for tenant in self.tenants.values():
            for place, key in enumerate(tenant.keys.values()):
                action = one_of(list(READS), place + self.clock.seconds // 3600 + len(tenant.policies))
                self.say(tenant.status_of(key, action, now=self.clock.seconds), "GET", V1 + READS[action],
                         key=key["value"])  # fmt: skip

    @invariant()
    def built_ins_are_what_they_were(self) -> None:
        """No sequence of steps changes a built-in role."""
        assert self.built_in == self._built_in_roles(self.operator)
