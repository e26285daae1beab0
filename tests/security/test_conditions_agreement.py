"""Conditions mean what another implementation of CEL says they mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import celpy
from celpy.adapter import json_to_cel
from celpy.evaluation import CELEvalError
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.security.conditions.engine import CelConditions

NOW = 1_773_309_600
CONDITIONS = CelConditions()
OTHER = celpy.Environment()
WORDS = ["", "a", "GET", "get", "role_viewer", "10.0.0.1", "/api/v1/x", "é", "\U0001f511", "it's", "a b"]
NAMES = ["request.method", "request.path", "request.ip", "subject.id", "subject.type"]
MOMENTS = ["2026-03-12T09:59:59Z", "2026-03-12T10:00:00Z", "2026-03-12T11:00:01+01:00", "1970-01-01T00:00:00Z"]


def quoted(word: str) -> str:
    """Return the word as a literal."""
    return '"' + word + '"'


TEXT = st.sampled_from(NAMES) | st.sampled_from(WORDS).map(quoted)
TEXT_SUMS = TEXT | st.builds("({} + {})".format, TEXT, TEXT)
NUMBER = st.integers(min_value=-5, max_value=40).map(str) | st.builds("size({})".format, TEXT_SUMS)
SIMPLE = (
    st.sampled_from(["true", "false"])
    | st.builds("{} {} {}".format, TEXT_SUMS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), TEXT_SUMS)
    | st.builds("{}.{}({})".format, TEXT, st.sampled_from(["startsWith", "endsWith", "contains"]), TEXT)
    | st.builds("{} in subject.roles".format, TEXT)
    | st.builds("{} in [{}, {}]".format, TEXT, TEXT, TEXT)
    | st.builds("{} {} {}".format, NUMBER, st.sampled_from(["==", "<", ">="]), NUMBER)
    | st.builds("{} {} {} == {}".format, NUMBER, st.sampled_from(["+", "-", "*", "/", "%"]), NUMBER, NUMBER)
    | st.builds("size(subject.roles) {} {}".format, st.sampled_from(["==", "<"]), NUMBER)
    | st.builds("subject.roles[{}] == {}".format, st.integers(min_value=0, max_value=3), TEXT)
    | st.builds(
        "request.time {} timestamp({})".format, st.sampled_from(["==", "<", ">="]), st.sampled_from(MOMENTS).map(quoted)
    )
    | st.builds(
        "subject.roles.{}(r, r {} {})".format,
        st.sampled_from(["all", "exists", "exists_one"]),
        st.sampled_from(["==", "!="]),
        TEXT,
    )
)
CONDITION = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds("({} && {})".format, inner, inner)
        | st.builds("({} || {})".format, inner, inner)
        | st.builds("!({})".format, inner)
        | st.builds("({} ? {} : {})".format, inner, inner, inner)
    ),
    max_leaves=6,
)
REQUEST = st.fixed_dictionaries(
    {name: st.sampled_from(WORDS) for name in ("method", "path", "ip")}
    | {"time": st.sampled_from([0, NOW - 1, NOW, NOW + 1])}
)
SUBJECT = st.fixed_dictionaries(
    {name: st.sampled_from(WORDS) for name in ("id", "type")} | {"roles": st.lists(st.sampled_from(WORDS), max_size=3)}
)


@settings(max_examples=1500, deadline=None)
@given(CONDITION, REQUEST, SUBJECT)
def test_agrees_with_another_engine(text: str, request: dict[str, Any], subject: dict[str, Any]) -> None:
    """On what both understand, our answer, and that there is none, is that of an independent engine."""
    ours = CONDITIONS.holds(text, request=request, subject=subject)

    if text.count("(r, r") <= 3:
        assert ours is other_answer(text, request, subject)


def other_answer(text: str, request: dict[str, Any], subject: dict[str, Any]) -> bool | None:
    """Return what cel-python says."""
    variables: dict[str, Any] = {"request": json_to_cel(request), "subject": json_to_cel(subject)}
    variables["request"]["time"] = celpy.celtypes.TimestampType(datetime.fromtimestamp(request["time"], UTC))
    try:
        return bool(OTHER.program(OTHER.compile(text)).evaluate(variables))
    except CELEvalError:
        return None
