"""What is deployed can be watched: traces, logs and figures of every function and of the stage."""

from __future__ import annotations

from typing import Any

import pytest

from devserver.template import translate_template
from tests.template.conftest import TEMPLATE

Resources = dict[str, dict[str, Any]]
GROUP = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${FunctionLog}"
OWN_LOG = [{"Fn::Sub": GROUP}, {"Fn::GetAtt": ["FunctionLog", "Arn"]}]


@pytest.fixture(scope="module")
def translated() -> Resources:
    """The template's resources as CloudFormation gets them."""
    resources: Resources = translate_template(TEMPLATE)["Resources"]
    return resources


def _of(resources: Resources, kind: str) -> dict[str, Any]:
    return {name: found["Properties"] for name, found in resources.items() if found["Type"] == kind}


def test_every_function_and_the_stage_are_traced(translated: Resources) -> None:
    """A slow request can be followed from the gateway to the table, whichever function it reached."""
    functions, (stage,) = _of(translated, "AWS::Lambda::Function"), _of(translated, "AWS::ApiGateway::Stage").values()

    untraced = [name for name, found in functions.items() if found.get("TracingConfig") != {"Mode": "Active"}]

    assert (len(functions), untraced, stage["TracingEnabled"]) == (18, [], True)


def test_every_function_logs_json_into_a_group_that_ends(translated: Resources) -> None:
    """Lines can be searched by field, and none of them is kept forever."""
    functions = _of(translated, "AWS::Lambda::Function")

    logging = {"LogFormat": "JSON", "LogGroup": {"Ref": "FunctionLog"}}

    assert [] == [name for name, found in functions.items() if found.get("LoggingConfig") != logging]
    assert all("RetentionInDays" in found for found in _of(translated, "AWS::Logs::LogGroup").values())


def test_the_access_log_is_kept_apart(translated: Resources) -> None:
    """Who may read requests need not read what functions say, and the other way round."""
    (stage,) = _of(translated, "AWS::ApiGateway::Stage").values()

    assert stage["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": ["AccessLog", "Arn"]}


def test_no_function_can_write_to_a_log_that_is_not_its_own(translated: Resources) -> None:
    """SAM's managed policy reaches every log group of the account; a denial takes all but ours away from every role."""
    policy, roles = _of(translated, "AWS::IAM::ManagedPolicy")["OwnLogOnly"], _of(translated, "AWS::IAM::Role")

    logging = {name for name, role in roles.items()
               if any("BasicExecution" in str(arn) for arn in role.get("ManagedPolicyArns", []))}
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert {role["Ref"] for role in policy["Roles"]} == logging
    assert statement == {"Effect": "Deny", "NotResource": OWN_LOG, "Action": [
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]}
    assert logging == {found["Role"]["Fn::GetAtt"][0] for found in _of(translated, "AWS::Lambda::Function").values()}


def test_only_the_attached_authorizer_denies_what_the_binder_refuses(translated: Resources) -> None:
    """At our own API a Deny would turn every 403 into the gateway's 401."""
    denying = {name for name, found in _of(translated, "AWS::Lambda::Function").items()
               if "DENY_AT_GATEWAY" in found["Environment"]["Variables"]}

    assert denying == {"AttachedAuthorizerFunction"}
