"""What the functions of a template come to on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devserver.errors import CannotStart
from devserver.intrinsics import NO_VALUE, Resolver
from devserver.template import load_template

FIXTURE = Path(__file__).with_name("fixture") / "template.yaml"
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Name": {"Default": "ada"}, "List": {"Type": "CommaDelimitedList", "Default": "a, b"}},
    "Conditions": {"IsAda": {"Fn::Equals": [{"Ref": "Name"}, "ada"]}, "Not": {"Fn::Not": [{"Condition": "IsAda"}]}},
    "Mappings": {"Map": {"x": {"y": 7}}},
    "Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "named"}},
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {}},
    },
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Name"}, "ada"),
        ({"Ref": "List"}, ["a", "b"]),
        ({"Ref": "Table"}, "named"),
        ({"Ref": "Fn"}, "ironflow-dev-Fn"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::NoValue"}, NO_VALUE),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"Fn::GetAtt": ["Fn", "Arn"]}, "arn:aws:lambda:eu-west-1:123456789012:function:ironflow-dev-Fn"),
        ({"Fn::Sub": "${Name}-${AWS::AccountId}-${!x}"}, "ada-123456789012-${x}"),
        ({"Fn::Sub": "${Table.Arn}"}, "arn:aws:dynamodb:eu-west-1:123456789012:named/Arn"),
        ({"Fn::Sub": ["${Own}!", {"Own": {"Ref": "Name"}}]}, "ada!"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-ada"),
        ({"Fn::If": ["IsAda", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Not", "yes", "no"]}, "no"),
        ({"Fn::And": [{"Condition": "IsAda"}, {"Condition": "Not"}]}, False),
        ({"Fn::Or": [{"Condition": "IsAda"}, {"Condition": "Not"}]}, True),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Map", "x", "y"]}, 7),
        ({"Fn::Base64": "a"}, "YQ=="),
    ],
)  # fmt: skip
def test_an_intrinsic_function_resolves(value: Any, expected: Any) -> None:
    """Functions get the values that a deployment would give them, or stable stand-ins."""
    resolver = Resolver(TEMPLATE, parameters={}, region="eu-west-1")

    assert expected == resolver.resolve(value)


def test_a_dangling_reference_stops_the_start() -> None:
    """A typo in the template is found here, not in an account."""
    with pytest.raises(CannotStart, match="Nowhere"):
        Resolver(TEMPLATE, parameters={}, region="eu-west-1").resolve({"Ref": "Nowhere"})


def test_a_parameter_given_by_hand_replaces_its_default() -> None:
    """`--parameter Word=bye` is what a deployment with that value would be."""
    deployment = load_template(FIXTURE, parameters={"Word": "bye"})

    assert {"bye-dev"} == {function.environment["WORD"] for function in deployment.functions}


def test_an_unreadable_guard_stops_the_start(tmp_path: Path) -> None:
    """A route whose authorizer cannot be enforced here is never served open."""
    text = FIXTURE.read_text().replace("DefaultAuthorizer: Guard", "DefaultAuthorizer: AWS_IAM")
    (tmp_path / "template.yaml").write_text(text)

    with pytest.raises(CannotStart, match="guarded by"):
        load_template(tmp_path / "template.yaml")
