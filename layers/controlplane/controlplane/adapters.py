"""Settings to adapters: what the services need from outside, made when it is first asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from controlplane.domain.digests import sha256
from controlplane.security.clock import SystemClock
from controlplane.security.ids import SystemIds
from controlplane.settings import Settings
from controlplane.storage.patience import within
from controlplane.storage.store import TableStore
from controlplane.storage.table import Table

if TYPE_CHECKING:
    from controlplane.ports import Clock, Conditions, EventBus, Ids, PasswordHasher, Store, TokenSigner
    from controlplane.security.token_secrets import LiveTokenSecrets
    from controlplane.storage.lean.secrets import SecretsClient


class Adapters:
    """The outside of one process; `table`, `clock` and `ids` can be given by tests, `notes` only with a table."""

    def __init__(
        self, settings: Settings, *, table: Table | None = None, notes: Table | None = None,
        clock: Clock | None = None, ids: Ids | None = None,
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.ids: Ids = ids or SystemIds(self.clock)
        self._tables = (table, notes or table) if table else None

    @cached_property
    def store(self) -> Store:
        """The table behind its named questions."""
        table, notes = self._tables or self._dynamodb()
        return TableStore(table, notes=notes)

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Bound how long everything inside may go on asking the table."""
        return within(seconds)

    @cached_property
    def passwords(self) -> PasswordHasher:
        """bcrypt at the configured cost."""
        from controlplane.security.passwords import BcryptHasher

        return BcryptHasher(cost=self.settings.password_cost)

    @cached_property
    def token_secrets(self) -> LiveTokenSecrets:
        """The live secrets of session tokens: from a file in development, from Secrets Manager in the cloud."""
        return self._live(self.settings.jwt_secret_arn, file=self.settings.jwt_secret_file)

    @cached_property
    def seal_secrets(self) -> LiveTokenSecrets:
        """The secret of cursors and fingerprints: in the cloud not the sessions', which few functions may read."""
        arn = self.settings.seal_secret_arn
        return self._live(arn, file="" if arn else self.settings.jwt_secret_file)

    @cached_property
    def tokens(self) -> TokenSigner:
        """The signer of session tokens."""
        from controlplane.security.tokens import Hs256Tokens

        return Hs256Tokens(self.token_secrets)

    @cached_property
    def conditions(self) -> Conditions:
        """The CEL engine."""
        from controlplane.security.conditions.engine import CelConditions

        return CelConditions()

    @cached_property
    def bus(self) -> EventBus:
        """Where announcements go."""
        from controlplane.messaging.eventbridge import event_bus

        return event_bus(self.settings.event_bus, region=self.settings.region)

    def derived_key(self, purpose: bytes) -> bytes:
        """Return a key for one purpose, from the secret that seals."""
        return sha256(purpose + self.seal_secrets("")[0].key()).digest()

    @cached_property
    def _secrets(self) -> SecretsClient:
        from controlplane.storage.lean.secrets import secrets_client

        return secrets_client(self.settings)

    def _live(self, arn: str, *, file: str) -> LiveTokenSecrets:
        from controlplane.security.token_secrets import LiveTokenSecrets, secret_source

        source = secret_source(file=file, arn=arn, read=self._secrets.read)
        return LiveTokenSecrets(source, clock=self.clock)

    def _dynamodb(self) -> tuple[Table, Table]:
        from controlplane.storage.handler_client import dynamodb_tables

        return dynamodb_tables(self.settings.table, region=self.settings.region, endpoint=self.settings.endpoint,
                               ca_file=self.settings.ca_bundle)
