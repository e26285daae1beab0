"""Explaining a decision: the same evaluation as the authorizer's, shown step by step (contract, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from controlplane.domain.access import Considered, Decision, conclude, consider, irn
from controlplane.domain.actions import type_of
from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.names import DEFAULT_ENVIRONMENT, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Environment
from controlplane.domain.roles import subject_of
from controlplane.domain.values import dataclass, field
from controlplane.ports import Clock, Conditions, Store
from controlplane.services.authority import Authority
from controlplane.services.dry_run import with_seconds
from controlplane.services.role_names import names_of_roles

_HOW_IT_CAME = ("method", "path", "ip", "time")
EXPIRED, INACTIVE = "API key expired", "account is inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked: a key or a user, an action, and where; what is empty is the principal's usual.

    `request` says how the request came: `method`, `path`, `ip`, and `time` in ISO 8601 or whole seconds.
    """

    key_id: str = ""
    user_id: str = ""
    action: str
    resource: str = ""
    environment: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Any) -> Inquiry:
        """Build the inquiry from a parsed `Explain` body."""
        return cls(key_id=body.principal.key_id or "", user_id=body.principal.user_id or "", action=body.action,
                   resource=body.resource or "", environment=body.environment or "", request=body.request or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision, and how each of the principal's grants met the request, in the order of its roles."""

    action: str
    decision: Decision
    considered: Sequence[Considered]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """A key or user as decisions see it; `refused` says why no request of it would even be decided."""

    type: str
    id: str
    role_ids: tuple[str, ...]
    environment_id: str
    refused: str = ""


class Explain:
    """Explains what principals of the organization that the caller acts in may do."""

    def __init__(self, store: Store, *, clock: Clock, authority: Authority, conditions: Conditions) -> None:
        self._store = store
        self._clock = clock
        self._authority = authority
        self._conditions = conditions

    def explain_decision(self, asked: Inquiry, *, by: Principal) -> Explanation:
        """Decide as if the principal had asked now, by the roles that it has now.

        A condition that needs a method, path or address of which `asked.request` says nothing fails to evaluate.
        Raises InvalidArgument for both or no principal, an unknown action or a time that is none, NotFound for what
        the organization does not have.
        """
        if asked.action not in self._authority.actions(by.org_id):
            raise InvalidArgument(f"unknown action: {asked.action}")
        subject = self._subject(asked, by.org_id)
        place = self._place(asked.environment, subject, by.org_id)
        resource = asked.resource or _resource(asked.action, by.org_id, place)
        considered = consider(
            self._authority.grants_of_roles(by.org_id, subject.role_ids), action=asked.action, resource=resource,
            holds=self._holds(asked, resource, place, subject, by.org_id),
        )
        decision = Decision(False, None, subject.refused) if subject.refused else conclude(considered)
        return Explanation(action=asked.action, decision=decision, considered=considered)

    def _holds(
        self, asked: Inquiry, resource: str, place: Environment | None, subject: _Subject, org_id: str
    ) -> Callable[[str], bool | None]:
        told = {name: asked.request[name] for name in _HOW_IT_CAME if name in asked.request}
        about = with_seconds({"action": asked.action, "resource": resource, "environment": place.id if place else "",
                              "org_id": org_id, "time": self._clock.now()} | told)
        names = names_of_roles(self._store, org_id, subject.role_ids)
        who = subject_of(type=subject.type, id=subject.id, org=org_id, role_ids=subject.role_ids, names=names.values())
        return lambda text: self._conditions.holds(text, request=about, subject=who)

    def _subject(self, asked: Inquiry, org_id: str) -> _Subject:
        if bool(asked.key_id) == bool(asked.user_id):
            raise InvalidArgument("principal must have either key_id or user_id")
        return self._key(org_id, asked.key_id) if asked.key_id else self._user(org_id, asked.user_id)

    def _key(self, org_id: str, key_id: str) -> _Subject:
        key = self._store.key(org_id, key_id)
        if key is None or (key.environment_id and not self._store.environment(org_id, key.environment_id)):
            raise NotFound("API key not found")
        return _Subject(type="api_key", id=key.id, role_ids=key.role_ids, environment_id=key.environment_id,
                        refused=EXPIRED if key.expired(self._clock.now()) else "")

    def _user(self, org_id: str, user_id: str) -> _Subject:
        user = self._store.user(org_id, user_id)
        if user is None:
            raise NotFound("user not found")
        usual = "" if org_id == PLATFORM_ORG else DEFAULT_ENVIRONMENT
        return _Subject(type="user", id=user.id, role_ids=user.role_ids, environment_id=usual,
                        refused="" if user.is_active else INACTIVE)

    def _place(self, named: str, subject: _Subject, org_id: str) -> Environment | None:
        """Return the environment asked for by id or name, else the principal's usual one if there is one."""
        if not named:
            return self._store.environment(org_id, subject.environment_id) if subject.environment_id else None
        claim = self._store.claim("environment_name", org_id, named)
        found = self._store.environment(org_id, named)
        found = found or (self._store.environment(org_id, claim.owner_id) if claim else None)
        if found is None:
            raise NotFound("environment not found")
        return found


def _resource(action: str, org_id: str, place: Environment | None) -> str:
    """Name what a list or a creation is about, as the authorizer does."""
    return irn(org=org_id, project=place.project_id if place else "", type=type_of(action),
               environment=place.id if place else "", id="")
