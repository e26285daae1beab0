"""Where the first key goes, and where it never goes (contract, section 2)."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from devserver.bootstrap_key import provide_bootstrap_key

RAW = "ifkey_0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class IssuedKey:
    """What the product answers when it is asked for the bootstrap key."""

    created: bool
    prefix: str = "ifkey_01234567"
    raw: str = RAW
    key_id: str = "ak_admin_bootstrap"
    org_id: str = "org_default"
    role: str = "admin"
    timestamp: int = 1773309600


def _issue_new(environ: Mapping[str, str]) -> IssuedKey:
    return IssuedKey(created=True)


def _find_old(environ: Mapping[str, str]) -> IssuedKey:
    return IssuedKey(created=False, raw="")


def test_a_new_key_exists_in_its_file_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is complete, mode 0400 and alone; the terminal and the event have its path."""
    file = tmp_path / "key.json"

    line = provide_bootstrap_key(_issue_new, {}, file=file)

    printed = capsys.readouterr()
    assert json.loads(file.read_text()) == {
        "key": RAW,
        "key_id": "ak_admin_bootstrap",
        "org_id": "org_default",
        "role": "admin",
        "timestamp": "2026-03-12T10:00:00Z",
    }
    assert (0o400, [file]) == (stat.S_IMODE(file.stat().st_mode), list(tmp_path.iterdir()))
    assert f"bootstrap key: {file}" == line
    event = json.loads(printed.err)
    assert ("BOOTSTRAP_ADMIN_KEY_ISSUED", str(file)) == (event["event"], event["file_path"])
    assert RAW not in printed.out + printed.err


def test_a_later_boot_shows_the_prefix_and_touches_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An existing file stays as it is, a removed one stays removed, and there is no event."""
    file = tmp_path / "key.json"

    line = provide_bootstrap_key(_find_old, {}, file=file)

    assert ("bootstrap key: issued before (ifkey_01234567…)", "") == (line, capsys.readouterr().err)
    assert [] == list(tmp_path.iterdir())


def test_a_reset_replaces_the_file_of_the_old_key(tmp_path: Path) -> None:
    """A read-only file of an earlier key is replaced as a whole."""
    file = tmp_path / "key.json"
    file.write_text("old")
    file.chmod(0o400)

    provide_bootstrap_key(_issue_new, {}, file=file)

    assert RAW == json.loads(file.read_text())["key"]


@pytest.mark.parametrize("place", ["absent/key.json", "directory"])
def test_a_file_that_cannot_be_written_loses_the_key_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """The event carries the reason, the line says what mends it, and the key is shown nowhere."""
    (tmp_path / "directory").mkdir()

    line = provide_bootstrap_key(_issue_new, {}, file=tmp_path / place)

    printed = capsys.readouterr()
    event = json.loads(printed.err)
    assert {"timestamp", "level", "event", "file_path_error"} == set(event)
    assert "--reset-bootstrap-key" in line
    assert RAW not in line + printed.out + printed.err


def test_the_file_is_tried_before_the_key_is_made(tmp_path: Path) -> None:
    """When issuing fails nothing is left beside the wanted file."""

    def fail(environ: Mapping[str, str]) -> IssuedKey:
        assert 1 == len(list(tmp_path.iterdir()))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        provide_bootstrap_key(fail, {}, file=tmp_path / "key.json")

    assert [] == list(tmp_path.iterdir())
