"""What is installed is exactly what was chosen, wherever it is installed from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

LOCKS = ("runtime", "dev", "sam", "emulator", "checks", "template", "soak", "fuzz")
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^ ;\\]+)(?P<rest>[^\n]*(?:\n +[^\n]*)*)", re.MULTILINE)


def _pins(root: Path, name: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for found in PIN.finditer((root / "requirements" / f"{name}.lock").read_text(encoding="utf-8")):
        pins.setdefault(found[1], set()).add(found[2])
    return pins


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_its_hashes(root: Path, name: str) -> None:
    """A package that was exchanged under its version is refused."""
    text = (root / "requirements" / f"{name}.lock").read_text(encoding="utf-8")

    unhashed = [found[1] for found in PIN.finditer(text) if "--hash=sha256:" not in found["rest"]]

    assert unhashed == []
    assert _pins(root, name)


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address(root: Path, name: str) -> None:
    """A lock works behind any mirror, and gives none away."""
    assert "://" not in (root / "requirements" / f"{name}.lock").read_text(encoding="utf-8")


def test_what_is_tested_is_what_runs(root: Path) -> None:
    """The functions run with the very versions that the tests ran with."""
    tested, deployed = _pins(root, "dev"), _pins(root, "runtime")

    assert {} == {name: versions for name, versions in deployed.items() if not versions <= tested.get(name, set())}


def test_the_condition_engine_never_floats(root: Path) -> None:
    """Conditions decide, and only this version of their engine passed the conformance tests (design, decisions)."""
    assert _pins(root, "runtime")["cel-expr-python"] == {"0.1.3"}


def test_the_distribution_needs_only_what_the_command_line_needs(root: Path) -> None:
    """Whoever installs `ironflow` to call an API does not install a server."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert {"click", "rich"} == {re.split(r"[<>=]", need)[0] for need in project["dependencies"]}
