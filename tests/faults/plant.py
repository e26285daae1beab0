"""The whole product in one process, over any engine: gateway, authorizer, functions, and nothing but fakes below."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from controlplane.api.routes import find_route
from controlplane.authorizer_bootstrap import AuthorizerParts
from controlplane.bootstrap import Services
from controlplane.domain.errors import StoreUnavailable
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.ports import Clock, Ids
from controlplane.security.passwords import CHEAPEST
from controlplane.settings import Settings
from controlplane.storage.handler_client import HandlerClient, LeanClients
from controlplane.storage.identity_reader import LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.pynamo_client import PynamoClient
from controlplane.storage.wire_table import WireTable
from devserver.deployment import Deployment
from devserver.events import Visit, authorizer_event, proxy_event
from devserver.http_message import HttpRequest
from devserver.routing import Match, Router
from devserver.template import load_template
from tests.conftest import REGION
from tests.faults.faulty import FaultyConnection, FaultyTransport, Line

ROOT = Path(__file__).parents[2]
TABLE = "plant"
Event = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A reply."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The reply's JSON."""
        return json.loads(self.text) if self.text else None


class Plant:
    """Requests go in at the gateway; `line` leads from the functions to the table, `gate_line` from the authorizer."""

    def __init__(
        self, line: Line, gate_line: Line, folder: Path, *, clock: Clock, ids: Ids, table: str = TABLE
    ) -> None:
        secret = folder / "secret"
        secret.write_text("ab" * 32)
        settings = Settings(table=table, region=REGION, jwt_secret_file=str(secret), password_cost=CHEAPEST)
        lean = LeanClients(lambda: _lean(line))
        client = HandlerClient(
            read=lean.call, write=PynamoClient(region=REGION, connection=FaultyConnection(line)).call
        )
        notes = WireTable(lean.call, table)
        self.services = Services(settings, table=WireTable(client.call, table), notes=notes, clock=clock, ids=ids)
        self.line, self.gate_line = line, gate_line
        self.clock, self.ids, self.table = clock, ids, table
        self.deployment, self.router = deployed()
        self.authorizer = self.new_authorizer()

    def new_authorizer(self) -> Authorizer:
        """Return an authorizer as a cold start makes it: it knows no places yet."""
        lean = _lean(self.gate_line)
        return Authorizer(AuthorizerParts(
            reader=LeanIdentityReader(lean.batch_get, self.table), writer=LeanIdentityWriter(lean.call, self.table),
            clock=self.clock, ids=self.ids, tokens=lambda: self.services.tokens,
            conditions=lambda: self.services.conditions,
        ))  # fmt: skip

    def ask(self, request: HttpRequest) -> Answer:
        """Answer a request as the gateway does."""
        visit, match = self._visit(request)
        if match.route.authorizer is None:
            return self.run(proxy_event(self.deployment, visit, match, authorizer=None))
        try:
            reply = self.authorizer.authorize(authorizer_event(self.deployment, visit, match))
        except StoreUnavailable:
            return Answer(503, {}, "")
        if reply["policyDocument"]["Statement"][0]["Effect"] != "Allow":
            return Answer(401, {}, json.dumps({"error": reply["context"]["sentence"]}))
        return self.run(proxy_event(self.deployment, visit, match, authorizer=reply["context"]))

    def event_of(self, request: HttpRequest) -> Event:
        """Return what the function behind would be given for a request."""
        visit, match = self._visit(request)
        context = None
        if match.route.authorizer:
            context = self.authorizer.authorize(authorizer_event(self.deployment, visit, match))["context"]
        return proxy_event(self.deployment, visit, match, authorizer=context)

    def authorizer_event_of(self, request: HttpRequest) -> Event:
        """Return what the authorizer would be given for a request."""
        return authorizer_event(self.deployment, *self._visit(request))

    def run(self, event: Event) -> Answer:
        """Let the event's function answer it."""
        route = find_route(event["httpMethod"], event["resource"])
        assert route
        reply = handler_of(route.function)(event, None)
        return Answer(reply["statusCode"], reply.get("headers") or {}, reply.get("body") or "")

    def _visit(self, request: HttpRequest) -> tuple[Visit, Match]:
        started = self.services.clock.now_ms() / 1000
        return Visit(request, request.method, started=started), self.router.match(request.method, request.path)


def _lean(line: Line) -> DynamoClient:
    client = DynamoClient(endpoint="http://table", region=REGION)
    client.transport = FaultyTransport(line)
    return client


@cache
def deployed() -> tuple[Deployment, Router]:
    """Return what the template deploys, and the gateway's routes."""
    deployment = load_template(ROOT / "template.yaml")
    return deployment, Router(deployment.routes)


@cache
def handler_of(function: str) -> Callable[[Event, Any], dict[str, Any]]:
    """Return a function's handler."""
    file = ROOT / "functions" / function / "app.py"
    specification = importlib.util.spec_from_file_location(f"plant_{function}", file)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    handler: Callable[[Event, Any], dict[str, Any]] = module.handler
    return handler
