"""The fixtures that other tests stand on."""

from __future__ import annotations

from typing import Any


def test_a_fresh_table_is_empty_and_has_the_templates_indexes(dynamodb_client: Any, fresh_table: str) -> None:
    """Every test starts on a table of its own, made from the definition that is deployed."""
    described = dynamodb_client.describe_table(TableName=fresh_table)["Table"]

    indexes = [index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])]
    expiry = dynamodb_client.describe_time_to_live(TableName=fresh_table)["TimeToLiveDescription"]

    assert (0, ["gsi1", "gsi2", "gsi3", "gsi4"]) == (described["ItemCount"], sorted(indexes))
    assert "ttl" == expiry["AttributeName"]
