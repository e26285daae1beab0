"""The lean client's signatures, held against botocore's signer."""

from __future__ import annotations

from datetime import UTC, datetime

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.storage.lean.signing import CONTENT_TYPE, Credentials, Signer, environment_credentials

VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
REGIONS = st.sampled_from(["eu-west-1", "us-east-1", "us-gov-west-1"])
HOSTS = st.sampled_from(["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:8000", "localhost"])
MOMENTS = st.datetimes(timezones=st.just(UTC))


def test_signatures_equal_botocores() -> None:
    """Whatever is signed, with or without a session token, is signed as botocore signs it."""
    moment = datetime(2000, 1, 1, tzinfo=UTC)

    @settings(max_examples=300, deadline=None)
    @given(VISIBLE, st.text(min_size=1), st.none() | VISIBLE, REGIONS, HOSTS, MOMENTS, VISIBLE, st.binary())
    def check(
        key: str, secret: str, token: str | None, region: str, host: str, now: datetime, name: str, body: bytes
    ) -> None:
        nonlocal moment
        moment = now
        headers = {"content-type": CONTENT_TYPE, "host": host, "x-amz-target": name}
        theirs = AWSRequest("POST", f"http://{host}/", headers, body)
        botocore.auth.SigV4Auth(BotocoreCredentials(key, secret, token), "dynamodb", region).add_auth(theirs)

        ours = Signer(region).signed_headers(
            Credentials(key, secret, token), stamp=now.strftime("%Y%m%dT%H%M%SZ"), host=host, target=name, body=body
        )

        sent = [tuple(line.split(": ", 1)) for line in ours.split("\r\n")[:-1]]
        assert sorted((name.lower(), value) for name, value in theirs.headers.items()) == sorted(sent)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
        check()


def test_a_remembered_key_never_outlives_its_secret_or_its_day() -> None:
    """A signer that has signed before signs like a new one when the secret or the day changes."""
    used = Signer("eu-west-1")
    cases = [("one", "20260101"), ("one", "20260101"), ("one", "20260102"), ("two", "20260102"), ("one", "20260101")]

    def sign(signer: Signer, secret: str, day: str) -> str:
        who = Credentials("AKID", secret)
        return signer.signed_headers(who, stamp=f"{day}T000000Z", host="h", target="t", body=b"{}")

    assert [sign(Signer("eu-west-1"), *case) for case in cases] == [sign(used, *case) for case in cases]


def test_what_a_second_begins_with_serves_no_other_second_host_operation_or_credentials() -> None:
    """A signer that has just signed signs like a new one, whatever is different the next time."""
    used = Signer("eu-west-1")
    one, two, token = Credentials("AKID", "hush"), Credentials("AKIE", "hush"), Credentials("AKID", "hush", "session")
    usual = {"stamp": "20260101T000000Z", "host": "h", "target": "t", "body": b"{}"}
    cases = [
        (one, usual), (one, usual | {"body": b"[]"}), (one, usual | {"stamp": "20260101T000001Z"}),
        (one, usual | {"host": "other"}), (one, usual | {"target": "u"}), (one, usual), (two, usual), (token, usual),
    ]  # fmt: skip

    assert [Signer("eu-west-1").signed_headers(who, **case) for who, case in cases] == [  # type: ignore[arg-type]
        used.signed_headers(who, **case) for who, case in cases  # type: ignore[arg-type]
    ]


def test_credentials_print_nothing_and_do_not_change() -> None:
    """Printed credentials show no part of themselves, and nobody can alter them."""
    credentials = Credentials("AKIDEXAMPLE", "hush", "session")

    with pytest.raises(AttributeError):
        credentials.secret_key = "other"

    assert "Credentials(***) Credentials(***)" == f"{credentials!r} {credentials}"


@pytest.mark.parametrize("part", ["", "two words", "line\r\nx-evil: 1", "é", "\0"])
def test_a_credential_that_no_header_can_carry_is_refused(part: str) -> None:
    """No access key can end its header line, and the refusal does not quote it."""
    with pytest.raises(ValueError) as refusal:
        Credentials(part, "hush")

    assert "an AWS access key or session token is empty, or no header could carry it" == str(refusal.value)


def test_the_environment_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """New credentials in the environment are used without a restart."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "first")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    first = environment_credentials()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "second")
    monkeypatch.delenv("AWS_SESSION_TOKEN")

    second = environment_credentials()

    assert ("first", "hush", "session") == (first.access_key, first.secret_key, first.token)
    assert ("second", "hush", None) == (second.access_key, second.secret_key, second.token)


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials the operator learns which variables to set."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)

    with pytest.raises(ValueError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set"):
        environment_credentials()
