"""Headers are found however API Gateway shows them: each name with its values, or with one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from controlplane.gateway.authorizer.request import _headers, _merged

NAMES = st.sampled_from(["Authorization", "authorization", "AUTHORIZATION", "Cookie", "X-Ironflow-Org", "É", "ß"])
VALUES = st.sampled_from(["", "a", "b"])


@given(st.dictionaries(NAMES, st.lists(VALUES, max_size=3)), st.dictionaries(NAMES, VALUES))
def test_the_quick_way_overlooks_no_value(several: dict[str, list[str]], single: dict[str, str]) -> None:
    """Where both shapes have the same names one is read, and that is what reading both gives."""
    assert _merged(several, single) == _headers({"multiValueHeaders": several, "headers": single})


def test_a_value_in_either_shape_is_found() -> None:
    """A second spelling is a second value, and what only the single shape has counts too."""
    event = {"multiValueHeaders": {"A": ["1"], "a": ["2"]}, "headers": {"A": "1", "b": "3", "B": "4"}}

    assert {"a": ("1", "2"), "b": ("3", "4")} == _headers(event)
