"""Evaluate the policy that an authorizer returns, against the ARN of one method."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

INVOKE = "execute-api:Invoke"
_KNOWN_KEYS = frozenset({"Sid", "Effect", "Action", "Resource", "Principal"})


class UnusablePolicy(Exception):
    """The document is no policy that can be evaluated."""


def allows(document: Any, method_arn: str) -> bool:
    """Whether the policy allows the method: a matching Deny always wins, and no match is a refusal.

    Raises UnusablePolicy for anything that is not understood, conditions included: never an allow by accident.
    """
    effects = {
        statement["Effect"]
        for statement in _statements(document)
        if _matches(statement["Action"], INVOKE.lower(), fold=True)
        and _matches(statement["Resource"], method_arn, fold=False)
    }
    return effects == {"Allow"}


def _statements(document: Any) -> list[Mapping[str, Any]]:
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise UnusablePolicy("no statement")
    for statement in statements:
        if not isinstance(statement, Mapping) or not set(statement) <= _KNOWN_KEYS:
            raise UnusablePolicy("a statement has unknown parts")
        if statement.get("Effect") not in ("Allow", "Deny") or not {"Action", "Resource"} <= set(statement):
            raise UnusablePolicy("a statement lacks its effect, action or resource")
    return statements


def _matches(patterns: Any, value: str, *, fold: bool) -> bool:
    rows = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(rows, list) or not rows or not all(isinstance(row, str) for row in rows):
        raise UnusablePolicy("an action or a resource is not a string")
    return any(_glob(row.lower() if fold else row, value) for row in rows)


def _glob(pattern: str, value: str) -> bool:
    if pattern == value or pattern == "*":
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None
