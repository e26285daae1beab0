"""Which e-mail addresses are accepted, and when two are one (contract, section 4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.emails import check_email, normalise_email
from controlplane.domain.errors import InvalidArgument


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ops@Example.COM", "ops@example.com"),
        ("ｏｐｓ@example.com", "ops@example.com"),
        ("STRASSE@example.com", "straße@example.com"),
        ("caf\u00e9@example.com", "cafe\u0301@example.com"),
        ("\ufb01@example.com", "FI@example.com"),
    ],
)
def test_same_address_in_another_spelling(one: str, other: str) -> None:
    """Capitals and compatibility characters never make a second account of one address."""
    assert normalise_email(one) == normalise_email(other)


@given(st.text())
def test_normal_form_is_stable(text: str) -> None:
    """A normalised address is its own normal form, so a stored key can be compared with a computed one."""
    assert normalise_email(normalise_email(text)) == normalise_email(text)


@pytest.mark.parametrize("text", ["ops@example.com", "o+tag@sub.example.com", "ä@ö.example", "a@localhost", "a@b"])
def test_accepted(text: str) -> None:
    """One @ between two visible parts is enough: whether mail arrives is not for syntax to say."""
    check_email(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "ops", "@example.com", "ops@", "a@b@c", "a b@c", "a@b\n", "a@b\0"),
        *("a\u200b@b", "a\u00a0@b", "\ud800@b", "a\uff20b@c", "x" * 250 + "@b.de"),
    ],
)
def test_refused(text: str) -> None:
    """No address has invisible characters, a second @ in disguise, or more than 254 characters."""
    with pytest.raises(InvalidArgument, match="invalid email"):
        check_email(text)
