"""The OpenAPI document is valid, complete and true (contract, section 5)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV31SpecValidator

from controlplane.api.openapi import document
from controlplane.api.openapi_errors import statuses
from controlplane.api.routes import ROUTES, UNKNOWN_PATH, Access
from tests.running_server import RunningServer
from tests.spec.callers import CALLERS
from tests.spec.route_oracle import Row, rows

SERVED = {(route.method, route.path): route for route in ROUTES if route.path != UNKNOWN_PATH}
SCHEMAS = document()["components"]["schemas"]
CHANGED_BY_MANY = (Access.TENANT, Access.KEYS, Access.PLATFORM, Access.OPERATOR, Access.SELF)
CONFLICT = 409
OPERATIONS = [(path, method, operation) for path, methods in document()["paths"].items()
              for method, operation in methods.items()]  # fmt: skip


def _shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path.partition("?")[0]).replace("/rollback/1", "/rollback/{}")


def _valid(value: Any, schema: dict[str, Any]) -> bool:
    return bool(Draft202012Validator({**schema, "components": document()["components"]}).is_valid(value))


def test_the_document_is_openapi_3_1() -> None:
    """Any generator of clients can read it."""
    OpenAPIV31SpecValidator(document()).validate()


def test_every_operation_of_the_table_is_in_it_and_no_other() -> None:
    """A client made from the document reaches everything there is."""
    described = {(method.upper(), path): operation["operationId"] for path, method, operation in OPERATIONS}

    assert {key: route.operation for key, route in SERVED.items()} == described


def test_every_field_is_explained() -> None:
    """Nobody has to guess what a field means, or what form its value has."""
    fields = [(name, field, about) for name, schema in SCHEMAS.items() for field, about in schema["properties"].items()]

    assert [] == [(name, field) for name, field, about in fields if not about["description"]]
    assert [] == [(name, field) for name, field, about in fields if not _has_example(about)]


def test_every_example_is_valid() -> None:
    """What is copied from the document is accepted as it stands."""
    shown = [(about["examples"][0], about) for schema in SCHEMAS.values() for about in schema["properties"].values()
             if "examples" in about]  # fmt: skip
    shown += [(content["example"], content["schema"]) for _, _, operation in OPERATIONS
              for content in operation.get("requestBody", {"content": {}})["content"].values()]  # fmt: skip
    shown += [(content["example"], content["schema"]) for response in document()["components"]["responses"].values()
              for content in response["content"].values()]  # fmt: skip

    assert [] == [example for example, schema in shown if not _valid(example, schema)]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.label)
def test_every_status_that_callers_get_is_documented(row: Row) -> None:
    """A client that handles the documented statuses is never surprised by what the oracle of permissions gives."""
    by_shape = {(method, _shape(path)): route for (method, path), route in SERVED.items()}
    route = by_shape.get((row.method, _shape(row.path)))
    documented = {route.success, *statuses(route)} if route else {401, 403, 404}

    assert {row.expected(column) for column in range(len(CALLERS))} <= documented


def test_every_change_says_that_another_request_may_be_first() -> None:
    """Whoever changes what others change at the same time may be told 409, and is told so beforehand."""
    silent = [route.operation for route in ROUTES
              if route.method in {"POST", "PUT", "PATCH", "DELETE"} and route.access in CHANGED_BY_MANY
              and CONFLICT not in statuses(route)]

    assert [] == silent


def test_it_is_served_to_those_who_are_known(live_server: RunningServer) -> None:
    """The document needs a credential, any one, and is the one that these tests look at."""
    key = {"Authorization": f"Bearer {live_server.bootstrap_key}"}

    nobody, somebody = (live_server.request("GET", "/api/v1/openapi.json", headers=headers) for headers in ({}, key))

    assert (401, "authentication required") == (nobody.status, nobody.json()["error"])
    assert (200, document()) == (somebody.status, somebody.json())


def _has_example(about: dict[str, Any]) -> bool:
    reference = about.get("$ref") or about.get("items", {}).get("$ref")
    return "examples" in about or reference is not None
