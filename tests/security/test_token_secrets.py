"""Where token secrets come from, and what happens when they are wrong, rotated, or out of reach."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from controlplane.domain.errors import StoreUnavailable
from controlplane.security.token_secrets import (
    LiveTokenSecrets,
    TokenSecret,
    parse_token_secrets,
    read_managed_secret,
    read_secret_file,
    secret_source,
)
from controlplane.settings import ConfigurationError
from controlplane.storage.lean.secrets import SecretsClient
from tests.security.sessions import NOW, make_secret

CURRENT, PREVIOUS = "0c" * 32, "9d" * 32
FailingAws = tuple[list[str], Callable[[str, str], str | None]]


class Source:
    """Secrets that can be replaced and taken away, with a clock, counting how often they are read."""

    def __init__(self, *secrets: TokenSecret) -> None:
        self.secrets: Sequence[TokenSecret] = secrets
        self.reads = 0
        self.broken = False
        self.seconds = NOW

    def __call__(self) -> Sequence[TokenSecret]:
        """Return the secrets, or fail while broken."""
        self.reads += 1
        if self.broken:
            raise StoreUnavailable()
        return self.secrets

    def now(self) -> int:
        """Return whole seconds."""
        return self.seconds

    def now_ms(self) -> int:
        """Return milliseconds."""
        return self.seconds * 1000


@pytest.fixture
def source() -> Source:
    """A source with one secret."""
    return Source(make_secret("old"))


@pytest.fixture
def live(source: Source) -> LiveTokenSecrets:
    """The live secrets of that source."""
    return LiveTokenSecrets(source, clock=source)


def test_file_with_one_secret(tmp_path: Path) -> None:
    """A secret's name is the beginning of its SHA-256, so that a token shows which secret made it, and no more."""
    path = tmp_path / "secret"
    path.write_text(f"{CURRENT}\n")

    (secret,) = read_secret_file(path)

    assert secret.key() == bytes.fromhex(CURRENT)
    assert secret.kid == hashlib.sha256(bytes.fromhex(CURRENT)).hexdigest()[:8]


def test_file_during_a_rotation(tmp_path: Path) -> None:
    """The first line signs, the second is the secret before."""
    path = tmp_path / "secret"
    path.write_text(f"{CURRENT}\n{PREVIOUS}\n")

    keys = [secret.key().hex() for secret in read_secret_file(path)]

    assert keys == [CURRENT, PREVIOUS]


@pytest.mark.parametrize(
    "text",
    ["", "\n", "0c" * 31, f"{CURRENT}\n0c", "not hex at all", CURRENT + "x", "é" * 64, f"{CURRENT}\n" * 3],
)
def test_refuses_to_start_without_a_proper_secret(tmp_path: Path, text: str) -> None:
    """A missing, short or garbled secret stops the process, with the file's name and without its content."""
    path = tmp_path / "secret"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError) as refusal:
        read_secret_file(path)

    assert str(path) in str(refusal.value)
    assert "0c" * 31 not in str(refusal.value)


