"""Which passwords are accepted (contract, section 4)."""

from __future__ import annotations

import pytest

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.passwords import check_password


@pytest.mark.parametrize("password", ["8 bytes!", "x" * 72, "ä" * 4, "ä" * 36, "\U0001f511" * 18])
def test_accepted_within_8_to_72_bytes(password: str) -> None:
    """A password is measured in bytes of UTF-8, and both ends of the range belong to it."""
    check_password(password)


@pytest.mark.parametrize("password", ["", "seven77", "x" * 73, "ä" * 37, "valid\0 length", "\ud800 is no text"])
def test_refused_outside(password: str) -> None:
    """What bcrypt would refuse, cut or misread never reaches it, and the sentence does not repeat the password."""
    with pytest.raises(InvalidArgument) as refusal:
        check_password(password)

    assert not password or password not in refusal.value.sentence
