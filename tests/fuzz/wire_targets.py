"""The parsers of what comes from elsewhere: session tokens, their secrets, DynamoDB's replies and its address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import warnings
from urllib.parse import urlsplit
from zlib import crc32

import jwt

from controlplane.domain.errors import Unauthenticated
from controlplane.domain.token_claims import TokenClaims
from controlplane.security.secret import Secret
from controlplane.security.token_secrets import TokenSecret, parse_token_secrets
from controlplane.security.tokens import Hs256Tokens
from controlplane.settings import ConfigurationError
from controlplane.storage.lean.reply import BrokenReply, ReplyReader
from controlplane.storage.lean.wire import Endpoint
from tests.fuzz.target import Target, either, text_of

NOW = 1_773_309_600
SECRET = TokenSecret(kid="current", value=Secret("0c" * 32))
TOKENS = Hs256Tokens(lambda _: [SECRET])
REQUIRED = ["exp", "iat", "sub", "iss", "aud", "jti"]
_HEADER = '{"alg":"HS256","kid":"current","typ":"JWT"}'
_CLAIMS = ('{"iss":"ironflow","aud":"ironflow:tenant","sub":"user_1","org":"org_a","jti":"s","ver":1,'
           f'"iat":{NOW},"exp":{NOW + 60}}}')  # fmt: skip
warnings.simplefilter("ignore", jwt.PyJWTDeprecationWarning if hasattr(jwt, "PyJWTDeprecationWarning") else UserWarning)


def token(data: bytes) -> None:
    """Claims that PyJWT reads in the same words, or the one refusal; two lines are signed as header and claims."""
    text = text_of(data)
    if text.startswith("{"):
        head, _, claims = data.partition(b"\n")
        text = _signed(head, claims)

    found = either(lambda: TOKENS.verify(text, now=NOW), Unauthenticated)

    if found is not None:
        read = jwt.decode(
            text,
            SECRET.key(),
            algorithms=["HS256"],
            issuer="ironflow",
            options={
                "require": REQUIRED,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
            },
        )
        assert read["aud"] == ("ironflow:platform" if found.org_id == "org_platform" else "ironflow:tenant")
        told = TokenClaims(user_id=read["sub"], org_id=read["org"], session_id=read["jti"], session_version=read["ver"],
                           issued_at=read["iat"], expires_at=read["exp"])  # fmt: skip
        assert told == found
        assert found.issued_at - 60 <= NOW < found.expires_at
        assert either(lambda: TOKENS.verify(text[:-1], now=NOW), Unauthenticated) is None


def _signed(head: bytes, claims: bytes) -> str:
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, claims)]
    seal = hmac.digest(SECRET.key(), b".".join(parts), hashlib.sha256)
    return b".".join([*parts, base64.urlsafe_b64encode(seal).rstrip(b"=")]).decode()


def token_secrets(data: bytes) -> None:
    """One or two secrets of 32 bytes at least, or a refusal that does not show them."""
    text = text_of(data)
    shown: list[str] = []

    def parse() -> tuple[TokenSecret, ...]:
        try:
            return parse_token_secrets(text, source="there")
        except ConfigurationError as refused:
            shown.append(str(refused))
            raise

    found = either(parse, ConfigurationError)

    assert not any(line in told for told in shown for line in text.split() if len(line) > 8)
    if found is None:
        return
    assert [bytes.fromhex(line) for line in text.split()] == [one.key() for one in found]
    assert all(len(one.key()) >= 32 and len(one.kid) == 8 for one in found)
    assert 1 <= len(found) <= 2


def _read(stream: bytes, size: int) -> tuple[int, dict[str, str], bytes, bool] | None:
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    return either(lambda: ReplyReader(lambda: pieces.pop(0) if pieces else b"").read(), BrokenReply)


def reply(data: bytes) -> None:
    """One whole reply or a refusal, the same however it is cut on the way; what was read reads back the same."""
    whole = _read(data, 1 << 20)

    for size in (1, 7, 64):
        found = _read(data, size)
        assert (found and found[:3]) == (whole and whole[:3])
    if whole is not None:
        status, headers, body, _ = whole
        assert 200 <= status <= 999
        assert all(name == name.lower() and "\n" not in value for name, value in headers.items())
        assert headers.get("x-amz-crc32", str(crc32(body))) == str(crc32(body))
        again = f"HTTP/1.1 {status} x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        assert _read(again, 9) == (status, {"content-length": str(len(body))}, body, True)


def endpoint(data: bytes) -> None:
    """An address that the standard library reads in the same way, or ValueError.

    Only what stands in brackets is not checked here for being an address: connecting to it fails.
    """
    text = text_of(data)

    found = either(lambda: Endpoint(text), ValueError)

    if found is not None:
        parts = either(lambda: urlsplit(text), ValueError)
        if parts is None:
            assert f"://[{found.host}]" in text
            assert re.fullmatch("[0-9A-Za-z:.]+", found.host)
            return
        assert (found.host.lower(), found.secure) == (parts.hostname, parts.scheme == "https")
        assert found.port == (parts.port or (443 if found.secure else 80))
        assert (parts.path in ("", "/"), parts.query, parts.fragment, parts.username) == (True, "", "", None)


_OK = "HTTP/1.1 200 OK\r\n"
TARGETS = (
    Target(
        "token",
        token,
        (
            f"{_HEADER}\n{_CLAIMS}",
            f"{_HEADER}\n{{}}",
            TOKENS.sign(
                TokenClaims(
                    user_id="u",
                    org_id="org_platform",
                    session_id="s",
                    session_version=1,
                    issued_at=NOW,
                    expires_at=NOW + 9,
                )
            ),
            "a.b.c",
            "..",
            '{"alg":"none"}\n{}',
            _HEADER + "\n" + _CLAIMS.replace("1,", "1.5,"),
            _HEADER.replace("kid", "k") + "\n" + _CLAIMS,
        ),
        ('"alg"', '"kid"', '"none"', '"nbf":', '"exp":', '"iat":', "ironflow:platform", "NaN", "1e9"),
    ),
    Target(
        "token_secrets",
        token_secrets,
        ("0c" * 32, f"{'0c' * 32}\n{'9d' * 32}\n", "0c" * 31, "zz", "", " ".join(["0c" * 32] * 3)),
        ("0c", "\n", " "),
    ),
    Target(
        "reply",
        reply,
        (
            _OK + "content-length: 2\r\n\r\n{}",
            _OK + "transfer-encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n",
            _OK + f"content-length: 2\r\nx-amz-crc32: {crc32(b'{}')}\r\nconnection: close\r\n\r\n{{}}",
            _OK + "\r\n",
            "HTTP/1.0 400 Bad\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            _OK + "transfer-encoding: chunked\r\n\r\n0\r\nx: 1\r\n\r\n",
            _OK + "content-length: 1\r\n\r\n{}",
        ),
        (
            "\r\n",
            "\r\n\r\n",
            "HTTP/1.1 ",
            "content-length: ",
            "transfer-encoding: chunked",
            "0\r\n\r\n",
            "x-amz-crc32: ",
            "content-encoding: identity",
            "connection: close",
        ),
    ),
    Target(
        "endpoint",
        endpoint,
        (
            "http://127.0.0.1:8000",
            "https://dynamodb.eu-west-1.amazonaws.com",
            "http://[::1]:8000/",
            "http://a:0",
            "ftp://a",
            "http://a/b",
            "http://u@h",
            "http://[::1]",
        ),
        ("http://", "https://", "[", "]", ":"),
    ),
)
