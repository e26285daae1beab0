"""One stage for all groups of events: it is put back before each event."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.events.stage import Processes, Stage, running_stage


@pytest.fixture(scope="session")
def stage_and_processes(
    dynamodb_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stage, Processes]]:
    """The scene on a table of its own, and the functions under the real runtime client."""
    with running_stage(dynamodb_endpoint, tmp_path_factory.mktemp("events")) as both:
        yield both
