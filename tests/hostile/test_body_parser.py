"""The body parser, with whatever Hypothesis thinks of: an object, or a refusal, and never another thing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.api import bodies
from controlplane.api.body_parser import MAX_DEPTH, parse_object
from controlplane.api.routes import ROUTES
from controlplane.domain.errors import InvalidArgument, TooLarge
from tests.hostile.texts import ANY_TEXT, either, patiently

BOUND = 1_000_000
REFUSED = {
    b"\xef\xbb\xbf{}": "request body must not start with a byte order mark",
    b'{"a":"\xff"}': "request body must be UTF-8",
    b"{": "request body is not valid JSON",
    b"[" * 32 + b"]" * 32: "request body must be a JSON object",
    b"null": "request body must be a JSON object",
    b"X" * 40 + b"{}": "request body is not valid JSON",
    b"]" * 40 + b"[" * 40: "request body is not valid JSON",
    b'{"a":1,"a":1}': "request body repeats a key",
    b'{"a":{"b":1,"b":1}}': "request body repeats a key",
    b'{"a":NaN}': "NaN is not a JSON number",
    b'{"a":-Infinity}': "-Infinity is not a JSON number",
    b'{"a":1e999}': "a number in the request body is too large",
    b'{"a":-1e999}': "a number in the request body is too large",
    b'{"a":' + b"[" * 32: "request body is nested deeper than 32",
    b'{"":' + b"[" * 32: "request body is nested deeper than 32",
    b'{"\\"":' + b"[" * 32: "request body is nested deeper than 32",
    b'{"\\\\":' + b"[" * 32: "request body is nested deeper than 32",
    b'{"\\\\\\"":' + b'{"a":' * 32: "request body is nested deeper than 32",
    b'{"a":[' + b"[]," * 5 + b"[" * 31: "request body is nested deeper than 32",
    b'{"a":"\\n","b":' + b"[" * 32: "request body is nested deeper than 32",
}
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


@pytest.mark.parametrize("raw", REFUSED)
def test_each_refusal_says_what_is_wrong(raw: bytes) -> None:
    """A client can mend its body by the sentence; nesting is measured before anything recurses, escapes or not."""
    with pytest.raises(InvalidArgument) as refused:
        parse_object(raw)

    assert (InvalidArgument, REFUSED[raw]) == (type(refused.value), refused.value.sentence)


def test_a_body_has_a_megabyte_at_most() -> None:
    """The bound is exact, and counts bytes."""
    largest = b'{"a":"' + b"x" * (BOUND - 8) + b'"}'

    assert {"a": "x" * (BOUND - 8)} == parse_object(largest)
    with pytest.raises(TooLarge, match="^request body exceeds 1 MB$"):
        parse_object(largest + b" ")
    with pytest.raises(TooLarge):
        parse_object(b" " * (BOUND + 1))


@pytest.mark.parametrize("raw", [b"", b" ", b"\r\n\t "])
def test_no_body_is_an_empty_object(raw: bytes) -> None:
    """A POST without a body is valid."""
    assert {} == parse_object(raw)


def test_nesting_ends_where_it_ends() -> None:
    """Depth is what is open at once, up to 32: siblings, and brackets in strings, do not add up."""
    deepest = b'{"a":' + b"[" * 31 + b"]" * 31 + b',"b":' + b"[" * 31 + b"]" * 31 + b',"c":"' + b"[" * 40 + b'"}'

    assert {"a", "b", "c"} == parse_object(deepest).keys()
    assert {"\\": '"[[', '"': ""} == parse_object(b'{"\\\\":"\\"[[","\\"":""}')
