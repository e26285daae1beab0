"""The authorizer, reading through boto3 instead of its own client."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from controlplane.authorizer_bootstrap import authorizer_parts
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.gateway.authorizer.outcome import logged
from controlplane.settings import Settings
from controlplane.storage.identity_reader import LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.lean.errors import DynamoError


@cache
def _authorizer() -> Authorizer:
    settings = Settings.from_environment(os.environ)
    client = boto3.client("dynamodb")

    def batch_get(table: str, keys: list[Any], _deadline: float) -> list[Any]:
        reply = client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
        items: list[Any] = reply["Responses"][table]
        return items

    def call(operation: str, payload: dict[str, Any], **_how: Any) -> dict[str, Any]:
        try:
            if operation != "UpdateItem":
                raise NotImplementedError(operation)
            reply: dict[str, Any] = client.update_item(**payload)
        except ClientError as error:
            raise DynamoError(error.response["Error"]["Code"]) from None
        return reply

    reader, writer = LeanIdentityReader(batch_get, settings.table), LeanIdentityWriter(call, settings.table)
    return Authorizer(replace(authorizer_parts(settings), reader=reader, writer=writer))


@logged
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer as the product's authorizer does."""
    return _authorizer().authorize(event)
