"""The secret that the template generates is one that the functions accept."""

from __future__ import annotations

from typing import Any

import botocore.session
from moto import mock_aws

from controlplane.security.token_secrets import SHORTEST, parse_token_secrets


@mock_aws
def test_a_generated_secret_signs_tokens(properties: dict[str, dict[str, Any]]) -> None:
    """A fresh deployment can log users in: what Secrets Manager makes up is hex, and long enough."""
    generator = botocore.session.get_session().create_client("secretsmanager", region_name="us-east-1")

    made = [generator.get_random_password(**properties[name]["GenerateSecretString"])["RandomPassword"]
            for name in ("JwtSecret", "SealSecret") for _ in range(20)]

    assert all(len(secret.key()) >= SHORTEST for text in made for secret in parse_token_secrets(text, source="test"))
