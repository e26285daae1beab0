"""Actions, and what the built-in roles may do: the permission matrices (contract, section 6)."""

from __future__ import annotations

READ_ACTIONS = (
    "functions:list", "functions:read", "runs:read", "events:subscribe", "streams:read", "entities:read",
    "projections:read", "users:read", "apikeys:read", "orgs:read", "agent:tools:read", "roles:read",
    "policies:read", "projects:read", "environments:read", "audit:read",
)
DEVELOPER_ACTIONS = (
    "functions:register", "functions:invoke", "runs:cancel", "events:emit", "entities:append",
    "projections:manage", "secrets:read", "apikeys:manage", "agent:tools:register", "agent:tools:invoke",
    "agent:tools:unregister",
)
ADMIN_ACTIONS = (
    "secrets:manage", "users:manage", "orgs:manage", "roles:manage", "policies:manage", "projects:manage",
    "environments:manage",
)
PLATFORM_READ_ACTIONS = (
    "platform:users:read", "platform:keys:read", "platform:roles:read", "platform:tenants:read",
    "platform:impersonate:read", "platform:audit:read",
)
PLATFORM_OPERATOR_ACTIONS = ("platform:tenants:manage", "platform:impersonate")
PLATFORM_ADMIN_ACTIONS = (
    "platform:users:manage", "platform:keys:manage", "platform:roles:manage", "platform:policies:read",
    "platform:policies:manage",
)

TENANT_ACTIONS = READ_ACTIONS + DEVELOPER_ACTIONS + ADMIN_ACTIONS
PLATFORM_ACTIONS = PLATFORM_READ_ACTIONS + PLATFORM_OPERATOR_ACTIONS + PLATFORM_ADMIN_ACTIONS
_PLATFORM_START = "platform:"


def is_platform_action(action: str) -> bool:
    """Tell whether an action, or an action pattern, belongs to the platform's own kind."""
    return action.startswith(_PLATFORM_START)


def type_of(action: str) -> str:
    """Return the type of resource that an action is about, as a resource's fourth segment names it."""
    return action.removeprefix(_PLATFORM_START).partition(":")[0]
