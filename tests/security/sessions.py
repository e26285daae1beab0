"""The moment and the secrets that tests of tokens start from."""

from __future__ import annotations

import hashlib

from controlplane.security.secret import Secret
from controlplane.security.token_secrets import TokenSecret

NOW = 1_773_309_600
LIFE = 86_400


def make_secret(name: str) -> TokenSecret:
    """Return the same secret of 32 bytes for the same name."""
    raw = hashlib.sha256(name.encode()).digest()
    return TokenSecret(kid=hashlib.sha256(raw).hexdigest()[:8], value=Secret(raw.hex()))
