"""What `sam build` puts together, as far as it can be told without building wheels."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from tests.events.stage import ROOT

LAYERS = ROOT / "layers"


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_mtime)
        for path in folder.rglob("*") if path.is_file()
    }


def _build(folder: Path) -> None:
    command = ["make", "--silent", "-C", "controlplane", "build-ControlplaneLayer", f"ARTIFACTS_DIR={folder}"]
    subprocess.run(command, cwd=LAYERS, check=True, capture_output=True)


def test_two_builds_have_the_same_bytes(tmp_path: Path) -> None:
    """The same commit gives the same archive, so that a deployment without a change changes nothing."""
    first, second = tmp_path / "first", tmp_path / "second"

    _build(first)
    _build(second)

    assert _hashes(first) == _hashes(second)
    assert (first / "python" / "controlplane" / "bootstrap.py").is_file()


def test_a_layer_that_has_grown_fails_the_build(tmp_path: Path) -> None:
    """What slows every cold start is noticed by whoever adds it."""
    (tmp_path / "large.py").write_text("#" * 200_000)

    command = [sys.executable, "finish.py", str(tmp_path), "--python-version", "0.0", "--limit-mb", "0.1"]
    done = subprocess.run(command, cwd=LAYERS, capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert "0.2 MB unzipped (at most 0.1), no byte-code: this machine has no python0.0" in done.stdout


def test_the_authorizer_carries_no_wheel_but_the_condition_engine() -> None:
    """It runs before every request: neither botocore nor Powertools may come back to its start."""
    template: Any = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    functions = [found["Properties"] for found in template["Resources"].values() if "CodeUri" in found["Properties"]]

    layers = [found["Layers"] for found in functions if found["CodeUri"] == "functions/authorizer/"]

    assert template["Globals"]["Function"]["Layers"] == [{"Ref": "ControlplaneLayer"}]
    assert layers
    assert all(own == [{"Ref": "ConditionsLayer"}] for own in layers)


def test_conditions_are_judged_without_the_extensions_of_their_language() -> None:
    """The layer leaves them out, 37 MB: a condition that needed one would fail only where it is deployed."""
    program = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("cel_expr_python.ext"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from controlplane.security.conditions.engine import CelConditions
text = "request.path.startsWith('/api') && subject.roles.exists(role, role == 'a') && request.time > timestamp(0)"
"""
    asked = "print(CelConditions().check(text))"

    ran = subprocess.run([sys.executable, "-c", program + asked], capture_output=True, text=True, check=True)

    assert "None" == ran.stdout.strip()
    assert "cel_expr_python/ext" in (LAYERS / "conditions" / "Makefile").read_text(encoding="utf-8")


def test_a_local_build_finds_this_machine(tmp_path: Path) -> None:
    """Functions in containers see the local table and secret; nothing opens a path; doing it twice changes nothing."""
    build, secret = tmp_path / "build", tmp_path / "secret"
    (build / "ControlplaneLayer").mkdir(parents=True)
    secret.write_text("ab" * 32)
    template = build / "template.yaml"
    template.write_text((LAYERS.parent / "tests" / "sam_local" / "built.yaml").read_text(encoding="utf-8"))

    texts = []
    for _ in range(2):
        subprocess.run([sys.executable, "local.py", str(build), "--secret-file", str(secret)], cwd=LAYERS, check=True)
        texts.append(template.read_text(encoding="utf-8"))

    variables = yaml_parse(texts[0])["Globals"]["Function"]["Environment"]["Variables"]
    assert texts[0] == texts[1]
    assert variables == {
        "AWS_ENDPOINT_URL_DYNAMODB": "http://host.docker.internal:8000", "IRONFLOW_TABLE": "ironflow-dev-Table",
        "IRONFLOW_JWT_SECRET_FILE": "/opt/local/jwt_secret", "IRONFLOW_JWT_SECRET_ARN": "",
    }
    assert ["GetHealth"] == list(yaml_parse(texts[0])["Resources"]["SystemFunction"]["Properties"]["Events"])
    assert "ab" * 32 == (build / "ControlplaneLayer" / "local" / "jwt_secret").read_text()


def test_the_layer_knows_every_service_that_is_called() -> None:
    """botocore's data is cut down to what is called; a client of another service would fail on its first request."""
    makefile = (LAYERS / "dependencies" / "Makefile").read_text(encoding="utf-8")
    sources = [path for part in ("layers", "functions") for path in ROOT.glob(f"{part}/**/*.py")]

    made = [re.findall(r"create_client\(\s*\"([\w-]+)\"", path.read_text(encoding="utf-8")) for path in sources]
    called = {name for names in made for name in names}

    assert "events" in called
    assert called | {"dynamodb"} <= set(re.search(r"^CALLED := (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
