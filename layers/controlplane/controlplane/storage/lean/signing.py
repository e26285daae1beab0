"""Signature Version 4 for the one request shape of AWS's JSON services: a POST to `/`, no query."""

from __future__ import annotations

import os

from controlplane.domain.digests import hmac_sha256, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

CONTENT_TYPE = "application/x-amz-json-1.0"
_BLOCK = 64  # bytes that SHA-256 takes at once


class Credentials:
    """An AWS access key, its secret and perhaps a token; frozen, silent in print."""

    __slots__ = ("access_key", "secret_key", "token")
    access_key: str
    secret_key: str
    token: str | None

    def __init__(self, access_key: str, secret_key: str, token: str | None = None) -> None:
        """Refuse a part that no header line could carry, without quoting it."""
        for part in (access_key, token or "-"):
            if not (part and part.isascii() and part.isprintable() and " " not in part):
                raise ValueError("an AWS access key or session token is empty, or no header could carry it")
        object.__setattr__(self, "access_key", access_key)
        object.__setattr__(self, "secret_key", secret_key)
        object.__setattr__(self, "token", token or None)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse: credentials are replaced, never changed."""
        raise AttributeError(f"credentials are frozen: {name}")

    def __repr__(self) -> str:
        """Show nothing of the three."""
        return "Credentials(***)"


def environment_credentials() -> Credentials:
    """Read the three variables that Lambda sets, when asked and not before.

    Raises ValueError when the access key or the secret is missing.
    """
    read = os.environ.get
    access_key, secret_key = read("AWS_ACCESS_KEY_ID"), read("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
    return Credentials(access_key, secret_key, read("AWS_SESSION_TOKEN"))


class Signer:
    """Signs for one region; keeps the derived key while secret and day stay the same.

    What all requests of one second, host and operation begin with is made once for them.
    """

    __slots__ = ("_content_type", "_openings", "_region", "_remembered", "_service")

    def __init__(self, region: str, *, service: str = "dynamodb", content_type: str = CONTENT_TYPE) -> None:
        """Remember no key yet."""
        self._region = region
        self._service = service
        self._content_type = content_type
        self._remembered: tuple[tuple[str, str], bytes] = (("", ""), b"")
        self._openings: dict[str, _Opening] = {}

    def signed_headers(self, credentials: Credentials, *, stamp: str, host: str, target: str, body: bytes) -> str:
        """Give the signed header lines and `authorization`, each ended by CRLF.

        `stamp` is the moment as `YYYYMMDDTHHMMSSZ`; `host` is the value of the Host header, port included.
        """
        made_for = (credentials, stamp, host)
        opening = self._openings.get(target)
        if opening is None or opening.made_for != made_for:
            opening = self._openings[target] = self._opening(made_for, target)
        return opening.signed(body)

    def _opening(self, made_for: tuple[Credentials, str, str], target: str) -> _Opening:
        credentials, stamp, host = made_for
        lines = [("content-type", self._content_type), ("host", host), ("x-amz-date", stamp)]
        if credentials.token:
            lines.append(("x-amz-security-token", credentials.token))
        lines.append(("x-amz-target", target))
        names = ";".join([name for name, _ in lines])
        canonical = "".join([f"{name}:{value}\n" for name, value in lines])
        scope = f"{stamp[:8]}/{self._region}/{self._service}/aws4_request"
        sent = "".join([f"{name}: {value}\r\n" for name, value in lines])
        return _Opening(
            made_for,
            request=f"POST\n/\n\n{canonical}\n{names}\n",
            text=f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n",
            key=self._key(credentials.secret_key, stamp[:8]),
            sent=f"{sent}authorization: AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
                 f"SignedHeaders={names}, Signature=",
        )

    def _key(self, secret: str, day: str) -> bytes:
        remembered_for, key = self._remembered
        if remembered_for != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac_sha256(key, part.encode())
            self._remembered = ((secret, day), key)
        return key


class _Opening:
    """All of a signed request that comes before what depends on its body: texts, and hashes that were begun on them."""

    __slots__ = ("_inner", "_outer", "_request", "_sent", "made_for")

    def __init__(
        self, made_for: tuple[Credentials, str, str], *, request: str, text: str, key: bytes, sent: str
    ) -> None:
        """Begin the canonical request's hash, and both hashes of the signature's HMAC (RFC 2104) under its key."""
        block = key.ljust(_BLOCK, b"\0")
        self.made_for = made_for
        self._sent = sent
        self._request = sha256(request.encode())
        self._inner = sha256(bytes([byte ^ 0x36 for byte in block]) + text.encode())
        self._outer = sha256(bytes([byte ^ 0x5C for byte in block]))

    def signed(self, body: bytes) -> str:
        """Finish the hashes with a body, and give the header lines."""
        request, inner, outer = self._request.copy(), self._inner.copy(), self._outer.copy()
        request.update(sha256(body).hexdigest().encode())
        inner.update(request.hexdigest().encode())
        outer.update(inner.digest())
        return f"{self._sent}{outer.hexdigest()}\r\n"
