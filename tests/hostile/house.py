"""The whole product in one process, from the request's bytes to the table in memory; it writes down how each went."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from controlplane.api.routes import Route, find_route
from controlplane.authorizer_bootstrap import AuthorizerParts
from controlplane.bootstrap import Services
from controlplane.gateway import binder, observability
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.security.passwords import CHEAPEST
from controlplane.settings import Settings
from controlplane.storage.identity_reader import LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.lean.errors import DynamoError
from devserver.deployment import Function
from devserver.gateway import Gateway
from devserver.http_message import HttpRequest
from devserver.http_reply import Reply
from devserver.invocation import MAX_EVENT_BYTES, EventTooLarge, FunctionFailed, Outcome
from devserver.template import load_template
from tests.events.fixed import CountedIds, FixedClock
from tests.events.scene import SceneBuilder
from tests.faults.wire_memory import Refused, WireMemory

ROOT = Path(__file__).parents[2]
REGION, TABLE = "us-east-1", "house"
AUTHORIZER = "authorizer"
Event = dict[str, Any]


@dataclass
class Passage:
    """One request and everything that it set off."""

    request: HttpRequest
    asked: Event | None = None
    ruling: Event | None = None
    ran: str = ""
    given: Event | None = None
    served: Route | None = None
    reply: Reply = field(default_factory=lambda: Reply(0, (), b""))

    @property
    def error(self) -> Mapping[str, Any]:
        """The reply's JSON, which every refusal has."""
        parsed: Mapping[str, Any] = json.loads(self.reply.body)
        return parsed

    @property
    def context(self) -> Mapping[str, str]:
        """What the authorizer told the function."""
        return self.ruling["context"] if self.ruling else {}

    @property
    def allowed(self) -> bool:
        """Tell whether the authorizer let the request do something."""
        return self.context.get("decision") == "allow"


class House:
    """A gateway, an authorizer and the functions over one table; it is put back as often as somebody likes."""

    def __init__(self, folder: Path) -> None:
        secret = folder / "secret"
        secret.write_text("ab" * 32)
        self._engine = WireMemory()
        settings = Settings(table=TABLE, region=REGION, jwt_secret_file=str(secret), password_cost=CHEAPEST)
        self._clock = FixedClock()
        self.services = Services(settings, table=self._engine._table, clock=self._clock, ids=CountedIds())
        issued = self.services.first_boot.issue_bootstrap_key()
        self.scene = SceneBuilder(self.services, operator_key=issued.raw).build()
        self._kept = dict(self._engine.items)
        self.authorizer = self._new_authorizer()
        self._modules: dict[str, ModuleType] = {}
        self._gateway = Gateway(load_template(ROOT / "template.yaml"), self, log=lambda line: None)
        self._loop = asyncio.Runner()
        self.passage: Passage | None = None

    def answer(self, request: HttpRequest) -> Passage:
        """Answer one request, and return how that went."""
        self.passage = passage = Passage(request)
        passage.reply = self._loop.run(self._gateway.answer(request))
        return passage

    def put_back(self) -> None:
        """Make the table hold what it held at first."""
        self._engine._table._items.clear()
        self._engine._table._items.update(self._kept)
        self._engine._table._tokens.clear()

    def items(self) -> dict[Any, Any]:
        """Return everything that the table holds."""
        return dict(self._engine.items)

    async def invoke(self, function: Function, event: Event, *, request_id: str, seconds: float) -> Outcome:
        """Run a function as `devserver.invocation.Functions` says, over the wire's JSON and back."""
        payload = json.dumps(event)
        if len(payload) > MAX_EVENT_BYTES:
            raise EventTooLarge
        name, given = function.code.name, json.loads(payload)
        value = self._authorize(given) if name == AUTHORIZER else self._run(name, given)
        return Outcome(json.loads(json.dumps(value)), cold=False)

    def recycle(self) -> None:
        """There is nothing to start anew."""

    async def close(self) -> None:
        """There is nothing to end."""

    def leave(self) -> None:
        """End the loop."""
        self._loop.close()

    def served(self, route: Route | None) -> None:
        """Write down what the binder served."""
        if self.passage:
            self.passage.served = route

    def _authorize(self, event: Event) -> Event:
        assert self.passage
        self.passage.asked = event
        try:
            self.passage.ruling = ruling = dict(self.authorizer.authorize(event))
        except Exception as error:
            raise FunctionFailed(type(error).__name__, str(error)) from error
        return ruling

    def _run(self, name: str, event: Event) -> Any:
        assert self.passage
        self.passage.ran, self.passage.given = name, event
        try:
            return self._module(name).handler(event, None)
        except Exception as error:
            raise FunctionFailed(type(error).__name__, str(error)) from error

    def _module(self, name: str) -> ModuleType:
        if name not in self._modules:
            file = ROOT / "functions" / name / "app.py"
            specification = importlib.util.spec_from_file_location(f"house_{name}", file)
            assert specification
            assert specification.loader
            module = importlib.util.module_from_spec(specification)
            specification.loader.exec_module(module)
            if name == "auth":
                vars(module)["_authorizer"] = lambda settings: self.authorizer
            self._modules[name] = module
        return self._modules[name]

    def _new_authorizer(self) -> Authorizer:
        return Authorizer(
            AuthorizerParts(
                reader=LeanIdentityReader(self._batch_get, TABLE),
                writer=LeanIdentityWriter(self._call, TABLE),
                clock=self._clock,
                ids=self.services.ids,
                tokens=lambda: self.services.tokens,
                conditions=lambda: self.services.conditions,
            )
        )

    def _batch_get(self, table: str, keys: list[Event], deadline: float) -> list[Event]:
        wanted = {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}
        found: list[Event] = self._engine.call("BatchGetItem", wanted)["Responses"][table]
        return found

    def _call(self, operation: str, payload: Event, *, deadline: float, idempotent: bool = False) -> Event:
        try:
            return self._engine.call(operation, payload)
        except Refused as refused:
            raise DynamoError(refused.code, "", refused.reasons) from refused


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Give a house whose functions find its services."""
    made = House(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binder, "services_for", lambda: made.services)
        told = observability.tell_request

        def tell(event: Event, route: Route | None, status: int, *, seconds: float) -> None:
            made.served(route)
            told(event, route, status, seconds=seconds)

        patch.setattr(observability, "tell_request", tell)
        yield made
    made.leave()


def operation_given(passage: Passage) -> str:
    """Return the operation that the function's event belongs to."""
    assert passage.given
    route = find_route(passage.given["httpMethod"], passage.given["resource"])
    return route.operation if route else ""
