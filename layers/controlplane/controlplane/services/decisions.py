"""Deciding once more, about what only the table knew: the environment that an object lives in (contract, section 6).

The authorizer decides before anything of the object is read, so its resource names the request's environment. Where
the request names none, a policy that speaks of one environment is asked here, by the same evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache

from controlplane.domain.access import decide, irn
from controlplane.domain.actions import type_of
from controlplane.domain.errors import PermissionDenied
from controlplane.domain.grants import Grant
from controlplane.domain.principal import Principal
from controlplane.domain.roles import subject_of
from controlplane.domain.values import dataclass
from controlplane.ports import Clock, Conditions, Store
from controlplane.services.authority import Authority
from controlplane.services.role_names import names_of_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks for, as conditions see it: the action of its route, and how it arrived."""

    action: str
    method: str
    path: str
    ip: str


class Decisions:
    """Decides about objects by their own environment."""

    def __init__(self, store: Store, *, clock: Clock, authority: Authority, conditions: Conditions) -> None:
        self._store = store
        self._clock = clock
        self._authority = authority
        self._conditions = conditions

    def require(self, asked: Asked, *, environment_id: str, object_id: str, by: Principal) -> None:
        """Raise PermissionDenied, naming the action, unless the caller may do it to this object where it lives."""
        if not self.allowed(asked, environment_ids=(environment_id,), object_id=object_id, by=by):
            raise PermissionDenied(required=asked.action)

    def allowed(
        self, asked: Asked, *, environment_ids: Collection[str], object_id: str = "", by: Principal
    ) -> frozenset[str]:
        """Return those of the environments in which the caller may do what was asked, by the roles that it has now.

        Environments are read, all at once, only where some grant names a resource or has a condition, the names of
        roles only for a condition.
        """
        grants = self._authority.grants_of(by, in_org=by.org_id)
        subject = cache(lambda: self._subject(by))
        alike = all(grant.everywhere for grant in grants)
        read = () if alike else self._store.environments([(by.org_id, one) for one in environment_ids])
        projects = {place.id: place.project_id for place in read}
        return frozenset(
            one for one in environment_ids
            if self._allows(grants, asked, one, projects.get(one, ""), object_id, by, subject)
        )

    def _allows(
        self, grants: Sequence[Grant], asked: Asked, environment_id: str, project_id: str, object_id: str,
        by: Principal, subject: Callable[[], dict[str, object]],
    ) -> bool:
        resource = irn(org=by.org_id, project=project_id, type=type_of(asked.action),
                       environment=environment_id, id=object_id)
        request: dict[str, object] = {
            "action": asked.action, "resource": resource, "environment": environment_id, "org_id": by.org_id,
            "method": asked.method, "path": asked.path, "ip": asked.ip, "time": self._clock.now(),
        }
        return decide(grants, action=asked.action, resource=resource,
                      holds=lambda text: self._conditions.holds(text, request=request, subject=subject())).allowed

    def _subject(self, by: Principal) -> dict[str, object]:
        names = names_of_roles(self._store, by.home_org_id, by.role_ids)
        return subject_of(type=by.type, id=by.id, org=by.home_org_id, role_ids=by.role_ids, names=names.values())
