"""Print every IAM policy of the translated template, its references made ARNs: `python -m tests.template.policies`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from devserver.template import translate_template
from tests.template.conftest import TEMPLATE

# What an ARN looks like after the partition, region and account; IAM's linter holds actions against it.
ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:123456789012:table/{}",
    "AWS::Events::EventBus": "arn:aws:events:us-east-1:123456789012:event-bus/{}",
    "AWS::Lambda::Alias": "arn:aws:lambda:us-east-1:123456789012:function:{}:live",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:123456789012:function:{}",
    "AWS::Lambda::Version": "arn:aws:lambda:us-east-1:123456789012:function:{}:1",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:123456789012:log-group:{}:*",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:123456789012:{}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:{}-AbCdEf",
}
REFERRED_TO_BY_ARN = {"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::SecretsManager::Secret"}
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012",
          "AWS::StackName": "ironflow"}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")

Resources = Mapping[str, Any]


def policies(resources: Resources) -> Iterator[tuple[str, Any]]:
    """Yield every policy that a role of the template has, with the name of both."""
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", []):
                yield f"{name}/{policy['PolicyName']}", _plain(policy["PolicyDocument"], resources)
        elif resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            yield name, _plain(resource["Properties"]["PolicyDocument"], resources)


def _plain(value: Any, resources: Resources) -> Any:
    """Return a document without intrinsic functions; raises KeyError at a reference of an unknown kind."""
    if isinstance(value, list):
        return [_plain(item, resources) for item in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Ref"}:
        return _named(value["Ref"], resources)
    if set(value) == {"Fn::GetAtt"}:
        return _arn(value["Fn::GetAtt"][0], resources)
    if set(value) == {"Fn::Sub"}:
        return _VARIABLE.sub(lambda found: _filled(found[1], resources), value["Fn::Sub"])
    return {key: _plain(item, resources) for key, item in value.items()}


def _filled(variable: str, resources: Resources) -> str:
    name, _, attribute = variable.partition(".")
    return _arn(name, resources) if attribute else _named(name, resources)


def _named(name: str, resources: Resources) -> str:
    """Return what a reference gives: of a secret, a version or an alias its ARN, of everything else its name."""
    if name in PSEUDO:
        return PSEUDO[name]
    return _arn(name, resources) if resources[name]["Type"] in REFERRED_TO_BY_ARN else name


def _arn(name: str, resources: Resources) -> str:
    return ARNS[resources[name]["Type"]].format(name)


if __name__ == "__main__":
    json.dump(dict(policies(translate_template(TEMPLATE)["Resources"])), sys.stdout, indent=1)
