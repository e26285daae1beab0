"""`credentials.json`."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ironflow.credentials import CredentialFile, Login, config_directory
from ironflow.identity import Credential
from ironflow.problems import Failure, NotAuthenticated

HERE, THERE = "http://localhost:9123", "https://api.example.com"
LOGIN = Login("a.b.c", "2026-03-13T10:00:00Z", {"email": "a@example.com", "roles": ["platform_admin"]})


def test_each_server_has_its_own_login(tmp_path: Path) -> None:
    """Logging in elsewhere, or out here, leaves the other one alone."""
    file = CredentialFile(tmp_path / "deep" / "config")
    other = Login("d.e.f", "2026-03-13T11:00:00Z", {}, "tenant")

    file.save(HERE, LOGIN)
    file.save(THERE, other)
    file.remove(HERE)

    assert (None, other) == (file.find(HERE), file.find(THERE))


def test_a_file_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    """Whatever a copy or a restore did to its mode, the next login mends it."""
    file = CredentialFile(tmp_path)
    file.save(HERE, LOGIN)
    file.path.chmod(0o644)

    file.save(HERE, LOGIN)

    assert 0o600 == stat.S_IMODE(file.path.stat().st_mode)


def test_a_failed_write_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is replaced in one step, or not at all, and no draft is left behind."""
    file = CredentialFile(tmp_path)
    file.save(HERE, LOGIN)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Failure, match="No space left on device"):
        file.save(HERE, Login("x.y.z", "", {}))

    assert (LOGIN, [file.path]) == (file.find(HERE), list(tmp_path.iterdir()))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"servers": 1}', "\x00\xff"])
def test_a_damaged_file_is_named_and_the_next_login_replaces_it(tmp_path: Path, text: str) -> None:
    """The user is told which file it is; nothing of it needs to be saved by hand."""
    file = CredentialFile(tmp_path)
    file.path.write_text(text)

    with pytest.raises(NotAuthenticated, match=str(file.path)):
        file.find(HERE)
    file.save(HERE, LOGIN)

    assert LOGIN == file.find(HERE)


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (datetime(2026, 3, 13, 9, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 13, 10, 0, 0, tzinfo=UTC), True),
    ],
)
def test_a_login_expires_at_its_second(now: datetime, expired: bool) -> None:
    """The same rule as the server's: from `now >= expires_at` on."""
    assert expired is LOGIN.has_expired(now)


@pytest.mark.parametrize("text", ["", "soon", "2026-03-13"])
def test_an_unreadable_expiry_is_left_to_the_server(text: str) -> None:
    """The client never refuses a token for a date that it does not understand."""
    assert not Login("a.b.c", text, {}).has_expired(datetime(2026, 3, 12, tzinfo=UTC))


def test_no_repr_shows_a_token() -> None:
    """A traceback or a log of these values gives nothing away."""
    assert "a.b.c" not in repr(LOGIN) + repr(Credential("a.b.c", LOGIN)) + repr(Credential("a.b.c"))


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"HOME": "/home/a"}, "/home/a/.config/ironflow"),
        ({"HOME": "/home/a", "IRONFLOW_CONFIG_DIR": "/etc/here"}, "/etc/here"),
        ({"HOME": "/home/a", "IRONFLOW_CONFIG_DIR": ""}, "/home/a/.config/ironflow"),
    ],
)
def test_where_logins_are_kept(environ: dict[str, str], path: str) -> None:
    """`~/.config/ironflow`, unless IRONFLOW_CONFIG_DIR says otherwise (contract, section 9)."""
    assert Path(path) == config_directory(environ)
