"""A key's value that somebody puts into a path for its id is nobody's to read (contract, section 3)."""

from __future__ import annotations

from hashlib import sha256

import pytest

from controlplane.domain.credentials import display_prefix, hash_of, without_values

DIGITS = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"/api/v1/apikeys/ifkey_{DIGITS}", "/api/v1/apikeys/ifkey_01234567"),
        (f"/api/v1/apikeys/ifplatform_{DIGITS}/rotate", "/api/v1/apikeys/ifplatform_01234567/rotate"),
        (f"/ifkey_{DIGITS}/ifkey_{DIGITS}", "/ifkey_01234567/ifkey_01234567"),
        (f"/api/v1/roles/role_{DIGITS}", f"/api/v1/roles/role_{DIGITS}"),
        ("/if", "/if"),
        ("/", "/"),
    ],
)
def test_of_a_value_only_its_prefix_is_told(path: str, shown: str) -> None:
    """What a list shows of a key is all that a trail shows; ids stay whole."""
    assert shown == without_values(path)


def test_a_path_is_told_up_to_a_thousand_characters() -> None:
    """A trail is not filled by a long path, and no cut leaves more of a value than its prefix."""
    hidden = without_values("/" + "a" * 979 + f"/ifkey_{DIGITS}/b")

    assert ["/" + "a" * 999, "/" + "a" * 999] == [without_values("/" + "a" * length) for length in (999, 1000)]
    assert "/" + "a" * 979 + "/ifkey_01234567/b" == hidden
    assert "/" + "a" * 990 + "/ifkey_01" == without_values("/" + "a" * 990 + f"/ifkey_{DIGITS}")


@pytest.mark.parametrize("value", ["", "ifkey_", "x", "a_b_c", "\ud800", "é" * 40, "ifkey_" + DIGITS])
def test_any_value_has_a_hash_and_a_prefix(value: str) -> None:
    """Whatever is presented is hashed as it is; the prefix shows eight digits at most."""
    assert sha256(value.encode("utf-8", "surrogatepass")).hexdigest() == hash_of(value)
    assert (value.partition("_")[0] + "_", True) == (
        display_prefix(value)[: len(value.partition("_")[0]) + 1],
        len(display_prefix(value)) <= len(value.partition("_")[0]) + 9,
    )
