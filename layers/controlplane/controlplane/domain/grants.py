"""Grants: what roles give, built-in and custom, as a decision sees it (contract, section 6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from controlplane.domain import actions as matrix
from controlplane.domain import roles
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.patterns import (
    ANY,
    PreparedResource,
    resource_segments,
    same_shape,
    split_list,
    tenant_only,
)
from controlplane.domain.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from controlplane.domain.identity import HeldRole
    from controlplane.domain.records import Policy, Role

    R = TypeVar("R", Role, HeldRole)

ALLOW, DENY = "allow", "deny"
_REMEMBERED = 512
_ROLES_REMEMBERED, _LONGEST_REMEMBERED = 256, 32_768


@dataclass(frozen=True, slots=True)
class Grant:
    """One statement: an effect on actions and resources under a condition.

    It is of the platform's or of the tenants' kind, and never names an action of the other. Any effect but
    `allow` denies.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str
    policy_id: str = ""
    policy_name: str = ""
    role_id: str = ""
    platform: bool = False
    _exact: frozenset[str] = field(init=False, repr=False, compare=False)
    _starts: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _wild: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _anywhere: bool = field(init=False, repr=False, compare=False)
    _places: tuple[PreparedResource, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        wild = tuple(action for action in self.actions if ANY in action.split(":"))
        object.__setattr__(self, "_exact", frozenset(filter(self._is_own, self.actions)).difference(wild))
        families = tuple(action for action in wild if action.endswith(":*") and ANY not in action[:-2].split(":"))
        object.__setattr__(self, "_starts", tuple(family[:-1] for family in families if self._is_own(family)))
        object.__setattr__(self, "_wild", tuple(action for action in wild if action not in families))
        object.__setattr__(self, "_anywhere", ANY in self.resources)
        object.__setattr__(self, "_places", tuple(filter(None, map(PreparedResource.of, self.resources))))

    @property
    def allows(self) -> bool:
        """Tell whether the grant gives; one that does not give takes away."""
        return self.effect == ALLOW

    @property
    def everywhere(self) -> bool:
        """Tell whether the grant names every resource and has no condition."""
        return self.condition == "" and self._anywhere

    def names_action(self, action: str) -> bool:
        """Tell whether one of the grant's action patterns names the action."""
        if action in self._exact or action.startswith(self._starts):
            return True
        if not self._wild or not self._is_own(action):
            return False
        for pattern in self._wild:  # noqa: SIM110 (a generator takes twice as long)
            if same_shape(pattern, action):
                return True
        return False

    def names_resource(self, resource: str) -> bool:
        """Tell whether one of the grant's resource patterns names the resource."""
        return self.names_place(resource_segments(resource))

    def names_place(self, segments: Sequence[str]) -> bool:
        """Tell whether one of the grant's resource patterns names the resource with these segments."""
        if self._anywhere:
            return True
        for place in self._places:  # noqa: SIM110 (a generator takes twice as long)
            if place.matches(segments):
                return True
        return False

    def _is_own(self, action: str) -> bool:
        return matrix.is_platform_action(action) == self.platform


@lru_cache(maxsize=_REMEMBERED)
def _grant_of_texts(
    effect: str, actions: str, resources: str, condition: str,
    policy_id: str, policy_name: str, role_id: str, platform: bool,
) -> Grant:
    """Prepare a statement once for each text; the texts themselves are the key, so nothing stale is found."""
    return Grant(
        effect, split_list(actions), split_list(resources), condition,
        policy_id, policy_name, role_id, platform,
    )


def grant_of_policy(policy: Policy, *, role_id: str = "") -> Grant:
    """Return a policy as a decision sees it, held through the role `role_id` or through none."""
    return _grant_of_texts(
        policy.effect, policy.actions, policy.resources, policy.condition,
        policy.id, policy.name, role_id, policy.org_id == PLATFORM_ORG,
    )


def grants_of_role(role: Role) -> tuple[Grant, ...]:
    """Return a custom role's grants, from the texts of its policies that it carries."""
    platform = role.org_id == PLATFORM_ORG
    return tuple([_grant_of_saved(saved, role.id, platform) for saved in role.grants])


def _grant_of_saved(saved: Mapping[str, str], role_id: str, platform: bool) -> Grant:
    return _grant_of_texts(
        saved["effect"], saved["actions"], saved["resources"], saved.get("condition", ""),
        saved["policy_id"], saved["name"], role_id, platform,
    )


class _RoleGrants:
    """What a role gives; its grants that name an action are looked for once for each action that is asked about."""

    __slots__ = ("_naming", "grants")

    def __init__(self, grants: tuple[Grant, ...]) -> None:
        self.grants = grants
        self._naming: dict[str, tuple[Grant, ...]] = {}

    def naming(self, action: str) -> tuple[Grant, ...]:
        """Return the grants that name the action, in their order."""
        found = self._naming.get(action)
        if found is None:
            found = self._naming[action] = tuple([grant for grant in self.grants if grant.names_action(action)])
        return found


def _of_role(role: Role) -> _RoleGrants:
    return _RoleGrants(grants_of_role(role))


def _of_held(role: HeldRole) -> _RoleGrants:
    """Prepare the text that a role's item carries; the whole text is the key, so nothing stale is found."""
    platform = role.org_id == PLATFORM_ORG
    if len(role.grants) > _LONGEST_REMEMBERED:
        return _of_text.__wrapped__(role.grants, role.id, platform)
    return _of_text(role.grants, role.id, platform)


@lru_cache(maxsize=_ROLES_REMEMBERED)
def _of_text(text: str, role_id: str, platform: bool) -> _RoleGrants:
    return _RoleGrants(tuple([_grant_of_saved(saved, role_id, platform) for saved in json.loads(text)]))


_VIEWER = matrix.READ_ACTIONS
_DEVELOPER = _VIEWER + matrix.DEVELOPER_ACTIONS
_PLATFORM_VIEWER = matrix.PLATFORM_READ_ACTIONS
_PLATFORM_OPERATOR = _PLATFORM_VIEWER + matrix.PLATFORM_OPERATOR_ACTIONS
_BUILT_INS = {
    roles.ADMIN: _DEVELOPER + matrix.ADMIN_ACTIONS,
    roles.DEVELOPER: _DEVELOPER,
    roles.VIEWER: _VIEWER,
    roles.PLATFORM_ADMIN: _PLATFORM_OPERATOR + matrix.PLATFORM_ADMIN_ACTIONS,
    roles.PLATFORM_OPERATOR: _PLATFORM_OPERATOR,
    roles.PLATFORM_VIEWER: _PLATFORM_VIEWER,
}


def grants_of_built_in(role_id: str, *, extra_actions: Sequence[str] = ()) -> tuple[Grant, ...]:
    """Return a built-in role's grants, or none for any other id; the extra actions go to `admin` alone."""
    return _built_in(role_id, tuple(extra_actions)).grants if role_id in _BUILT_INS else ()


@lru_cache(maxsize=_REMEMBERED)
def _built_in(role_id: str, extra_actions: tuple[str, ...]) -> _RoleGrants:
    extra = tenant_only(extra_actions) if role_id == roles.ADMIN else ()
    platform = role_id in roles.PLATFORM_BUILT_INS
    return _RoleGrants((Grant(ALLOW, _BUILT_INS[role_id] + extra, (ANY,), "", role_id=role_id, platform=platform),))


FULL_ACCESS = (Grant(ALLOW, (ANY,), (ANY,), ""),)
"""What an impersonator may do inside a tenant: every tenant action, declared extra actions included."""
READ_ONLY = grants_of_built_in(roles.VIEWER)
"""What an impersonator with the read permission may do inside a tenant: what a viewer may."""


def effective_grants(
    role_ids: Iterable[str], custom_roles: Iterable[Role], *,
    platform: bool, extra_actions: Sequence[str] = (),
) -> tuple[Grant, ...]:
    """Return the union of the grants of a credential's roles.

    `custom_roles` are roles read from the credential's own organization. An id that is neither a built-in of
    the credential's kind nor one of them gives nothing, and neither does a role of the other kind.
    """
    parts = _parts(role_ids, custom_roles, _of_role, platform=platform, extra_actions=tuple(extra_actions))
    return tuple([grant for part in parts for grant in part.grants])


def grants_naming(
    action: str, role_ids: Iterable[str], held_roles: Iterable[HeldRole], *,
    platform: bool, extra_actions: tuple[str, ...] = (),
) -> list[Grant]:
    """Return those of the effective grants that name the action: all that a decision about it depends on."""
    parts = _parts(role_ids, held_roles, _of_held, platform=platform, extra_actions=extra_actions)
    return [grant for part in parts for grant in part.naming(action)]


def _parts(
    role_ids: Iterable[str], custom_roles: Iterable[R], prepare: Callable[[R], _RoleGrants], *,
    platform: bool, extra_actions: tuple[str, ...],
) -> list[_RoleGrants]:
    built_in = roles.built_ins(platform=platform)
    custom = {role.id: role for role in custom_roles if (role.org_id == PLATFORM_ORG) == platform}
    return [
        _built_in(role_id, extra_actions) if role_id in built_in else prepare(custom[role_id])
        for role_id in dict.fromkeys(role_ids) if role_id in built_in or role_id in custom
    ]
