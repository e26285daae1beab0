"""The page of errors: the one body, the codes, and which status means what."""

from __future__ import annotations

import json

from controlplane.api.openapi import document
from controlplane.api.openapi_errors import codes, meaning_of_status
from reference.markdown import code, page, table

_INTRODUCTION = """
Every error has the same body, whoever refuses: the gateway, the authorizer or an operation. `error` and `message` are
the same sentence; programs decide by `code`. What to do about each is told in [Errors](../concepts/errors.md).
"""


def errors_page() -> str:
    """Return docs/reference/errors.md."""
    forbidden = document()["components"]["responses"]["Forbidden"]["content"]["application/json"]["example"]
    rows = [(str(status), ", ".join(map(code, names)), meaning_of_status(status)) for status, names in codes().items()]
    return page(
        "Errors", "the classes of problems and their statuses", _INTRODUCTION,
        f"```json\n{json.dumps(forbidden, indent=2)}\n```",
        table(("Status", "Code", "Meaning"), rows),
        "`required` stands in a 403 that a missing action caused, `retryable` in a 503. A 429 and a 503 carry "
        "`Retry-After`.",
    )  # fmt: skip
