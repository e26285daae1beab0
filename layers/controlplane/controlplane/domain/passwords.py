"""What may be a password (contract, section 4)."""

from __future__ import annotations

from controlplane.domain.errors import InvalidArgument

SHORTEST = 8
LONGEST = 72


def check_password(password: str) -> None:
    """Raise InvalidArgument unless the password has 8 to 72 bytes of UTF-8 and no NUL; bcrypt ignores what follows."""
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        raise InvalidArgument("password is not valid UTF-8") from None
    if not SHORTEST <= size <= LONGEST:
        raise InvalidArgument(f"password must have {SHORTEST} to {LONGEST} bytes")
    if "\0" in password:
        raise InvalidArgument("password must not contain NUL")
