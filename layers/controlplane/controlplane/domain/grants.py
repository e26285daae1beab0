"""Grants: what roles give, built-in and custom, as a decision sees it (contract, section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from controlplane.domain import actions as matrix
from controlplane.domain import roles
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.patterns import (
    ANY,
    resource_segments,
    resource_segments_match,
    same_shape,
    split_list,
    tenant_only,
)
from controlplane.domain.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from controlplane.domain.records import Policy, Role

ALLOW, DENY = "allow", "deny"
_REMEMBERED = 512


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
    _places: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        wild = tuple(action for action in self.actions if ANY in action.split(":"))
        object.__setattr__(self, "_exact", frozenset(filter(self._is_own, self.actions)).difference(wild))
        families = tuple(action for action in wild if action.endswith(":*") and ANY not in action[:-2].split(":"))
        object.__setattr__(self, "_starts", tuple(family[:-1] for family in families if self._is_own(family)))
        object.__setattr__(self, "_wild", tuple(action for action in wild if action not in families))
        places = (resource.split(":") for resource in self.resources if resource != ANY)
        object.__setattr__(self, "_places", tuple(map(tuple, places)))

    @property
    def allows(self) -> bool:
        """Tell whether the grant gives; one that does not give takes away."""
        return self.effect == ALLOW

    @property
    def everywhere(self) -> bool:
        """Tell whether the grant names every resource and has no condition."""
        return self.condition == "" and ANY in self.resources

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
        if ANY in self.resources:
            return True
        segments = resource_segments(resource)
        for pattern in self._places:  # noqa: SIM110 (a generator takes twice as long)
            if resource_segments_match(pattern, segments):
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
    return tuple([_grant_of_saved(tuple(saved), tuple(saved.values()), role.id, platform) for saved in role.grants])


@lru_cache(maxsize=_REMEMBERED)
def _grant_of_saved(names: tuple[str, ...], texts: tuple[str, ...], role_id: str, platform: bool) -> Grant:
    """Prepare a policy's text that a role carries; the whole text is the key, so nothing stale is found."""
    saved = dict(zip(names, texts, strict=True))
    return _grant_of_texts(
        saved["effect"], saved["actions"], saved["resources"], saved.get("condition", ""),
        saved["policy_id"], saved["name"], role_id, platform,
    )


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
    return _built_in(role_id, tuple(extra_actions)) if role_id in _BUILT_INS else ()


@lru_cache(maxsize=_REMEMBERED)
def _built_in(role_id: str, extra_actions: tuple[str, ...]) -> tuple[Grant, ...]:
    extra = tenant_only(extra_actions) if role_id == roles.ADMIN else ()
    platform = role_id in roles.PLATFORM_BUILT_INS
    return (Grant(ALLOW, _BUILT_INS[role_id] + extra, (ANY,), "", role_id=role_id, platform=platform),)


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
    built_in = roles.built_ins(platform=platform)
    custom = {role.id: role for role in custom_roles if (role.org_id == PLATFORM_ORG) == platform}
    union: tuple[Grant, ...] = ()
    for role_id in dict.fromkeys(role_ids):
        if role_id in built_in:
            union += grants_of_built_in(role_id, extra_actions=extra_actions)
        elif role_id in custom:
            union += grants_of_role(custom[role_id])
    return union
