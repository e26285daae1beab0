"""What the authorizer tells the handler, through API Gateway's flat string context (design, a request).

It holds the principal, the operation that was decided on, and the decision. It never holds a secret, a hash, a
token or an e-mail address.
"""

from __future__ import annotations

import json

from controlplane.domain.principal import Principal
from controlplane.domain.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ALLOW, REFUSE = "allow", "refuse"
_SEPARATOR = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a known caller may not go on: a status, its code and sentence, and for 403 the missing action."""

    status: int
    code: str
    sentence: str
    required: str = ""


def pack(operation: str, principal: Principal, refusal: Refusal | None) -> dict[str, str]:
    """Return the context for a known caller."""
    context = {
        "operation": operation,
        "decision": REFUSE if refusal else ALLOW,
        "principal_type": principal.type,
        "principal_id": principal.id,
        "home_org_id": principal.home_org_id,
        "org_id": principal.org_id,
        "role_ids": _SEPARATOR.join(principal.role_ids),
        "environment_id": principal.environment_id,
        "key_environment_id": principal.key_environment_id,
        "impersonating": "true" if principal.impersonating else "",
        "may_write": "true" if principal.may_write else "",
        "session_id": principal.session_id,
        "session_expires_at": str(principal.session_expires_at or ""),
        "reason": principal.reason,
        "tool_scopes": "" if principal.tool_scopes is None else json.dumps(principal.tool_scopes),
    }
    if refusal:
        context |= {"status": str(refusal.status), "code": refusal.code, "sentence": refusal.sentence,
                    "required": refusal.required}
    return context


def unpack(context: dict[str, Any]) -> Principal:
    """Rebuild the principal; raise KeyError or ValueError when the context is not one of ours."""
    return Principal(
        type=context["principal_type"],
        id=context["principal_id"],
        home_org_id=context["home_org_id"],
        org_id=context["org_id"],
        role_ids=tuple(part for part in context["role_ids"].split(_SEPARATOR) if part),
        environment_id=context["environment_id"],
        key_environment_id=context["key_environment_id"],
        impersonating=context["impersonating"] == "true",
        may_write=context["may_write"] == "true",
        session_id=context["session_id"],
        session_expires_at=int(context["session_expires_at"] or 0),
        reason=context["reason"],
        tool_scopes=tuple(json.loads(context["tool_scopes"])) if context.get("tool_scopes") else None,
    )


def refusal_of(context: dict[str, Any]) -> Refusal | None:
    """Return the refusal that the authorizer decided on, or None only for an explicit `allow`."""
    if context.get("decision") == ALLOW:
        return None
    if context.get("decision") != REFUSE:
        return Refusal(status=500, code="internal", sentence="internal error")
    return Refusal(status=int(context["status"]), code=context["code"], sentence=context["sentence"],
                   required=context.get("required", ""))
