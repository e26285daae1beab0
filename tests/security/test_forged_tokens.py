"""Session tokens that are wrong: every one is the same 401 (contract, section 1; issue: it cannot be talked round)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from controlplane.domain.errors import Unauthenticated
from controlplane.domain.token_claims import TokenClaims
from controlplane.security.token_secrets import TokenSecret
from controlplane.security.tokens import LONGEST_TOKEN, Hs256Tokens
from tests.security.sessions import LIFE, NOW, make_secret

SECRET = make_secret("current")
HEADER = {"alg": "HS256", "kid": SECRET.kid, "typ": "JWT"}
PAYLOAD: dict[str, Any] = {
    "iss": "ironflow",
    "aud": "ironflow:platform",
    "sub": "puser_1",
    "org": "org_platform",
    "jti": "session_1",
    "ver": 3,
    "iat": NOW,
    "exp": NOW + LIFE,
}


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(
    header: object = HEADER, payload: object = PAYLOAD, *, key: bytes = SECRET.key(), digest: str = "sha256"
) -> str:
    """Return a token with a right signature over whatever is asked for; bytes are taken as they are."""
    parts = [encode(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, payload)]
    signed = ".".join(parts)
    return f"{signed}.{encode(hmac.digest(key, signed.encode(), digest))}"


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PAYLOAD.items() if key != name}


def _bits_that_do_not_count(token: str) -> str:
    """Return the token with another last character of the signature that decodes to the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    assert base64.urlsafe_b64decode(_part(token, 2) + "=") == base64.urlsafe_b64decode(_part(other, 2) + "=")
    return other


def _part(token: str, number: int) -> str:
    return token.split(".")[number]


RIGHT = forge()
OTHER_CLAIMS = forge(payload=PAYLOAD | {"sub": "puser_2"}, key=b"k" * 32)
PUBLIC_KEY = b"-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----"
EXP_NOT_A_NUMBER = json.dumps(PAYLOAD).replace(str(NOW + LIFE), "NaN").encode()
FORGED = {
    **{f"alg {alg}": forge(HEADER | {"alg": alg}) for alg in ("none", "None", "NONE", "", "HS512", "RS256", "hs256")},
    "alg none without signature": f"{encode(json.dumps(HEADER | {'alg': 'none'}).encode())}.{_part(RIGHT, 1)}.",
    "alg missing": forge({"kid": SECRET.kid}),
    "alg not text": forge(HEADER | {"alg": ["HS256"]}),
    "signed with SHA-512": forge(HEADER | {"alg": "HS512"}, digest="sha512"),
    "RS256 confusion": forge(HEADER | {"alg": "RS256"}, key=PUBLIC_KEY),
    "key of our kid is another": OTHER_CLAIMS,
    "empty key": forge(key=b""),
    "kid unknown": forge(HEADER | {"kid": "00000000"}),
    "kid missing": forge({"alg": "HS256", "typ": "JWT"}),
    "kid empty": forge(HEADER | {"kid": ""}, key=b""),
    "kid null": forge(HEADER | {"kid": None}),
    "kid a list": forge(HEADER | {"kid": [SECRET.kid]}),
    "kid a path": forge(HEADER | {"kid": "../../../../dev/null"}, key=b""),
    "kid an injection": forge(HEADER | {"kid": "' UNION SELECT 'k"}, key=b"k"),
    "jwk in the header": forge(HEADER | {"jwk": {"kty": "oct", "k": encode(b"k" * 32)}}, key=b"k" * 32),
    "jku in the header": forge(HEADER | {"jku": "http://localhost/keys"}),
    "crit in the header": forge(HEADER | {"crit": ["exp"]}),
    "b64 in the header": forge(HEADER | {"b64": False, "crit": ["b64"]}),
    "another typ": forge(HEADER | {"typ": "at+jwt"}),
    "header a list": forge([]),
    "header twice the alg": forge(json.dumps(HEADER).replace("{", '{"alg": "none", ', 1).encode()),
    "header not JSON": forge(b"HS256"),
    **{f"without {name}": forge(payload=_without(name)) for name in PAYLOAD},
    **{f"{name} null": forge(payload=PAYLOAD | {name: None}) for name in PAYLOAD},
    **{f"{name} a list": forge(payload=PAYLOAD | {name: [PAYLOAD[name]]}) for name in PAYLOAD},
    **{f"{name} empty": forge(payload=PAYLOAD | {name: ""}) for name in PAYLOAD},
    **{f"{name} too long": forge(payload=PAYLOAD | {name: "x" * 201}) for name in ("sub", "org", "jti")},
    **{f"{name} a fraction": forge(payload=PAYLOAD | {name: PAYLOAD[name] + 0.5}) for name in ("iat", "exp", "ver")},
    **{f"{name} a text": forge(payload=PAYLOAD | {name: str(PAYLOAD[name])}) for name in ("iat", "exp", "ver")},
    **{f"{name} negative": forge(payload=PAYLOAD | {name: -1}) for name in ("iat", "exp", "ver", "nbf")},
    **{f"{name} true": forge(payload=PAYLOAD | {name: True}) for name in ("iat", "exp", "ver", "nbf")},
    "exp endless": forge(payload=PAYLOAD | {"exp": 10**30}),
    "exp of a thousand digits": forge(payload=PAYLOAD | {"exp": 10**1000}),
    "exp not a number": forge(payload=EXP_NOT_A_NUMBER),
    "exp infinite": forge(payload=PAYLOAD | {"exp": float("inf")}),
    "exp this second": forge(payload=PAYLOAD | {"iat": NOW - LIFE, "exp": NOW}),
    "exp before iat": forge(payload=PAYLOAD | {"iat": NOW + 30, "exp": NOW + 20}),
    "iat in the future": forge(payload=PAYLOAD | {"iat": NOW + 61}),
    "nbf in the future": forge(payload=PAYLOAD | {"nbf": NOW + 1}),
    "nbf a text": forge(payload=PAYLOAD | {"nbf": "0"}),
    "wrong issuer": forge(payload=PAYLOAD | {"iss": "https://ironflow"}),
    "wrong audience": forge(payload=PAYLOAD | {"aud": "ironflow"}),
    "tenant audience in the platform": forge(payload=PAYLOAD | {"aud": "ironflow:tenant"}),
    "platform audience in a tenant": forge(payload=PAYLOAD | {"org": "org_1"}),
    "both audiences": forge(payload=PAYLOAD | {"aud": ["ironflow:platform", "ironflow:tenant"]}),
    "claims twice": forge(payload=json.dumps(PAYLOAD).replace("{", '{"sub": "puser_0", ', 1).encode()),
    "claims a list": forge(payload=[PAYLOAD]),
    "claims not JSON": forge(payload=b"sub=puser_1"),
    "claims not UTF-8": forge(payload=b'{"sub": "\xff"}'),
    "claims nested deep": forge(payload=b"[" * 2000),
    "payload of another token": f"{_part(RIGHT, 0)}.{_part(OTHER_CLAIMS, 1)}.{_part(RIGHT, 2)}",
    "signature of another token": f"{_part(RIGHT, 0)}.{_part(RIGHT, 1)}.{_part(OTHER_CLAIMS, 2)}",
    "signature missing": f"{_part(RIGHT, 0)}.{_part(RIGHT, 1)}.",
    "signature cut": RIGHT[:-1],
    "signature padded": RIGHT + "=",
    "signature spelled differently": _bits_that_do_not_count(RIGHT),
    "signature in hex": f"{RIGHT.rpartition('.')[0]}.{hashlib.sha256(b'').hexdigest()}",
    "newline at the end": RIGHT + "\n",
    "space in front": " " + RIGHT,
    "standard base64": RIGHT.replace(_part(RIGHT, 2), _part(RIGHT, 2)[:-1] + "+"),
    "dots doubled": RIGHT.replace(".", ".."),
    "four parts": RIGHT + ".x",
    "five parts, as a JWE": f"{RIGHT}.x.y",
    "two parts": RIGHT.rpartition(".")[0],
    "dots alone": "..",
    "empty": "",
    "not ASCII": RIGHT + "é",
    "lone surrogate": RIGHT + "\ud800",
    "NUL": RIGHT + "\0",
    "too long": forge(payload=PAYLOAD | {"filler": "x" * LONGEST_TOKEN}),
}


