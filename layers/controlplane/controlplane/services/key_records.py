"""What every maker of API keys has in common: the item that a value is found by, and how events tell of a key."""

from __future__ import annotations

from typing import Any

from controlplane.domain.records import ApiKey, Credential


def credential_of(key: ApiKey) -> Credential:
    """Return the lookup item of a key."""
    return Credential(hash=key.hash, key_id=key.id, org_id=key.org_id, role_ids=key.role_ids,
                      environment_id=key.environment_id, expires_at=key.expires_at, tool_scopes=key.tool_scopes)


def payload_of(key: ApiKey, change: str) -> dict[str, Any]:
    """Return an event's payload: all of a key but its value and hash (contract, section 8)."""
    return {
        "api_key_id": key.id, "change": change, "name": key.name, "prefix": key.prefix,
        "role_ids": list(key.role_ids), "environment_id": key.environment_id, "expires_at": key.expires_at,
        "created_at": key.created_at, "tool_scopes": None if key.tool_scopes is None else list(key.tool_scopes),
        "org_id": key.org_id,
    }
