"""A function may do what its operations do, and no more: on the wire, and by the letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.recording_endpoint import Seen, uses_of
from tests.template.uses import uses_seen

Properties = dict[str, dict[str, Any]]
TABLE = str({"Fn::GetAtt": ["Table", "Arn"]})
INDEX = "${Table.Arn}/index/"
ON_KINDS = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem",
            "dynamodb:BatchWriteItem"}
NOT_EMPTY = {"dynamodb:LeadingKeys": "false"}
AUDIT = {"AUDIT#*", "AUDITKEY#*"}
WITHOUT_TABLE = {"ReleaseFunction"}
DEPLOYMENTS = ("arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:"
               "${ServerlessDeploymentApplication}/*")  # the groups of this stack's application, by generated names


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(properties: Properties) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in properties.items():
        for policy in resource.get("Policies", []):
            yield from ((name, statement) for statement in policy["Statement"])


def _kinds(statement: dict[str, Any]) -> list[str]:
    """Return the kinds of items that a statement on the table is about; one empty text where it is about all."""
    condition = statement.get("Condition")
    if condition is None:
        return [""]
    assert condition["Null"] == NOT_EMPTY
    return list(condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])


def _granted(properties: Properties) -> Iterator[Seen]:
    for function, statement in _statements(properties):
        for action in _as_list(statement["Action"]):
            service, name = action.split(":")
            for resource in _as_list(statement["Resource"]) if service == "dynamodb" else []:
                if str(resource) == TABLE:
                    yield from (Seen(function, name, kind) for kind in _kinds(statement))
                else:
                    yield Seen(function, name, resource["Fn::Sub"].removeprefix(INDEX))


@pytest.fixture(scope="session")
def uses(dynamodb_endpoint: str, dynamodb_client: Any, table_definition: dict[str, Any],
         tmp_path_factory: pytest.TempPathFactory) -> frozenset[Seen]:
    """What the functions did while every operation was run, and everything else that they can be asked."""
    from devserver.tables import ensure_table

    ensure_table(dynamodb_client, name="uses-first-boot", definition=table_definition)
    return uses_seen(dynamodb_endpoint, tmp_path_factory.mktemp("uses"), empty_table="uses-first-boot")


def test_every_function_was_seen(uses: frozenset[Seen], properties: Properties) -> None:
    """The comparison below is about all functions that have rights of their own."""
    granted = {use.function for use in _granted(properties)}

    assert {use.function for use in uses} == granted == {name for name, _ in _statements(properties)} - WITHOUT_TABLE


def test_what_a_function_does_is_granted(uses: frozenset[Seen], properties: Properties) -> None:
    """Nothing that works here is refused by IAM after it was deployed."""
    assert uses - set(_granted(properties)) == set()


def test_what_is_granted_is_done(uses: frozenset[Seen], properties: Properties) -> None:
    """A right that no operation uses is only of use to an intruder."""
    assert set(_granted(properties)) - uses == set()


def test_a_use_is_seen_item_by_item() -> None:
    """The recorder reads a transaction as IAM does: by the actions and items in it."""
    key = {"pk": {"S": "AUDIT#org#1"}, "sk": {"S": "x"}}
    items = [{"Put": {"Item": key}}, *({verb: {"Key": key}} for verb in ("Update", "Delete", "ConditionCheck"))]

    seen = list(uses_of("F", "TransactWriteItems", {"TransactItems": items}))

    assert seen == [Seen("F", action, "AUDIT#*") for action in ("PutItem", "UpdateItem", "DeleteItem",
                                                                "ConditionCheckItem")]


def test_nobody_can_change_or_delete_an_audit_item(properties: Properties) -> None:
    """The trail is added to, by those who record, and by no other action."""
    writers = {(use.action, use.where) for use in _granted(properties) if use.where in AUDIT}

    assert writers == {("PutItem", kind) for kind in AUDIT}


def test_every_write_is_bound_to_kinds_of_items(properties: Properties) -> None:
    """No pattern reaches another kind, and none reaches everything."""
    written = [use for use in _granted(properties) if f"dynamodb:{use.action}" in ON_KINDS]

    assert [use for use in written if not use.where.rstrip("#*").isupper() or use.where.count("*") > 1] == []


def test_no_action_and_no_resource_is_a_wildcard(properties: Properties) -> None:
    """What a function may do can be read off the template; no statement reaches beyond the stack's own resources."""
    statements = [statement for _, statement in _statements(properties)]

    actions = {action for statement in statements for action in _as_list(statement["Action"])}
    reached = {str(resource) for statement in statements for resource in _as_list(statement["Resource"])}

    assert {action for action in actions if not action.startswith("dynamodb:")} <= {
        "secretsmanager:GetSecretValue", "events:PutEvents", "lambda:InvokeFunction",
        "codedeploy:PutLifecycleEventHookExecutionStatus"}
    assert actions & {"dynamodb:Scan", "dynamodb:GetItem"} == set()
    assert [resource for resource in reached if "*" in resource] == [str({"Fn::Sub": DEPLOYMENTS})]
    assert reached == {
        TABLE, *(str({"Fn::Sub": f"{INDEX}gsi{number}"}) for number in (1, 2, 3, 4)), str({"Ref": "JwtSecret"}),
        str({"Ref": "SealSecret"}), str({"Fn::GetAtt": ["Bus", "Arn"]}), str({"Fn::Sub": DEPLOYMENTS}),
        str({"Ref": "AuthorizerFunction.Version"}), str({"Ref": "ApikeysFunction.Version"}),
    }


def _may_read(properties: Properties, secret: str) -> set[str]:
    return {
        name for name, statement in _statements(properties)
        if {"Ref": secret} in _as_list(statement["Resource"])
    }


def test_only_who_signs_or_verifies_tokens_reads_their_secret(properties: Properties) -> None:
    """Whoever reads the token secret can be anybody, so that it is three functions and no more."""
    assert _may_read(properties, "JwtSecret") == {"AuthorizerFunction", "AuthFunction", "LoginFunction"}


def test_whoever_serves_no_tenant_reads_no_secret(properties: Properties) -> None:
    """Health, the sweep and the bootstrap neither sign nor seal."""
    with_none = {name for name, _ in _statements(properties)} - _may_read(properties, "SealSecret") - _may_read(
        properties, "JwtSecret")

    assert with_none == {"SystemFunction", "SweepFunction", "BootstrapFunction", *WITHOUT_TABLE}


def test_the_bootstrap_is_not_reachable_over_http(properties: Properties) -> None:
    """It hands out the key of the house; only IAM's lambda:InvokeFunction leads to it."""
    assert "Events" not in properties["BootstrapFunction"]
    assert properties["BootstrapFunction"]["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}
