"""One rule says which Python runs this: `requires-python` in pyproject.toml."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def rule(root: Path) -> str:
    """The oldest Python that runs this, as `3.11`."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = re.fullmatch(r">=(3\.\d+)", project["requires-python"])
    assert found, "requires-python must be one plain lower bound: the Makefile reads it"
    return found[1]


def test_this_interpreter_obeys(rule: str) -> None:
    """The tests ran on a Python that is allowed."""
    assert sys.version_info[:2] >= tuple(map(int, rule.split(".")))


def test_the_makefile_says_what_is_missing(root: Path, rule: str) -> None:
    """On a machine without a fitting Python, `make dev` names the version it wants, and stops."""
    ran = subprocess.run(
        ["make", "--no-print-directory", "VENV=none-such", "PYTHON=", "none-such/.locked"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode != 0
    assert f"ironflow needs Python {rule} or newer with venv and pip" in ran.stderr


def test_nothing_restates_the_rule(root: Path, rule: str) -> None:
    """Tools take the rule from pyproject.toml; the oldest interpreter looked for, and the README, agree with it."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    candidates = re.search(r"^CANDIDATES := (.*)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert "target-version" not in config["ruff"]
    assert "python_version" not in config["mypy"]
    assert candidates
    assert min(re.findall(r"3\.\d+", candidates[1])) == rule
    assert f"Python {rule} or newer" in (root / "README.md").read_text(encoding="utf-8")
