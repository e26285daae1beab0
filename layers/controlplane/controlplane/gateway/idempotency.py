"""`Idempotency-Key` at the door: which requests it concerns, and what of a reply may be kept (contract, section 1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from controlplane.api.routes import Access, Route
from controlplane.bootstrap import Services
from controlplane.domain.errors import InvalidArgument
from controlplane.gateway.headers import header_values
from controlplane.gateway.replies import Reply
from controlplane.gateway.request import Request
from controlplane.services.idempotency import KeptReply

_HEADER = "idempotency-key"
_SECRETS = {"IssuedKey": ("key",), "ProvisionedTenant": ("api_key", "key")}
_OMITTED = "key_omitted"
_WHY = "the key was shown once, in the first reply to this request"


def answer_once(request: Request, services: Services, *, raw_body: bytes, answer: Callable[[], Reply]) -> Reply:
    """Answer a request, or repeat the reply of an earlier one with the same `Idempotency-Key`.

    A repeated reply says so in the header `Idempotency-Replayed`, and in `key_omitted` where a secret is left out.
    """
    key = _key_of(request)
    if key is None:
        return answer()
    made: list[Reply] = []

    def carry_out() -> KeptReply:
        made.append(answer())
        return KeptReply(made[0].status, _without_secrets(request.route, made[0].body))

    kept = services.idempotency.once(key, request=_identity(request, raw_body), by=request.principal,
                                     carry_out=carry_out)
    if kept is None:
        return made[0]
    return Reply(kept.status, kept.body, headers={"Idempotency-Replayed": "true"})


def _key_of(request: Request) -> str | None:
    if request.route.method != "POST" or request.route.access is Access.PUBLIC:
        return None
    values = header_values(request.event, _HEADER)
    if len(values) > 1:
        raise InvalidArgument("Idempotency-Key must be given once")
    return values[0] if values else None


def _identity(request: Request, raw_body: bytes) -> str:
    by = request.principal
    return json.dumps([request.route.operation, sorted(request.path.items()), by.org_id, by.environment_id,
                       raw_body.hex()])


def _without_secrets(route: Route, body: Any) -> Any:
    place = _SECRETS.get(route.reply)
    if not place or not isinstance(body, dict):
        return body
    kept = json.loads(json.dumps(body))
    holder = kept
    for name in place[:-1]:
        holder = holder[name]
    del holder[place[-1]]
    return kept | {_OMITTED: _WHY}
