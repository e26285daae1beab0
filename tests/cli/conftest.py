"""A control plane to talk to, and a command line to talk with."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pytest

from ironflow.credentials import CredentialFile, Login
from ironflow.main import run
from ironflow.world import World
from tests.at_large import RUN
from tests.cli.fake_control_plane import FakeControlPlane, running_fake

NOW = datetime(2026, 3, 12, 10, 0, 0, tzinfo=UTC)
TOKEN = "aaaa.bbbb.cccc"
KEY = "ifkey_a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Claim that a person is there."""
        return True


@dataclass
class CommandLine:
    """Runs `ironflow` in a world of a test's making; `environ` starts with a server and a key."""

    environ: dict[str, str]
    password: str = "correct horse"
    prompts: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] = lambda: None

    def __call__(
        self, *arguments: str, stdin: str = "", terminal: bool = False, environ: Mapping[str, str] | None = None
    ) -> Ran:
        """Run one command; `terminal` puts a person at both ends."""
        kind = Terminal if terminal else io.TextIOWrapper
        out, err = kind(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        world = World(
            kind(io.BytesIO(stdin.encode()), encoding="utf-8"),
            out,
            err,
            {**self.environ, **(environ or {})},
            self._ask,
            sleep=self._sleep,
            stopwatch=lambda: 0.0,
            now=lambda: NOW,
        )
        code = run(arguments, world)
        ran = Ran(code, _text(out), _text(err))
        RUN.printed(ran.out + ran.err)
        return ran

    @property
    def logins(self) -> CredentialFile:
        """The file in which this world's logins are kept."""
        return CredentialFile(Path(self.environ["IRONFLOW_CONFIG_DIR"]))

    def logged_in(self, *, kind: str = "platform", expires_at: str = "2026-03-13T10:00:00Z") -> Login:
        """Keep a login for the server, as if a login command had run."""
        login = Login(TOKEN, expires_at, {"email": "admin@example.com"}, kind)
        self.logins.save(self.environ["IRONFLOW_SERVER_URL"], login)
        return login

    def without_key(self) -> None:
        """Take the API key out of the environment."""
        self.environ.pop("IRONFLOW_API_KEY", None)

    def _ask(self, prompt: str, stream: TextIO) -> str:
        self.prompts.append(prompt)
        return self.password

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep()


@pytest.fixture
def server() -> Iterator[FakeControlPlane]:
    """A control plane that answers as the test tells it."""
    with running_fake() as fake:
        yield fake


@pytest.fixture
def ironflow(server: FakeControlPlane, tmp_path: Path) -> CommandLine:
    """The command line, pointed at the fake, with a key and an empty config directory."""
    return CommandLine(
        {
            "IRONFLOW_SERVER_URL": server.url,
            "IRONFLOW_API_KEY": KEY,
            "IRONFLOW_CONFIG_DIR": str(tmp_path / "config"),
        }
    )


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()


class Command(NamedTuple):
    """A command that asks for one operation, with what was given and nothing else.

    Its arguments, the operation and its reply, the path and body of the request, and all of stdout.
    """

    arguments: tuple[str, ...]
    operation: str
    reply: Any
    asked: tuple[dict[str, str], Any]
    printed: str

    def check(self, ironflow: CommandLine, server: FakeControlPlane, *command: str) -> None:
        """Run it after the words of its group, and compare all that can be seen."""
        server.answers(self.operation, self.reply)

        ran = ironflow(*command, *self.arguments)

        assert (0, self.printed, "") == (ran.code, ran.out, ran.err)
        assert [(self.operation, *self.asked)] == [(one.operation, one.path, one.body) for one in server.asked]


def commands(*rows: tuple[Any, ...]) -> pytest.MarkDecorator:
    """Make each row a case of its own."""
    return pytest.mark.parametrize("case", [Command(*row) for row in rows], ids=lambda case: " ".join(case.arguments))
