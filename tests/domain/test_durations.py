"""Durations at their bounds, and the sentence of each refusal (contract, section 3)."""

from __future__ import annotations

import pytest

from controlplane.domain.durations import parse_duration
from controlplane.domain.errors import InvalidArgument

DAY = 86_400
FORM = "must be one or more <integer><unit> with the units d, h, m, s, such as 720h or 1h30m"
ZERO, LONG = "must be greater than zero", "must not exceed 10 years"


@pytest.mark.parametrize(("text", "seconds"), [
    ("1s", 1), ("1m", 60), ("1h", 3600), ("1d", DAY), ("1h30m", 5400), ("1m1m", 120), ("1s2d", 1 + 2 * DAY),
    ("0h1s", 1), ("000000000001s", 1), ("3653d", 3653 * DAY), ("87672h", 3653 * DAY), ("3652d24h", 3653 * DAY),
])  # fmt: skip
def test_a_duration_is_the_sum_of_its_parts(text: str, seconds: int) -> None:
    """Units mean what they say, in any order and number, up to ten years of which three are leap years."""
    assert seconds == parse_duration(text)


@pytest.mark.parametrize(("text", "sentence"), [
    *((text, FORM) for text in ("", "h", "1", "1h1", "1x", "-1h", "+1h", "1 h", " 1h", "1.5h", "1H", "Xh", "٣h")),
    *((text, ZERO) for text in ("0s", "0d0h", "000000000000m")),
    *((text, LONG) for text in ("3653d1s", "3654d", "0000000000001s", "9" * 12 + "d", "9" * 99)),
])  # fmt: skip
def test_each_refusal_says_what_is_wrong(text: str, sentence: str) -> None:
    """The sentence names the parameter as the caller wrote it, and what a duration looks like or how long it may be."""
    for name in ("expires_in", "expiring"):
        with pytest.raises(InvalidArgument) as refused:
            parse_duration(text, name=name)
        assert f"{name} {sentence}" == refused.value.sentence
