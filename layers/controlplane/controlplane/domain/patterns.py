"""Action and resource patterns: what the texts of a policy name (contract, section 6).

Matching takes time proportional to the texts, whatever the pattern; there is no regular expression in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from controlplane.domain.actions import PLATFORM_ACTIONS, TENANT_ACTIONS, is_platform_action
from controlplane.domain.errors import InvalidArgument

ANY = "*"
RESOURCE_SEGMENTS = 7
_TYPE = 4


def split_list(text: str) -> tuple[str, ...]:
    """Split a policy's comma-separated list; spaces around the parts and empty parts are dropped."""
    return tuple(part for part in map(str.strip, text.split(",")) if part)


def known_actions(*, platform: bool, extra_actions: Sequence[str] = ()) -> tuple[str, ...]:
    """Return every known action of one kind; declared extra actions are always the tenants' kind."""
    if platform:
        return PLATFORM_ACTIONS
    return tuple(dict.fromkeys(TENANT_ACTIONS + tenant_only(extra_actions)))


def tenant_only(actions: Sequence[str]) -> tuple[str, ...]:
    """Keep the actions of the tenants' kind."""
    return tuple(action for action in actions if not is_platform_action(action))


def action_matches(pattern: str, action: str, *, platform: bool) -> bool:
    """Tell whether a pattern of a platform's or a tenant's policy names the action.

    A pattern names actions of its policy's own kind only. A segment `*` stands for any one or more segments
    at the end, for one elsewhere; a `*` inside a segment is a plain character, so it names no real action.
    """
    return is_platform_action(action) == platform and same_shape(pattern, action)


@lru_cache(maxsize=1024)
def same_shape(pattern: str, action: str) -> bool:
    """Compare an action pattern with an action of the same kind, segment by segment."""
    wanted, given = pattern.split(":"), action.split(":")
    if len(wanted) > len(given) or (len(wanted) < len(given) and wanted[-1] != ANY):
        return False
    return all(one in (ANY, other) for one, other in zip(wanted, given, strict=False))


def unknown_actions(
    actions_text: str, *, platform: bool, extra_actions: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return the patterns that name no known action of their kind; `("",)` for an empty list."""
    known = known_actions(platform=platform, extra_actions=extra_actions)
    return tuple(
        pattern for pattern in split_list(actions_text) or ("",)
        if not any(action_matches(pattern, action, platform=platform) for action in known)
    )


def check_actions(actions_text: str, *, platform: bool, extra_actions: Sequence[str] = ()) -> None:
    """Raise InvalidArgument unless the list names known actions of its kind only, and one at least."""
    unknown = unknown_actions(actions_text, platform=platform, extra_actions=extra_actions)
    if unknown == ("",):
        raise InvalidArgument("actions must not be empty")
    if unknown:
        raise InvalidArgument(f"unknown action: {unknown[0]}")


def resource_segments(resource: str) -> list[str]:
    """Split a request's resource: the seventh segment, the id, is all the rest, colons included."""
    return resource.split(":", RESOURCE_SEGMENTS - 1)


def resource_matches(pattern: str, resource: str) -> bool:
    """Tell whether a policy's resource pattern names the request's resource.

    `*` names everything. Any other pattern has exactly seven segments, each `*` (anything, also nothing) or
    literal; the seventh is a glob. A type is named by its singular and by its plural: `function`, `functions`.
    A resource with fewer segments is named by `*` alone. A colon in an id is named by a `*` or `?` of the glob,
    never by a literal.
    """
    prepared = PreparedResource.of(pattern)
    return pattern == ANY or (prepared is not None and prepared.matches(resource_segments(resource)))


class PreparedResource:
    """A resource pattern other than `*` alone, taken apart: the segments that are not `*`, and its glob."""

    __slots__ = ("_fixed", "_glob")

    def __init__(self, segments: Sequence[str]) -> None:
        self._fixed = tuple([(place, text) for place, text in enumerate(segments[:-1]) if text != ANY])
        self._glob = segments[-1]

    @classmethod
    def of(cls, pattern: str) -> PreparedResource | None:
        """Return a pattern, prepared, or None when it names nothing because it has not seven segments."""
        segments = pattern.split(":")
        return cls(segments) if len(segments) == RESOURCE_SEGMENTS else None

    def matches(self, resource: Sequence[str]) -> bool:
        """Tell whether the pattern names the resource with these segments."""
        if len(resource) != RESOURCE_SEGMENTS:
            return False
        for place, text in self._fixed:
            if resource[place] != text and not (place == _TYPE and _same_type(text, resource[place])):
                return False
        return glob_matches(self._glob, resource[-1])


@lru_cache(maxsize=1024)
def _same_type(one: str, other: str) -> bool:
    """Tell whether one word is the plural of the other, as `functions` of `function`, `policies` of `policy`."""
    singular, plural = sorted((one, other), key=len)
    stem = singular[:-1] if singular.endswith("y") else ""
    return singular != "" and plural in (singular + "s", stem + "ies" if stem else singular)


def resources_valid(text: str) -> bool:
    """Tell whether a policy's `resources` names something and each part is `*` or has seven segments."""
    parts = split_list(text)
    return bool(parts) and all(part == ANY or part.count(":") == RESOURCE_SEGMENTS - 1 for part in parts)


def glob_matches(pattern: str, text: str) -> bool:
    """Match a glob: `*` is any run of characters, `?` is one character, everything else is itself."""
    if pattern == ANY:
        return True
    if "?" in pattern:
        return _matches_bit_by_bit(pattern, text)
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if len(first) + len(last) > len(text) or not text.startswith(first) or not text.endswith(last):
        return False
    return _contains_in_order(middle, text, start=len(first), end=len(text) - len(last))


def _contains_in_order(pieces: Sequence[str], text: str, *, start: int, end: int) -> bool:
    """Find the pieces one after the other; taking the leftmost place for each never loses a match."""
    for piece in pieces:
        place = text.find(piece, start, end)
        if place < 0:
            return False
        start = place + len(piece)
    return True


def _matches_bit_by_bit(pattern: str, text: str) -> bool:
    """Run all of a glob's partial matches at once, one bit each: one step a character, no backtracking."""
    step, staying, anything, named = 1, 0, 0, dict[str, int]()
    for character in pattern:
        if character == "*":
            staying |= step
            continue
        if character == "?":
            anything |= step
        else:
            named[character] = named.get(character, 0) | step
        step <<= 1
    reached = 1
    for character in text:
        reached = (reached & (named.get(character, 0) | anything)) << 1 | reached & staying
    return bool(reached & step)
