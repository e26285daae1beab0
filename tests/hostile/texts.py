"""Texts for the parsers, and how often each parser is tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from controlplane.domain.errors import Problem

EXAMPLES = 150
patiently = settings(max_examples=EXAMPLES, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
ANY_TEXT = st.text(st.characters(), max_size=60)
ODD_TEXT = st.one_of(
    ANY_TEXT,
    st.text("abBearer .,;:=\"'\t\x00*?%/#ifkey_0", max_size=60),
    st.sampled_from(["\ud800", "x" * 5000, "Bearer " + "x" * 5000, "ironflow_dashboard_token=a.b.c", "a.b.c"]),
)


def either(parse: Callable[[], Any]) -> Any:
    """Return the value, or None for a refusal; anything else that is raised fails the test."""
    try:
        return parse()
    except Problem:
        return None
