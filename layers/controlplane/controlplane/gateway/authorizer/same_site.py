"""A cookie is sent by browsers unasked, so a change needs a word about where it comes from (contract, section 1)."""

from __future__ import annotations

from controlplane.domain.errors import PermissionDenied
from controlplane.gateway.authorizer.request import SAFE_METHODS, Request

OTHER_SITE = "request comes from another site"
_SAME = ("same-origin", "same-site")


def check_same_site(request: Request) -> None:
    """Raise PermissionDenied unless the request, authenticated by a cookie, changes nothing or is of the same site.

    What the browser itself says of the site decides; where it says nothing, the origin must be this very host.
    """
    if request.method in SAFE_METHODS:
        return
    sites = request.headers.get("sec-fetch-site", ())
    if sites:
        same = all(site.strip().lower() in _SAME for site in sites)
    else:
        same = set(request.headers.get("origin", ())) == {_own_origin(request)}
    if not same:
        raise PermissionDenied(OTHER_SITE)


def _own_origin(request: Request) -> str | None:
    """Return the origin of this very host; None, which no origin is, where the request does not name one host."""
    hosts, schemes = request.headers.get("host", ()), request.headers.get("x-forwarded-proto", ())
    if len(hosts) != 1 or not hosts[0].strip():
        return None
    return f"{schemes[-1] if schemes else 'https'}://{hosts[0]}"
