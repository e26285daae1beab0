"""The patterns against regular expressions, which the product itself does not use."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.actions import is_platform_action
from controlplane.domain.patterns import action_matches, glob_matches, resource_matches

segments = st.sampled_from(("platform", "users", "read", "a"))
pattern_segments = st.one_of(segments, st.just("*"))


def glob_expression(glob: str) -> str:
    """Write a glob as a regular expression."""
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in glob)


def action_expression(pattern: list[str]) -> str:
    """Write an action pattern as a regular expression over whole segments."""
    *start, last = pattern
    parts = ["[^:]+" if segment == "*" else re.escape(segment) for segment in start]
    return ":".join([*parts, "[^:]+(:[^:]+)*" if last == "*" else re.escape(last)])


@settings(max_examples=600, deadline=None)
@given(st.text("aab**?:\n", max_size=6), st.text("aaab:\n", max_size=4))
def test_globs_agree_with_regular_expressions(glob: str, text: str) -> None:
    """`*` is any run of characters and `?` one, line breaks and colons included; nothing else is special."""
    expected = re.fullmatch(glob_expression(glob), text, re.DOTALL)

    assert bool(expected) is glob_matches(glob, text)


@settings(max_examples=600, deadline=None)
@given(
    st.lists(pattern_segments, min_size=1, max_size=4), st.lists(segments, min_size=1, max_size=4), st.booleans(),
)
def test_action_patterns_agree_with_regular_expressions(
    pattern: list[str], action: list[str], platform: bool,
) -> None:
    """A `*` is one segment, or at the end one or more, and the kinds never meet."""
    name = ":".join(action)
    expected = re.fullmatch(action_expression(pattern), name) and is_platform_action(name) == platform

    assert bool(expected) is action_matches(":".join(pattern), name, platform=platform)


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.sampled_from(("*", "a", "b*", "")), min_size=5, max_size=9), st.text("ab*?", max_size=4),
    st.lists(st.sampled_from(("a", "b", "b*", "")), min_size=4, max_size=8), st.text("ab:", max_size=4),
)
def test_resource_patterns_agree_with_regular_expressions(
    places: list[str], glob: str, given_places: list[str], id_: str,
) -> None:
    """Six whole segments and a glob match a resource's first six segments and the rest of it."""
    pattern, resource = ":".join([*places, glob]), ":".join([*given_places, id_])
    expression = ":".join(["[^:]*" if place == "*" else re.escape(place) for place in places] + [glob_expression(glob)])
    expected = len(places) == 6 and re.fullmatch(expression, resource, re.DOTALL)

    assert bool(expected) is resource_matches(pattern, resource)
