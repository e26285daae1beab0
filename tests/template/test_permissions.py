"""A function may do what its operations need, and no more."""

from __future__ import annotations

from typing import Any

Properties = dict[str, dict[str, Any]]
READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"}
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}


def _statements(properties: Properties) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, statement)
        for name, resource in properties.items()
        for policy in resource.get("Policies", [])
        for statement in policy["Statement"]
    ]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _actions(properties: Properties, function: str) -> set[str]:
    return {
        action
        for name, statement in _statements(properties)
        for action in _as_list(statement["Action"])
        if name == function
    }


def test_every_action_is_named(properties: Properties) -> None:
    """No wildcard and no Scan: what a function may do to the table can be read off the template."""
    granted = {action for _, statement in _statements(properties) for action in _as_list(statement["Action"])}

    assert granted == READS | WRITES | {"secretsmanager:GetSecretValue"}


def test_every_resource_is_ours(properties: Properties) -> None:
    """No statement reaches beyond the stack's own table, its indexes by name, and its secret."""
    reached = {
        str(resource) for _, statement in _statements(properties) for resource in _as_list(statement["Resource"])
    }

    assert reached == {
        str({"Fn::GetAtt": ["Table", "Arn"]}),
        *(str({"Fn::Sub": f"${{Table.Arn}}/index/gsi{number}"}) for number in (1, 2, 3)),
        str({"Ref": "JwtSecret"}),
        str({"Ref": "SealSecret"}),
    }


def test_only_what_signs_or_verifies_sessions_reads_their_secret(properties: Properties) -> None:
    """A hole in any other function forges no session: it cannot read what sessions are signed with."""
    readers = {
        name for name, statement in _statements(properties)
        if {"Ref": "JwtSecret"} in _as_list(statement["Resource"])
    }

    assert readers == {"AuthorizerFunction", "AuthFunction", "LoginFunction"}


def test_whoever_neither_signs_nor_seals_cannot_read_the_secret(properties: Properties) -> None:
    """Tokens are signed and cursors are sealed with it; public operations that do neither never hold it."""
    without = {
        name
        for name, resource in properties.items()
        if "Events" in resource and "secretsmanager:GetSecretValue" not in _actions(properties, name)
    }

    assert without == {"SystemFunction"}


def test_only_what_cleans_up_writes_without_a_transaction(properties: Properties) -> None:
    """Every change is a transaction with its audit event, but for removing what a deletion left behind."""
    writers = {name for name in properties if "dynamodb:BatchWriteItem" in _actions(properties, name)}

    assert writers == {"EnvironmentsFunction", "OrgsFunction", "ProjectsFunction", "TenantsFunction"}


def test_the_audit_trail_is_not_written_by_its_reader(properties: Properties) -> None:
    """Whoever reads the trail cannot change it."""
    assert _actions(properties, "AuditFunction") & WRITES == set()


def test_the_authorizer_deletes_nothing(properties: Properties) -> None:
    """The one function that sees every credential can neither delete nor list."""
    assert _actions(properties, "AuthorizerFunction") & {"dynamodb:DeleteItem", "dynamodb:Query"} == set()
