"""template.yaml, once as it is written and once as it is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from devserver.deployment import Deployment
from devserver.template import load_template

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    """What the translated template deploys, with the defaults of its parameters."""
    return load_template(TEMPLATE)


@pytest.fixture(scope="session")
def written() -> dict[str, Any]:
    """The template's text as a tree."""
    tree: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return tree


@pytest.fixture(scope="session")
def properties(written: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of each resource, by its logical id."""
    return {name: resource.get("Properties", {}) for name, resource in written["Resources"].items()}
