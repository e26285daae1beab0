"""The built template as the emulator can take it; each difference is named here and in docs/deploy.md."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

# An alarm on metric math fails the emulator's whole stack; the release check is called by CodeDeploy, which it lacks,
# as it lacks what puts WAF before an API.
LEFT_OUT = ("TableThrottlesAlarm", "ReleaseFunction", "WebAclOfApi")


def adapted_template(built: Path) -> Path:
    """Write the adapted template beside the built one, and return its path.

    The emulator draws secrets of any characters, whatever GenerateSecretString says: they are given instead.
    """
    from samtranslator.yaml_helper import yaml_parse

    template = yaml_parse(built.read_text())
    resources = template["Resources"]
    for name in LEFT_OUT:
        del resources[name]
    _without_code_deploy(template)
    for resource in resources.values():
        if resource["Type"] == "AWS::SecretsManager::Secret":
            del resource["Properties"]["GenerateSecretString"]
            resource["Properties"]["SecretString"] = secrets.token_hex(32)
    adapted = built.with_name("adapted.json")
    adapted.write_text(json.dumps(template))
    return adapted


def _without_code_deploy(template: dict[str, Any]) -> None:
    """Let the alias move to a new version at once."""
    del template["Globals"]["Function"]["DeploymentPreference"]
    roles = template["Resources"]["OwnLogOnly"]["Properties"]["Roles"]
    roles.remove({"Ref": "ReleaseFunctionRole"})
