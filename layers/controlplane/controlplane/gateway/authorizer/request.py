"""A request as an authorizer's event shows it: every header and query field with all of its values."""

from __future__ import annotations

from collections.abc import Mapping

from controlplane.api.routes import PLATFORM, Route, find_route
from controlplane.domain.errors import InvalidArgument
from controlplane.domain.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READ_METHODS = frozenset({"GET", "HEAD"})
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a decision may look at. Header names are in lower case; query names are as given."""

    id: str
    method: str
    method_arn: str
    path: str
    resource: str
    route: Route | None
    ip: str
    arrived_ms: int
    headers: Values
    query: Values
    path_parameters: Mapping[str, str]

    def __repr__(self) -> str:
        """Show nothing that a caller wrote: headers and query may hold a credential."""
        return f"Request({self.id})"

    @property
    def for_platform(self) -> bool:
        """Tell whether this is a platform endpoint, where impersonation has no meaning."""
        return self.resource == PLATFORM or self.resource.startswith(PLATFORM + "/")

    def single_header(self, name: str) -> str:
        """Return a header's only value, or an empty text; raise InvalidArgument when it is given twice."""
        values = self.headers.get(name, ())
        if len(values) > 1:
            raise InvalidArgument(f"more than one {name} header")
        return values[0] if values else ""


def request_of(event: Mapping[str, Any], find: Callable[[str, str], Route | None] = find_route) -> Request:
    """Read an event of API Gateway's REST API: of a REQUEST authorizer, or of a proxy integration.

    `find` gives the row of a method and resource, or None for what is not served.
    """
    context = event.get("requestContext") or {}
    method, resource = event["httpMethod"], event["resource"]
    return Request(
        id=context.get("requestId") or "",
        method=method,
        method_arn=event.get("methodArn", ""),
        path=event["path"],
        resource=resource,
        route=find(method, resource),
        ip=(context.get("identity") or {}).get("sourceIp") or "",
        arrived_ms=context.get("requestTimeEpoch") or 0,
        headers=_headers(event),
        query=_query(event),
        path_parameters=event.get("pathParameters") or {},
    )


def _headers(event: Mapping[str, Any]) -> Values:
    """Collect by lower-case name; both shapes are looked at, so that a value in either is never overlooked."""
    several, single = event.get("multiValueHeaders") or {}, event.get("headers") or {}
    found = {name.lower(): tuple(values) for name, values in several.items()}
    if len(found) == len(several) and several.keys() >= single.keys():
        return found
    return _merged(several, single)


def _merged(several: Mapping[str, Any], single: Mapping[str, str]) -> Values:
    """Collect from shapes that differ, or where a name is spelled in two ways."""
    found: dict[str, tuple[str, ...]] = {}
    for name, values in several.items():
        key = name.lower()
        found[key] = found.get(key, ()) + tuple(values)
    others: dict[str, tuple[str, ...]] = {}
    for name, value in single.items():
        key = name.lower()
        if key not in found:
            others[key] = (*others.get(key, ()), value)
    return found | others


def _query(event: Mapping[str, Any]) -> Values:
    several, single = event.get("multiValueQueryStringParameters"), event.get("queryStringParameters")
    if not several and not single:
        return {}
    return {name: (value,) for name, value in (single or {}).items()} | {
        name: tuple(values) for name, values in (several or {}).items()
    }
