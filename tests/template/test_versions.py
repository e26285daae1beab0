"""A change reaches the alias that serves: a version is published only when its name or its description changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from devserver.template import translate_template
from tests.template.conftest import TEMPLATE

Resources = dict[str, dict[str, Any]]
LAYERS = ("DependenciesLayer", "ConditionsLayer", "ControlplaneLayer")


def _translated(path: Path = TEMPLATE, **parameters: str) -> Resources:
    resources: Resources = translate_template(path, parameters=parameters)["Resources"]
    return resources


def _versions(resources: Resources) -> dict[str, tuple[str, str]]:
    """Return what makes CloudFormation publish: each function's version by its name and its description."""
    return {
        found["Properties"]["FunctionName"]["Ref"]: (name, str(found["Properties"]["Description"]))
        for name, found in resources.items() if found["Type"] == "AWS::Lambda::Version"
    }


def _told(resources: Resources, parameters: set[str]) -> set[str]:
    """Return the parameters that some function is given, in its variables or anywhere else."""
    functions = [str(found) for found in resources.values() if found["Type"] == "AWS::Lambda::Function"]
    return {name for text in functions for name in re.findall(r"'Ref': '(\w+)'", text)} & parameters


@pytest.fixture(scope="module")
def before() -> Resources:
    """The template as it is, with its defaults."""
    return _translated()


def test_a_parameter_that_changes_publishes_every_function(before: Resources) -> None:
    """Origins that were taken away, or an action that was declared, are in force once the deployment is through."""
    after = _versions(_translated(CorsOrigins="https://app.example.com"))

    assert len(after) == 18
    assert [] == [function for function, version in _versions(before).items() if version == after[function]]


def test_no_parameter_that_a_function_is_told_is_left_out(before: Resources, written: dict[str, Any]) -> None:
    """What was seen for one parameter above holds for all that stand beside it."""
    layer = written["Resources"]["ControlplaneLayer"]["Properties"]
    selected, (description, *named) = layer["Description"]["Fn::Select"]

    assert (selected, description) == (0, "The core package")
    assert {one["Ref"] for one in named} == _told(before, set(written["Parameters"]))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_s_new_content_publishes_whoever_carries_it(
    layer: str, before: Resources, written: dict[str, Any], tmp_path: Path
) -> None:
    """The product's code is in a layer: were it not for this, a release would change nothing that is served."""
    folder = written["Resources"][layer]["Properties"]["ContentUri"]
    (tmp_path / "template.yaml").write_text(
        TEMPLATE.read_text(encoding="utf-8").replace(f"ContentUri: {folder}", "ContentUri: s3://bucket/new"))
    after = _versions(_translated(tmp_path / "template.yaml"))

    carrying = {name for name, found in before.items() if found["Type"] == "AWS::Lambda::Function"
                and any(one["Ref"].startswith(layer) for one in found["Properties"]["Layers"])}

    assert carrying
    assert carrying <= {name for name, version in _versions(before).items() if version != after[name]}


def test_a_description_is_no_longer_than_lambda_takes(written: dict[str, Any]) -> None:
    """It is the layer's ARN, so that not even the longest parameter fails a deployment."""
    functions = [found["Properties"] for found in written["Resources"].values()
                 if found["Type"] == "AWS::Serverless::Function"]

    assert all(found["VersionDescription"] == {"Ref": "ControlplaneLayer"} for found in functions)
