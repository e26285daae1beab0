"""What a denial leaves in a tenant's trail (contract, section 8)."""

from __future__ import annotations

from controlplane.domain.credentials import without_values
from controlplane.domain.digests import sha256
from controlplane.domain.records import AuditEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from controlplane.domain.principal import Principal

DENIED = "authz.decision.denied"


def denial(*, id: str, now: int, principal: Principal, action: str, method: str, path: str) -> AuditEvent:
    """Return the event of a refused action; `collapse` names its kind and minute, `action` what was missing."""
    is_key = principal.type == "api_key"
    kind = (principal.org_id, principal.id, action, method, path, str(now // 60))
    return AuditEvent(
        id=id,
        event_type=DENIED,
        scope="tenant",
        trails=(principal.org_id,),
        created_at=now,
        environment_id=principal.environment_id,
        action=action,
        key_ids=(principal.id,) if is_key else (),
        collapse=sha256("\n".join(kind).encode("utf-8", "surrogatepass")).hexdigest(),
        payload={"decision": "denied", "action": action, "method": method, "path": without_values(path),
                 "api_key_id" if is_key else "user_id": principal.id, "count": 1},
    )
