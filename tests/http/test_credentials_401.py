"""Where a credential may stand, and what is heard when it is no good (contract, section 1)."""

from __future__ import annotations

import pytest

from tests.http.client import Client, Pairs
from tests.http.world import FORGED_TOKEN, NOBODY_S_KEY, World

KEYS = "/api/v1/apikeys"
ABSENT = (401, "unauthenticated", "authentication required")
BAD_KEY = (401, "unauthenticated", "invalid API key")
BAD_TOKEN = (401, "unauthenticated", "invalid or expired token")


def _heard(client: Client, *headers: tuple[str, str], path: str = KEYS) -> tuple[int, str, str]:
    return client.get(path, headers=headers).error


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token abc", "Bearer\t"])
def test_a_header_without_a_credential_is_none(world: World, value: str) -> None:
    """An empty or foreign scheme is not a bad key."""
    assert ABSENT == _heard(world.nobody, ("Authorization", value))


@pytest.mark.parametrize(
    "value",
    [NOBODY_S_KEY, "x", "ifkey_", "ifplatform_" + "0" * 32, "a b c", "a.b", "a.b.c.d", "ifkey_" + "é" * 10, "🚀",
     "'; DROP TABLE keys;--", "0" * 4000],
)  # fmt: skip
def test_every_value_that_is_no_token_is_a_key(world: World, value: str) -> None:
    """Its shape is never validated: it is looked up, and belongs to nobody."""
    header = ("Authorization", f"Bearer {value}".encode().decode("latin-1"))

    assert BAD_KEY == _heard(world.nobody, header)


@pytest.mark.parametrize("value", [FORGED_TOKEN + "x", "a.b.c", "..", "eyJ.eyJ.", "." * 2 + "x" * 3000])
def test_every_value_of_three_parts_is_a_token(world: World, value: str) -> None:
    """Whatever is wrong with a token, the sentence is one."""
    assert BAD_TOKEN == _heard(world.nobody, ("Authorization", f"Bearer {value}"))


def test_the_scheme_is_read_in_any_case(world: World) -> None:
    """Header names and the scheme are not case-sensitive."""
    statuses = [
        world.nobody.get(KEYS, headers=[(name, f"{scheme} {world.a.admin.credential}")]).status
        for name, scheme in (("authorization", "bearer"), ("AUTHORIZATION", "BEARER"), ("Authorization", "bEaReR"))
    ]

    assert [200, 200, 200] == statuses


def test_two_authorization_headers_are_none(world: World) -> None:
    """Not even the same good one twice."""
    good = ("Authorization", f"Bearer {world.a.admin.credential}")

    assert 401 == _heard(world.nobody, good, good)[0]
    assert 401 == _heard(world.nobody, good, ("authorization", f"Bearer {NOBODY_S_KEY}"))[0]


def test_the_query_is_the_fallback(world: World) -> None:
    """`?token=` serves where headers are impossible; a header that is present wins, good or bad."""
    good, bad = world.a.admin.credential, ("Authorization", f"Bearer {NOBODY_S_KEY}")

    assert 200 == world.nobody.get(f"{KEYS}?token={good}").status
    assert 200 == world.a.admin.get(f"{KEYS}?token={NOBODY_S_KEY}").status
    assert BAD_KEY == _heard(world.nobody, bad, path=f"{KEYS}?token={good}")
    assert BAD_KEY == _heard(world.nobody, path=f"{KEYS}?token={NOBODY_S_KEY}")
    assert 401 == _heard(world.nobody, path=f"{KEYS}?token={good}&token={good}")[0]


def test_a_bad_key_never_falls_through_to_the_cookie(world: World) -> None:
    """An API key present but bad is a 401, also with a good cookie."""
    token = world.tenant_user(world.a, "admin").client.credential
    cookie = ("Cookie", f"other=1; ironflow_dashboard_token={token}")

    assert 200 == world.nobody.get(KEYS, headers=[cookie]).status
    assert BAD_KEY == _heard(world.nobody, ("Authorization", f"Bearer {NOBODY_S_KEY}"), cookie)
    assert BAD_TOKEN == _heard(world.nobody, ("Cookie", "ironflow_dashboard_token=a.b.c"))


def test_a_cookie_changes_nothing_from_another_site(world: World) -> None:
    """A change by cookie needs an origin, or a browser's word, of the same site."""
    token = world.tenant_user(world.a, "admin").client.credential
    base = f"http://127.0.0.1:{world.nobody.port}"
    asks: dict[str, Pairs] = {
        "nothing": (),
        "another origin": [("Origin", "https://evil.example")],
        "no origin": [("Origin", "null")],
        "another site": [("Sec-Fetch-Site", "cross-site")],
        "a contradiction": [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")],
        "the same origin": [("Origin", base)],
        "the same site": [("Sec-Fetch-Site", "same-origin")],
    }

    statuses = {
        name: world.nobody.post(KEYS, {"name": "n"}, headers=[("Cookie", f"ironflow_dashboard_token={token}"), *more])
        .status for name, more in asks.items()
    }  # fmt: skip

    assert {name: 201 if "the same" in name else 403 for name in asks} == statuses


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/platform/nothing", "/api/v1/apikeys/x/y/z", "/api/v1/ws"])
def test_an_unknown_path_needs_a_credential_too(world: World, path: str) -> None:
    """Without one nobody learns which paths there are."""
    assert ABSENT == _heard(world.nobody, path=path)
    assert (404, "not_found") == world.a.admin.get(path).error[:2]
