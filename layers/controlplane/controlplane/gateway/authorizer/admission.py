"""What each kind of route asks of a caller, before and beside its grants (contract, sections 2 to 7)."""

from __future__ import annotations

from controlplane.api.routes import Access, Route
from controlplane.domain.errors import InvalidArgument, NotFound, PermissionDenied, Problem
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.values import dataclass, replace
from controlplane.gateway.authorizer.decider import Question, object_id
from controlplane.gateway.authorizer.places import (
    ORG_HEADER,
    environment_of,
    may_enter,
    reason_of,
    wants_to_enter,
)
from controlplane.gateway.authorizer.request import READ_METHODS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from controlplane.domain.principal import Principal
    from controlplane.domain.records import Environment
    from controlplane.gateway.authorizer.callers import Caller
    from controlplane.gateway.authorizer.decider import Decider
    from controlplane.gateway.authorizer.request import Request

PLATFORM_REQUIRED = "platform credential required"
SUSPENDED = "organization is suspended"
OPERATOR = "operator"
IMPERSONATE, IMPERSONATE_READ = "platform:impersonate", "platform:impersonate:read"
_PLATFORM_ONLY = (Access.PLATFORM, Access.SESSION, Access.PLATFORM_ONLY_ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a caller may act, or why it may not."""

    principal: Principal
    problem: Problem | None = None


class Admission:
    """Rules on requests of known callers. An impersonation is served only once its event is written."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    def rule(self, request: Request, caller: Caller) -> Ruling:
        """Return the ruling for the route of the request; a route that is not in the table does not exist."""
        try:
            if request.route is None:
                raise NotFound("not found")
            if caller.platform:
                return Ruling(self._platform(request, request.route, caller))
            return self._tenant(request, request.route, caller)
        except Problem as problem:
            return Ruling(caller.principal(), problem)

    def enter(self, request: Request, caller: Caller) -> Principal:
        """Return a platform caller as it acts inside the organization that it names (contract, section 7).

        Raises PermissionDenied, NotFound, or InvalidArgument.
        """
        reading = request.method in READ_METHODS
        target_id = request.single_header(ORG_HEADER).strip()
        question = Question(action=IMPERSONATE_READ if reading else IMPERSONATE, id=target_id)
        self._decider.require(question, request=request, caller=caller)
        if target_id == PLATFORM_ORG:
            raise PermissionDenied("the platform organization cannot be impersonated")
        if caller.target is None:
            raise NotFound("organization not found")
        if caller.target.suspended and not reading:
            raise PermissionDenied(SUSPENDED)
        return replace(
            caller.principal(environment=environment_of(request, caller)),
            org_id=caller.target.id, impersonating=True, may_write=not reading, reason=reason_of(request),
        )

    def _platform(self, request: Request, route: Route, caller: Caller) -> Principal:
        """Admit a platform caller at home, or inside the organization that it names."""
        if route.access is Access.PLATFORM_ONLY_ELSEWHERE:
            raise PermissionDenied(PLATFORM_REQUIRED)
        if route.access is Access.OPERATOR:
            raise PermissionDenied(required=OPERATOR)
        if may_enter(request) and wants_to_enter(request):
            if _asks_for_platform_keys(request, route):
                raise PermissionDenied(required=route.platform_action)
            return self.enter(request, caller)
        if action := _platform_action(request, route, caller):
            question = Question(action=action, id=object_id(request))
            self._decider.require(question, request=request, caller=caller)
        return caller.principal()

    def _tenant(self, request: Request, route: Route, caller: Caller) -> Ruling:
        """Admit a tenant caller in its own organization; a ruling by grants knows the environment."""
        check_in_force(caller)
        if route.access in _PLATFORM_ONLY or (may_enter(request) and ORG_HEADER in request.headers):
            raise PermissionDenied(PLATFORM_REQUIRED)
        place = environment_of(request, caller)
        principal = caller.principal(environment=place)
        try:
            self._check_tenant(request, route, caller, principal, place)
        except PermissionDenied as problem:
            return Ruling(principal, problem)
        return Ruling(principal)

    def _check_tenant(
        self, request: Request, route: Route, caller: Caller, principal: Principal, place: Environment | None
    ) -> None:
        if route.access is Access.AUTHENTICATED or _is_self(request, route, caller):
            return
        if route.access is Access.OPERATOR:
            if not principal.operator_admin:
                raise PermissionDenied(required=OPERATOR)
            return
        if _asks_for_platform_keys(request, route) and not principal.operator_admin:
            raise PermissionDenied(required=route.platform_action)
        question = Question(action=route.action, environment=place, id=object_id(request))
        self._decider.require(question, request=request, caller=caller)


def check_in_force(caller: Caller) -> None:
    """Raise PermissionDenied while the caller's own organization is suspended."""
    if caller.organization.suspended:
        raise PermissionDenied(SUSPENDED)


def _platform_action(request: Request, route: Route, caller: Caller) -> str:
    """Return what a platform caller must be granted at home, or an empty text for nothing.

    Raises PermissionDenied where it has no business without an organization to enter.
    """
    if route.access is Access.AUTHENTICATED or (route.access is Access.SESSION and caller.session_id):
        return ""
    if route.access is Access.PLATFORM:
        return route.action
    listing_tenant_keys = "platform" in route.query and not _asks_for_platform_keys(request, route)
    if route.access is Access.KEYS and not listing_tenant_keys:
        return route.platform_action
    raise PermissionDenied(required=route.action)


def _is_self(request: Request, route: Route, caller: Caller) -> bool:
    """Tell whether a user asks for what every user may do to itself."""
    return route.access is Access.SELF and caller.type == "user" and caller.id == object_id(request)


def _asks_for_platform_keys(request: Request, route: Route) -> bool:
    """Tell whether a list asks for platform keys; raise InvalidArgument where it says two things."""
    if route.access is not Access.KEYS or "platform" not in route.query:
        return False
    values = request.query.get("platform", ())
    if len(set(values)) > 1:
        raise InvalidArgument("platform is given twice")
    return values[:1] == ("true",)
