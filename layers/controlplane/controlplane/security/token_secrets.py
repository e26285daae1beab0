"""Where the secrets of session tokens come from: a file in development, Secrets Manager in the cloud."""

from __future__ import annotations

import threading

from controlplane.domain.digests import sha256
from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.values import dataclass
from controlplane.security.secret import Secret
from controlplane.settings import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from controlplane.ports import Clock

    ReadSecret = Callable[[str, str], str | None]
    """Reads a secret of Secrets Manager by ARN and stage: None where there is none; raises StoreUnavailable."""

SHORTEST = 32
MOST_LIVE = 2
FRESH_FOR = 300
USABLE_FOR = 3600
SEARCH_AGAIN_AFTER = 10


@dataclass(frozen=True, slots=True)
class TokenSecret:
    """One live secret, as hex, and the name under which tokens mention it."""

    kid: str
    value: Secret

    def key(self) -> bytes:
        """Return the bytes to sign with."""
        return bytes.fromhex(self.value.reveal())


def parse_token_secrets(text: str, *, source: str) -> tuple[TokenSecret, ...]:
    """Return the secrets of one or two lines of hex, the current one first.

    Raises ConfigurationError, which names the source and never the value.
    """
    lines = text.split()
    if not 1 <= len(lines) <= MOST_LIVE:
        raise ConfigurationError(f"{source} must hold one token secret, or two during a rotation")
    return tuple(_token_secret(line, source=source) for line in lines)


def _token_secret(line: str, *, source: str) -> TokenSecret:
    try:
        raw = bytes.fromhex(line)
    except ValueError:
        raise ConfigurationError(f"the token secret in {source} is not hex") from None
    if len(raw) < SHORTEST:
        raise ConfigurationError(f"the token secret in {source} has fewer than {SHORTEST} bytes")
    return TokenSecret(kid=sha256(raw).hexdigest()[:8], value=Secret(line))


def read_secret_file(path: str | PathLike[str]) -> tuple[TokenSecret, ...]:
    """Return the secrets of a file; a second line is the previous secret, during a rotation."""
    try:
        with open(path, "rb") as file:
            text = file.read().decode("ascii")
    except (OSError, ValueError):
        raise ConfigurationError(f"the token secret file {path} cannot be read") from None
    return parse_token_secrets(text, source=str(path))


def read_managed_secret(arn: str, *, read: ReadSecret) -> tuple[TokenSecret, ...]:
    """Return the current secret of an ARN and, while there is one, the previous."""
    current, previous = read(arn, "AWSCURRENT"), read(arn, "AWSPREVIOUS")
    if current is None:
        raise ConfigurationError(f"the token secret {arn} does not exist or may not be read")
    found = parse_token_secrets(current, source=arn)
    older = parse_token_secrets(previous, source=arn) if previous else ()
    return (found + tuple(secret for secret in older if secret not in found))[:MOST_LIVE]


class LiveTokenSecrets:
    """The secrets as last read, read again every five minutes, and sooner when a token names one not known yet."""

    def __init__(self, load: Callable[[], Sequence[TokenSecret]], *, clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._secrets: Sequence[TokenSecret] = ()
        self._read_at = 0
        self._tried_at = 0

    def __call__(self, kid: str) -> Sequence[TokenSecret]:
        """Return the live secrets, the current one first; raises what reading raises when none are usable.

        While they cannot be read, those of the last hour stay in use: an outage elsewhere ends no session.
        """
        with self._lock:
            now = self._clock.now()
            if self._is_due(kid, now=now):
                self._reload(now)
            return self._secrets

    def _is_due(self, kid: str, *, now: int) -> bool:
        if not self._secrets:
            return True
        known = not kid or any(secret.kid == kid for secret in self._secrets)
        stale = now - self._read_at >= FRESH_FOR
        return (stale or not known) and abs(now - self._tried_at) >= SEARCH_AGAIN_AFTER

    def _reload(self, now: int) -> None:
        self._tried_at = now
        try:
            self._secrets = self._load()
        except StoreUnavailable:
            if not self._secrets or now - self._read_at >= USABLE_FOR:
                self._secrets = ()
                raise
        else:
            self._read_at = now


def secret_source(*, file: str, arn: str, read: ReadSecret) -> Callable[[], Sequence[TokenSecret]]:
    """Return how to read the secrets: from a file where there is one, else from Secrets Manager with `read`."""
    if file:
        return lambda: read_secret_file(file)
    if arn:
        return lambda: read_managed_secret(arn, read=read)
    raise ConfigurationError("neither IRONFLOW_JWT_SECRET_FILE nor IRONFLOW_JWT_SECRET_ARN is set")