def test_refuses_to_start_without_the_file(tmp_path: Path) -> None:
    """A file that does not exist is an error of configuration, not an empty secret."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_secret_file(tmp_path / "missing")


def test_secrets_manager_through_a_rotation() -> None:
    """The current version signs; the one before stays live beside it."""
    versions = {"AWSCURRENT": PREVIOUS}
    before = read_managed_secret("arn", read=lambda _arn, stage: versions.get(stage))
    versions |= {"AWSCURRENT": CURRENT, "AWSPREVIOUS": PREVIOUS}

    after = read_managed_secret("arn", read=lambda _arn, stage: versions.get(stage))

    assert [secret.key().hex() for secret in before] == [PREVIOUS]
    assert [secret.key().hex() for secret in after] == [CURRENT, PREVIOUS]


def test_a_version_that_was_put_twice_counts_once() -> None:
    """A previous version equal to the current is the same secret."""
    versions = {"AWSCURRENT": CURRENT, "AWSPREVIOUS": CURRENT}

    secrets = read_managed_secret("arn", read=lambda arn, stage: versions[stage])

    assert secrets == parse_token_secrets(CURRENT, source="arn")


def test_read_once_in_five_minutes(source: Source, live: LiveTokenSecrets) -> None:
    """A request does not pay for a read; a replaced secret is known to everybody within five minutes."""
    kid = live("")[0].kid
    source.seconds += 299
    known = live(kid)
    source.secrets = [make_secret("new")]
    source.seconds += 1

    renewed = live(kid)

    assert (list(known), list(renewed), source.reads) == ([make_secret("old")], [make_secret("new")], 2)


def test_a_new_secret_is_found_at_once(source: Source, live: LiveTokenSecrets) -> None:
    """A token signed elsewhere with a secret rotated in since the last read is not refused."""
    live("")
    source.secrets = [make_secret("new"), make_secret("old")]
    source.seconds += 10

    assert list(live(make_secret("new").kid)) == [make_secret("new"), make_secret("old")]


def test_forged_names_cause_no_storm(source: Source, live: LiveTokenSecrets) -> None:
    """Tokens with made-up names cannot make the process read the secrets more than once in ten seconds."""
    for number in range(1000):
        source.seconds = NOW + number // 100
        live(f"{number:08x}")

    assert source.reads == 1


def test_an_outage_ends_no_session(source: Source, live: LiveTokenSecrets) -> None:
    """While the secrets cannot be read those of the last hour stay in use; then, and at the start, it is a 503."""
    live("")
    source.broken = True
    source.seconds += 3599
    assert list(live("")) == [make_secret("old")]

    source.seconds += 10
    with pytest.raises(StoreUnavailable):
        live("")

    source.broken = False
    assert list(live("")) == [make_secret("old")]
    source.broken = True
    with pytest.raises(StoreUnavailable):
        LiveTokenSecrets(source, clock=source)("")


def test_a_clock_set_back_does_not_stop_renewal(source: Source, live: LiveTokenSecrets) -> None:
    """A clock that was far ahead and is set right does not keep an old secret alive."""
    live("")
    source.seconds -= 1_000_000
    source.secrets = [make_secret("new")]

    assert list(live(make_secret("new").kid)) == [make_secret("new")]


def test_a_secret_is_used_for_an_hour_without_news(source: Source, live: LiveTokenSecrets) -> None:
    """The hour is one to the second, and a clock that is set back afterwards brings no empty list of secrets."""
    live("")
    source.broken = True
    source.seconds += 3590
    assert list(live("")) == [make_secret("old")]
    source.seconds += 10
    with pytest.raises(StoreUnavailable):
        live("")

    source.seconds -= 60
    with pytest.raises(StoreUnavailable):
        live("")


def test_signing_causes_no_reading(source: Source, live: LiveTokenSecrets) -> None:
    """Signing names no secret, so it does not look for a new one more often than every five minutes."""
    for _ in range(30):
        live("")
        source.seconds += 10

    assert 1 == source.reads


@pytest.fixture
def failing_aws() -> Iterator[FailingAws]:
    """Secrets Manager, on the loopback, which answers everything with the error in the list, and how it is asked."""
    code = ["InternalServiceError"]

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"__type": code[0], "message": "no"}).encode()
            self.send_response(500 if code[0].startswith("Internal") else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield code, SecretsClient(region="us-east-1", endpoint=f"http://127.0.0.1:{server.server_port}").read
        server.shutdown()


@pytest.mark.parametrize("code", ["InternalServiceError", "ThrottlingException", "DecryptionFailure"])
def test_an_outage_of_secrets_manager_is_an_outage(failing_aws: FailingAws, code: str) -> None:
    """What may be over in a moment is a 503, and not taken for a secret that does not exist."""
    answer, read = failing_aws
    answer[0] = code

    with pytest.raises(StoreUnavailable):
        read_managed_secret("arn", read=read)


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_secret_out_of_reach_is_a_mistake_in_the_configuration(failing_aws: FailingAws, code: str) -> None:
    """What only an operator can mend stops the process, with the secret's name."""
    answer, read = failing_aws
    answer[0] = code

    with pytest.raises(ConfigurationError, match="^the token secret arn does not exist or may not be read$"):
        read_managed_secret("arn", read=read)


def test_a_file_comes_before_secrets_manager(tmp_path: Path) -> None:
    """Development reads a file, the cloud an ARN, and a process that is told neither does not start."""
    path = tmp_path / "secret"
    path.write_text(CURRENT)

    def source(*, file: str, arn: str) -> Callable[[], Sequence[TokenSecret]]:
        return secret_source(file=file, arn=arn, read=lambda _arn, stage: {"AWSCURRENT": PREVIOUS}.get(stage))

    sources = [source(file=str(path), arn="arn"), source(file=str(path), arn=""), source(file="", arn="arn")]

    assert [[CURRENT], [CURRENT], [PREVIOUS]] == [[one.key().hex() for one in read()] for read in sources]
    with pytest.raises(ConfigurationError, match="^neither IRONFLOW_JWT_SECRET_FILE nor .*_ARN is set$"):
        source(file="", arn="")
