"""The fixtures that other tests stand on."""

from __future__ import annotations

from typing import Any

from tests.running_server import RunningServer


def test_a_fresh_table_is_empty_and_has_the_templates_indexes(dynamodb_client: Any, fresh_table: str) -> None:
    """Every test starts on a table of its own, made from the definition that is deployed."""
    described = dynamodb_client.describe_table(TableName=fresh_table)["Table"]

    indexes = [index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])]
    expiry = dynamodb_client.describe_time_to_live(TableName=fresh_table)["TimeToLiveDescription"]

    assert (0, ["gsi1", "gsi2", "gsi3", "gsi4"]) == (described["ItemCount"], sorted(indexes))
    assert "ttl" == expiry["AttributeName"]


def test_a_live_server_serves_the_product(live_server: RunningServer) -> None:
    """A test that asks for a server gets the whole product, ready, with a key that works."""
    reply = live_server.request(
        "GET", "/api/v1/apikeys", headers={"Authorization": f"Bearer {live_server.bootstrap_key}"}
    )

    assert (200, "ak_admin_bootstrap") == (reply.status, reply.json()[0]["id"])
