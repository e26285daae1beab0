"""E-mail addresses: which are accepted, and when two are the same (contract, section 4)."""

from __future__ import annotations

import unicodedata

from controlplane.domain.errors import InvalidArgument

LONGEST = 254


def normalise_email(text: str) -> str:
    """Return the key under which an address is unique: NFKC and without case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def check_email(text: str) -> None:
    """Raise InvalidArgument unless the text looks like an address: one @ between two parts, nothing invisible.

    The rules hold for the text as written and as normalised: no compatibility character brings in an @ or a space.
    """
    for form in (text, normalise_email(text)):
        local, at, domain = form.partition("@")
        if not (local and at and domain) or "@" in domain or len(form) > LONGEST or not _visible(form):
            raise InvalidArgument("invalid email")


def _visible(text: str) -> bool:
    """Tell whether there is neither space nor control, format, private or surrogate character in it."""
    return all(unicodedata.category(character)[0] not in "CZ" for character in text)
