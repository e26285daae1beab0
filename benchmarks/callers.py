"""The callers that are measured, and the authorizer that they are measured in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.events import request_event
from benchmarks.world import ACME, REGION, TABLE, World
from controlplane.authorizer_bootstrap import authorizer_parts
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.token_claims import TokenClaims
from controlplane.domain.values import replace
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.gateway.authorizer.outcome import logged
from controlplane.settings import Settings
from controlplane.storage.identity_reader import LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.lean.client import DynamoClient

SIMPLE, CUSTOM, CONDITIONS = "key, built-in role", "key, 5 roles, 20 policies", "the same, 3 conditions"
TOKEN, IMPERSONATING = "session token (JWT)", "platform key, impersonating"
CONDITION_TEXTS = (
    'request.method == "GET" && request.ip.startsWith("192.0.2.")',
    'subject.type == "api_key" && size(subject.roles) < 20',
    'request.path.startsWith("/api/v1/") && request.action != "apikeys:manage"',
)
_ACTIONS = ("functions:read", "runs:read", "streams:read", "entities:read", "projections:read")


@dataclass
class Counted:
    """The lean client's transport, with a count of the exchanges."""

    inner: Any
    exchanges: int = 0

    def exchange(self, request: bytes, deadline: float) -> tuple[int, dict[str, str], bytes]:
        """Pass on and count."""
        self.exchanges += 1
        answer: tuple[int, dict[str, str], bytes] = self.inner.exchange(request, deadline)
        return answer


@dataclass
class Measured:
    """An authorizer as a running environment has it, its log line included, and what it sends to the table."""

    place: World
    line: Counted = field(init=False)
    handler: Callable[[dict[str, Any], object], dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        """Put it together as the function does."""
        settings = Settings(table=TABLE, region=REGION, endpoint=self.place.endpoint,
                            jwt_secret_file=str(self.place.jwt_secret_file))
        client = DynamoClient(endpoint=self.place.endpoint, region=REGION)
        self.line = Counted(client.transport)
        client.transport = self.line
        parts = replace(authorizer_parts(settings), reader=LeanIdentityReader(client.batch_get, TABLE),
                        writer=LeanIdentityWriter(client.call, TABLE))
        authorizer = Authorizer(parts)
        self.handler = logged(lambda event, _context: authorizer.authorize(event))

    def asking(self, event: Callable[[], dict[str, Any]]) -> Callable[[], object]:
        """Return one request, which must be allowed."""
        def ask() -> object:
            reply = self.handler(event(), None)
            if reply["context"].get("decision") != "allow":
                raise RuntimeError(f"not allowed: {reply['context']}")
            return reply

        return ask


def events_of_callers(place: World) -> dict[str, Callable[[], dict[str, Any]]]:
    """Make the callers; each function returns a new request of one of them."""
    simple, platform = place.key(ACME, "role_viewer"), place.key(PLATFORM_ORG, "role_platform_admin")
    custom = place.key(ACME, *_roles(place, "plain", ("", "", "")))
    conditions = place.key(ACME, *_roles(place, "conditional", CONDITION_TEXTS))
    token = session_token(place)
    return {
        SIMPLE: lambda: request_event(simple),
        CUSTOM: lambda: request_event(custom),
        CONDITIONS: lambda: request_event(conditions),
        TOKEN: lambda: request_event(token),
        IMPERSONATING: lambda: request_event(platform, headers={"X-Ironflow-Org": ACME}),
    }


def _roles(place: World, name: str, conditions: tuple[str, str, str]) -> list[str]:
    """Make five roles of four policies each; three policies of the last one decide, all with a condition or none."""
    others = [
        place.role(ACME, f"role_{name}_{number}", *(
            {"actions": action, "resources": f"irn:ironflow:{ACME}:*:{action.split(':')[0]}:*:{number}-{letter}*"}
            for letter in "abcd"
        ))
        for number, action in enumerate(_ACTIONS[:4])
    ]
    mine = f"irn:ironflow:{ACME}:*:apikeys:*:*"
    deciding = place.role(
        ACME, f"role_{name}_4",
        {"actions": "apikeys:*", "resources": mine, "condition": conditions[0]},
        {"effect": "deny", "actions": "apikeys:*", "resources": mine,
         "condition": f"!({conditions[1]})" if conditions[1] else "", **({} if conditions[1] else _NOWHERE)},
        {"effect": "deny", "actions": "apikeys:read", "resources": mine,
         "condition": f"!({conditions[2]})" if conditions[2] else "", **({} if conditions[2] else _NOWHERE)},
        {"actions": "runs:read", "resources": "*"},
    )
    return [*others, deciding]


_NOWHERE = {"resources": f"irn:ironflow:{ACME}:*:apikeys:*:none-*"}


def session_token(place: World) -> str:
    """Log a user in, as the login function would."""
    settings = Settings(table=TABLE, region=REGION, jwt_secret_file=str(place.jwt_secret_file))
    now = int(time.time())
    return authorizer_parts(settings).tokens().sign(TokenClaims(
        user_id=place.user(ACME, "role_viewer"), org_id=ACME, session_id="session-1", session_version=1,
        issued_at=now, expires_at=now + 3600,
    ))
