"""Our way to SHA-256 and HMAC agrees with everybody's."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.digests import compare_digest, hmac_sha256, sha256


@given(key=st.binary(max_size=200), text=st.binary(max_size=300))
def test_digests_are_those_of_the_standard_library(key: bytes, text: bytes) -> None:
    """A hash finds its key and a signature is accepted, whatever is hashed, with keys longer than a block too."""
    assert hashlib.sha256(text).hexdigest() == sha256(text).hexdigest()
    assert hmac.digest(key, text, "sha256") == hmac_sha256(key, text)


@given(one=st.binary(max_size=50), other=st.binary(max_size=50))
def test_digests_are_compared_as_the_standard_library_compares_them(one: bytes, other: bytes) -> None:
    """Only the same bytes are the same, as `hmac.compare_digest` says, whose code this is where OpenSSL is missing."""
    assert hmac.compare_digest(one, other) == compare_digest(one, other)
    assert compare_digest(one, bytes(one))
    assert "_operator" == compare_digest.__module__
