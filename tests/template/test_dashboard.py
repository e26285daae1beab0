"""operations/dashboard.yaml shows what there is to see."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from controlplane.gateway.observability import _report
from tests.template.conftest import TEMPLATE

# What AWS documents for a REST API, a function and a table, as far as it is shown.
AWS = {
    ("AWS/ApiGateway", ("ApiName", "Stage")): {"Count", "4XXError", "5XXError", "Latency"},
    ("AWS/Lambda", ("FunctionName",)): {"Invocations", "Errors", "Throttles", "Duration"},
    ("AWS/DynamoDB", ("TableName",)): {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits",
                                       "ReadThrottleEvents", "WriteThrottleEvents"},
}
_SEARCH = re.compile(r"""SEARCH\('\{([^}]+)\} MetricName="(\w+)" """)

Shown = set[tuple[str, tuple[str, ...], str]]


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    """The dashboard's template."""
    tree: dict[str, Any] = yaml_parse((TEMPLATE.parent / "operations/dashboard.yaml").read_text(encoding="utf-8"))
    return tree


@pytest.fixture(scope="module")
def widgets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """What it shows, in every stack alike."""
    shown: list[dict[str, Any]] = json.loads(_text(dashboard))["widgets"]
    return shown


def _text(dashboard: dict[str, Any]) -> str:
    return str(dashboard["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])


def _shown(widgets: list[dict[str, Any]]) -> Shown:
    """Return namespace, dimensions and name of every metric."""
    shown: Shown = set()
    for row in (row for widget in widgets for row in widget["properties"]["metrics"]):
        if isinstance(row[0], dict):
            ((schema, name),) = _SEARCH.findall(row[0]["expression"])
            namespace, *dimensions = schema.split(",")
        else:
            namespace, name, *rest = [part for part in row if isinstance(part, str)]
            dimensions = rest[::2]
        shown.add((namespace, tuple(sorted(dimensions)), name))
    return shown


def test_it_shows_every_figure_of_the_product_and_no_other(
    widgets: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudWatch finds a metric by namespace, name and all dimensions: one letter off, and a widget stays empty."""
    _report("list_keys", 200, stage="dev", milliseconds=1.0)
    (told,) = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]

    emitted = {(told["Namespace"], tuple(sorted(dimensions)), metric["Name"])
               for dimensions in told["Dimensions"] for metric in told["Metrics"]}

    assert emitted == {row for row in _shown(widgets) if not row[0].startswith("AWS/")}


def test_whatever_else_it_shows_is_a_metric_of_aws(widgets: list[dict[str, Any]]) -> None:
    """Nothing is asked of a service that it does not measure by these dimensions."""
    emitted = {(namespace, dimensions, name) for (namespace, dimensions), names in AWS.items() for name in names}

    assert emitted == {row for row in _shown(widgets) if row[0].startswith("AWS/")}


def test_it_asks_for_what_the_stack_tells(dashboard: dict[str, Any], written: dict[str, Any]) -> None:
    """Every name in it is a parameter, and each of those is an output or a choice of the stack that it shows."""
    named = set(re.findall(r"\$\{(\w+)\}", _text(dashboard)))

    assert named == set(dashboard["Parameters"])
    assert named - {"Stack", "Stage"} <= set(written["Outputs"])
