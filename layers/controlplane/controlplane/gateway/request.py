"""A request as an operation sees it: parsed, typed, and with its caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from controlplane.api.routes import Route
from controlplane.domain.errors import InvalidArgument, NotFound, Unauthenticated
from controlplane.domain.principal import Principal
from controlplane.domain.values import dataclass
from controlplane.ports import Page
from controlplane.services.cursors import Cursors
from controlplane.services.decisions import Asked

MAX_LIMIT = 1000
_LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class SealedPage:
    """A page of a list, bare or within a body, whose `cursor` goes into the header `X-Next-Cursor`."""

    items: Any
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: `path` and `query` are texts, `body` is the type that the route names, `event` the gateway's."""

    route: Route
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    caller: Principal | None
    event: dict[str, Any]
    cursors: Cursors

    @property
    def principal(self) -> Principal:
        """Return the caller; only public operations have none."""
        if self.caller is None:
            raise Unauthenticated("authentication required")
        return self.caller

    @property
    def asked(self) -> Asked:
        """Return what is asked for, as conditions see it."""
        return Asked(action=self.route.action, method=self.event["httpMethod"], path=self.event["path"], ip=self.ip)

    @property
    def ip(self) -> str:
        """Return the address that API Gateway saw the request come from; no header can pretend another."""
        return (self.event["requestContext"].get("identity") or {}).get("sourceIp") or ""

    def limit(self, default: int = MAX_LIMIT) -> int:
        """Return `?limit=`, 1 to 1,000; raise InvalidArgument for anything else."""
        text = self.query.get("limit", "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
            raise InvalidArgument(f"limit must be a whole number from 1 to {MAX_LIMIT}")
        return int(text)

    def flag(self, name: str) -> bool:
        """Tell whether a query parameter is `true`, that literal only."""
        return self.query.get(name) == "true"

    def after(self, *filters: str) -> str:
        """Return the position that `?cursor=` stands for; it is valid for this list, owner and filters only."""
        return self.cursors.open(self.query.get("cursor", ""), scope=self._scope(filters))

    def page(self, page: Page[Any], *filters: str) -> SealedPage:
        """Seal a page's end as a cursor for this list, owner and filters."""
        return SealedPage(page.items, self.seal(page.next, *filters))

    def only_page(self, items: Sequence[Any]) -> SealedPage:
        """Return a list that is never longer than a page; a bad limit or cursor is refused as in every list."""
        self.limit()
        self.after()
        return SealedPage(items, "")

    def seal(self, position: str, *filters: str) -> str:
        """Return a position as a cursor for this list, owner and filters; empty at the list's end."""
        return self.cursors.seal(position, scope=self._scope(filters))

    def _scope(self, filters: Sequence[str]) -> str:
        path = [f"{name}={value}" for name, value in sorted(self.path.items())]
        return "\x1f".join([self.route.operation, self.principal.org_id, *path, *filters])


def check_path(parameters: Mapping[str, str], route: Route) -> dict[str, str]:
    """Return the path's ids; one that no id could look like is answered as one that does not exist."""
    if route.method == "ANY":
        return {}
    for value in parameters.values():
        if not (value.isascii() and value.isprintable() and 1 <= len(value) <= _LONGEST_ID and "#" not in value):
            raise NotFound("not found")
    return dict(parameters)
