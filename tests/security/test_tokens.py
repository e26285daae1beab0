"""Session tokens that are right: what they say, how long, and through a rotation (contract, section 4)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.errors import StoreUnavailable, Unauthenticated
from controlplane.domain.token_claims import TokenClaims
from controlplane.security.token_secrets import TokenSecret
from controlplane.security.tokens import Hs256Tokens
from tests.security.sessions import LIFE, NOW, make_secret

TEXTS = st.text(min_size=1, max_size=50)
SECONDS = st.integers(min_value=1, max_value=2**33)


def test_claims_come_back(tokens: Hs256Tokens, claims: TokenClaims) -> None:
    """A token says exactly what it was made of."""
    token = tokens.sign(claims)

    assert tokens.verify(token, now=NOW) == claims


def test_token_is_an_ordinary_jwt(tokens: Hs256Tokens, claims: TokenClaims, secret: TokenSecret) -> None:
    """Any library reads a token: its header names algorithm and secret, its claims carry no rights."""
    token = tokens.sign(claims)

    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": secret.kid, "typ": "JWT"}
    assert jwt.decode(token, options={"verify_signature": False}) == {
        "iss": "ironflow",
        "aud": "ironflow:platform",
        "sub": "puser_1",
        "org": "org_platform",
        "jti": "session_1",
        "ver": 3,
        "iat": NOW,
        "exp": NOW + LIFE,
    }


@given(TEXTS, TEXTS, TEXTS, st.integers(min_value=0, max_value=2**31), SECONDS, SECONDS)
def test_verification_agrees_with_pyjwt(
    user: str, org: str, session: str, version: int, issued: int, life: int
) -> None:
    """What PyJWT accepts of our tokens we accept, with the same claims."""
    secret = make_secret("current")
    tokens = Hs256Tokens(lambda _: [secret])
    made = TokenClaims(
        user_id=user,
        org_id=org,
        session_id=session,
        session_version=version,
        issued_at=issued,
        expires_at=issued + life,
    )

    token = tokens.sign(made)

    read = _pyjwt(token, secret)
    assert (read["sub"], read["org"], read["jti"], read["ver"]) == (user, org, session, version)
    assert tokens.verify(token, now=issued) == made


@given(st.integers(min_value=0, max_value=400), st.characters(codec="utf-8"))
def test_one_character_changed_is_refused_as_pyjwt_does(position: int, character: str) -> None:
    """No change of a single character leaves a token valid, wherever it is made."""
    secret = make_secret("current")
    tokens = Hs256Tokens(lambda _: [secret])
    token = tokens.sign(
        TokenClaims(user_id="u", org_id="o", session_id="s", session_version=0, issued_at=NOW, expires_at=NOW + 1)
    )
    at = position % len(token)

    changed = token[:at] + character + token[at + 1 :]

    if changed != token:
        with pytest.raises(Unauthenticated):
            tokens.verify(changed, now=NOW)


def test_expired_from_the_exact_second(tokens: Hs256Tokens, claims: TokenClaims) -> None:
    """A token lives to its last second and not a second longer, by the clock that is given."""
    token = tokens.sign(claims)

    assert tokens.verify(token, now=NOW + LIFE - 1) == claims
    for now in (NOW + LIFE, NOW + LIFE + 1, NOW + 10 * LIFE):
        with pytest.raises(Unauthenticated):
            tokens.verify(token, now=now)


def test_issued_in_the_future_is_refused(tokens: Hs256Tokens, claims: TokenClaims) -> None:
    """Clocks may differ by a minute, not by more."""
    token = tokens.sign(claims)

    assert tokens.verify(token, now=NOW - 60) == claims
    with pytest.raises(Unauthenticated):
        tokens.verify(token, now=NOW - 61)


def test_sessions_survive_a_rotation(claims: TokenClaims) -> None:
    """While two secrets are live both verify and the first signs; a secret that is gone ends its tokens."""
    old, new = make_secret("old"), make_secret("new")
    token_before = Hs256Tokens(lambda _: [old]).sign(claims)
    during, after = Hs256Tokens(lambda _: [new, old]), Hs256Tokens(lambda _: [new])

    token_during = during.sign(claims)

    assert jwt.get_unverified_header(token_during)["kid"] == new.kid
    assert during.verify(token_before, now=NOW) == during.verify(token_during, now=NOW) == claims
    assert after.verify(token_during, now=NOW) == claims
    with pytest.raises(Unauthenticated):
        after.verify(token_before, now=NOW)


def test_a_tenant_is_another_audience(tokens: Hs256Tokens, claims: TokenClaims, secret: TokenSecret) -> None:
    """Tenant and platform tokens are told apart by their audience, which follows from the organization."""
    tenant = replace(claims, org_id="org_1")

    token = tokens.sign(tenant)

    assert tokens.verify(token, now=NOW) == tenant
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == "ironflow:tenant"


def test_unreadable_secrets_are_not_a_bad_token(tokens: Hs256Tokens, claims: TokenClaims) -> None:
    """When the secrets cannot be read the caller is told to come back, not that the session ended."""
    token = tokens.sign(claims)

    def unreadable(kid: str) -> list[TokenSecret]:
        raise StoreUnavailable()

    with pytest.raises(StoreUnavailable):
        Hs256Tokens(unreadable).verify(token, now=NOW)


def test_verification_imports_no_library(tokens: Hs256Tokens, claims: TokenClaims, secret: TokenSecret) -> None:
    """The authorizer verifies a token without PyJWT and what it drags in."""
    code = f"""
import sys
from controlplane.security.secret import Secret
from controlplane.security.token_secrets import TokenSecret
from controlplane.security.tokens import Hs256Tokens
Hs256Tokens(lambda kid: [TokenSecret({secret.kid!r}, Secret({secret.value.reveal()!r}))]).verify(
    {tokens.sign(claims)!r}, now={NOW})
print(*sorted({{"jwt", "cryptography", "boto3", "bcrypt", "urllib.request"}} & set(sys.modules)))
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def _pyjwt(token: str, secret: TokenSecret) -> dict[str, Any]:
    return jwt.decode(
        token,
        secret.key(),
        algorithms=["HS256"],
        audience=["ironflow:platform", "ironflow:tenant"],
        issuer="ironflow",
        options={"require": ["exp", "iat", "sub", "iss", "aud", "jti"], "verify_exp": False, "verify_iat": False},
    )
