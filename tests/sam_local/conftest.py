"""The table that the containers see, with the scene of `tests/events`, and `sam local` in front of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devserver.dynoxide_binary import install_dynoxide
from devserver.embedded_store import EmbeddedStore
from devserver.processes import start_program
from tests.events.stage import Stage
from tests.sam_local.sam import SamLocal


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The scene on a table that listens on every address of this private network."""
    folder, binary = tmp_path_factory.mktemp("store"), str(install_dynoxide())

    def launch(port: int) -> subprocess.Popen[bytes]:
        command = [binary, "serve", "--host", "0.0.0.0", "--port", str(port), "--db-path", "scene.db"]
        return start_program(command, environ={}, cwd=folder, quiet=True)

    with EmbeddedStore(launch) as store:
        yield Stage(store.endpoint, folder, table="scene")


@pytest.fixture(scope="session")
def sam(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> SamLocal:
    """`sam local` on the build of this run."""
    return SamLocal(stage, Path(tmp_path_factory.mktemp("sam")))
