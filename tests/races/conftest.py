"""What the races have in common."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.races.contenders import MOST


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """As many threads as there are contenders at the most."""
    with ThreadPoolExecutor(MOST) as executor:
        yield executor
