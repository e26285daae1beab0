"""May this caller do this action here: the request in the terms of policies (contract, section 6)."""

from __future__ import annotations

from controlplane.domain.access import decide, irn
from controlplane.domain.actions import type_of
from controlplane.domain.errors import PermissionDenied
from controlplane.domain.grants import grants_naming
from controlplane.domain.roles import subject_of
from controlplane.domain.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from controlplane.domain.records import Environment
    from controlplane.gateway.authorizer.callers import Caller
    from controlplane.gateway.authorizer.request import Request
    from controlplane.ports import Clock, Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An action on a resource: `id` is the object's own, or empty for lists and creations."""

    action: str
    environment: Environment | None = None
    id: str = ""


class Decider:
    """Decides by the caller's grants. `conditions` is asked only when a grant in question has a condition."""

    def __init__(
        self, *, conditions: Callable[[], Conditions], clock: Clock, extra_actions: tuple[str, ...] = ()
    ) -> None:
        self._conditions = conditions
        self._clock = clock
        self._extra_actions = extra_actions

    def require(self, question: Question, *, request: Request, caller: Caller) -> None:
        """Raise PermissionDenied, naming the action, unless the caller's roles grant it."""
        resource = _resource(question, caller)
        asked: Callable[[str], bool | None] | None = None

        def holds(text: str) -> bool | None:
            nonlocal asked
            if asked is None:
                about = self._request_variables(question, resource, request, caller)
                asked = self._conditions().about(request=about, subject=_subject(caller))
            return asked(text)

        grants = grants_naming(
            question.action, caller.role_ids, caller.roles, platform=caller.platform, extra_actions=self._extra_actions
        )
        if not decide(grants, action=question.action, resource=resource, holds=holds).allowed:
            raise PermissionDenied(required=question.action)

    def _request_variables(
        self, question: Question, resource: str, request: Request, caller: Caller
    ) -> dict[str, object]:
        return {
            "action": question.action,
            "resource": resource,
            "environment": question.environment.id if question.environment else "",
            "org_id": caller.organization.id,
            "method": request.method,
            "path": request.path,
            "ip": request.ip,
            "time": self._clock.now(),
        }


def object_id(request: Request) -> str:
    """Return the id of the object that the path is about: its first parameter, as the handler will read it."""
    if request.route is None:
        return ""
    _, opened, rest = request.route.path.partition("{")
    value = request.path_parameters.get(rest.partition("}")[0], "") if opened else ""
    if "%" in value:
        from urllib.parse import unquote

        return unquote(value)
    return value


def _resource(question: Question, caller: Caller) -> str:
    place = question.environment
    return irn(
        org=caller.organization.id,
        project=place.project_id if place else "",
        type=type_of(question.action),
        environment=place.id if place else "",
        id=question.id,
    )


def _subject(caller: Caller) -> dict[str, object]:
    return subject_of(type=caller.type, id=caller.id, org=caller.organization.id, role_ids=caller.role_ids,
                      names=caller.role_names)
