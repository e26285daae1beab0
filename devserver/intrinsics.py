"""Resolve CloudFormation's functions, with stable stand-ins for what an account would assign."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from devserver.errors import CannotStart

ACCOUNT = "123456789012"
STACK = "ironflow-dev"
API_ID = "local00api"
NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
_PHYSICAL_NAME = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SSM::Parameter": "Name",
}


class Resolver:
    """Evaluates intrinsic functions against one translated template and its parameters."""

    def __init__(self, template: Mapping[str, Any], *, parameters: Mapping[str, str], region: str) -> None:
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        self._conditions: Mapping[str, Any] = template.get("Conditions", {})
        self._mappings: Mapping[str, Any] = template.get("Mappings", {})
        self._parameters = _parameter_values(template.get("Parameters", {}), parameters)
        self.region = region
        self._pseudo: dict[str, Any] = {
            "AWS::Region": region,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": STACK,
            "AWS::StackId": f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{STACK}/local",
            "AWS::NotificationARNs": [],
            "AWS::NoValue": NO_VALUE,
        }

    def exists(self, resource: Mapping[str, Any]) -> bool:
        """Whether the resource's condition, if it has one, holds."""
        return "Condition" not in resource or self.condition(resource["Condition"])

    def condition(self, name: str) -> bool:
        """The value of a named condition."""
        return bool(self.resolve(self._conditions[name]))

    def resolve(self, value: Any) -> Any:
        """Return `value` with every intrinsic function in it replaced by its result."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            function = self._functions().get(name)
            if function is not None:
                return function(argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _functions(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": lambda a: self.resolve(a[0]).join(str(part) for part in self.resolve(a[1])),
            "Fn::If": lambda a: self.resolve(a[1] if self.condition(a[0]) else a[2]),
            "Fn::Equals": lambda a: str(self.resolve(a[0])) == str(self.resolve(a[1])),
            "Fn::Not": lambda a: not self.resolve(a[0]),
            "Fn::And": lambda a: all(self.resolve(a)),
            "Fn::Or": lambda a: any(self.resolve(a)),
            "Condition": lambda a: self.condition(a) if isinstance(a, str) else {"Condition": self.resolve(a)},
            "Fn::Select": lambda a: self.resolve(a[1])[int(self.resolve(a[0]))],
            "Fn::Split": lambda a: str(self.resolve(a[1])).split(self.resolve(a[0])),
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": lambda a: base64.b64encode(str(self.resolve(a)).encode()).decode(),
        }

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        if name not in self._resources:
            raise CannotStart(f"template.yaml refers to {name}, which is neither a parameter nor a resource")
        resource = self._resources[name]
        if resource["Type"] == "AWS::Lambda::Alias":
            return self._get_att([name, "AliasArn"])
        return self._physical_name(name)

    def _physical_name(self, name: str) -> str:
        resource = self._resources[name]
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            return API_ID
        given = resource.get("Properties", {}).get(_PHYSICAL_NAME.get(resource["Type"], ""))
        resolved = NO_VALUE if given is None else self.resolve(given)
        return f"{STACK}-{name}" if resolved is NO_VALUE else str(resolved)

    def _get_att(self, argument: Any) -> str:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if name not in self._resources:
            raise CannotStart(f"template.yaml refers to {name}.{attribute}, but has no such resource")
        kind = self._resources[name]["Type"]
        if (kind, attribute) == ("AWS::Lambda::Function", "Arn"):
            return function_arn(self._physical_name(name), region=self.region)
        if (kind, attribute) == ("AWS::Lambda::Alias", "AliasArn"):
            alias = self._resources[name]["Properties"]
            return f"{function_arn(str(self.resolve(alias['FunctionName'])), region=self.region)}:{alias['Name']}"
        service = kind.split("::")[1].lower()
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{self._physical_name(name)}/{attribute}"

    def _sub(self, argument: Any) -> str:
        text, names = (argument, {}) if isinstance(argument, str) else argument

        def replacement(match: re.Match[str]) -> str:
            literal, name = match[1], match[2].strip()
            if literal:
                return "${" + name + "}"
            if name in names:
                return str(self.resolve(names[name]))
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _VARIABLE.sub(replacement, text)

    def _find_in_map(self, argument: list[Any]) -> Any:
        table, first, second = (self.resolve(part) for part in argument[:3])
        return self.resolve(self._mappings[table][first][second])


def function_arn(name: str, *, region: str) -> str:
    """The ARN of a function, without a version."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def _parameter_values(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise CannotStart(f"template.yaml has no parameter {', '.join(unknown)}")
    return {name: _parameter_value(name, row, given) for name, row in declared.items()}


def _parameter_value(name: str, declaration: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    value = given.get(name, declaration.get("Default", ""))
    allowed = [str(item) for item in declaration.get("AllowedValues", [])]
    if name in given and allowed and value not in allowed:
        raise CannotStart(f"parameter {name} is {value!r}; allowed are {', '.join(allowed)}")
    kind = str(declaration.get("Type", "String"))
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in str(value).split(",")]
    return str(value)
