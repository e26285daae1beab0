"""The body parser, with whatever Hypothesis thinks of: an object, or a refusal, and never another thing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from controlplane.api import bodies
from controlplane.api.body_parser import MAX_DEPTH, parse_object
from controlplane.api.routes import ROUTES
from tests.hostile.texts import ANY_TEXT, either, patiently

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@patiently
@given(raw=st.one_of(st.binary(max_size=200), st.text('{}[]":,\\ntrue0e+-.9"a', max_size=60).map(str.encode)))
def test_bytes_are_an_object_or_refused(raw: bytes) -> None:
    """Whatever is accepted is an object that Python's own strict reading agrees with."""
    parsed = either(lambda: parse_object(raw))

    if parsed:
        assert json.loads(raw) == parsed


@patiently
@given(value=st.dictionaries(ANY_TEXT, JSON, max_size=5))
def test_any_object_comes_through_as_it_was(value: dict[str, Any]) -> None:
    """A plain object is not changed by reading it."""
    raw = json.dumps(value).encode()

    parsed = either(lambda: parse_object(raw))

    assert parsed == value or parsed is None
    if parsed is None:
        assert raw.count(b"[") + raw.count(b"{") > MAX_DEPTH


@patiently
@given(
    value=st.dictionaries(
        st.sampled_from(
            [
                "name",
                "email",
                "password",
                "role_ids",
                "roles",
                "env_id",
                "expires_in",
                "platform",
                "tool_scopes",
                "actions",
                "resources",
                "condition",
                "effect",
                "principal",
                "action",
                "is_active",
                "suspended",
                "policy_id",
                "request",
            ]
        ),
        JSON,
        max_size=8,
    ),
    kind=st.sampled_from(sorted({route.body for route in ROUTES if route.body})),
)
def test_a_body_is_of_its_type_or_refused(value: dict[str, Any], kind: str) -> None:
    """No JSON makes a request type fail in any other way than by a refusal; its texts hold no control characters."""
    built = either(lambda: bodies.build(kind, value))

    if built is not None:
        shown = {name: getattr(built, name) for name in built.__struct_fields__}
        texts = [one for one in shown.values() if isinstance(one, str)]
        assert all(
            sign == "\n" or sign == "\t" or (ord(sign) >= 32 and not 0xD800 <= ord(sign) <= 0xDFFF)
            for one in texts
            for sign in one
        )
