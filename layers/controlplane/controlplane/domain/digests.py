"""SHA-256, its HMAC and comparison by the interpreter's own code: `hashlib` and `hmac` start OpenSSL.

A cold start pays for that (docs/adr/0014).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
    from hmac import compare_digest
else:
    from _operator import _compare_digest as compare_digest  # what `hmac` offers where there is no OpenSSL

    try:
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256  # before Python 3.12
        except ImportError:  # an interpreter that was built without
            from hashlib import sha256

__all__ = ["compare_digest", "hmac_sha256", "sha256"]
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    """Return the HMAC of a text (RFC 2104), 32 bytes."""
    block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + text).digest()).digest()
