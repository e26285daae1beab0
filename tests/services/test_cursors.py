"""Cursors: sealed by this server's key, for one list, and as long as they may be (contract, section 8)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import pytest

from controlplane.domain.errors import InvalidArgument
from controlplane.services.cursors import Cursors

KEY = b"k" * 32
CURSORS = Cursors(lambda: KEY)
LONGEST = 1024


def _sealed(position: bytes, *, scope: bytes) -> str:
    """Seal as it is documented: 16 bytes of HMAC-SHA-256 over the list, its length and the position, before that."""
    seal = hmac.digest(KEY, b"cursor\x00" + str(len(scope)).encode() + b"\x00" + scope + position, sha256)[:16]
    return urlsafe_b64encode(seal + position).decode().rstrip("=")


def test_a_cursor_outlives_a_deployment() -> None:
    """The form of a cursor is fixed: one that was given out before a new version came is good after it."""
    assert "TbUDqZUgh74DSlHNsatafEtFWSNha18x" == CURSORS.seal("KEY#ak_1", scope="list_keys\x1forg_a")
    assert "KEY#ak_1" == CURSORS.open("TbUDqZUgh74DSlHNsatafEtFWSNha18x", scope="list_keys\x1forg_a")


@pytest.mark.parametrize("length", range(1, 200))
def test_every_position_comes_back(length: int) -> None:
    """Whatever letters a cursor happens to end in, it is what was sealed, and it opens."""
    for filler in "aWZ_":
        position = filler * length

        cursor = CURSORS.seal(position, scope="s")

        assert (_sealed(position.encode(), scope=b"s"), position) == (cursor, CURSORS.open(cursor, scope="s"))


def test_the_end_of_a_list_has_no_cursor() -> None:
    """No cursor is the beginning and no position the end; a seal over nothing is not a cursor."""
    assert ("", "") == (CURSORS.seal("", scope="s"), CURSORS.open("", scope="s"))
    with pytest.raises(InvalidArgument, match="^invalid cursor$"):
        CURSORS.open(_sealed(b"", scope=b"s"), scope="s")


def test_a_cursor_has_1024_characters_at_most() -> None:
    """What is longer is not even decoded."""
    longest = CURSORS.seal("x" * 752, scope="s")
    too_long = CURSORS.seal("x" * 753, scope="s")

    assert (LONGEST, "x" * 752) == (len(longest), CURSORS.open(longest, scope="s"))
    with pytest.raises(InvalidArgument):
        CURSORS.open(too_long, scope="s")


@pytest.mark.parametrize("scope", ["list_keys\x1forg_b", "list_keys\x1forg_a\x1f", "", "\ud800", "list_keys\x1f\udfff"])
def test_a_cursor_is_good_for_its_list_only(scope: str) -> None:
    """Another owner, list or filter makes it worthless, whatever text the filter is: half a character is a text too."""
    cursor = CURSORS.seal("KEY#ak_1", scope="list_keys\x1forg_a")

    with pytest.raises(InvalidArgument, match="^invalid cursor$"):
        CURSORS.open(cursor, scope=scope)
    assert "KEY#ak_1" == CURSORS.open(CURSORS.seal("KEY#ak_1", scope=scope), scope=scope)


@pytest.mark.parametrize(("one", "other"), [
    (("a", "b\x00c"), ("a\x00b", "c")), (("a\x00b", "c"), ("a", "b\x00c")), (("a", "bc"), ("ab", "c")),
    (("ab", "c"), ("a", "bc")), (("", "a\x00b"), ("\x00a", "b")),
])  # fmt: skip
def test_no_piece_of_a_list_becomes_a_piece_of_a_position(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Under a seal that was given for one list, letters of a filter cannot be moved into the position, nor back."""
    seal = urlsafe_b64decode(CURSORS.seal(one[1], scope=one[0]) + "==")[:16]
    moved = urlsafe_b64encode(seal + other[1].encode()).decode().rstrip("=")

    with pytest.raises(InvalidArgument):
        CURSORS.open(moved, scope=other[0])


@pytest.mark.parametrize("cursor", ["é", "\ud800", "a", "====", "a b", "9QyvRhKfK8cy1VvoHAsY5w", "A" * 24])
def test_400_for_what_was_not_sealed_here(cursor: str) -> None:
    """Letters that no cursor has, half a cursor and a made-up one have one answer."""
    with pytest.raises(InvalidArgument, match="^invalid cursor$"):
        CURSORS.open(cursor, scope="s")
