"""The handlers' way to DynamoDB: pynamodb's connection, which brings botocore's credentials, retries and pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage.lean.errors import DynamoError

if TYPE_CHECKING:
    from controlplane.storage.table import Table

_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS, _CONNECTIONS = 2, 3, 4, 16
_TRY_AGAIN_LATER = (
    "ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "InternalServerError", "ServiceUnavailable", "TransactionInProgressException",
)


class PynamoClient:
    """Offers `call(operation, payload)` over one lazily made pynamodb connection; safe to share between threads."""

    def __init__(self, *, region: str, endpoint: str = "") -> None:
        self._region = region
        self._endpoint = endpoint
        self._connection: Any = None

    def call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request; raise DynamoError for a refusal and StoreUnavailable when no answer is to be had."""
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - heavy, and only needed with a request
        from pynamodb.exceptions import VerboseClientError  # noqa: PLC0415

        try:
            reply: dict[str, Any] = self._connect().dispatch(operation, dict(payload))
        except VerboseClientError as error:
            raise _refusal(error) from None
        except BotoCoreError:
            raise StoreUnavailable from None
        return reply

    def _connect(self) -> Any:
        if self._connection is None:
            from pynamodb.connection import Connection  # noqa: PLC0415

            self._connection = Connection(
                region=self._region, host=self._endpoint or None, connect_timeout_seconds=_CONNECT_SECONDS,
                read_timeout_seconds=_READ_SECONDS, max_pool_connections=_CONNECTIONS,
                retry_configuration={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            )
        return self._connection


def _refusal(error: Any) -> DynamoError | StoreUnavailable:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _TRY_AGAIN_LATER:
        return StoreUnavailable()
    reasons = [reason.code if reason else "None" for reason in error.cancellation_reasons]
    return DynamoError(code, error.response.get("Error", {}).get("Message", ""), reasons)


def dynamodb_table(name: str, *, region: str, endpoint: str) -> Table:
    """Return a table as handlers reach it."""
    from controlplane.storage.wire_table import WireTable

    return WireTable(PynamoClient(region=region, endpoint=endpoint).call, name)
