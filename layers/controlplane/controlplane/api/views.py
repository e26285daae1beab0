"""What leaves the system, by allow-list: one type per reply, one function that makes it (contract, sections 3 to 5).

`render` turns a service's answer into a reply's plain values by the route's `reply`; an answer that is a page or a
list becomes a bare array.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import ApiKey
from controlplane.domain.timestamps import timestamp
from controlplane.ports import Page

if TYPE_CHECKING:
    from controlplane.services.apikeys import IssuedKey

Maybe = str | UnsetType
MAKERS: dict[str, Callable[[Any], msgspec.Struct | dict[str, Any]]] = {}
TYPES: dict[str, type[msgspec.Struct]] = {}
HOMES = {
    "audit": ("AuditPage", "PlatformAuditPage"),
    "tenancy": ("Organization", "TenantSummary", "ProvisionedTenant", "Project", "Deleted", "Environment",
                "StatusDeleted", "Function"),
    "users": ("PlatformUser", "User", "Login", "BootstrappedAdmin", "Validation"),
    "roles": ("Role", "RolePolicies"),
    "policies": ("Policy", "PolicyVersion", "DryRunResult", "Explanation"),
    "system": ("Health", "Ready", "Capabilities"),
}
"""Which sibling module `views_<group>` makes which replies; it is imported when one of them is first rendered."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A reply, or a part of one; a field that is UNSET is left out."""


def view(kind: type[msgspec.Struct]) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register a maker for the reply named like its type, without the ending `View`."""
    def register(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        name = kind.__name__.removesuffix("View")
        MAKERS[name], TYPES[name] = make, kind
        return make
    return register


def render(reply: str, answer: Any) -> Any:
    """Return the JSON values of a service's answer for a route's `reply`."""
    name = reply.removeprefix("list[").removesuffix("]")
    load_maker(name)
    if reply.startswith("list["):
        make = MAKERS[name]
        items = answer.items if isinstance(answer, Page) else answer
        return [msgspec.to_builtins(make(item)) for item in items]
    return msgspec.to_builtins(MAKERS[reply](answer)) if reply in MAKERS else answer


def load_maker(name: str) -> None:
    """Import the module that makes a reply, once."""
    if name in MAKERS:
        return
    home = next((group for group, names in HOMES.items() if name in names), "")
    if home:
        import_module(f"controlplane.api.views_{home}")


def optional_time(seconds: int) -> Maybe:
    """Return a timestamp, or nothing for a time that never was."""
    return timestamp(seconds) if seconds else UNSET


class KeyView(View, frozen=True, kw_only=True):
    id: str
    name: str
    prefix: str
    key_prefix: str
    created_at: str
    environment_id: Maybe = UNSET
    expires_at: Maybe = UNSET
    last_used_at: Maybe = UNSET
    role_ids: list[str]
    tool_scopes: list[str] | UnsetType = UNSET
    org_id: str
    platform: bool


class IssuedKeyView(KeyView, frozen=True, kw_only=True):
    key: str
    rotated_from: Maybe = UNSET


@view(KeyView)
def key_view(key: ApiKey) -> KeyView:
    """Show a key without its value or hash."""
    return KeyView(**_key_fields(key))


@view(IssuedKeyView)
def issued_key_view(issued: IssuedKey) -> IssuedKeyView:
    """Show a new key with its value, this once."""
    return IssuedKeyView(**_key_fields(issued.key), key=issued.value, rotated_from=issued.rotated_from or UNSET)


def _key_fields(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id, "name": key.name, "prefix": key.prefix, "key_prefix": key.prefix,
        "created_at": timestamp(key.created_at), "environment_id": key.environment_id or UNSET,
        "expires_at": optional_time(key.expires_at), "last_used_at": optional_time(key.last_used_at),
        "role_ids": list(key.role_ids),
        "tool_scopes": UNSET if key.tool_scopes is None else list(key.tool_scopes),
        "org_id": key.org_id, "platform": key.org_id == PLATFORM_ORG,
    }
