"""A toy product to serve: what it shows holds for any template."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running_server import RunningServer

FIXTURE = Path(__file__).with_name("fixture")

Start = Callable[..., RunningServer]


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of the toy product, shared by the tests that leave it as they found it."""
    data_dir = tmp_path_factory.mktemp("toy")
    with RunningServer("--no-bootstrap-key", "--no-reload", data_dir=data_dir, cwd=FIXTURE) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the toy product that a test may change."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "project"))


@pytest.fixture
def start(project: Path, tmp_path: Path) -> Iterator[Start]:
    """Start servers of the copied toy product; all of them end with the test."""
    started: list[RunningServer] = []

    def start_one(*flags: str, data_dir: Path | None = None, **environ: str) -> RunningServer:
        server = RunningServer(
            "--no-bootstrap-key", *flags, data_dir=data_dir or tmp_path / "data", cwd=project, environ=environ
        )
        started.append(server)
        return server

    yield start_one
    for server in started:
        if server.process.poll() is None:
            server.stop()
