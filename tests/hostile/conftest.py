"""The house that all hostile requests of a process go to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.house import House, open_house
from tests.journeys.product import product

__all__ = ["house", "product"]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole product over a table in memory, with the scene of the sample events in it."""
    with open_house(tmp_path_factory.mktemp("house")) as made:
        yield made
