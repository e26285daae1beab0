"""One run of one command: it asks the API and prints the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec

import click

from controlplane.api.routes import Route
from ironflow import output
from ironflow.client import Reply, Request
from ironflow.credentials import CredentialFile, config_directory
from ironflow.flags import Flags, flags_of
from ironflow.identity import Credential, Prefer, choose_credential
from ironflow.problems import Failure, NotAuthenticated
from ironflow.refusals import refusal, request_id
from ironflow.requests import acts_inside, build_request, headers_for, preference_of, route_of
from ironflow.server import DEFAULT_SERVER, Server, parse_server, require_private
from ironflow.world import World

AGENT = "ironflow-cli"
RETRIES = 2
LONGEST_WAIT = 10.0
_TRUE = ("1", "true", "yes")

Given = ParamSpec("Given")


class Session:
    """What a command's function gets: ways to ask, and ways to print."""

    def __init__(self, world: World, flags: Flags) -> None:
        self.world = world
        self.flags = flags

    @cached_property
    def server(self) -> Server:
        """The server to talk to: the flag, else the variable, else the local one."""
        return parse_server(self.flags.server or self.world.environ.get("IRONFLOW_SERVER_URL") or DEFAULT_SERVER)

    @cached_property
    def credential_file(self) -> CredentialFile:
        """Where logins are kept."""
        return CredentialFile(config_directory(self.world.environ))

    def call(
        self,
        operation: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        prefer: Prefer | None = None,
        credential: Credential | None = None,
    ) -> Reply:
        """Ask for one operation of the route table; raises Refused for any answer but a success."""
        route = route_of(operation)
        credential = credential or self._credential(prefer or preference_of(route))
        headers = headers_for(route, credential, self.flags, environment=self._environment, agent=AGENT)
        request = build_request(
            route, base=self.server.base, path=path or {}, query=query or {}, body=body, headers=headers
        )
        require_private(self.server, insecure_allowed=self._insecure_allowed)
        self._announce(route, credential)
        reply = self._send(request)
        if not 200 <= reply.status < 300:
            raise refusal(reply, route=route, credential=credential, as_org=self.flags.as_org)
        return reply

    def require_credential(self, prefer: Prefer) -> Credential:
        """Return the credential that a call would send; raises NotAuthenticated before anything is asked or sent."""
        credential = self._credential(prefer)
        if credential is None:
            raise NotAuthenticated("authentication required")
        return credential

    def say(self, *lines: str) -> None:
        """Print lines on stdout."""
        self.world.stdout.writelines(f"{line}\n" for line in lines)

    def note(self, *lines: str) -> None:
        """Print lines on stderr: hints, prompts and notices."""
        self.world.stderr.writelines(f"{line}\n" for line in lines)
        self.world.stderr.flush()

    def report(self, reply: Reply, *templates: str) -> None:
        """Print sentences about the object that came back, or with --json the body itself."""
        self.answer(reply, lambda fields: self.say(*[output.sentence(template, fields) for template in templates]))

    def answer(self, reply: Reply, render: Callable[[Any], None]) -> None:
        """Print a reply: with --json its very bytes, else as `render` shows the value they hold."""
        if self.flags.as_json:
            self._print_body(reply.body)
        else:
            render(reply.json())

    def done(self, what: str, identifier: str) -> None:
        """Say what happened to an object that the API answers without a body; with --json that is nothing."""
        if not self.flags.as_json:
            self.say(f"{what}: {output.safe(identifier)}")

    def show(self, reply: Reply) -> None:
        """Print one object, a field to a line, or with --json the body itself."""
        self.answer(reply, lambda fields: self.say(*output.details(_object(fields))))

    def show_rows(self, columns: Sequence[output.Column], rows: Iterable[Mapping[str, Any]]) -> None:
        """Print a table."""
        bold: Callable[[str], str] = (lambda text: click.style(text, bold=True)) if self._styled else str
        self.say(*output.table(columns, rows, heading=bold))

    def show_list(
        self,
        operation: str,
        columns: Sequence[output.Column],
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        prefer: Prefer | None = None,
    ) -> None:
        """Print everything a list operation has, page after page, or one page when --limit asks for it."""
        pages = self._pages(operation, path=path, query=query or {}, prefer=prefer)
        if self.flags.as_json:
            self._print_body(output.join_pages([page.body for page in pages]))
        else:
            self.show_rows(columns, [row for page in pages for row in _rows(page)])

    def _print_body(self, body: bytes) -> None:
        """Print the API's bytes unchanged; only a terminal gets a final newline of ours."""
        self.world.stdout.flush()
        self.world.stdout.buffer.write(body)
        if body and self.world.stdout.isatty():
            self.world.stdout.buffer.write(b"\n")

    def _pages(
        self, operation: str, *, path: Mapping[str, str] | None, query: Mapping[str, Any], prefer: Prefer | None
    ) -> list[Reply]:
        pages, cursor = [], self.flags.cursor
        while True:
            asked = {**query, "limit": self.flags.limit, "cursor": cursor}
            pages.append(self.call(operation, path=path, query=asked, prefer=prefer))
            following = pages[-1].headers.get("x-next-cursor")
            if not following or following == cursor or self.flags.limit:
                break
            cursor = following
        if following and self.flags.limit:
            self.note(f"There is more: --cursor {output.safe(following)}")
        return pages

    def _credential(self, prefer: Prefer) -> Credential | None:
        if self.flags.as_org and prefer is Prefer.KEY:
            prefer = Prefer.LOGIN
        return choose_credential(
            prefer,
            environ=self.world.environ,
            file=self.credential_file,
            server_url=self.server.url,
            now=self.world.now(),
        )

    @property
    def _environment(self) -> str | None:
        return self.flags.environment or self.world.environ.get("IRONFLOW_ENV") or None

    @property
    def _insecure_allowed(self) -> bool:
        variable = self.world.environ.get("IRONFLOW_ALLOW_INSECURE_HTTP", "")
        return self.flags.allow_insecure_http or variable.lower() in _TRUE

    @property
    def _styled(self) -> bool:
        return self.world.stdout.isatty() and "NO_COLOR" not in self.world.environ

    @cached_property
    def _announced(self) -> set[str]:
        return set()

    def _announce(self, route: Route, credential: Credential | None) -> None:
        organization = self.flags.as_org
        if not organization or not credential or organization in self._announced:
            return
        self._announced.add(organization)
        shown = output.safe(organization)
        self.note(
            f"Acting inside {shown}"
            if acts_inside(route)
            else f"--as-org {shown} has no effect on this command: it acts on the platform"
        )

    def _send(self, request: Request) -> Reply:
        transport = self.world.open_transport(self.server)
        for _ in range(RETRIES if request.method == "GET" else 0):
            reply = self._timed(transport.send, request)
            wait = _seconds_to_wait(reply)
            if wait is None:
                return reply
            self.world.sleep(wait)
        return self._timed(transport.send, request)

    def _timed(self, send: Callable[[Request], Reply], request: Request) -> Reply:
        started = self.world.stopwatch()
        reply = send(request)
        if self.flags.verbose:
            spent = round((self.world.stopwatch() - started) * 1000)
            self.note(f"{request.method} {request.target} {reply.status} {spent} ms {request_id(reply) or '-'}")
        return reply


def with_session(function: Callable[Concatenate[Session, Given], None]) -> Callable[Given, None]:
    """Hand a command's function its session."""

    @wraps(function)
    def run(*args: Given.args, **options: Given.kwargs) -> None:
        context = click.get_current_context()
        function(Session(context.ensure_object(World), flags_of(context)), *args, **options)

    return run


def _object(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise Failure("the server's answer is not an object: is it an Ironflow server?")
    return found


def _rows(reply: Reply) -> list[Mapping[str, Any]]:
    found = reply.json()
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Failure("the server's answer is not a list: is it an Ironflow server?")
    return found


def _seconds_to_wait(reply: Reply) -> float | None:
    if reply.status != 503:
        return None
    try:
        return min(max(float(reply.headers["retry-after"]), 0.0), LONGEST_WAIT)
    except (KeyError, ValueError):
        return None
