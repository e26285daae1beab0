"""How the stack is set up, beyond its routes."""

from __future__ import annotations

from typing import Any

from controlplane.storage import schema
from devserver.deployment import Deployment
from tests.template.conftest import TEMPLATE


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
    assert {False} == {setting["DataTraceEnabled"] for setting in api["MethodSettings"]}


def test_logs_do_not_grow_forever(written: dict[str, Any]) -> None:
    """Every log group has a retention, and every function writes to one of them."""
    groups = [found for found in written["Resources"].values() if found["Type"] == "AWS::Logs::LogGroup"]

    assert {"Ref": "FunctionLog"} == written["Globals"]["Function"]["LoggingConfig"]["LogGroup"]
    assert [{"RetentionInDays": {"Ref": "LogRetentionDays"}}] * 2 == [group["Properties"] for group in groups]


def test_logins_have_a_throttle_of_their_own(properties: dict[str, dict[str, Any]]) -> None:
    """A password costs a quarter second of processor, so both logins are bounded apart from everything else."""
    settings = {row["ResourcePath"]: row for row in properties["Api"]["MethodSettings"]}

    rates = {path: row["ThrottlingRateLimit"]["Ref"] for path, row in settings.items()}

    assert rates == {"/*": "ThrottleRate", "/~1api~1v1~1auth~1login": "LoginThrottleRate",
                     "/~1api~1v1~1platform~1auth~1login": "LoginThrottleRate"}


def test_every_alarm_notifies_and_is_explained(written: dict[str, Any]) -> None:
    """An alarm that nobody hears, or whose page nobody wrote, is no alarm."""
    page = (TEMPLATE.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    alarms = {name: found["Properties"] for name, found in written["Resources"].items()
              if found["Type"] == "AWS::CloudWatch::Alarm"}

    silent = [name for name, alarm in alarms.items() if "AlarmTopicArn" not in str(alarm.get("AlarmActions"))]

    assert len(alarms) >= 7
    assert silent == []
    assert [name for name in alarms if f"`{name}`" not in page] == []


def test_the_sweep_runs_on_a_schedule_and_its_failures_are_kept(properties: dict[str, dict[str, Any]]) -> None:
    """A schedule that cannot reach it, and a run that fails for good, both end in the queue that an alarm watches."""
    sweep = properties["SweepFunction"]

    ((_, event),) = sweep["Events"].items()

    assert (event["Type"], event["Properties"]["ScheduleExpression"]) == ("ScheduleV2", {"Ref": "SweepSchedule"})
    queue = {"Fn::GetAtt": ["SweepFailures", "Arn"]}
    assert event["Properties"]["DeadLetterConfig"] == {"Arn": queue}
    assert sweep["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"] == queue


def test_what_costs_extra_is_there_on_request_only(written: dict[str, Any], deployment: Deployment) -> None:
    """WAF and a domain of one's own, with TLS 1.2 or newer, are parameters, off by default."""
    asked_for = {found["Condition"] for found in written["Resources"].values() if "Condition" in found}

    assert asked_for >= {"HasWaf", "HasDomain"}
    assert (written["Parameters"]["UseWaf"]["Default"], written["Parameters"]["DomainName"]["Default"]) == ("false", "")
    assert written["Resources"]["Domain"]["Properties"]["SecurityPolicy"] == "TLS_1_2"


def test_a_new_version_is_checked_and_taken_back_when_an_alarm_rings(written: dict[str, Any]) -> None:
    """Every function that serves moves by canary, with the key journey before and the alarms during it."""
    preference = written["Globals"]["Function"]["DeploymentPreference"]
    functions = {name: found["Properties"] for name, found in written["Resources"].items()
                 if found["Type"] == "AWS::Serverless::Function"}

    apart = [name for name, found in functions.items() if "DeploymentPreference" in found]
    stale = [name for name, found in functions.items() if not found["AutoPublishAliasAllProperties"]]

    assert preference["Hooks"] == {"PreTraffic": {"Ref": "ReleaseFunction"}}
    assert preference["Alarms"] == [{"Ref": "ServerErrorsAlarm"}, {"Ref": "AuthorizerErrorsAlarm"}]
    assert (apart, stale) == (["ReleaseFunction"], [])
    assert written["Parameters"]["DeploymentType"]["Default"] == "Canary10Percent5Minutes"
