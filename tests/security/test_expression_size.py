"""How the size of a pattern is bounded before the engine builds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.security.conditions.patterns import expanded_size


@pytest.mark.parametrize(
    ("pattern", "smallest", "largest"),
    [
        ("", 0, 0),
        ("^role_abc$", 10, 10),
        ("[0-9a-f]{8}-[0-9a-f]{4}", 100, 300),
        ("a{1000}", 1000, 1100),
        ("(a{10}){10}", 100, 200),
        ("((a{1,100}){0,10}){9}", 9000, 12_000),
        ("(a|b){2,}", 6, 20),
        (r"\pL", 100, 100),
        (r"\p{Greek}{20}", 2000, 2200),
        (r"[^\pN\pL]", 200, 300),
        ("(?i)aaaa", 16, 50),
        ("(?P<name>a{100})", 100, 110),
        (r"\(\[a\{5\}", 5, 60),
        ("[]a]{3}", 3, 60),
        (r"\Qa{1000}\E", 7, 20),
        ("é" * 10, 20, 20),
        ("{5}", 1, 10),
        ("a{,5}", 4, 10),
        (")))((((a{3}", 3, 20),
    ],
)
def test_repetitions_are_written_out(pattern: str, smallest: int, largest: int) -> None:
    """A pattern counts as what it becomes, not as what it looks like."""
    assert smallest <= expanded_size(pattern) <= largest


@given(st.text(alphabet=r"ab(){}[]|*+?^$.\,0123456789pPLQE:i", max_size=200))
def test_any_text_has_a_size(text: str) -> None:
    """No pattern, however broken, makes the estimate fail, or is smaller than a repetition of nothing."""
    assert expanded_size(text) >= 0
