"""DynamoDB's refusals, and which of them are worth asking again."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_TRANSIENT_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
# These answers quote the canonical request back, and with it the session token.
_QUOTES_THE_REQUEST = frozenset({"InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException"})


class DynamoError(Exception):
    """A refusal by DynamoDB that asking again does not change.

    `code` is the short exception name, `cancellation_reasons` one code per item of a cancelled transaction
    ("None" for an item that was fine). `message` is DynamoDB's own sentence; it may quote values, so
    printing leaves it out, and `item` too: the item that failed a condition, where the request asked for it.
    """

    def __init__(
        self, code: str, message: str = "", cancellation_reasons: Iterable[str] = (), item: dict[str, Any] | None = None
    ) -> None:
        """Keep the message out of `args`, so that no traceback shows it."""
        super().__init__(code)
        self.code = code
        self.message = "" if code in _QUOTES_THE_REQUEST else message
        self.cancellation_reasons = tuple(cancellation_reasons)
        self.item = item or {}

    def __str__(self) -> str:
        """Name the code and the reasons, nothing that came from a request."""
        return f"{self.code} {list(self.cancellation_reasons)}" if self.cancellation_reasons else self.code


def error_of(status: int, body: bytes) -> DynamoError:
    """Read an error reply; without DynamoDB's JSON its code is `Http<status>`."""
    document = _document(body)
    code = _word(str(document.get("__type", "")).rpartition("#")[2], otherwise=f"Http{status}")
    message = document.get("message") or document.get("Message") or ""
    item = document.get("Item")
    return DynamoError(
        code, str(message), _reasons(document.get("CancellationReasons")), item if isinstance(item, dict) else None
    )


def is_transient(status: int, error: DynamoError) -> bool:
    """Tell whether the same request may succeed in a moment.

    A cancelled transaction is transient only when every reason is a conflict or a throttle: a failed
    condition stands.
    """
    if status >= 500 or error.code in _TRANSIENT:
        return True
    told = {reason for reason in error.cancellation_reasons if reason != "None"}
    return error.code == "TransactionCanceledException" and bool(told) and told <= _TRANSIENT_REASONS


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _reasons(listed: object) -> list[str]:
    if not isinstance(listed, list):
        return []
    return [_word(str(each.get("Code", "None")) if isinstance(each, dict) else "") for each in listed]


def _word(text: str, *, otherwise: str = "Unknown") -> str:
    return text if text.isascii() and text.isalnum() and len(text) <= 80 else otherwise
