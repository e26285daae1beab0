"""The lean client's question to Secrets Manager, held against moto and botocore."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from moto.server import ThreadedMotoServer

from controlplane.adapters import Adapters
from controlplane.domain.errors import StoreUnavailable
from controlplane.settings import Settings
from controlplane.storage.lean.secrets import SecretsClient
from controlplane.storage.lean.signing import Credentials, Signer

REGION = "us-east-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a Secrets Manager of our own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def manager(endpoint: str) -> Any:
    """botocore's client, which writes what the lean one reads."""
    return botocore.session.Session().create_client("secretsmanager", region_name=REGION, endpoint_url=endpoint)


def test_a_secret_is_read_at_each_stage(manager: Any, endpoint: str) -> None:
    """During a rotation both the current and the previous value are there, as botocore reads them."""
    arn = manager.create_secret(Name="tokens", SecretString="ab" * 32)["ARN"]
    client = SecretsClient(region=REGION, endpoint=endpoint)
    before = client.read(arn, "AWSCURRENT"), client.read(arn, "AWSPREVIOUS")

    manager.put_secret_value(SecretId=arn, SecretString="cd" * 32)

    assert ("ab" * 32, None) == before
    assert ("cd" * 32, "ab" * 32) == (client.read(arn, "AWSCURRENT"), client.read(arn, "AWSPREVIOUS"))


def test_functions_read_their_secrets_this_way(manager: Any, endpoint: str) -> None:
    """What seals cursors and what signs sessions come from Secrets Manager, each from its own secret."""
    sealing, signing = (manager.create_secret(Name=f"s{n}", SecretString=f"{n}{n}" * 32)["ARN"] for n in (1, 2))
    adapters = Adapters(Settings(table="t", region=REGION, secrets_endpoint=endpoint, jwt_secret_arn=signing,
                                 seal_secret_arn=sealing))  # fmt: skip

    assert sha256(b"cursors" + b"\x11" * 32).digest() == adapters.derived_key(b"cursors")
    assert [b"\x22" * 32] == [secret.key() for secret in adapters.token_secrets("")]


def test_a_secret_that_is_not_there_is_none(endpoint: str) -> None:
    """What does not exist is told apart from what cannot be reached."""
    assert SecretsClient(region=REGION, endpoint=endpoint).read("no-such-secret", "AWSCURRENT") is None


def test_an_unreachable_service_is_said_to_be_so() -> None:
    """Nobody is taken for logged out because Secrets Manager does not answer."""
    client = SecretsClient(region=REGION, endpoint="http://127.0.0.1:9")

    with pytest.raises(StoreUnavailable):
        client.read("tokens", "AWSCURRENT")


def test_the_signature_equals_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is signed for Secrets Manager as botocore signs it."""
    moment, host, kind = datetime(2026, 3, 12, 10, 0, 0, tzinfo=UTC), "h.example", "application/x-amz-json-1.1"
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    theirs = AWSRequest("POST", f"http://{host}/", {"content-type": kind, "host": host, "x-amz-target": "t"}, b"{}")
    botocore.auth.SigV4Auth(BotocoreCredentials("AK", "hush"), "secretsmanager", REGION).add_auth(theirs)

    ours = Signer(REGION, service="secretsmanager", content_type=kind).signed_headers(
        Credentials("AK", "hush"), stamp="20260312T100000Z", host=host, target="t", body=b"{}"
    )

    assert f"authorization: {theirs.headers['Authorization']}" in ours
