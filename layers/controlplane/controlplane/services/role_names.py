"""Roles by the names that people read and write (contract, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.role_names import folded
from controlplane.domain.roles import built_ins
from controlplane.ports import Store


def names_of_roles(store: Store, org_id: str, role_ids: Iterable[str]) -> Mapping[str, str]:
    """Return id → name for those of the ids that are roles of the organization now."""
    there = built_ins(platform=org_id == PLATFORM_ORG)
    wanted = tuple(dict.fromkeys(role_ids))
    custom = [role_id for role_id in wanted if role_id not in there]
    found = {role.id: role.name for role in store.roles(org_id, custom)} if custom else {}
    return {role_id: name for role_id in wanted if (name := there.get(role_id) or found.get(role_id))}


def ids_of_role_names(store: Store, org_id: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of roles by name; raise InvalidArgument for a name that no role of the organization has."""
    there = {name: role_id for role_id, name in built_ins(platform=org_id == PLATFORM_ORG).items()}
    return tuple(there.get(name) or _custom(store, org_id, name) for name in dict.fromkeys(names))


def _custom(store: Store, org_id: str, name: str) -> str:
    claim = store.claim("role_name", org_id, folded(name))
    if claim is None:
        raise InvalidArgument("unknown role in roles")
    return claim.owner_id