def test_the_forger_can_make_a_right_token(tokens: Hs256Tokens, claims: TokenClaims) -> None:
    """The forgeries below fail for what is wrong with them, because without a fault they would pass."""
    assert tokens.verify(RIGHT, now=NOW) == claims
    assert tokens.verify(forge(payload=PAYLOAD | {"nbf": NOW, "roles": ["role_platform_admin"]}), now=NOW) == claims
    assert tokens.verify(jwt.encode(PAYLOAD, SECRET.key(), headers={"kid": SECRET.kid}), now=NOW) == claims


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_one_sentence_for_every_forgery(tokens: Hs256Tokens, token: str) -> None:
    """A forger learns nothing from the answer: not which check failed, and nothing of the token or its cause."""
    with pytest.raises(Unauthenticated) as refusal:
        tokens.verify(token, now=NOW)

    assert refusal.value.args == ("invalid or expired token",)
    assert refusal.value.__cause__ is refusal.value.__context__ is None


def test_a_huge_token_is_refused_unread() -> None:
    """A token of more than 4 KB costs nothing and asks for no secret."""

    def unasked(kid: str) -> list[TokenSecret]:
        raise AssertionError(kid)

    huge = "a." * 5_000_000
    start = time.perf_counter()
    with pytest.raises(Unauthenticated):
        Hs256Tokens(unasked).verify(huge, now=NOW)

    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize("alter", [str.upper, str.lower, str.swapcase, lambda text: text[::-1]])
def test_case_and_order_count(tokens: Hs256Tokens, alter: Callable[[str], str]) -> None:
    """A token is compared letter by letter."""
    with pytest.raises(Unauthenticated):
        tokens.verify(alter(RIGHT), now=NOW)
