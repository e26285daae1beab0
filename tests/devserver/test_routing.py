"""Which resource answers a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from devserver.deployment import Function, Route
from devserver.routing import NoRoute, Router, UndecodablePath

ROUTES = [
    ("GET", "/keys"),
    ("GET", "/keys/{id}"),
    ("GET", "/keys/special"),
    ("POST", "/keys/{id}/rotate"),
    ("ANY", "/{proxy+}"),
    ("GET", "/"),
]


@pytest.fixture
def router() -> Router:
    """A router over resources that overlap."""
    function = Function("Fn", "arn", Path("."), "app.handler", (), {}, timeout=3, memory=128, log_format="Text")
    return Router(Route(path, method, function, None, "id") for method, path in ROUTES)


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/", "/", {}),
        ("/keys", "/keys", {}),
        ("/keys/", "/keys", {}),
        ("/keys/special", "/keys/special", {}),
        ("/keys/Special", "/keys/{id}", {"id": "Special"}),
        ("/keys/a%20b%2Fc%2520", "/keys/{id}", {"id": "a b/c%20"}),
        ("/keys/a/b", "/{proxy+}", {"proxy": "keys/a/b"}),
        ("/ke%79s", "/{proxy+}", {"proxy": "keys"}),
        ("//keys", "/{proxy+}", {"proxy": "/keys"}),
        ("/keys//", "/{proxy+}", {"proxy": "keys/"}),
        ("/keys/../keys", "/{proxy+}", {"proxy": "keys/../keys"}),
    ],
)
def test_the_most_specific_resource_answers_a_path(
    router: Router, path: str, resource: str, parameters: dict[str, str]
) -> None:
    """Exact wins over parameter wins over proxy; parameters are decoded once and nothing else is normalised."""
    match = router.match("GET", path)

    assert (resource, parameters) == (match.route.resource, match.path_parameters)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/keys"), ("GET", "/keys/x/rotate"), ("HEAD", "/keys/x")])
def test_no_route_for_a_method_that_the_resource_lacks(router: Router, method: str, path: str) -> None:
    """A known path with an unknown method is the gateway's to refuse; a wider resource does not step in."""
    with pytest.raises(NoRoute):
        router.match(method, path)


def test_no_route_for_a_parameter_that_is_not_utf8(router: Router) -> None:
    """A function never sees a path parameter with replacement characters in it."""
    with pytest.raises(UndecodablePath):
        router.match("GET", "/keys/%FF")
