"""Roles as they are found and listed: the built-in ones first, though nothing of them is stored."""

from __future__ import annotations

from collections.abc import Sequence

from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Policy, Role
from controlplane.domain.role_usage import RoleInUse
from controlplane.domain.roles import built_ins
from controlplane.domain.values import dataclass
from controlplane.ports import Page, Store

NO_SUCH_ROLE = "role not found"
_BUILT_IN = "BUILTIN#"


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """Policies that a role holds, and where the next page of them starts; an empty `next` ends them."""

    policies: Sequence[Policy]
    next: str = ""


class RoleReader:
    """Use cases that read roles of the organization that the caller acts in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_roles(self, *, limit: int, after: str, by: Principal) -> Page[Role]:
        """List the built-in roles, then the custom ones in the order of creation."""
        org_id = by.org_id
        code = [] if after and not after.startswith(_BUILT_IN) else self._built_ins(org_id)
        known = [role.id for role in code]
        start = after.removeprefix(_BUILT_IN)
        if after and start in known:
            code = code[known.index(start) + 1:]
        room = limit - len(code)
        if room < 0:
            return Page(code[:limit], _BUILT_IN + code[limit - 1].id)
        page = self._store.roles_of_org(org_id, limit=max(room, 1), after="" if known else after)
        if room == 0:
            return Page(code, _BUILT_IN + code[-1].id if page.items else "")
        return Page([*code, *page.items], page.next)

    def list_roles_in_use(self, *, limit: int, after: str, by: Principal) -> Page[RoleInUse]:
        """List roles with their numbers of keys and policies."""
        page = self.list_roles(limit=limit, after=after, by=by)
        keys = self._store.keys_by_role(by.org_id)
        return Page([RoleInUse(role, keys.get(role.id, 0), len(role.policy_ids)) for role in page.items], page.next)

    def get_role(self, role_id: str, *, by: Principal) -> Role:
        """Return a role, built-in or custom; raise NotFound for every other id."""
        if role_id in _code(by.org_id):
            return next(role for role in self._built_ins(by.org_id) if role.id == role_id)
        role = self._store.role(by.org_id, role_id)
        if role is None:
            raise NotFound(NO_SUCH_ROLE)
        return role

    def custom_role(
        self, role_id: str, *, by: Principal, problem: str = "built-in roles cannot be changed"
    ) -> Role:
        """Return a role that may be changed; raise InvalidArgument for a built-in one, NotFound for no role."""
        if role_id in _code(by.org_id):
            raise InvalidArgument(problem)
        return self.get_role(role_id, by=by)

    def list_role_policies(self, role_id: str, *, limit: int, after: str, by: Principal) -> RolePolicies:
        """Return a role's policies in the order of attaching; a built-in role has none."""
        role = self.get_role(role_id, by=by)
        start = int(after or 0)
        end = start + limit
        following = str(end) if end < len(role.policy_ids) else ""
        return RolePolicies(self._store.policies(role.org_id, role.policy_ids[start:end]), following)

    def _built_ins(self, org_id: str) -> list[Role]:
        organization = self._store.organization(org_id)
        if organization is None:
            raise NotFound(NO_SUCH_ROLE)
        return [Role(id=role_id, org_id=org_id, name=name, created_at=organization.created_at,
                     updated_at=organization.created_at) for role_id, name in _code(org_id).items()]


def _code(org_id: str) -> dict[str, str]:
    return built_ins(platform=org_id == PLATFORM_ORG)
