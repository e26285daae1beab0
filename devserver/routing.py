"""Choose the route of a request as API Gateway does: on the path as it came, the most specific resource first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import msgspec

from devserver.deployment import Route

_LITERAL, _PARAMETER, _GREEDY = range(3)


class Match(msgspec.Struct, frozen=True):
    """The route of a request and its path parameters, decoded once."""

    route: Route
    path_parameters: Mapping[str, str]


class NoRoute(Exception):
    """No resource has this path, or the resource has no such method."""


class UndecodablePath(Exception):
    """A path parameter is not UTF-8 behind its percent signs."""


class Router:
    """Finds routes. Exact resources win over `{parameter}`, those over `{proxy+}`, segment by segment."""

    def __init__(self, routes: Iterable[Route]) -> None:
        resources: dict[str, dict[str, Route]] = defaultdict(dict)
        for route in routes:
            resources[route.resource][route.method] = route
        self._exact = {path: methods for path, methods in resources.items() if "{" not in path}
        patterns = [(_segments(path), methods) for path, methods in resources.items() if "{" in path]
        self._patterns = sorted(patterns, key=lambda row: _specificity(row[0]))

    def match(self, method: str, path: str) -> Match:
        """Return the route for a method and an undecoded path.

        The resource is chosen by the path alone: a method that it lacks is NoRoute, even if a wider resource has it.
        """
        path = without_trailing_slash(path)
        if path in self._exact:
            return Match(_method_of(self._exact[path], method), {})
        segments = _segments(path)
        for pattern, methods in self._patterns:
            values = _bind(pattern, segments)
            if values is not None:
                return Match(_method_of(methods, method), _decode(values))
        raise NoRoute


def without_trailing_slash(path: str) -> str:
    """`/a/` and `/a` are the same resource; nothing else is normalised."""
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def _segments(path: str) -> list[str]:
    return path.split("/")[1:]


def _kind(segment: str) -> int:
    if not (segment.startswith("{") and segment.endswith("}")):
        return _LITERAL
    return _GREEDY if segment.endswith("+}") else _PARAMETER


def _specificity(pattern: list[str]) -> list[int]:
    return [_kind(segment) for segment in pattern]


def _bind(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for position, part in enumerate(pattern):
        kind = _kind(part)
        if kind == _GREEDY:
            rest = "/".join(segments[position:])
            return values | {part[1:-2]: rest} if rest else None
        if position >= len(segments):
            return None
        actual = segments[position]
        if kind == _LITERAL and part != actual:
            return None
        if kind == _PARAMETER:
            if not actual:
                return None
            values[part[1:-1]] = actual
    return values if len(pattern) == len(segments) else None


def _decode(values: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: unquote(value, errors="strict") for name, value in values.items()}
    except UnicodeDecodeError:
        raise UndecodablePath from None


def _method_of(methods: Mapping[str, Route], method: str) -> Route:
    route = methods.get(method) or methods.get("ANY")
    if route is None:
        raise NoRoute
    return route
