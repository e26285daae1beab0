"""Session tokens at the ends of what is accepted, and what is not even looked at (contract, section 1)."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from controlplane.domain.errors import Unauthenticated
from controlplane.domain.token_claims import TokenClaims
from controlplane.security.token_secrets import TokenSecret
from controlplane.security.tokens import Hs256Tokens
from tests.security.sessions import LIFE, NOW
from tests.security.test_forged_tokens import HEADER, PAYLOAD, RIGHT, SECRET, encode, forge

END_OF_CALENDAR = 253_402_300_799
LONGEST_TOKEN, LONGEST_TEXT = 4096, 200


def _with_length(length: int) -> str:
    """Return a right token of so many characters; spaces in its header and claims are nobody's business."""
    for spaces in range(4):
        for filler in range(length):
            header = json.dumps(HEADER).encode() + b" " * spaces
            token = forge(header, json.dumps(PAYLOAD).encode() + b" " * filler)
            if len(token) == length:
                return token
    raise AssertionError(length)


def _accepted(tokens: Hs256Tokens, token: str) -> bool:
    try:
        tokens.verify(token, now=NOW)
    except Unauthenticated:
        return False
    return True


def test_a_token_has_4096_characters_at_most(tokens: Hs256Tokens) -> None:
    """The bound is the credential's own, to the character."""
    assert (True, False) == tuple(_accepted(tokens, _with_length(LONGEST_TOKEN + more)) for more in (0, 1))


@pytest.mark.parametrize(("change", "accepted"), [
    ({"exp": END_OF_CALENDAR}, True),
    ({"exp": END_OF_CALENDAR + 1}, False),
    ({"sub": "x" * LONGEST_TEXT}, True),
    ({"sub": "x" * (LONGEST_TEXT + 1)}, False),
    ({"ver": 0}, True),
    ({"iat": NOW + 30, "exp": NOW + 31}, True),
    ({"iat": NOW + 30, "exp": NOW + 30}, False),
    ({"more": 10**30}, True),
    ({"more": float("nan")}, False),
    ({"more": float("-inf")}, False),
])  # fmt: skip
def test_each_claim_has_its_bounds(tokens: Hs256Tokens, change: dict[str, Any], accepted: bool) -> None:
    """What is accepted ends exactly where it is said to, and a claim nobody reads must still be JSON."""
    assert accepted is _accepted(tokens, forge(payload=PAYLOAD | change))


def test_a_header_need_not_say_that_it_is_a_jwt(tokens: Hs256Tokens, claims: TokenClaims) -> None:
    """RFC 7519 makes `typ` optional."""
    assert claims == tokens.verify(forge({"alg": "HS256", "kid": SECRET.kid}), now=NOW)


@pytest.mark.parametrize("part", [0, 1])
def test_a_part_is_spelled_in_one_way(tokens: Hs256Tokens, part: int) -> None:
    """Another spelling of the same bytes is refused even where it was signed: a token has one text."""
    spaced = json.dumps(HEADER).encode() + b" ", json.dumps(PAYLOAD).encode() + b" "
    parts = [encode(raw + b" " * (len(raw) % 3 == 0)) for raw in spaced]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = list(parts)
    other[part] = parts[part][:-1] + alphabet[alphabet.index(parts[part][-1]) ^ 1]
    assert _decoded(parts[part]) == _decoded(other[part])

    assert [True, False] == [_accepted(tokens, _signed(*one)) for one in (parts, other)]


def test_signing_looks_for_no_name(claims: TokenClaims) -> None:
    """Signing takes the current secret as it is known: no name is searched for, so nothing is read again for it."""
    asked: list[str] = []

    def live(kid: str) -> list[TokenSecret]:
        asked.append(kid)
        return [SECRET]

    Hs256Tokens(live).sign(claims)

    assert [""] == asked


@pytest.mark.parametrize("token", [
    f"{RIGHT}.x", f"{RIGHT}.x.y", RIGHT.rpartition(".")[0], RIGHT + "é", _with_length(LONGEST_TOKEN + 1),
    forge(HEADER | {"kid": [SECRET.kid]}), forge(HEADER | {"kid": 1}), forge(HEADER | {"kid": None}),
    forge(HEADER | {"alg": "none"}), forge(HEADER | {"jku": ""}), forge(HEADER | {"typ": "at+jwt"}), forge(b"{"),
])  # fmt: skip
def test_what_is_no_token_of_ours_asks_for_no_secret(token: str) -> None:
    """Shape and header are judged before secrets are looked for, so nonsense causes no reading of them."""

    def unasked(kid: str) -> list[TokenSecret]:
        raise AssertionError(kid)

    with pytest.raises(Unauthenticated):
        Hs256Tokens(unasked).verify(token, now=NOW)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _signed(header: str, payload: str) -> str:
    """Return a token with these parts as they are, and a right signature."""
    signed = f"{header}.{payload}"
    return f"{signed}.{encode(hmac.digest(SECRET.key(), signed.encode(), 'sha256'))}"


def test_a_life_of_a_second_is_a_life(tokens: Hs256Tokens) -> None:
    """The shortest token is in force in its one second and in no other."""
    token = forge(payload=PAYLOAD | {"iat": NOW, "exp": NOW + 1})

    assert tokens.verify(token, now=NOW).expires_at == NOW + 1 < NOW + LIFE
    with pytest.raises(Unauthenticated):
        tokens.verify(token, now=NOW + 1)
