"""The routes of an API of your own that borrows the authorizer: a table from a parameter (docs/attach.md)."""

from __future__ import annotations

from controlplane.api.routes import Access, Route
from controlplane.domain.actions import TENANT_ACTIONS, is_platform_action
from controlplane.settings import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SETTING = "IRONFLOW_ROUTES"
METHODS = frozenset({"ANY", "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def attached_routes(text: str, *, extra_actions: tuple[str, ...]) -> Callable[[str, str], Route | None]:
    """Return how to find the row of a method and resource in `GET /orders=orders:read; POST /orders=orders:write`.

    Rows end at a semicolon or a line's end; `ANY` serves every method that has no row of its own. Raises
    ConfigurationError for a row that is none, that stands there twice, or whose action nobody declared.
    """
    lines = [line.strip() for line in text.replace(";", "\n").splitlines()]
    rows = [_row(line, number) for number, line in enumerate(filter(None, lines), start=1)]
    by_key = {row.key: row for row in rows}
    declared = frozenset((*TENANT_ACTIONS, *extra_actions))
    if len(by_key) != len(rows):
        raise ConfigurationError(f"{SETTING} names a route twice")
    if any(row.action not in declared or is_platform_action(row.action) for row in rows):
        raise ConfigurationError(f"{SETTING} names an action that is not a tenant's and not declared as an extra one")
    return lambda method, resource: by_key.get((method, resource)) or by_key.get(("ANY", resource))


def _row(line: str, number: int) -> Route:
    route, _, action = line.rpartition("=")
    method, _, path = route.partition(" ")
    path = path.strip()
    if method not in METHODS or not path.startswith("/") or not action.strip():
        raise ConfigurationError(f"row {number} of {SETTING} is not like `GET /orders=orders:read`")
    return Route(method, path, f"{method} {path}", "attached", Access.TENANT, action.strip())
