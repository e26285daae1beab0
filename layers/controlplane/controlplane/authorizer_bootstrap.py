"""Settings to the authorizer's parts: what bootstrap is for the handlers, and as light as a cold start needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from controlplane.api.routes import find_route
from controlplane.domain.values import dataclass
from controlplane.security.clock import SystemClock
from controlplane.security.ids import SystemIds
from controlplane.storage.identity_reader import LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.lean.client import DynamoClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from controlplane.api.routes import Route
    from controlplane.ports import Clock, Conditions, Ids, TokenSigner
    from controlplane.settings import Settings
    from controlplane.storage.lean.secrets import SecretsClient


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerParts:
    """What an authorizer is made of; `tokens` and `conditions` are made at their first use.

    `find_route` gives the row of a method and resource: of this API's table, or of an API of somebody's own.
    """

    reader: LeanIdentityReader
    writer: LeanIdentityWriter
    clock: Clock
    ids: Ids
    tokens: Callable[[], TokenSigner]
    conditions: Callable[[], Conditions]
    extra_actions: tuple[str, ...] = ()
    deny_at_gateway: bool = False
    find_route: Callable[[str, str], Route | None] = find_route


def authorizer_parts(settings: Settings) -> AuthorizerParts:
    """Return the parts for one running environment; nothing is opened or read yet."""
    clock = SystemClock()
    client = DynamoClient(endpoint=settings.endpoint or None, region=settings.region,
                          ca_file=settings.ca_bundle or None)
    return AuthorizerParts(
        reader=LeanIdentityReader(client.batch_get, settings.table),
        writer=LeanIdentityWriter(client.call, settings.table),
        clock=clock,
        ids=SystemIds(clock),
        tokens=cache(lambda: _tokens(settings, clock)),
        conditions=cache(_conditions),
        extra_actions=settings.extra_actions,
        deny_at_gateway=settings.deny_at_gateway or bool(settings.attached_routes),
        find_route=_attached(settings) if settings.attached_routes else find_route,
    )


def _attached(settings: Settings) -> Callable[[str, str], Route | None]:
    """Return the routes of the API that borrows this authorizer; it has no binder, so every refusal is a Deny."""
    from controlplane.api.attached import attached_routes

    return attached_routes(settings.attached_routes, extra_actions=settings.extra_actions)


def _tokens(settings: Settings, clock: Clock) -> TokenSigner:
    from controlplane.security.token_secrets import LiveTokenSecrets, secret_source
    from controlplane.security.tokens import Hs256Tokens

    client = cache(lambda: _secrets_client(settings))
    source = secret_source(file=settings.jwt_secret_file, arn=settings.jwt_secret_arn,
                           read=lambda arn, stage: client().read(arn, stage))
    return Hs256Tokens(LiveTokenSecrets(source, clock=clock))


def _secrets_client(settings: Settings) -> SecretsClient:
    from controlplane.storage.lean.secrets import secrets_client

    return secrets_client(settings)


def _conditions() -> Conditions:
    from controlplane.security.conditions.engine import CelConditions

    return CelConditions()
