"""Where the services of AWS are looked for."""

from __future__ import annotations

from controlplane.settings import Settings

REQUIRED = {"IRONFLOW_TABLE": "ironflow", "AWS_REGION": "eu-central-1"}


def test_a_service_is_found_where_the_variables_of_every_sdk_say() -> None:
    """One address for everything serves DynamoDB and Secrets Manager alike; a service's own address wins."""
    everywhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    one_apart = everywhere | {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000"}

    found = [Settings.from_environment(REQUIRED | more) for more in ({}, everywhere, one_apart)]

    assert [
        ("", ""),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:4566"),
    ] == [(settings.endpoint, settings.secrets_endpoint) for settings in found]


def test_roots_are_trusted_where_the_variable_of_every_sdk_says() -> None:
    """A network with a root of its own names it once, in AWS_CA_BUNDLE, for the authorizer and the handlers alike."""
    found = [Settings.from_environment(REQUIRED | more) for more in ({}, {"AWS_CA_BUNDLE": "/opt/own.pem"})]

    assert ["", "/opt/own.pem"] == [settings.ca_bundle for settings in found]
