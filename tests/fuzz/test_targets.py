"""The targets of `make fuzz`, with their first inputs: what the fuzzer starts from holds in every run of the tests."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_every_first_input_is_treated_as_promised(target: Target) -> None:
    """A value or the documented refusal, at once, for each input that the fuzzer starts from and for each cut of it."""
    for data in target.inputs():
        began = time.monotonic()
        for end in {len(data), len(data) // 2, len(data) - 1}:
            target.holds(data[: max(end, 0)])
            target.holds(data[: max(end, 0)] + b"\xff\x00")
        assert time.monotonic() - began < 2
