"""SHA-256 and its HMAC, from where `hashlib` and `hmac` have them: those two look for every other algorithm as well."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
    from hmac import digest as hmac_digest
else:
    try:
        from _hashlib import hmac_digest
        from _hashlib import openssl_sha256 as sha256
    except ImportError:  # a Python without OpenSSL
        from hashlib import sha256
        from hmac import digest as hmac_digest

__all__ = ["hmac_digest", "sha256"]
