"""A table of bodies that are almost JSON, or JSON that hurts: refused in the contract's words, and at once."""

from __future__ import annotations

import gzip
import time

import pytest

from devserver.http_message import HttpRequest
from tests.hostile.house import House
from tests.hostile.promises import broken_promises
from tests.hostile.test_any_request import owners

DEPTH, DIGITS = 100_000, 5_000
BAD = {
    "not a number": b'{"name":NaN}',
    "infinity": b'{"name":Infinity}',
    "minus infinity": b'{"name":-Infinity}',
    "a number beyond all": b'{"name":"n","x":1e999}',
    "a number below all": b'{"name":"n","x":-1e999}',
    "a key twice": b'{"name":"a","name":"b"}',
    "a key twice, spelled in two ways": b'{"name":"a","\\u006eame":"b"}',
    "a key twice, deep down": b'{"name":"n","x":[{"a":1,"a":2}]}',
    "depth of arrays": b"[" * DEPTH,
    "depth of objects": b'{"a":' * DEPTH,
    "depth behind a good name": b'{"name":"n","x":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "depth of 33": b'{"name":"n","x":' + b"[" * 32 + b"]" * 32 + b"}",
    "a lone high surrogate": b'{"name":"\\ud800"}',
    "a lone low surrogate": b'{"name":"\\udc00"}',
    "surrogates in the wrong order": b'{"name":"\\udc00\\ud800"}',
    "a surrogate as bytes": b'{"name":"\xed\xa0\x80"}',
    "NUL": b'{"name":"a\\u0000b"}',
    "NUL as a byte": b'{"name":"a\x00b"}',
    "an escape character": b'{"name":"\\u001b[31m"}',
    "a byte order mark": b'\xef\xbb\xbf{"name":"n"}',
    "UTF-16": '{"name":"n"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"name":"n"}'.encode("utf-16-le"),
    "UTF-32": '{"name":"n"}'.encode("utf-32"),
    "Latin-1": b'{"name":"\xe9"}',
    "overlong UTF-8": b'{"name":"\xc0\xaf"}',
    "an integer of 5,000 digits": b'{"name":"n","x":' + b"9" * DIGITS + b"}",
    "an integer of 900,000 digits": b'{"name":"n","x":' + b"9" * 900_000 + b"}",
    "gzip": gzip.compress(b'{"name":"n"}'),
    "what begins like gzip": b"\x1f\x8b\x08\x00 not at all",
    "a string of 900,000": b'{"name":"' + b"x" * 900_000 + b'"}',
    "a name that is a list": b'{"name":["n"]}',
    "a name that is an object": b'{"name":{"$ne":""}}',
    "a name that is a number": b'{"name":1}',
    "a name that is true": b'{"name":true}',
    "a list": b'[{"name":"n"}]',
    "a string": b'"name"',
    "null": b"null",
    "two objects": b'{"name":"n"}{"name":"m"}',
    "a comma too many": b'{"name":"n",}',
    "a comment": b'{"name":"n"} // yes',
    "single quotes": b"{'name':'n'}",
    "a form": b"name=n",
    "nothing but a brace": b"{",
    "a name of 201": b'{"name":"' + b"x" * 201 + b'"}',
}
GOOD = {
    "depth of 32": b'{"name":"n","x":' + b"[" * 31 + b"]" * 31 + b"}",
    "spaces all around": b' \r\n\t{ "name" : "n" } \n',
    "brackets within a string": b'{"name":"' + b"[{" * 90 + b'"}',
    "escaped quotes before brackets": b'{"name":"\\"' + b"[{" * 90 + b'\\\\"}',
    "many brackets one after the other": b'{"name":"n","x":[' + b"[]," * 90 + b"[]]}",
    "a pair of surrogates": b'{"name":"\\ud83d\\ude00"}',
    "an unknown field": b'{"name":"n","__proto__":{"admin":true},"is_admin":true}',
    "an unknown field with half a name": b'{"name":"n","\\ud800":1}',
    "300,000 members of a list that nobody reads": b'{"name":"n","role_ids":[' + b'"",' * 300_000 + b'""]}',
    "a large float": b'{"name":"n","x":1e308}',
}


def _post(house: House, body: bytes, *headers: tuple[str, str]) -> tuple[int, float]:
    """Ask for a project by this body; return the status and the seconds that it took."""
    house.put_back()
    said = (("Host", "api.example.com"), ("Authorization", f"Bearer {house.scene.credentials['tenant']}"), *headers)
    began = time.monotonic()
    passage = house.answer(HttpRequest("POST", "/api/v1/projects", "", said, body, "HTTP/1.1", "192.0.2.1"))
    seconds = time.monotonic() - began
    assert [] == broken_promises(passage, credentials=owners(house))
    return passage.reply.status, seconds


@pytest.mark.parametrize("kind", ["application/json", "application/proto", "text/plain", ""])
@pytest.mark.parametrize("name", BAD)
def test_400_at_once(house: House, name: str, kind: str) -> None:
    """Whatever its `Content-Type`, as text or as bytes: a bad body is refused, and takes no time to speak of."""
    status, seconds = _post(house, BAD[name], ("Content-Type", kind))

    assert (400, True) == (status, seconds < 2)


@pytest.mark.parametrize("name", GOOD)
def test_201_for_odd_but_plain_json(house: House, name: str) -> None:
    """Strict is not narrow: plain JSON is served however it is laid out, and unknown fields do nothing."""
    assert 201 == _post(house, GOOD[name])[0]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "nonsense"])
def test_a_body_that_lies_about_its_coding_is_taken_as_it_is(house: House, coding: str) -> None:
    """Nothing is unpacked here, so nothing can explode: the bytes are JSON, or they are refused."""
    plain = _post(house, b'{"name":"n"}', ("Content-Encoding", coding))
    packed = _post(house, gzip.compress(b'{"name":"' + b"x" * 50_000_000 + b'"}'), ("Content-Encoding", coding))

    assert (201, 400) == (plain[0], packed[0])


@pytest.mark.parametrize("size", [1_000_001, 2_000_000, 4_000_000])
def test_413_beyond_a_megabyte(house: House, size: int) -> None:
    """A body over the bound is not read at all."""
    status, seconds = _post(house, b'{"name":"' + b"x" * size + b'"}')

    assert (413, True) == (status, seconds < 2)
