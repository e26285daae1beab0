"""What tests of tokens start from: a secret, a session and a signer."""

from __future__ import annotations

import pytest

from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.token_claims import TokenClaims
from controlplane.security.token_secrets import TokenSecret
from controlplane.security.tokens import Hs256Tokens
from tests.security.sessions import LIFE, NOW, make_secret


@pytest.fixture
def secret() -> TokenSecret:
    """The current secret."""
    return make_secret("current")


@pytest.fixture
def claims() -> TokenClaims:
    """A platform user's session that began now."""
    return TokenClaims(
        user_id="puser_1",
        org_id=PLATFORM_ORG,
        session_id="session_1",
        session_version=3,
        issued_at=NOW,
        expires_at=NOW + LIFE,
    )


@pytest.fixture
def tokens(secret: TokenSecret) -> Hs256Tokens:
    """A signer with the current secret alone."""
    return Hs256Tokens(lambda _: [secret])
