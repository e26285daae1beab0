"""The embedded store's binary comes from the lock file or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from devserver import dynoxide_binary
from devserver.errors import CannotStart


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the pins, and an empty place to install into."""
    copy = Path(shutil.copytree(dynoxide_binary.PINS, tmp_path / "pins"))
    monkeypatch.setattr(dynoxide_binary, "PINS", copy)
    monkeypatch.setattr("sys.prefix", str(tmp_path / "venv"))
    return copy


def test_the_lock_file_names_an_integrity_and_no_address(pins: Path) -> None:
    """Whoever installs gets the bytes that were tested, from the index of their own choice."""
    lock = (pins / "package-lock.json").read_text()

    assert (True, False, False) == ('"integrity": "sha512-' in lock, "resolved" in lock, "http" in lock)


def test_a_package_that_was_tampered_with_is_not_installed(pins: Path, tmp_path: Path) -> None:
    """When the bytes differ from the lock file nothing is left that could be started."""
    lock = pins / "package-lock.json"
    lock.write_text(lock.read_text().replace("sha512-s", "sha512-t"))

    with pytest.raises(CannotStart, match="EINTEGRITY"):
        dynoxide_binary.install_dynoxide()

    assert [] == list((tmp_path / "venv" / "share" / "ironflow").iterdir())


def test_without_npm_the_way_out_is_named(pins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot install is told what works without."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(CannotStart, match="--dynamodb-endpoint"):
        dynoxide_binary.install_dynoxide()


def test_another_platform_is_told_what_works_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is one binary for one platform; everywhere else the alternatives are named."""
    monkeypatch.setattr("platform.machine", lambda: "arm64")

    with pytest.raises(CannotStart, match="--store memory"):
        dynoxide_binary.install_dynoxide()
