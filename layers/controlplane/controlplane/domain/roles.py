"""The built-in roles: they exist in every organization as code, so nothing stored can change them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ADMIN, DEVELOPER, VIEWER = "role_admin", "role_developer", "role_viewer"
PLATFORM_ADMIN, PLATFORM_OPERATOR, PLATFORM_VIEWER = (
    "role_platform_admin", "role_platform_operator", "role_platform_viewer",
)
TENANT_BUILT_INS = {ADMIN: "admin", DEVELOPER: "developer", VIEWER: "viewer"}
PLATFORM_BUILT_INS = {
    PLATFORM_ADMIN: "platform_admin", PLATFORM_OPERATOR: "platform_operator", PLATFORM_VIEWER: "platform_viewer",
}
PLATFORM_NAME_PREFIX = "platform_"


def subject_of(*, type: str, id: str, org: str, role_ids: Iterable[str], names: Iterable[str]) -> dict[str, object]:
    """Return a caller as conditions see it; they may call a role by its id or by its name."""
    return {"type": type, "id": id, "org": org, "roles": [*role_ids, *names], "key_id": id if type == "api_key" else ""}


def built_ins(*, platform: bool) -> dict[str, str]:
    """Return the built-in roles of the platform or of a tenant: id → name."""
    return PLATFORM_BUILT_INS if platform else TENANT_BUILT_INS
