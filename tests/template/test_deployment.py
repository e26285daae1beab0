"""How the stack is set up, beyond its routes."""

from __future__ import annotations

from typing import Any

from controlplane.storage import schema


def test_the_table_has_the_indexes_of_the_schema(properties: dict[str, dict[str, Any]]) -> None:
    """An access pattern whose index is not deployed fails on its first query."""
    table = properties["Table"]
    promised = {schema.BY_EVENT_TYPE, schema.BY_PLATFORM_KEY, schema.BY_IMPERSONATED_ORG, schema.BY_EXPIRY}

    keys = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in table["GlobalSecondaryIndexes"]
    }

    assert keys == {name: [f"{name}pk", f"{name}sk"] for name in promised}
    assert ["pk", "sk"] == [key["AttributeName"] for key in table["KeySchema"]]


def test_the_table_outlives_a_mistake(written: dict[str, Any]) -> None:
    """Neither a deleted stack nor a bad write loses what the table holds."""
    table = written["Resources"]["Table"]

    assert ("Retain", "Retain") == (table["DeletionPolicy"], table["UpdateReplacePolicy"])
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}
    assert written["Parameters"]["ProtectTable"]["Default"] == "true"


def test_the_runtime_is_named_once(written: dict[str, Any]) -> None:
    """A new Python on Lambda is one changed default."""
    named = [name for name, resource in written["Resources"].items() if "Runtime" in resource.get("Properties", {})]

    assert named == []
    assert written["Globals"]["Function"]["Runtime"] == {"Ref": "Runtime"}
    assert written["Parameters"]["Runtime"]["Default"] == "python3.13"


def test_no_log_holds_a_query_or_a_body(properties: dict[str, dict[str, Any]]) -> None:
    """`?token=` is a credential, so neither the access log nor the gateway's own log shows what a caller sent."""
    api = properties["Api"]

    logged = api["AccessLogSetting"]["Format"]

    assert [] == [word for word in ("$context.path", "querystring", "$input", "$context.error") if word in logged]
    assert [False] == [setting["DataTraceEnabled"] for setting in api["MethodSettings"]]


def test_logs_do_not_grow_forever(written: dict[str, Any]) -> None:
    """Every log group has a retention, and every function writes to one of them."""
    groups = [found for found in written["Resources"].values() if found["Type"] == "AWS::Logs::LogGroup"]

    assert {"Ref": "FunctionLog"} == written["Globals"]["Function"]["LoggingConfig"]["LogGroup"]
    assert [{"RetentionInDays": {"Ref": "LogRetentionDays"}}] * 2 == [group["Properties"] for group in groups]
