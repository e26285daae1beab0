"""bcrypt, behind the port PasswordHasher (contract, section 4)."""

from __future__ import annotations

STANDARD = 12
CHEAPEST = 4
_COSTLIEST = 31
_LONGEST = 72
_NOBODY = "abcdefghijklmnopqrstuu" + "." * 31


class BcryptHasher:
    """Salted hashes at one cost: STANDARD where people log in, CHEAPEST where tests do."""

    def __init__(self, *, cost: int = STANDARD) -> None:
        if not CHEAPEST <= cost <= _COSTLIEST:
            raise ValueError(f"bcrypt cost must be {CHEAPEST} to {_COSTLIEST}")
        self._cost = cost
        self._dummy = f"$2b${cost:02d}${_NOBODY}"

    def hash(self, password: str) -> str:
        """Return the hash of a password of 8 to 72 bytes of UTF-8; ValueError above that (the domain checks)."""
        import bcrypt

        raw = password.encode()
        if len(raw) > _LONGEST or b"\0" in raw:
            raise ValueError("bcrypt takes 72 bytes without NUL")
        return bcrypt.hashpw(raw, bcrypt.gensalt(self._cost)).decode()

    def verify(self, password: str, hashed: str) -> bool:
        """Tell whether the password has this hash.

        An empty or damaged hash and an impossible password cost one verification too, and never match: what a
        caller can learn from the time is nothing.
        """
        raw = password.encode(errors="replace")
        possible = len(raw) <= _LONGEST and b"\0" not in raw and not _has_surrogate(password)
        if possible and hashed:
            matched = _matches(raw, hashed)
            if matched is not None:
                return matched
        _matches(b"nobody", self._dummy)
        return False


def _matches(raw: bytes, hashed: str) -> bool | None:
    """Return bcrypt's answer, or None when the hash is not one of its own."""
    import bcrypt

    try:
        return bcrypt.checkpw(raw, hashed.encode())
    except ValueError:
        return None


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
