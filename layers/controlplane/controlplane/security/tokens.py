"""Session tokens: HS256 with two live secrets (contract, sections 1 and 4; RFC 7519)."""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from functools import lru_cache

from controlplane.domain.digests import compare_digest, hmac_sha256
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.token_claims import TokenClaims

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from controlplane.security.token_secrets import TokenSecret

ISSUER = "ironflow"
PLATFORM_AUDIENCE = "ironflow:platform"
TENANT_AUDIENCE = "ironflow:tenant"
LONGEST_TOKEN = 4096
_LONGEST_TEXT = 200
_LATEST = 253_402_300_799  # the last second of the year 9999
_SKEW = 60
_HEADERS_REMEMBERED = 8
_FROM_URL, _TO_URL = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")


class Hs256Tokens:
    """Signs with the first live secret and accepts each of them, so that sessions survive a rotation.

    `live` returns the secrets, the current one first; it is asked for every token, with the `kid` to look for
    (empty when signing), so that a secret rotated in a moment ago is found.
    """

    def __init__(self, live: Callable[[str], Sequence[TokenSecret]]) -> None:
        self._live = live

    def sign(self, claims: TokenClaims) -> str:
        """Return the compact, signed form."""
        import jwt

        secret = self._live("")[0]
        payload = {
            "iss": ISSUER,
            "aud": _audience(claims.org_id),
            "sub": claims.user_id,
            "org": claims.org_id,
            "jti": claims.session_id,
            "ver": claims.session_version,
            "iat": claims.issued_at,
            "exp": claims.expires_at,
        }
        return jwt.encode(payload, secret.key(), algorithm="HS256", headers={"kid": secret.kid})

    def verify(self, token: str, *, now: int) -> TokenClaims:
        """Return the claims, or raise Unauthenticated(`invalid or expired token`) for anything wrong.

        HS256 is checked here and not by PyJWT, whose import costs the authorizer more than all the rest of its
        start; PyJWT is what the tests compare with. A token is expired from the second of `exp` on.
        """
        claims = self._verified(token, now=now)
        if claims is None:
            raise Unauthenticated("invalid or expired token")
        return claims

    def _verified(self, token: str, *, now: int) -> TokenClaims | None:
        if len(token) > LONGEST_TOKEN or not token.isascii() or token.count(".") != 2:
            return None
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        kid = _kid_of(header)
        secret = None if kid is None else self._secret_of(kid)
        if secret is None or not _is_signature(signature, signed=signed, key=secret.key()):
            return None
        return _claims(_json_object(payload), now=now)

    def _secret_of(self, kid: str) -> TokenSecret | None:
        for secret in self._live(kid):
            if secret.kid == kid:
                return secret
        return None


@lru_cache(maxsize=_HEADERS_REMEMBERED)
def _kid_of(part: str) -> str | None:
    """Return the secret that a header names; nothing else in a header may decide how a token is checked.

    All tokens of one secret have the same header, which is therefore read once; it decides nothing by itself.
    """
    header = _json_object(part)
    kid = header.get("kid")
    if header.get("alg") != "HS256" or not isinstance(kid, str) or not header.keys() <= {"alg", "kid", "typ"}:
        return None
    return kid if header.get("typ", "JWT") == "JWT" else None


def _audience(org_id: str) -> str:
    return PLATFORM_AUDIENCE if org_id == PLATFORM_ORG else TENANT_AUDIENCE


def _is_signature(text: str, *, signed: str, key: bytes) -> bool:
    """Tell whether the text is the signature, letter by letter: other spellings of the same bytes are refused."""
    expected = _base64url(hmac_sha256(key, signed.encode()))
    return compare_digest(text.encode(), expected)


def _base64url(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=")


def _json_object(part: str) -> dict[str, Any]:
    """Return the object in one part of a token; an empty one for everything that is not exactly one."""
    try:
        padded = part.encode().translate(_FROM_URL) + b"=" * (-len(part) % 4)
        raw = a2b_base64(padded, strict_mode=True)
        if _base64url(raw) != part.encode():
            return {}
        value = _decoded(raw.decode(json.detect_encoding(raw), "surrogatepass"))
    except (ValueError, RecursionError):  # what is no base64 is a ValueError too
        return {}
    return value if isinstance(value, dict) else {}


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_decoded = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_refuse).decode


def _claims(payload: dict[str, Any], *, now: int) -> TokenClaims | None:
    """Return the claims when each is there, of its type, and in force at `now`."""
    not_before: Any = payload.get("nbf", 0)
    texts = [payload.get("sub"), payload.get("org"), payload.get("jti")]
    numbers = [not_before, payload.get("iat"), payload.get("exp"), payload.get("ver")]
    for text in texts:
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TEXT:
            return None
    for number in numbers:
        if type(number) is not int or not 0 <= number <= _LATEST:
            return None
    claims = TokenClaims(
        user_id=payload["sub"],
        org_id=payload["org"],
        session_id=payload["jti"],
        session_version=payload["ver"],
        issued_at=payload["iat"],
        expires_at=payload["exp"],
    )
    if payload.get("iss") != ISSUER or payload.get("aud") != _audience(claims.org_id):
        return None
    in_force = claims.issued_at - _SKEW <= now < claims.expires_at and not_before <= now
    return claims if in_force and claims.issued_at < claims.expires_at else None
