"""Every parser, with whatever Hypothesis thinks of: a value or a refusal, in bounded time, and never another thing."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from controlplane.api.routes import find_route
from controlplane.domain.durations import parse_duration
from controlplane.domain.errors import InvalidArgument, NotFound, Unauthenticated
from controlplane.domain.moments import first_ms, last_ms
from controlplane.domain.patterns import (
    action_matches,
    check_actions,
    known_actions,
    resource_matches,
    resources_valid,
    split_list,
)
from controlplane.gateway.authorizer.credentials import LONGEST, presented_credential
from controlplane.gateway.authorizer.places import environment_of, sought, wants_to_enter
from controlplane.gateway.authorizer.request import request_of
from controlplane.gateway.request import check_path
from controlplane.services.cursors import Cursors
from tests.hostile.texts import ANY_TEXT, ODD_TEXT, either, patiently

TEN_YEARS = 3653 * 86_400
CURSORS = Cursors(lambda: b"k" * 32)


def _event(headers: dict[str, list[str]], query: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "httpMethod": "GET",
        "resource": "/api/v1/apikeys",
        "path": "/api/v1/apikeys",
        "multiValueHeaders": headers,
        "multiValueQueryStringParameters": query,
    }


@patiently
@given(
    values=st.lists(ODD_TEXT, min_size=1, max_size=3),
    cookie=st.lists(ODD_TEXT, max_size=2),
    token=st.lists(ODD_TEXT, max_size=2),
)
def test_a_bearer_is_one_value_or_a_refusal(values: list[str], cookie: list[str], token: list[str]) -> None:
    """With an `Authorization` header, what is presented stands in it, whatever query and cookies say."""
    request = request_of(_event({"Authorization": values, "Cookie": cookie}, {"token": token}))

    try:
        presented = presented_credential(request)
    except Unauthenticated:
        return

    assert len(values) == 1
    assert values[0].strip()[:6].lower() == "bearer"
    assert values[0].strip().endswith(presented.value)
    assert (False, True) == (presented.from_cookie, 0 < len(presented.value) <= LONGEST)
    assert presented.value not in repr(presented)


@patiently
@given(cookies=st.lists(ODD_TEXT, max_size=3), ours=st.lists(st.text('abc." =;', max_size=8), max_size=2))
def test_a_cookie_is_one_value_or_a_refusal(cookies: list[str], ours: list[str]) -> None:
    """Two cookies of our name are no credential; a cookie of another name never is one."""
    assume(not any("ironflow_dashboard_token" in cookie for cookie in cookies))
    sent = cookies + [f"ironflow_dashboard_token={value}" for value in ours]
    request = request_of(_event({"cookie": sent}, {}))
    there = [value.split(";")[0].strip().strip('"') for value in ours]

    found = either(lambda: presented_credential(request))

    wanted = [value for value in there if value]
    assert (found.value if found else None) == (wanted[0] if len(wanted) == 1 else None)


@patiently
@given(cursor=ODD_TEXT, scope=ANY_TEXT)
def test_no_text_is_a_cursor_by_chance(cursor: str, scope: str) -> None:
    """A cursor that was not sealed here is refused."""
    assume(cursor)
    scope = scope.encode("utf-8", "ignore").decode()

    with pytest.raises(InvalidArgument):
        CURSORS.open(cursor, scope=scope)


@patiently
@given(
    position=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    scope=st.text("abc\x1f", max_size=9),
    other=st.text("abc\x1f", max_size=9),
    place=st.integers(0, 200),
    sign=st.sampled_from("Ab0_-=+/ \n"),
)
def test_a_cursor_opens_as_it_was_sealed_and_in_no_other_way(
    position: str, scope: str, other: str, place: int, sign: str
) -> None:
    """Any one changed, added or dropped character, and any other list, makes it worthless."""
    cursor = CURSORS.seal(position, scope=scope)
    place %= len(cursor)

    altered = {
        cursor[:place] + sign + cursor[place + 1 :],
        cursor[:place] + sign + cursor[place:],
        cursor[:place] + cursor[place + 1 :],
        cursor + "=",
    } - {cursor, ""}

    assert position == CURSORS.open(cursor, scope=scope)
    assert {None} == {either(lambda one=one: CURSORS.open(one, scope=scope)) for one in altered}  # type: ignore[misc]
    assert (position if other == scope else None) == either(lambda: CURSORS.open(cursor, scope=other))


@patiently
@given(
    text=st.one_of(ANY_TEXT, st.from_regex(r"\A([0-9]{1,14}[dhms]){0,4}\Z"), st.text("0123456789dhms-+. ", max_size=12))
)
@example(text="٣h")
@example(text="9" * 5000 + "h")
@example(text="1h" * 100_000)
def test_a_duration_is_a_second_to_ten_years_or_refused(text: str) -> None:
    """A value is within its bounds, and is the sum of what was written."""
    began = time.monotonic()

    seconds = either(lambda: parse_duration(text))

    assert time.monotonic() - began < 1
    if seconds is not None:
        assert 1 <= seconds <= TEN_YEARS
        assert set(text) <= set("0123456789dhms")
        assert text[-1] in "dhms"


@patiently
@given(parts=st.lists(st.tuples(st.integers(0, 400), st.sampled_from("dhms")), min_size=1, max_size=4))
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    """Any well-formed duration within the bounds is understood."""
    wanted = sum(number * {"d": 86400, "h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)

    seconds = either(lambda: parse_duration("".join(f"{number}{unit}" for number, unit in parts)))

    assert (wanted if 1 <= wanted <= TEN_YEARS else None) == seconds


@patiently
@given(
    text=st.one_of(ANY_TEXT, st.datetimes().map(str), st.dates().map(str), st.text("0123456789-:TZ+. ", max_size=30))
)
@example(text="0001-01-01T00:00:00+23:59")
@example(text="9999-12-31")
@example(text="9999-12-31T23:59:59-23:59")
@example(text="2026-03-12T24:00:00")
@example(text="2026-02-30")
def test_a_moment_is_within_time_or_refused(text: str) -> None:
    """The first moment never lies after the last, and both are times that the trail can be asked for."""
    first, last = either(lambda: first_ms(text, name="from")), either(lambda: last_ms(text, name="to"))

    if first is not None and last is not None:
        assert 0 <= first <= 2**48 - 1
        assert 1 <= last <= 2**48 + 1000
        assert first <= last


@pytest.mark.parametrize(
    ("text", "last"),
    [("9999-12-31", 253_402_300_799_999), ("1960-01-01", 1), ("1969-12-31T23:59:59.5Z", 1), ("1970-01-01", 86_399_999)],
)
def test_the_ends_of_the_calendar_are_ends(text: str, last: int) -> None:
    """The last day of the calendar is a day, and an end before all events is not taken for no end."""
    assert last == last_ms(text, name="to")


@patiently
@given(moment=st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1)).map(lambda one: one.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_a_moment_is_read_to_the_millisecond(moment: datetime) -> None:
    """What ISO 8601 writes is understood exactly."""
    wanted = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000

    assert abs(first_ms(moment.isoformat(), name="from") - math.floor(wanted + 1e-3)) <= 1


@patiently
@given(
    text=st.one_of(
        ANY_TEXT,
        st.text("abc:*,platform ", max_size=40),
        st.lists(st.sampled_from(["users:read", "*", "users:*", "platform:*", ":", "a:b:c:d", ""])).map(",".join),
    ),
    platform=st.booleans(),
)
@example(text="*:" * 20_000, platform=False)
@example(text="," * 100_000, platform=True)
def test_an_action_list_names_actions_of_its_kind_or_is_refused(text: str, platform: bool) -> None:
    """Every part of a list that is accepted names a known action, and never one of the other kind."""
    try:
        check_actions(text, platform=platform)
    except InvalidArgument:
        return

    for part in split_list(text):
        assert any(action_matches(part, action, platform=platform) for action in known_actions(platform=platform))
        assert not any(
            action_matches(part, action, platform=platform) for action in known_actions(platform=not platform)
        )


@patiently
@given(
    pattern=st.one_of(ANY_TEXT, st.lists(st.text("ab*?", max_size=4), min_size=6, max_size=8).map(":".join)),
    resource=st.one_of(ANY_TEXT, st.lists(st.text("ab:", max_size=4), min_size=6, max_size=8).map(":".join)),
)
@example(pattern="irn:ironflow:o:p:t:e:" + "*a" * 2000, resource="irn:ironflow:o:p:t:e:" + "a" * 4000 + "b")
@example(pattern="irn:ironflow:o:p:t:e:" + "*?" * 2000, resource="irn:ironflow:o:p:t:e:" + "a" * 1999)
def test_an_irn_matches_or_does_not_in_bounded_time(pattern: str, resource: str) -> None:
    """A pattern of another number of segments never matches; the worst glob takes no time worth mentioning."""
    began = time.monotonic()

    matches = resource_matches(pattern, resource)

    assert time.monotonic() - began < 1
    if matches and pattern != "*":
        assert pattern.count(":") == 6
        assert resource.count(":") >= 6
        assert resources_valid(pattern) or "," in pattern or pattern != pattern.strip()


@patiently
@given(
    values=st.dictionaries(
        st.sampled_from(["key_id", "user_id"]), st.one_of(ANY_TEXT, st.text("ak_#%/.", max_size=9)), min_size=1
    )
)
def test_a_path_holds_ids_or_is_not_found(values: dict[str, str]) -> None:
    """What comes through is short printable ASCII that no key template takes for a separator."""
    route = find_route("GET", "/api/v1/apikeys/{key_id}")
    assert route

    try:
        path = check_path(values, route)
    except NotFound:
        return

    assert values == path
    assert all(one.isascii() and one.isprintable() and "#" not in one and 0 < len(one) <= 128 for one in path.values())


@patiently
@given(
    values=st.lists(ODD_TEXT, max_size=3),
    more=st.lists(ODD_TEXT, max_size=2),
    query=st.lists(ODD_TEXT, max_size=2),
    org=st.lists(ODD_TEXT, max_size=2),
)
def test_an_environment_header_names_one_place_or_none(
    values: list[str], more: list[str], query: list[str], org: list[str]
) -> None:
    """What is looked up is one of the values that were sent, can be an id, and two never become one."""
    headers = {"X-Ironflow-Environment": values, "x-ironflow-environment-id": more, "X-Ironflow-Org": org}
    request = request_of(_event(headers, {"env": query}))

    wanted = sought(request, enters=True)

    assert wanted.environment in {"", *(one.strip() for one in [*values, *more, *query])}
    assert wanted.environment.isascii()
    assert wanted.target_org_id in {"", *(one.strip() for one in org)}
    if len({one.strip() for one in [*values, *more] if one.strip()} - {"current"}) > 1:
        assert wanted.environment == ""
        with pytest.raises(InvalidArgument):
            environment_of(request, None)  # type: ignore[arg-type]
    if len(org) > 1:
        with pytest.raises(InvalidArgument):
            wants_to_enter(request)
