"""One request, one answer: the policy and the context that API Gateway is given (design, a request)."""

from __future__ import annotations

from collections.abc import Mapping

from controlplane.api.errors import status_of
from controlplane.api.routes import UNKNOWN_OPERATION
from controlplane.domain.errors import PermissionDenied, Problem, StoreUnavailable, Unauthenticated
from controlplane.domain.principal import Principal
from controlplane.domain.values import dataclass
from controlplane.gateway.authorizer.admission import PLATFORM_REQUIRED, Admission, Ruling, check_in_force
from controlplane.gateway.authorizer.callers import KEY, Caller, Callers
from controlplane.gateway.authorizer.credentials import Presented, presented_credential
from controlplane.gateway.authorizer.decider import Decider
from controlplane.gateway.authorizer.places import ORG_HEADER, environment_of, may_enter, sought, wants_to_enter
from controlplane.gateway.authorizer.recorder import Recorder
from controlplane.gateway.authorizer.request import Request, request_of
from controlplane.gateway.authorizer.same_site import check_same_site
from controlplane.gateway.context import Refusal, pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from controlplane.authorizer_bootstrap import AuthorizerParts

    Reply = dict[str, Any]

NOBODY = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A credential's owner, place and roles by name; `kind` is `api_key` or `jwt`, `expires_at` 0 for never."""

    kind: str
    principal: Principal
    expires_at: int
    role_names: tuple[str, ...]


class Authorizer:
    """Answers who is asking and whether they may; it keeps nothing of a request for the next one."""

    def __init__(self, parts: AuthorizerParts) -> None:
        """Put the parts together; nothing is read or opened before the first request."""
        self._callers = Callers(parts.reader, tokens=parts.tokens, clock=parts.clock)
        decider = Decider(conditions=parts.conditions, clock=parts.clock, extra_actions=parts.extra_actions)
        self._admission = Admission(decider)
        self._recorder = Recorder(parts.writer, clock=parts.clock, ids=parts.ids)
        self._deny_at_gateway = parts.deny_at_gateway
        self._find_route = parts.find_route

    def authorize(self, event: Mapping[str, Any]) -> Reply:
        """Return the reply to a REQUEST authorizer's event.

        Raises StoreUnavailable when nobody can say who is asking; the gateway turns that into a 503.
        """
        request = request_of(event, self._find_route)
        try:
            presented = presented_credential(request)
            caller = self._callers.find(presented, sought(request, enters=may_enter(request)))
        except Unauthenticated as problem:
            return _deny(request, NOBODY, problem)
        ruling = self._rule(request, caller, presented)
        self._recorder.used(caller)
        if ruling.problem and self._deny_at_gateway:
            return _deny(request, caller.id, ruling.problem)
        return _allow(request, ruling)

    def identify(self, event: Mapping[str, Any]) -> Identified:
        """Say whom the credential of a proxy event belongs to, for a public route that reads it itself.

        Raises Unauthenticated with the precise reason, PermissionDenied or NotFound where the caller may not be
        where it asks to be, and StoreUnavailable.
        """
        request = request_of(event)
        presented = presented_credential(request)
        caller = self._callers.find(presented, sought(request, enters=True))
        principal = self._place(request, caller)
        self._recorder.used(caller)
        return Identified(kind=KEY if caller.type == KEY else "jwt", principal=principal,
                          expires_at=caller.expires_at, role_names=caller.role_names)

    def _rule(self, request: Request, caller: Caller, presented: Presented) -> Ruling:
        """Rule, and leave the trace that the ruling must leave."""
        try:
            if presented.from_cookie:
                check_same_site(request)
            ruling = self._admission.rule(request, caller)
            if ruling.problem is None and ruling.principal.impersonating:
                self._recorder.impersonated(request, ruling.principal)
        except (PermissionDenied, StoreUnavailable) as problem:
            return Ruling(caller.principal(), problem)
        required = getattr(ruling.problem, "required", "")
        if required and not caller.platform:
            self._recorder.denied(request, ruling.principal, required)
        return ruling

    def _place(self, request: Request, caller: Caller) -> Principal:
        if not caller.platform:
            check_in_force(caller)
            if ORG_HEADER in request.headers:
                raise PermissionDenied(PLATFORM_REQUIRED)
            return caller.principal(environment=environment_of(request, caller))
        if not wants_to_enter(request):
            return caller.principal()
        principal = self._admission.enter(request, caller)
        self._recorder.impersonated(request, principal)
        return principal


def _allow(request: Request, ruling: Ruling) -> Reply:
    operation = request.route.operation if request.route else UNKNOWN_OPERATION
    refusal = _refusal(ruling.problem) if ruling.problem else None
    return _reply("Allow", request, ruling.principal.id, pack(operation, ruling.principal, refusal))


def _deny(request: Request, principal_id: str, problem: Problem) -> Reply:
    """Refuse at the gateway, whose templates do not escape: every sentence of ours is a fixed text."""
    context = {"sentence": problem.sentence, "code": problem.code, "required": getattr(problem, "required", "")}
    return _reply("Deny", request, principal_id, context)


def _refusal(problem: Problem) -> Refusal:
    return Refusal(status=status_of(problem), code=problem.code, sentence=problem.sentence,
                   required=getattr(problem, "required", ""))


def _reply(effect: str, request: Request, principal_id: str, context: dict[str, str]) -> Reply:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": request.method_arn}
    return {
        "principalId": principal_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
