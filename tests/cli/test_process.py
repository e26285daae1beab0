"""The installed program, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.fake_control_plane import FakeControlPlane

HEAVY = {"boto3", "botocore", "cryptography", "http.client", "jwt", "msgspec", "pydantic", "requests", "rich", "ssl"}
NAME = "Zoë 日本"


def _start(
    *arguments: str, environ: Mapping[str, str], stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a parent may ignore it
    program += "from ironflow.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=dict(environ),
        start_new_session=True,
    )


@pytest.fixture
def environ(server: FakeControlPlane, tmp_path: Path) -> dict[str, str]:
    """A bare environment that knows the server and a key."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "IRONFLOW_SERVER_URL": server.url,
        "IRONFLOW_API_KEY": "ifkey_1",
    }


def test_starting_imports_nothing_heavy(environ: dict[str, str]) -> None:
    """`ironflow --help` costs click and the commands; the network's libraries wait for the first request."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "from ironflow.main import main\n"
        "try: main()\n"
        "except SystemExit: print(*set(sys.modules) - before, file=sys.stderr)\n"
    )

    done = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, env=environ, check=True)

    loaded = set(done.stderr.decode().split())
    assert set() == loaded & HEAVY
    assert {name for name in loaded if name.startswith("controlplane.")} <= {
        "controlplane.api",
        "controlplane.api.routes",
        "controlplane.domain",
        "controlplane.domain.values",
    }


@pytest.mark.parametrize("locale", [{}, {"LANG": "C"}, {"LC_ALL": "POSIX"}, {"LANG": "C.UTF-8"}])
def test_any_language_is_printed_in_any_locale(
    environ: dict[str, str], server: FakeControlPlane, locale: dict[str, str]
) -> None:
    """A name, and the em dash of the contract, never end in an encoding error."""
    server.answers("create_key", {"id": "ak_1", "name": NAME, "key": "ifkey_2", "platform": False})

    process = _start("apikey", "create", NAME, environ={**environ, **locale})
    out, err = process.communicate(timeout=30)

    assert (0, b"") == (process.returncode, err)
    assert (
        f"Created API Key: {NAME} (id: ak_1)\nKey: ifkey_2\nSave this key — it will not be shown again.\n"
        == out.decode()
    )
    assert NAME == server.asked[0].body["name"]


def test_an_encoding_that_lacks_letters_gets_them_spelled_out(
    environ: dict[str, str], server: FakeControlPlane
) -> None:
    """The key is printed even where the dash cannot be."""
    server.answers("create_key", {"id": "ak_1", "name": "k", "key": "ifkey_2", "platform": False})

    process = _start("apikey", "create", "k", environ={**environ, "PYTHONIOENCODING": "ascii"})
    out, err = process.communicate(timeout=30)

    assert (0, b"") == (process.returncode, err)
    assert b"Key: ifkey_2\nSave this key \\u2014 it will not be shown again.\n" in out


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_a_reader_that_goes_away_is_no_news(
    environ: dict[str, str], server: FakeControlPlane, option: tuple[str, ...]
) -> None:
    """`ironflow … | head -1` prints no stack trace."""
    server.answers("list_orgs", [{"id": f"org_{number}", "name": "n" * 100} for number in range(5000)])
    reader, writer = os.pipe()
    os.close(reader)

    process = _start("org", "list", *option, environ=environ, stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)

    assert (1, b"") == (process.returncode, err)


def test_a_full_disk_is_said(environ: dict[str, str], server: FakeControlPlane) -> None:
    """A key that could not be written down is not reported as done."""
    server.answers("create_key", {"id": "ak_1", "name": "k", "key": "ifkey_2", "platform": False})

    with open("/dev/full", "wb") as full:
        process = _start("apikey", "create", "k", environ=environ, stdout=full.fileno())
        _, err = process.communicate(timeout=30)

    assert (1, b"Error: cannot write the output: No space left on device\n") == (process.returncode, err)


def test_the_version_is_the_distributions(environ: dict[str, str]) -> None:
    """`ironflow --version` needs no server."""
    process = _start("--version", environ=environ)
    out, err = process.communicate(timeout=30)

    assert (0, b"") == (process.returncode, err)
    assert out.startswith(b"ironflow, version ")


def test_a_password_is_asked_for_without_echo(environ: dict[str, str], server: FakeControlPlane) -> None:
    """The prompt of the contract is on stderr, and nothing that is typed comes back to the terminal."""
    login = {"token": "a.b.c", "expires_at": "2099-01-01T00:00:00Z", "user": {"email": "a@example.com"}}
    server.answers("login_platform_user", login)
    keyboard, terminal = os.openpty()

    process = _start("platform", "login", "--email", "a@example.com", environ=environ, stdin=terminal, stdout=terminal)
    assert process.stderr is not None
    prompt = process.stderr.read(len("Password: "))
    os.write(keyboard, b"correct horse\n")
    process.wait(timeout=30)
    shown = os.read(keyboard, 1000).decode()

    assert (0, b"Password: ") == (process.returncode, prompt)
    assert ["Logged in as a@example.com (expires: 2099-01-01T00:00:00Z)"] == shown.split("\r\n")[:-1]
    assert "correct horse" == server.asked[0].body["password"]


def test_ctrl_c_ends_following_well(environ: dict[str, str], server: FakeControlPlane) -> None:
    """An interrupt is how following is meant to end: exit code 0, no stack trace."""
    server.answers("query_platform_audit", {"events": [], "total": 0, "next_cursor": ""})

    process = _start("platform", "audit", "--follow", environ=environ)
    assert process.stdout is not None
    heading = process.stdout.readline()
    while len(server.asked) < 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert (0, b"") == (process.returncode, err)
    assert heading.startswith(b"ID ")


@pytest.mark.parametrize(("closed", "asked"), [("<&-", 1), ("2>&-", 1), (">&-", 0)])
def test_a_closed_stream_is_no_crash(
    environ: dict[str, str], server: FakeControlPlane, closed: str, asked: int
) -> None:
    """Without a stdout nothing is asked for: a new key would be shown to nobody."""
    server.answers("list_orgs", [])
    command = f'exec "$0" -c "from ironflow.main import main; main()" org list {closed}'

    done = subprocess.run(["sh", "-c", command, sys.executable], env=environ, capture_output=True, timeout=30)

    assert (asked, 0 if asked else 1) == (len(server.asked), done.returncode)
    assert b"Traceback" not in done.stderr
