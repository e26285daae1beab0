"""A value that cannot be shown by accident (style: secrets have a type)."""

from __future__ import annotations

from controlplane.domain.digests import compare_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


class Secret:
    """A string that prints as `Secret(***)` everywhere and refuses to be copied, pickled or turned into JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret is not serialised")
