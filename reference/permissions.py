"""The page of permissions: what the built-in roles may do, and what each operation needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from controlplane.api.routes import ROUTES, UNKNOWN_PATH, Access, Route
from controlplane.domain import actions
from controlplane.domain.grants import Grant, grants_of_built_in
from controlplane.domain.roles import PLATFORM_BUILT_INS, TENANT_BUILT_INS
from reference.markdown import code, page, table

_WHO = {
    Access.PUBLIC: "nobody needs to be known",
    Access.AUTHENTICATED: "any credential",
    Access.TENANT: "tenant credentials, or platform credentials inside the organization",
    Access.PLATFORM: "platform credentials",
    Access.KEYS: "tenant credentials; platform credentials for platform keys, or inside an organization",
    Access.OPERATOR: "an admin of the operator organization",
    Access.SELF: "the user itself, or as tenant",
    Access.SESSION: "a platform user's session",
    Access.PLATFORM_ONLY_ELSEWHERE: "nobody",
}
_INSIDE = """
Platform credentials reach the operations of a tenant with the header `X-Ironflow-Org`: `GET` needs
`platform:impersonate:read`, every other method `platform:impersonate`. What they may do there is everything, or, with
the read permission, what `viewer` may. An admin of the operator organization also manages platform keys.
"""


def permissions_page() -> str:
    """Return docs/reference/permissions.md."""
    served = [route for route in ROUTES if route.path != UNKNOWN_PATH]
    return page(
        "Permissions", "the route table and the matrices of the built-in roles",
        "What a caller may do is the union of what its roles grant. These are the built-in ones; "
        "[roles and policies](../concepts/roles-and-policies.md) tells how to make others.",
        "## Tenant actions", _matrix(actions.TENANT_ACTIONS, TENANT_BUILT_INS),
        "## Platform actions", _matrix(actions.PLATFORM_ACTIONS, PLATFORM_BUILT_INS),
        "## What each operation needs",
        table(("Operation", "Action", "For platform credentials", "Open to"), [_needs(route) for route in served]),
        _INSIDE,
    )  # fmt: skip


def _matrix(known: Sequence[str], roles: Mapping[str, str]) -> str:
    grants = {role_id: grants_of_built_in(role_id) for role_id in roles}
    rows = [(code(action), *(_mark(action, grants[role_id]) for role_id in roles)) for action in known]
    titles = [f"{name} ({code(role_id)})" for role_id, name in roles.items()]
    return table(("Action", *titles), rows)


def _mark(action: str, grants: Sequence[Grant]) -> str:
    return "yes" if any(grant.names_action(action) for grant in grants) else ""


def _needs(route: Route) -> tuple[str, ...]:
    return (f"[{route.operation}](api.md#{route.operation})", code(route.action), code(route.platform_action),
            _WHO[route.access])  # fmt: skip
