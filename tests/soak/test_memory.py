"""A process that grows is noticed; one that does not is not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.soak.memory import MemoryWatch

STILL = "import time; print(flush=True); time.sleep(60)"
GROWING = "import time; print(flush=True); kept = [(b'x' * 1_000_000, time.sleep(0.01)) for _ in range(3000)]"


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs the text given as the parameter."""
    with subprocess.Popen([sys.executable, "-c", request.param], stdout=subprocess.PIPE) as started:
        assert started.stdout
        started.stdout.readline()
        yield started
        started.kill()


@pytest.mark.parametrize(("process", "grows"), [(STILL, False), (GROWING, True)], indirect=["process"])
def test_growth_is_of_the_process_that_grew_most(process: subprocess.Popen[bytes], *, grows: bool) -> None:
    """The soak's word that memory is flat would not be given for a server that leaks."""
    with MemoryWatch(lambda: [process.pid], every=0.02) as memory:
        time.sleep(1)

    assert grows is (memory.growth > 1.15)
    first, most, last = memory.megabytes
    assert first <= most >= last
