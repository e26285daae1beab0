"""A DynamoDB endpoint that passes everything on, and notes which function did what to which items.

A function is known by the access key that it signs with, its own name, so the product needs no hook: what is noted
is the wire. What others do is passed on only.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_SIGNER = re.compile(r"Credential=([^/]+)/")
_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


class Seen(NamedTuple):
    """One use of the table: who, the action as IAM knows it, and which items (or, of a query, which index)."""

    function: str
    action: str
    where: str


def uses_of(function: str, operation: str, payload: Any) -> Iterator[Seen]:
    """Yield what one call does, item by item; IAM judges a transaction by the actions in it."""
    if operation == "TransactWriteItems":
        for item in payload["TransactItems"]:
            ((verb, body),) = item.items()
            yield Seen(function, _PARTS[verb], kind_of((body.get("Key") or body["Item"])["pk"]["S"]))
    elif operation == "BatchGetItem":
        yield from (Seen(function, operation, "") for _ in payload["RequestItems"])
    elif operation == "BatchWriteItem":
        for requests in payload["RequestItems"].values():
            for request in requests:
                ((_, body),) = request.items()
                yield Seen(function, operation, kind_of((body.get("Key") or body["Item"])["pk"]["S"]))
    elif operation == "Query":
        yield Seen(function, operation, payload.get("IndexName", ""))
    else:
        yield Seen(function, operation, kind_of(payload["Key"]["pk"]["S"]))


def kind_of(partition: str) -> str:
    """Return the part of a partition key that says what it holds, as IAM patterns spell it."""
    kind, mark, _ = partition.partition("#")
    return f"{kind}#*" if mark else kind


@contextmanager
def recording(endpoint: str) -> Iterator[tuple[str, set[Seen]]]:
    """Give the address of a recorder before a DynamoDB endpoint, and the growing set of what it has seen."""
    target, seen = urlsplit(endpoint), set[Seen]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signer = _SIGNER.search(self.headers.get("Authorization", ""))
            operation = self.headers["X-Amz-Target"].partition(".")[2]
            if signer and signer[1].endswith("Function"):
                seen.update(uses_of(signer[1], operation, json.loads(body)))
            connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            connection.request("POST", "/", body=body, headers=headers)
            reply = connection.getresponse()
            content = reply.read()
            connection.close()
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
