"""Password hashes: right, and equally slow for everybody (contract, section 4)."""

from __future__ import annotations

from statistics import median
from time import process_time

import pytest

from controlplane.security.passwords import CHEAPEST, STANDARD, BcryptHasher

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def hasher() -> BcryptHasher:
    """The profile of tests."""
    return BcryptHasher(cost=CHEAPEST)


@pytest.mark.parametrize("password", [PASSWORD, "x" * 72, "\U0001f511" * 18, "with spaces at the end  "])
def test_right_password_matches(hasher: BcryptHasher, password: str) -> None:
    """A password of any permitted length matches its own hash and nothing near it."""
    hashed = hasher.hash(password)

    assert hasher.verify(password, hashed)
    assert not hasher.verify(password[:-1] + "~", hashed)
    assert not hasher.verify(password[:-1], hashed)


def test_hash_is_salted_and_names_its_cost(hasher: BcryptHasher) -> None:
    """Two users with one password have two hashes; a hash of today stays readable when the cost changes."""
    one, other = hasher.hash(PASSWORD), hasher.hash(PASSWORD)

    assert one != other
    assert one.startswith("$2b$04$")
    assert BcryptHasher(cost=CHEAPEST + 1).verify(PASSWORD, one)


@pytest.mark.parametrize("hashed", ["", "x", "$2b$04$", "$2b$99$" + "a" * 53, "$1$md5$aaaa", "ä"])
def test_no_hash_never_matches(hasher: BcryptHasher, hashed: str) -> None:
    """An unknown user and a damaged record refuse every password, also the one behind the dummy."""
    assert not any(hasher.verify(password, hashed) for password in (PASSWORD, "nobody", ""))


@pytest.mark.parametrize("password", ["x" * 73, "x" * 1_000_000, f"{PASSWORD}\0more", "\ud800"])
def test_impossible_password_never_matches(hasher: BcryptHasher, password: str) -> None:
    """What cannot have been set is refused, not raised: a login answers 401, whatever is typed."""
    assert not hasher.verify(password, hasher.hash(PASSWORD))
    with pytest.raises(ValueError):
        hasher.hash(password)


def test_unknown_user_costs_as_much_as_a_wrong_password() -> None:
    """The time of an answer does not tell whether an e-mail is registered, not even the first time in a process."""
    hashed = BcryptHasher(cost=9).hash(PASSWORD)

    wrong = median(_seconds("wrong password", hashed) for _ in range(9))
    unknown = median(_seconds("wrong password", "") for _ in range(9))
    impossible = median(_seconds("x" * 100, hashed) for _ in range(9))

    assert 0.7 < unknown / wrong < 1.4
    assert 0.7 < impossible / wrong < 1.4


def test_standard_cost() -> None:
    """Nobody gets a cheaper hash by not asking, and no impossible cost is accepted."""
    assert BcryptHasher().hash(PASSWORD).startswith(f"$2b${STANDARD}$")
    for cost in (3, 32):
        with pytest.raises(ValueError, match="cost"):
            BcryptHasher(cost=cost)


def _seconds(password: str, hashed: str) -> float:
    hasher = BcryptHasher(cost=9)
    start = process_time()
    hasher.verify(password, hashed)
    return process_time() - start
