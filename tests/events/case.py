"""One request, as `cases` writes it down, and the event that API Gateway makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controlplane.api.routes import BY_OPERATION, Access, Route
from devserver.authorizer import Authorizers
from devserver.events import Visit, authorizer_event, proxy_event
from devserver.http_message import HttpRequest
from devserver.routing import Match, Router
from tests.events.fixed import START
from tests.events.scene import Scene
from tests.events.stage import FULL, Processes, Stage

HOST = "api.example.com"
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
CALLERS = {
    Access.PUBLIC: "", Access.AUTHENTICATED: "tenant", Access.TENANT: "tenant", Access.KEYS: "tenant",
    Access.PLATFORM: "platform", Access.OPERATOR: "operator", Access.SELF: "user", Access.SESSION: "platform_user",
    Access.PLATFORM_ONLY_ELSEWHERE: "tenant",
}
NO_CONTEXT = "no context"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request to an operation. Words in braces are the scene's ids; what is left out is the operation's usual.

    `name` tells a failure from the plain success, `by` is a credential of the scene, NO_CONTEXT an event that went
    past the authorizer; `raw` is a body that is not JSON; `path` replaces what the path names.
    """

    operation: str
    status: int
    name: str = ""
    by: str | None = None
    body: Any = None
    raw: str | None = None
    query: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    state: str = FULL

    @property
    def route(self) -> Route:
        """The operation's row."""
        return BY_OPERATION[self.operation]

    @property
    def file(self) -> str:
        """Where the event stands, below `events/`."""
        return f"{self.route.function}/{self.operation}{'.' + self.name if self.name else ''}.json"


def url_of(case: Case, scene: Scene) -> str:
    """Fill in the operation's path."""
    usual = dict(_PLATFORM_IDS if case.route.path.startswith("/api/v1/platform") else _TENANT_IDS)
    words = {name: word.format_map(scene.ids) for name, word in {**usual, **case.path}.items()}
    return case.route.path.replace("{proxy+}", "nothing/here").format_map(words)


def request_of(case: Case, scene: Scene) -> HttpRequest:
    """Return the request as it would come over the wire."""
    headers = [("Host", HOST), ("User-Agent", "ironflow-events"), ("Accept", "application/json")]
    by = CALLERS[case.route.access] if case.by is None else case.by
    if by in scene.credentials:
        headers.append(("Authorization", f"Bearer {scene.credentials[by]}"))
    text = case.raw
    if case.body is not None:
        text = _filled(json.dumps(case.body), scene)
    if text is not None:
        headers.append(("Content-Type", "application/json"))
    headers += [(name, _filled(value, scene)) for name, value in case.headers.items()]
    method = "GET" if case.route.method == "ANY" else case.route.method
    return HttpRequest(method, url_of(case, scene), _filled(case.query, scene), tuple(headers),
                       (text or "").encode(), "HTTP/1.1", "192.0.2.1")


class Gateway:
    """Makes events as the development server's gateway does, with one request id and one time."""

    def __init__(self, stage: Stage, processes: Processes) -> None:
        self._stage = stage
        self._router = Router(stage.deployment.routes)
        self._processes = processes
        self._authorizers = Authorizers(stage.deployment, processes.functions)

    def event_of(self, case: Case) -> dict[str, Any]:
        """Return the proxy event, with the context that the authorizer gives for this very request."""
        visit, match = self._visit(case)
        context = None
        if match.route.authorizer and case.by != NO_CONTEXT:
            self._stage.put_back(case.state)
            asked = self._authorizers.authorize(match.route.authorizer, visit, match)
            context = self._processes.wait_for(asked) | {"integrationLatency": 9}
        return proxy_event(self._stage.deployment, visit, match, authorizer=context)

    def authorizer_event_of(self, case: Case) -> dict[str, Any]:
        """Return the event that asks the authorizer about a request."""
        visit, match = self._visit(case)
        return authorizer_event(self._stage.deployment, visit, match)

    def _visit(self, case: Case) -> tuple[Visit, Match]:
        request = request_of(case, self._stage.scene)
        visit = Visit(request, request.method, request_id=REQUEST_ID, extended_request_id="made-up=", started=START)
        return visit, self._router.match(request.method, request.path)


def _filled(text: str, scene: Scene) -> str:
    for word, value in scene.ids.items():
        text = text.replace("{" + word + "}", value)
    return text


_TENANT_IDS = {
    "key_id": "{viewer_key}", "org_id": "{organization}", "project_id": "{project}", "env_id": "{environment}",
    "function_id": "{function}", "user_id": "{user}", "role_id": "{spare_role}", "policy_id": "{policy}",
    "version": "1",
}
_PLATFORM_IDS = {
    "user_id": "{platform_colleague}", "role_id": "{platform_role}", "policy_id": "{platform_policy}",
    "tenant_id": "{organization}",
}
