"""How handlers change the table: over pynamodb's connection, which brings botocore's credentials and pooling."""

from __future__ import annotations

from typing import Any

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage import patience
from controlplane.storage.lean.errors import DynamoError

_CONNECT_SECONDS, _READ_SECONDS, _CONNECTIONS = 1, 2, 16
_BUDGET = 5.0
_SERVER_ERROR = 500
_TRY_AGAIN = frozenset({
    "ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "InternalServerError", "ServiceUnavailable", "TransactionInProgressException",
})


class PynamoClient:
    """Offers `call(operation, payload)` over one lazily made pynamodb connection; safe to share between threads."""

    def __init__(self, *, region: str, endpoint: str = "", connection: Any = None) -> None:
        """Open nothing yet; `connection` is what to send over, if not one of its own."""
        self._region = region
        self._endpoint = endpoint
        self._connection = connection

    def call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send one request, again while it gets no answer or a passing refusal and its time lasts.

        Every operation that the table uses may be sent twice: reads, deletions, and writes that carry a token.
        Raises DynamoError for a refusal that stands, and StoreUnavailable when no answer is to be had in time; a
        write may then have happened.
        """
        if not patience.over():
            for _ in patience.attempts(_BUDGET):
                reply = self._try(operation, payload)
                if reply is not None:
                    return reply
        raise StoreUnavailable

    def _try(self, operation: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer, or None when the next attempt may get one."""
        from botocore.exceptions import BotoCoreError, ConnectionError, HTTPClientError  # heavy, needed with a request
        from pynamodb.exceptions import VerboseClientError

        try:
            reply: dict[str, Any] = self._connect().dispatch(operation, dict(payload))
        except VerboseClientError as error:
            if _passes(error.response):
                return None
            raise _refusal(error) from None
        except (ConnectionError, HTTPClientError):
            return None
        except BotoCoreError:
            raise StoreUnavailable from None
        return reply

    def _connect(self) -> Any:
        if self._connection is None:
            from pynamodb.connection import Connection

            self._connection = Connection(
                region=self._region, host=self._endpoint or None, connect_timeout_seconds=_CONNECT_SECONDS,
                read_timeout_seconds=_READ_SECONDS, max_pool_connections=_CONNECTIONS,
                retry_configuration={"total_max_attempts": 1, "mode": "standard"},
            )
        return self._connection


def _passes(response: dict[str, Any]) -> bool:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(status >= _SERVER_ERROR) or response.get("Error", {}).get("Code", "") in _TRY_AGAIN


def _refusal(error: Any) -> DynamoError:
    told = error.response.get("Error", {})
    reasons = [reason.code if reason else "None" for reason in error.cancellation_reasons]
    return DynamoError(told.get("Code", ""), told.get("Message", ""), reasons)
