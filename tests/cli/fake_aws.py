"""As much of AWS as `ironflow bootstrap` asks: a stack's outputs, and one function."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_STACKS = """<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>
<Stacks><member><StackName>prod</StackName><CreationTime>2026-03-12T10:00:00Z</CreationTime>
<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member></Stacks>
</DescribeStacksResult></DescribeStacksResponse>"""
_OUTPUT = "<member><OutputKey>{}</OutputKey><OutputValue>{}</OutputValue></member>"


@dataclass
class FakeAws:
    """What the function answers, and what it was asked."""

    url: str = ""
    outputs: dict[str, str] = field(default_factory=lambda: {"BootstrapFunctionName": "boot", "ApiUrl": "https://api"})
    reply: Any = None
    status: int = 200
    function_error: str = ""
    invoked: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for one request."""
        if not path.startswith("/2015-03-31/functions/"):
            outputs = "".join(_OUTPUT.format(*row) for row in self.outputs.items())
            return 200, {}, _STACKS.format(outputs=outputs).encode()
        self.invoked.append((path.split("/")[3], json.loads(body)))
        if self.status != 200:
            return self.status, {"x-amzn-ErrorType": "AccessDeniedException"}, b'{"Message": "not authorized"}'
        headers = {"X-Amz-Function-Error": self.function_error} if self.function_error else {}
        return 200, headers, json.dumps(self.reply).encode()


@contextmanager
def running_aws() -> Iterator[FakeAws]:
    """Serve on a free port of this machine."""
    fake = FakeAws()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, headers, body = fake.answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
