"""Run as a script in a function's process: the runtime client's loop, with the server at the other end of a socket.

Usage: runtime_process.py DESCRIPTOR FUNCTION_ARN HANDLER

Loading the handler, context, JSON, logging and error reports are `awslambdaric`'s own. Only what it says to Lambda over
HTTP, two exchanges an invocation, is one frame each way here: `devserver.runtime_channel` is the other end, and tells
what a frame looks like (docs/adr/0017-invocations-as-frames.md).
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient, InvocationRequest

CHUNK = 64 * 1024


class SocketRuntimeClient(BaseLambdaRuntimeClient):  # type: ignore[misc] # it comes without types
    """What the runtime client asks of Lambda, over an open socket."""

    def __init__(self, descriptor: int, arn: str) -> None:
        """Speak over `descriptor`; every invocation is one of the function `arn`."""
        self._descriptor = descriptor
        self._arn = arn
        self._ready = False

    def wait_next_invocation(self) -> InvocationRequest:
        """Return the next event; the process ends when the server is gone."""
        if not self._ready:  # afterwards, every report says it too
            self._ready = True
            self._send(b"N", b"")
        head, _, event = self._receive().partition(b"\n")
        request_id, _, deadline = head.decode("ascii").partition(" ")
        return InvocationRequest(
            invoke_id=request_id, invocation_id=None, invoked_function_arn=self._arn, deadline_time_in_ms=int(deadline),
            content_type="application/json", event_body=event,
            client_context=None, cognito_identity=None, tenant_id=None, x_amzn_trace_id=None,
        )  # fmt: skip

    def post_invocation_result(
        self, _request_id: str, result: str | bytes, _content_type: str = "", _invocation_id: str | None = None
    ) -> None:
        """Report what the handler returned."""
        self._send(b"R", result if isinstance(result, bytes) else result.encode())

    def post_invocation_error(
        self, _request_id: str, error: str, _fault: str, _invocation_id: str | None = None
    ) -> None:
        """Report what the handler raised."""
        self._send(b"E", error.encode())

    def post_init_error(self, error: dict[str, Any], _kind: str | None = None) -> None:
        """Report why the handler could not be loaded."""
        self._send(b"E", json.dumps(error).encode())

    def _send(self, kind: bytes, body: bytes) -> None:
        frame = (1 + len(body)).to_bytes(4, "big") + kind + body
        sent = os.write(self._descriptor, frame)
        while sent < len(frame):
            sent += os.write(self._descriptor, frame[sent : sent + CHUNK])

    def _receive(self) -> bytes:
        data = self._more()
        while len(data) < 4:
            data += self._more()
        size = 4 + int.from_bytes(data[:4], "big")
        while len(data) < size:
            data += self._more()
        return data[4:]

    def _more(self) -> bytes:
        data = os.read(self._descriptor, CHUNK)
        if not data:
            sys.exit(0)
        return data


if __name__ == "__main__":
    bootstrap.run(sys.argv[3], SocketRuntimeClient(int(sys.argv[1]), sys.argv[2]))
