"""Which credential a request presents, and the sentence for one that is no good (contract, section 1)."""

from __future__ import annotations

from typing import Any

import pytest

from controlplane.domain.errors import Unauthenticated
from controlplane.domain.names import COOKIE
from controlplane.gateway.authorizer.credentials import Presented, presented_credential
from controlplane.gateway.authorizer.request import request_of

LONGEST = 4096
NONE, BAD_KEY, BAD_TOKEN = "authentication required", "invalid API key", "invalid or expired token"


def _presented(*, header: tuple[str, ...] = (), query: tuple[str, ...] = (), cookie: tuple[str, ...] = ()) -> Presented:
    """Ask about a request with these values; an empty place is not there at all."""
    headers = {name: list(values) for name, values in (("Authorization", header), ("Cookie", cookie)) if values}
    event: dict[str, Any] = {"httpMethod": "GET", "resource": "/api/v1/apikeys", "path": "/api/v1/apikeys",
                             "multiValueHeaders": headers,
                             "multiValueQueryStringParameters": {"token": list(query)} if query else {}}  # fmt: skip
    return presented_credential(request_of(event))


@pytest.mark.parametrize(("places", "value", "from_cookie", "is_token"), [
    ({"header": ("Bearer ifkey_1",)}, "ifkey_1", False, False),
    ({"header": (" bEaReR   a.b.c ",)}, "a.b.c", False, True),
    ({"header": ("Bearer a b",)}, "a b", False, False),
    ({"header": ("Bearer k",), "query": ("q",), "cookie": (f"{COOKIE}=c",)}, "k", False, False),
    ({"query": (" q ",), "cookie": (f"{COOKIE}=c",)}, "q", False, False),
    ({"query": ("a.b.c",)}, "a.b.c", False, True),
    ({"query": ("a.b",)}, "a.b", False, False),
    ({"query": ("a.b.c.d",)}, "a.b.c.d", False, False),
    ({"cookie": (f"x=1; {COOKIE} = c ;y",)}, "c", True, True),
    ({"cookie": (f'{COOKIE}="a.b.c"',)}, "a.b.c", True, True),
    ({"cookie": ("x=1", f"{COOKIE}=; {COOKIE}=c")}, "c", True, True),
    ({"cookie": (f"{COOKIE}=a=b=",)}, "a=b=", True, True),
    ({"cookie": (f"{COOKIE}=XaX",)}, "XaX", True, True),
    ({"header": ("Bearer " + "x" * LONGEST,)}, "x" * LONGEST, False, False),
    ({"cookie": (f"{COOKIE}={'x' * LONGEST}",)}, "x" * LONGEST, True, True),
])  # fmt: skip
def test_the_first_place_that_holds_one_counts(
    places: dict[str, Any], value: str, from_cookie: bool, is_token: bool
) -> None:
    """Header, then `?token=`, then cookie; three parts between dots, and whatever a cookie holds, are a token."""
    found = _presented(**places)

    assert Presented(value, from_cookie=from_cookie) == found
    assert (is_token, "Presented(***)") == (found.is_token, repr(found))


@pytest.mark.parametrize(("places", "sentence"), [
    ({}, NONE),
    ({"header": ("Basic a",), "cookie": (f"{COOKIE}=c",)}, NONE),
    ({"header": ("Bearer",), "query": ("q",)}, NONE),
    ({"header": ("Bearer  ",), "query": ("q",)}, NONE),
    ({"header": ("",), "query": ("q",)}, NONE),
    ({"header": ("a.b.c",)}, NONE),
    ({"header": ("Bearer a", "Bearer a"), "cookie": (f"{COOKIE}=c",)}, NONE),
    ({"query": ("q", "q"), "cookie": (f"{COOKIE}=c",)}, NONE),
    ({"query": (" ",), "cookie": (f"{COOKIE}=c",)}, NONE),
    ({"cookie": (f"{COOKIE}=",)}, NONE),
    ({"cookie": (f"x{COOKIE}=c; {COOKIE}x=c; {COOKIE}",)}, NONE),
    ({"cookie": (f"{COOKIE}=c; {COOKIE}=d",)}, BAD_TOKEN),
    ({"cookie": (f"{COOKIE}=c", f"{COOKIE}=c")}, BAD_TOKEN),
    ({"header": ("Bearer " + "x" * (LONGEST + 1),), "cookie": (f"{COOKIE}=c",)}, BAD_KEY),
    ({"query": ("a.b." + "x" * LONGEST,)}, BAD_TOKEN),
    ({"cookie": (f"{COOKIE}={'x' * (LONGEST + 1)}",)}, BAD_TOKEN),
])  # fmt: skip
def test_401_for_none_for_two_and_for_a_bad_one(places: dict[str, Any], sentence: str) -> None:
    """A bad credential is refused where it stands; nothing falls through to the place after it."""
    with pytest.raises(Unauthenticated) as refused:
        _presented(**places)

    assert sentence == refused.value.sentence
