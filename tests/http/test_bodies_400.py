"""Bodies that are not what they should be, on every route that takes one (contract, section 1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from controlplane.api.routes import ROUTES
from tests.http.bodies import SAMPLES, Sample
from tests.http.world import World

REFUSED = (400, "invalid_argument")
TOO_LONG = "n" * 10_000
NOT_JSON = {
    "half an object": b'{"name": "n"',
    "text after it": b'{"name": "n"} x',
    "two objects": b"{}{}",
    "an array": b"[]",
    "a string": b'"name"',
    "null": b"null",
    "a number": b"1",
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "a huge number": b'{"name": 1e999}',
    "a repeated key": b'{"name": "n", "name": "n"}',
    "a repeated key below": b'{"request": {"a": 1, "a": 2}}',
    "a byte order mark": b'\xef\xbb\xbf{"name": "n"}',
    "UTF-16": '{"name": "n"}'.encode("utf-16"),
    "Latin-1": '{"name": "é"}'.encode("latin-1"),
    "an overlong byte": b'{"name": "\xc0\x80"}',
    "a raw control character": b'{"name": "a\nb"}',
    "33 levels": b'{"name":' + b"[" * 32 + b"]" * 32 + b"}",
    "100,000 levels": b"[" * 100_000,
    "single quotes": b"{'name': 'n'}",
    "bytes": bytes(range(256)),
}
HOSTILE = {"NUL": "a\x00b", "a control character": "a\x1fb", "DEL": "a\x7fb", "C1": "a\x85b", "a surrogate": "\ud800",
           "half a pair": "x\udc00y"}  # fmt: skip
WRONG: dict[type, list[Any]] = {
    str: [1, True, [], {}, ["n"], {"name": "n"}],
    bool: [1, "true", [], {}],
    list: ["x", 1, True, {}, [1], [None], [["x"]], [{}]],
    dict: ["x", 1, True, [], [{}]],
}
samples = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.method} {sample.path}")


def test_there_is_a_sample_for_every_route_with_a_body() -> None:
    """No route with a body can be added without being tried here."""
    with_body = {(route.method, route.path.count("{"), route.path.partition("{")[0]) for route in ROUTES if route.body}

    assert with_body == {(one.method, one.path.count("{"), one.path.partition("{")[0]) for one in SAMPLES}


@samples
def test_what_is_not_one_plain_json_object_is_refused(world: World, sample: Sample) -> None:
    """Whatever the bytes are, the answer is the contract's 400, never a 500 and never a trace."""
    client = sample.client(world)

    replies = {name: client.request(sample.method, sample.url(), body=raw) for name, raw in NOT_JSON.items()}

    assert dict.fromkeys(NOT_JSON, REFUSED) == {name: reply.error[:2] for name, reply in replies.items()}


@samples
def test_a_wrong_type_in_any_field_is_refused_by_name(world: World, sample: Sample) -> None:
    """Each field is tried with values of other types while the others are right; the sentence says which it was."""
    client = sample.client(world)
    tries = [(field, wrong) for field, right in sample.body.items() for wrong in WRONG[type(right)]]

    errors = [
        (field, client.request(sample.method, sample.url(), {**sample.body, field: wrong}).error)
        for field, wrong in tries
    ]

    assert [] == [(field, error) for field, error in errors if error[:2] != REFUSED or field not in error[2]]


@samples
def test_a_character_that_no_text_may_hold_is_refused(world: World, sample: Sample) -> None:
    """Control characters and lone surrogates are 400 in every text, also in one inside a list."""
    client = sample.client(world)
    texts = [(field, right) for field, right in sample.body.items() if isinstance(right, str | list)]
    tries = [
        (field, bad, [bad] if isinstance(right, list) else bad) for field, right in texts for bad in HOSTILE.values()
    ]

    errors = [
        (field, bad, client.request(sample.method, sample.url(), {**sample.body, field: value}).error[:2])
        for field, bad, value in tries
    ]

    assert [] == [error for error in errors if error[2] != REFUSED]


@samples
def test_ten_thousand_characters_are_too_many_for_any_text(world: World, sample: Sample) -> None:
    """A name has at most 200 characters, and no field takes ten thousand; dry-runs report them in their result."""
    client = sample.client(world)
    fields = [field for field, right in sample.body.items() if isinstance(right, str)]

    replies = {
        field: client.request(sample.method, sample.url(), {**sample.body, field: TOO_LONG}) for field in fields
    }

    assert {} == {
        field: reply.body for field, reply in replies.items() if reply.status not in (400, 404)
    }  # an id of that length belongs to nothing
    assert {} == {name: reply.body for name, reply in replies.items() if "name" in name and reply.status != 400}


@samples
def test_a_missing_field_is_named(world: World, sample: Sample) -> None:
    """An empty object is 400 with the missing field's name, wherever something is required."""
    reply = sample.client(world).request(sample.method, sample.url(), {})

    if sample.method == "POST" or reply.status == 400:
        assert reply.status in (200, 400)
    else:
        assert reply.status == 404


def test_an_unknown_field_is_ignored(world: World) -> None:
    """Clients may send what a later version will know."""
    reply = world.a.admin.post("/api/v1/apikeys", {"name": "n", "colour": "red", "nested": {"deep": [1, 2, {}]}})

    assert 201 == reply.status


def test_null_in_an_update_leaves_alone(world: World) -> None:
    """A JSON null is not a value (contract, section 1)."""
    project = world.a.admin.post("/api/v1/projects", {"name": "left alone", "description": "as it was"}).ok()

    after = world.a.admin.put(f"/api/v1/projects/{project['id']}", {"name": None, "description": None}).ok()

    assert project == after


def test_the_content_type_does_not_matter(world: World) -> None:
    """The body is JSON whatever its label says."""
    body = json.dumps({"condition": "true"}).encode()

    statuses = [
        world.a.admin.post("/api/v1/policies/dry-run", body=body, headers=[("Content-Type", label)]).status
        for label in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16")
    ]

    assert [200, 200, 200] == statuses
