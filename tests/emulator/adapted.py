"""The built template as the emulator can take it; each difference is named here and in docs/deploy.md."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

# An alarm on metric math fails the emulator's whole stack; the release check is CodeDeploy's.
LEFT_OUT = ("TableThrottlesAlarm", "ReleaseFunction")


def adapted_template(built: Path) -> Path:
    """Write the adapted template beside the built one, and return its path.

    The emulator draws secrets of any characters, whatever GenerateSecretString says: they are given instead.
    """
    from samtranslator.yaml_helper import yaml_parse

    template = yaml_parse(built.read_text())
    resources = template["Resources"]
    for name in LEFT_OUT:
        del resources[name]
    _without_versions(template)
    for resource in resources.values():
        if resource["Type"] == "AWS::SecretsManager::Secret":
            del resource["Properties"]["GenerateSecretString"]
            resource["Properties"]["SecretString"] = secrets.token_hex(32)
    adapted = built.with_name("adapted.json")
    adapted.write_text(json.dumps(template))
    return adapted


def _without_versions(template: dict[str, Any]) -> None:
    """Let every function be its newest version: the emulator has no CodeDeploy that would move requests."""
    for name in ("AutoPublishAlias", "DeploymentPreference"):
        del template["Globals"]["Function"][name]
    resources = template["Resources"]
    for resource in resources.values():
        resource["Properties"].pop("AutoPublishAliasAllProperties", None)
    del resources["Api"]["DependsOn"]
    authorizer = resources["Api"]["Properties"]["Auth"]["Authorizers"]["RequestAuthorizer"]
    authorizer["FunctionArn"] = {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]}
