"""Create a template's tables in a DynamoDB stand-in when they are missing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from devserver.errors import CannotStart

if TYPE_CHECKING:
    from botocore.client import BaseClient

DUMMY_CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
CREATE_TABLE_PROPERTIES = frozenset(
    {"AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"}
)


def connect(endpoint: str, *, region: str) -> BaseClient:
    """Return a DynamoDB client for a local endpoint; no real credential ever leaves through it."""
    import botocore.config
    import botocore.session

    config = botocore.config.Config(connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 2})
    session = botocore.session.Session()
    return session.create_client(
        "dynamodb", region_name=region, endpoint_url=endpoint, config=config, **DUMMY_CREDENTIALS
    )


def ensure_table(client: BaseClient, *, name: str, definition: Mapping[str, Any]) -> bool:
    """Create the table that an AWS::DynamoDB::Table's properties describe; False when it was there already.

    Two servers on one store may both try: the second one waits for the table of the first.
    Raises CannotStart when the endpoint does not answer, or refuses.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        if name in _table_names(client):
            return False
        wanted = {key: value for key, value in definition.items() if key in CREATE_TABLE_PROPERTIES}
        with suppress(client.exceptions.ResourceInUseException):
            client.create_table(TableName=name, **{"BillingMode": "PAY_PER_REQUEST"} | wanted)
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        _set_expiry(client, name, definition.get("TimeToLiveSpecification"))
    except (BotoCoreError, ClientError) as error:
        raise CannotStart(f"cannot create the table {name}: {error}") from error
    return True


def _table_names(client: BaseClient) -> set[str]:
    pages = client.get_paginator("list_tables").paginate()
    return {name for page in pages for name in page["TableNames"]}


def _set_expiry(client: BaseClient, name: str, specification: Mapping[str, Any] | None) -> None:
    described = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if specification and described["TimeToLiveStatus"] == "DISABLED":
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=dict(specification))
