"""The one mapping from what went wrong to what a client sees (contract, section 1)."""

from __future__ import annotations

from controlplane.domain import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STATUS: dict[type[errors.Problem], int] = {
    errors.TooLarge: 413,
    errors.InvalidArgument: 400,
    errors.FailedPrecondition: 400,
    errors.Unauthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.Aborted: 409,
    errors.ResourceExhausted: 429,
    errors.StoreUnavailable: 503,
}
_INTERNAL = "internal error"
RETRY_SECONDS = 1


def status_of(problem: errors.Problem) -> int:
    """Return the HTTP status of a problem; a class without one of its own has its parent's."""
    return next((_STATUS[kind] for kind in type(problem).__mro__ if kind in _STATUS), 500)


def body_of(problem: errors.Problem, *, request_id: str) -> dict[str, Any]:
    """Return the error body that every client can read, whichever field it reads first."""
    required = getattr(problem, "required", "")
    return error_body(problem.sentence, problem.code, request_id=request_id, required=required)


def error_body(sentence: str, code: str, *, request_id: str, required: str = "") -> dict[str, Any]:
    """Return an error body; `required` names the missing action of a 403."""
    body: dict[str, Any] = {"error": sentence, "message": sentence, "code": code, "request_id": request_id}
    if required:
        body["required"] = required
    if code == errors.StoreUnavailable.code:
        body["retryable"] = True
    return body


def headers_of(problem: errors.Problem) -> dict[str, str]:
    """Return when to come back, for the problems that pass by themselves."""
    if isinstance(problem, errors.ResourceExhausted):
        return {"Retry-After": str(problem.retry_after)}
    if isinstance(problem, errors.StoreUnavailable):
        return {"Retry-After": str(RETRY_SECONDS)}
    return {}


def internal_error(request_id: str) -> dict[str, Any]:
    """Return the body of a 500, which tells nothing but where to look."""
    return error_body(_INTERNAL, errors.Problem.code, request_id=request_id)
