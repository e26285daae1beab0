"""One line a request, by allow-list: nothing that a caller wrote, no credential, nothing read from the table."""

from __future__ import annotations

import sys
from functools import wraps
from json.encoder import encode_basestring_ascii as quoted
from time import perf_counter

from controlplane.gateway.figures import figures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[dict[str, Any], object], dict[str, Any]]

REFUSED, FAILED = "deny", "failed"


class AuthorizerFailed(Exception):
    """Nobody can say who is asking; the gateway answers 503. The reason is in the log, without any value."""


def logged(handler: Handler) -> Handler:
    """Log how each request ended; whatever the handler raises becomes AuthorizerFailed, which quotes nothing."""

    @wraps(handler)
    def with_line(event: dict[str, Any], context: object) -> dict[str, Any]:
        started = perf_counter()
        try:
            reply = handler(event, context)
        except Exception as error:  # noqa: BLE001 - the outermost edge: a message may quote what a caller wrote
            _write(event, started, outcome=FAILED, code=type(error).__name__, at=_place(error))
            raise AuthorizerFailed from None
        told = reply["context"]
        _write(
            event, started, outcome=told.get("decision", REFUSED), code=told.get("code", ""),
            operation=told.get("operation", ""), principal=reply["principalId"],
        )
        return reply

    return with_line


def _place(error: BaseException) -> str:
    """Return the function and line that raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""


def _write(event: dict[str, Any], started: float, **shown: str) -> None:
    """Write the line: an object of texts and one number, whose texts are quoted as JSON quotes them."""
    figures().outcome(shown["outcome"])
    request_id = (event.get("requestContext") or {}).get("requestId") or ""
    told = "".join([f',"{name}":{quoted(text)}' for name, text in shown.items()])
    sys.stdout.write(
        f'{{"event":"authorized","request_id":{quoted(str(request_id))},'
        f'"milliseconds":{(perf_counter() - started) * 1000:.2f}{told}}}\n'
    )
    sys.stdout.flush()
