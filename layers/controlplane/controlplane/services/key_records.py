"""What every maker of API keys has in common: values, the item that a value is found by, and events that tell of it."""

from __future__ import annotations

from typing import Any

from controlplane.domain.names import PLATFORM_KEY_PREFIX, PLATFORM_ORG, TENANT_KEY_PREFIX
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, AuditEvent, Credential
from controlplane.ports import Ids, Transaction
from controlplane.services.recorder import Recorder

_RANDOM_BYTES = 16


def new_value(ids: Ids, org_id: str) -> str:
    """Return the value of a new key of an organization; it is to be stored nowhere."""
    prefix = PLATFORM_KEY_PREFIX if org_id == PLATFORM_ORG else TENANT_KEY_PREFIX
    return prefix + ids.secret_hex(_RANDOM_BYTES)


def credential_of(key: ApiKey) -> Credential:
    """Return the lookup item of a key."""
    return Credential(hash=key.hash, key_id=key.id, org_id=key.org_id, role_ids=key.role_ids,
                      environment_id=key.environment_id, expires_at=key.expires_at, tool_scopes=key.tool_scopes)


def add_key(transaction: Transaction, key: ApiKey) -> None:
    """Create a key, and let it be found by its value."""
    transaction.create(key)
    transaction.create(credential_of(key))


def remove_key(transaction: Transaction, key: ApiKey) -> None:
    """Remove a key; its value is dead."""
    transaction.remove(key)
    transaction.remove(credential_of(key))


def key_event(
    recorder: Recorder, event: str, key: ApiKey, *, by: Principal, change: str = "", **more: Any
) -> AuditEvent:
    """Return the event `created`, `revoked` or `roles_changed` of a key, of the tenants' family or the platform's.

    `change` says what happened where it is not just that; `more` is added to all of the key but its value and hash.
    """
    family = "platform.key." if key.platform else "authz.key."
    return recorder.event(
        family + event, by=by, trail=key.org_id, about_keys=(key.id,), environment_id=key.environment_id,
        payload=_payload_of(key, change or event) | more,
    )


def _payload_of(key: ApiKey, change: str) -> dict[str, Any]:
    return {
        "api_key_id": key.id, "change": change, "name": key.name, "prefix": key.prefix,
        "role_ids": list(key.role_ids), "environment_id": key.environment_id, "expires_at": key.expires_at,
        "created_at": key.created_at, "tool_scopes": None if key.tool_scopes is None else list(key.tool_scopes),
        "org_id": key.org_id,
    }
