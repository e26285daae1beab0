"""The stack that most projects would take: boto3, pynamodb, Powertools with Tracer, and PyJWT, for one look-up."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

import boto3
import jwt
from aws_lambda_powertools import Logger, Tracer
from pynamodb.attributes import ListAttribute, UnicodeAttribute
from pynamodb.models import Model

logger = Logger(service="ironflow")
tracer = Tracer(service="ironflow")
dynamodb = boto3.resource("dynamodb")


class Credential(Model):
    """A key as found by its hash."""

    class Meta:
        """Where the table is."""

        table_name = os.environ["IRONFLOW_TABLE"]
        region = os.environ["AWS_REGION"]
        host = os.environ["AWS_ENDPOINT_URL_DYNAMODB"]

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    key_id = UnicodeAttribute()
    org_id = UnicodeAttribute()
    role_ids: Any = ListAttribute()


@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Look the key and its organization up, and allow."""
    presented = event["headers"]["Authorization"].partition(" ")[2]
    if presented.count(".") == 2:
        jwt.decode(presented, "0" * 32, algorithms=["HS256"])
    key = Credential.get(f"CREDENTIAL#{sha256(presented.encode()).hexdigest()}", "CREDENTIAL", consistent_read=True)
    table = dynamodb.Table(os.environ["IRONFLOW_TABLE"])
    table.get_item(Key={"pk": f"ORG#{key.org_id}", "sk": "ORG"}, ConsistentRead=True)
    logger.info("authorized")
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {"principalId": key.key_id, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
