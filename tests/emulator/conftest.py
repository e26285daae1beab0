"""The built template, deployed through CloudFormation to an emulator that this session starts."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulator.adapted import adapted_template
from tests.emulator.emulator import Emulator, Stack
from tests.running_server import ROOT

BUILT = ROOT / ".aws-sam/emulator/template.yaml"
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROUTES = "GET /orders=orders:read;POST /orders=orders:write;GET /orders/{order_id}=orders:read"
STACK = "ironflow-staging"
PARAMETERS = {
    "Runtime": RUNTIME,
    "Architecture": "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64",
    "ProtectTable": "false",
    "PasswordCost": "4",
    "ExtraActions": "orders:read,orders:write",
    "AttachedRoutes": ROUTES,
    "UseWaf": "true",
    "DomainName": "api.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-4000-8000-000000000000",
}
Typed = Callable[..., str]


@pytest.fixture(scope="session", autouse=True)
def asked_for() -> None:
    """These tests build and deploy for half a minute: they run when `make test-emulator` says so."""
    if not os.environ.get("IRONFLOW_EMULATOR"):
        pytest.skip("run them by `make test-emulator`")


@pytest.fixture(scope="session")
def emulator(asked_for: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A running emulator with nothing deployed."""
    with Emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def adapted(asked_for: None) -> Path:
    """The template as `make build` left it, adapted where the emulator must be."""
    return adapted_template(BUILT)


@pytest.fixture(scope="session")
def stack(emulator: Emulator, adapted: Path) -> Stack:
    """The product, deployed as the pipeline does it, with the routes of the example."""
    return emulator.deploy_stage("staging", adapted, parameters=PARAMETERS)


@pytest.fixture(scope="session")
def ironflow(emulator: Emulator, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Typed:
    """The installed command line, pointed at the deployed API; returns what it says, on stderr where it must fail."""
    config = tmp_path_factory.mktemp("config")
    given = {"IRONFLOW_SERVER_URL": stack.base_url, "IRONFLOW_CONFIG_DIR": str(config), "NO_COLOR": "1"}

    def typed(*arguments: str, key: str = "", stdin: str = "", fails: int = 0) -> str:
        ran = subprocess.run(
            ["ironflow", *arguments], env={**emulator.environ, **given, "IRONFLOW_API_KEY": key}, input=stdin,
            capture_output=True, text=True, timeout=120, check=False,
        )
        assert fails == ran.returncode, f"{arguments}: {ran.stderr}"
        return ran.stderr if fails else ran.stdout

    return typed


@pytest.fixture(scope="session")
def key_file(ironflow: Typed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the bootstrap key, issued through IAM by the real command."""
    file = tmp_path_factory.mktemp("keys") / "bootstrap.json"
    ironflow("bootstrap", "--stack", STACK, "--bootstrap-key-file", str(file))
    return file


@pytest.fixture
def first_key(key_file: Path) -> str:
    """The bootstrap key as it is now."""
    return key_in(key_file)


def key_in(file: Path) -> str:
    """Return the key of a bootstrap key's file."""
    key: str = json.loads(file.read_text())["key"]
    return key


@pytest.fixture(scope="session")
def attached(emulator: Emulator, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The example, built and deployed as its page says."""
    example, built = ROOT / "examples/attach", tmp_path_factory.mktemp("attach") / "build"
    ran = subprocess.run(
        [ROOT / ".venv-sam/bin/sam", "build", "--template-file", example / "template.yaml", "--build-dir", built,
         "--parameter-overrides", f"Runtime={RUNTIME}"],
        cwd=example, env=emulator.environ, capture_output=True, text=True, timeout=120, check=False,
    )
    assert 0 == ran.returncode, ran.stderr
    parameters = {"AuthorizerArn": stack.outputs["AttachedAuthorizerArn"], "Runtime": RUNTIME}
    emulator.deploy(Path(built) / "template.yaml", stack="orders", parameters=parameters)
    return emulator.stack("orders")
