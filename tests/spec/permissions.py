"""The permission tables, copied from the contract (section 6) by hand: what each built-in role may do.

This is the oracle for the matrices in the code, so nothing here is derived from them.
"""

from __future__ import annotations

TENANT_ROLES = ("role_admin", "role_developer", "role_viewer")
TENANT_TABLE = """
functions:list            Y Y Y
functions:read            Y Y Y
runs:read                 Y Y Y
events:subscribe          Y Y Y
streams:read              Y Y Y
entities:read             Y Y Y
projections:read          Y Y Y
users:read                Y Y Y
apikeys:read              Y Y Y
orgs:read                 Y Y Y
agent:tools:read          Y Y Y
roles:read                Y Y Y
policies:read             Y Y Y
projects:read             Y Y Y
environments:read         Y Y Y
audit:read                Y Y Y
functions:register        Y Y N
functions:invoke          Y Y N
runs:cancel               Y Y N
events:emit               Y Y N
entities:append           Y Y N
projections:manage        Y Y N
secrets:read              Y Y N
apikeys:manage            Y Y N
agent:tools:register      Y Y N
agent:tools:invoke        Y Y N
agent:tools:unregister    Y Y N
secrets:manage            Y N N
users:manage              Y N N
orgs:manage               Y N N
roles:manage              Y N N
policies:manage           Y N N
projects:manage           Y N N
environments:manage       Y N N
"""

PLATFORM_ROLES = ("role_platform_admin", "role_platform_operator", "role_platform_viewer")
PLATFORM_TABLE = """
platform:users:read       Y Y Y
platform:keys:read        Y Y Y
platform:roles:read       Y Y Y
platform:tenants:read     Y Y Y
platform:impersonate:read Y Y Y
platform:audit:read       Y Y Y
platform:tenants:manage   Y Y N
platform:impersonate      Y Y N
platform:users:manage     Y N N
platform:keys:manage      Y N N
platform:roles:manage     Y N N
platform:policies:read    Y N N
platform:policies:manage  Y N N
"""


def read_table(table: str, roles: tuple[str, ...]) -> dict[tuple[str, str], bool]:
    """Return one table as (role id, action) → may."""
    rows = [line.split() for line in table.strip().splitlines()]
    return {(role, action): mark == "Y" for action, *marks in rows for role, mark in zip(roles, marks, strict=True)}


TENANT = read_table(TENANT_TABLE, TENANT_ROLES)
PLATFORM = read_table(PLATFORM_TABLE, PLATFORM_ROLES)
TENANT_ACTIONS = tuple(dict.fromkeys(action for _, action in TENANT))
PLATFORM_ACTIONS = tuple(dict.fromkeys(action for _, action in PLATFORM))
EVERYTHING = TENANT | PLATFORM


def may(role_id: str, action: str) -> bool:
    """Tell whether a built-in role may do an action; across the two tables nobody may."""
    return EVERYTHING.get((role_id, action), False)
