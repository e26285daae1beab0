"""The credential that a request presents (contract, section 1): header, then `?token=`, then cookie."""

from __future__ import annotations

from controlplane.domain.errors import Unauthenticated
from controlplane.domain.names import COOKIE
from controlplane.domain.values import dataclass
from controlplane.gateway.authorizer.request import Request

NO_CREDENTIAL = "authentication required"
BAD_KEY = "invalid API key"
EXPIRED_KEY = "API key expired"
BAD_TOKEN = "invalid or expired token"  # noqa: S105 - a sentence
LONGEST = 4096
_TOKEN_DOTS = 2


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as it came, never shown; `from_cookie` says that a browser may have sent it by itself."""

    value: str
    from_cookie: bool = False

    def __repr__(self) -> str:
        """Show nothing of the value."""
        return "Presented(***)"

    @property
    def is_token(self) -> bool:
        """Tell whether it is a session token: three parts between dots; everything else is a key."""
        return self.from_cookie or self.value.count(".") == _TOKEN_DOTS

    @property
    def refused(self) -> Unauthenticated:
        """Return the problem of a credential of this kind that is no good."""
        return Unauthenticated(BAD_TOKEN if self.is_token else BAD_KEY)


def presented_credential(request: Request) -> Presented:
    """Return the first credential that is present, or raise Unauthenticated.

    One that is present but bad is refused, whatever stands in the places after it.
    """
    presented = _from_header(request) or _from_query(request) or _from_cookie(request)
    if presented is None:
        raise Unauthenticated(NO_CREDENTIAL)
    if len(presented.value) > LONGEST:
        raise presented.refused
    return presented


def _from_header(request: Request) -> Presented | None:
    values = request.headers.get("authorization")
    if not values:
        return None
    scheme, _, value = values[0].strip().partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer" or not value.strip():
        raise Unauthenticated(NO_CREDENTIAL)
    return Presented(value.strip())


def _from_query(request: Request) -> Presented | None:
    values = request.query.get("token")
    if not values:
        return None
    if len(values) > 1 or not values[0].strip():
        raise Unauthenticated(NO_CREDENTIAL)
    return Presented(values[0].strip())


def _from_cookie(request: Request) -> Presented | None:
    found = [value for header in request.headers.get("cookie", ()) for value in _cookies(header)]
    if not found:
        return None
    if len(found) > 1:
        raise Unauthenticated(BAD_TOKEN)
    return Presented(found[0], from_cookie=True)


def _cookies(header: str) -> list[str]:
    """Return the values of our cookie in one header; an empty one is a cookie that was cleared."""
    pairs = (pair.partition("=") for pair in header.split(";"))
    values = (value.strip().strip('"') for name, _, value in pairs if name.strip() == COOKIE)
    return [value for value in values if value]
