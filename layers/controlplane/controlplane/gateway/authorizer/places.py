"""Where a request wants to act: its environment, and the organization that it enters (contract, sections 1, 2, 7)."""

from __future__ import annotations

from controlplane.api.routes import UNKNOWN_OPERATION
from controlplane.domain.errors import InvalidArgument, PermissionDenied
from controlplane.domain.names import OWN_ENVIRONMENT
from controlplane.domain.records import Environment
from controlplane.gateway.authorizer.callers import Caller, Sought
from controlplane.gateway.authorizer.request import Request

ORG_HEADER, REASON_HEADER = "x-ironflow-org", "x-ironflow-reason"
OTHER_SCOPE = "environment does not match API key scope"
UNKNOWN_ENVIRONMENT = "environment not found in this organization"
_ENVIRONMENT_HEADERS = ("x-ironflow-environment", "x-ironflow-environment-id")
_ENVIRONMENT_FIELDS = ("env", "env_id")
_LONGEST_ID = 200
_LONGEST_REASON = 500


def sought(request: Request, *, enters: bool) -> Sought:
    """Return what to look up beside the caller; values that cannot be one are judged later, once it is known."""
    named = _named(request)
    targets = request.headers.get(ORG_HEADER, ()) if enters else ()
    return Sought(
        environment=named[0] if len(named) == 1 and _is_id(named[0]) else "",
        target_org_id=targets[0].strip() if len(targets) == 1 and _is_id(targets[0].strip()) else "",
    )


def may_enter(request: Request) -> bool:
    """Tell whether a request of this route can be made inside another organization; an unknown path has no inside."""
    return request.route is not None and request.route.operation != UNKNOWN_OPERATION and not request.for_platform


def wants_to_enter(request: Request) -> bool:
    """Tell whether the request names an organization to enter; raise InvalidArgument when it does so badly."""
    if ORG_HEADER not in request.headers:
        return False
    if not request.single_header(ORG_HEADER).strip():
        raise InvalidArgument("X-Ironflow-Org is empty")
    return True


def environment_of(request: Request, caller: Caller) -> Environment | None:
    """Return the environment that the request acts in, or None where there is none.

    Raises PermissionDenied for one outside the key's scope or the organization, InvalidArgument for two.
    """
    named = _named(request)
    if len(named) > 1:
        raise InvalidArgument("more than one environment named")
    if not named:
        return caller.key_environment or caller.environment
    found = caller.environment if _is_id(named[0]) else None
    if caller.key_environment and (found is None or found.id != caller.key_environment.id):
        raise PermissionDenied(OTHER_SCOPE)
    if found is None:
        raise PermissionDenied(UNKNOWN_ENVIRONMENT)
    return found


def reason_of(request: Request) -> str:
    """Return why the caller enters; raise InvalidArgument when it is too long or not plain text."""
    reason = request.single_header(REASON_HEADER)
    if len(reason) > _LONGEST_REASON or not reason.isprintable():
        raise InvalidArgument(f"X-Ironflow-Reason must be at most {_LONGEST_REASON} printable characters")
    return reason


def _named(request: Request) -> tuple[str, ...]:
    """Return the different environments that the request names; the caller's own is not named; headers win."""
    for source, names in ((request.headers, _ENVIRONMENT_HEADERS), (request.query, _ENVIRONMENT_FIELDS)):
        if names[0] not in source and names[1] not in source:
            continue
        values = [value.strip() for name in names for value in source.get(name, ())]
        if values := [value for value in values if value]:
            different = tuple(dict.fromkeys(values))
            return () if different == (OWN_ENVIRONMENT,) else different
    return ()


def _is_id(text: str) -> bool:
    """Tell whether the text can be an id or a slug; nothing else is looked for."""
    return 0 < len(text) <= _LONGEST_ID and text.isascii() and text.isprintable()
