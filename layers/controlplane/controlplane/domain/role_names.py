"""The names of custom roles: what they may be, and when two are the same (contract, sections 4 and 5)."""

from __future__ import annotations

from unicodedata import normalize

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.roles import PLATFORM_BUILT_INS, PLATFORM_NAME_PREFIX, TENANT_BUILT_INS

MAX_NAME = 200
_ID_PREFIX, _ID_DIGITS, _HEX = "role_", 32, frozenset("0123456789abcdef")
_IDS = frozenset((*TENANT_BUILT_INS, *PLATFORM_BUILT_INS))
_RESERVED = frozenset((*TENANT_BUILT_INS.values(), *PLATFORM_BUILT_INS.values()))


def role_name(asked: str, *, platform: bool) -> str:
    """Return the name that a custom role gets; one of the platform always starts with `platform_`.

    Raises InvalidArgument for a name that is reserved, or too long with its prefix. Case, surrounding spaces and
    compatibility characters do not make a reserved name another one.
    """
    name = asked
    if platform and not name.startswith(PLATFORM_NAME_PREFIX):
        name = PLATFORM_NAME_PREFIX + name
    plain = folded(normalize("NFKC", name)).strip()
    if plain in _RESERVED or _is_id(plain) or (not platform and plain.startswith(PLATFORM_NAME_PREFIX)):
        raise InvalidArgument(f"role name is reserved: {plain}")
    if len(name) > MAX_NAME:
        raise InvalidArgument(f"name must have at most {MAX_NAME} characters, {PLATFORM_NAME_PREFIX} included")
    return name


def _is_id(name: str) -> bool:
    """Tell whether a name could be taken for a role's id where a condition calls roles by either."""
    digits = name.removeprefix(_ID_PREFIX)
    return name in _IDS or (name != digits and len(digits) == _ID_DIGITS and set(digits) <= _HEX)


def folded(name: str) -> str:
    """Return the form in which names are compared: two roles of an organization never share it."""
    return name.casefold()
