"""The authorizer's start from one file: the very modules that Python would have made, with fewer files read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.events.stage import ROOT

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# What a start makes, told by a process that has made it; opened files are heard of from the interpreter itself.
PROGRAM = """
import gc, json, sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
sys.path[:0] = sys.argv[1:]
import app
frozen = gc.get_freeze_count()
import controlplane.storage.lean.tls
def told(module):
    spec = module.__spec__
    codes = [value.__code__ for value in vars(module).values() if hasattr(value, "__code__")]
    return [module.__file__, module.__package__, getattr(module, "__path__", None), module.__cached__, module.__doc__,
            spec.origin, spec.submodule_search_locations, spec.has_location, type(module.__loader__).__name__,
            sorted(vars(module)), sorted([code.co_name, code.co_firstlineno, code.co_filename] for code in codes)]
modules = {name: told(one) for name, one in sys.modules.items() if name.startswith("controlplane")}
print(json.dumps({"modules": modules, "opened": [path for path in opened if "controlplane" in path],
                  "frozen": frozen, "collecting": gc.isenabled()}))
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core's layer, built for this interpreter."""
    folder = tmp_path_factory.mktemp("layer")
    command = ["make", "--silent", "-C", "controlplane", "build-ControlplaneLayer", f"ARTIFACTS_DIR={folder}"]
    environ = os.environ | {"BUILD_RUNTIME": f"python{VERSION}"}
    subprocess.run(command, cwd=ROOT / "layers", check=True, capture_output=True, env=environ)
    return folder / "python"


@pytest.fixture
def bundle(layer: Path) -> Path:
    """The one file, put back as it was when a test has changed it."""
    return layer / "controlplane" / "start.bundle"


def _start(layer: Path) -> Any:
    command = [sys.executable, "-S", "-c", PROGRAM, str(layer), str(ROOT / "functions" / "authorizer")]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_a_start_from_one_file_makes_the_same_modules(layer: Path, bundle: Path) -> None:
    """Names, files, packages, functions, their lines: nothing can tell a module of the bundle from one of a file."""
    content = bundle.read_bytes()
    from_one_file = _start(layer)

    bundle.unlink()
    from_many = _start(layer)
    bundle.write_bytes(content)

    assert from_many["modules"] == from_one_file["modules"]
    assert len(from_many["modules"]) > 50


def test_a_start_reads_three_files_of_the_layer(layer: Path) -> None:
    """The package, the loader, the bundle: everything else that a start and its first request import is in there."""
    opened = [Path(path).name.partition(".")[0] for path in _start(layer)["opened"]]

    assert ["__init__", "start", "start"] == opened


def test_the_first_collection_does_not_look_at_what_a_start_made(layer: Path) -> None:
    """It stays as long as the process: looking at it once would take longer than making the modules' classes."""
    started = _start(layer)

    assert started["frozen"] > 5000
    assert started["collecting"]


@pytest.mark.parametrize("start", [b"\0\0\0\0", b""], ids=["of-another-python", "empty"])
def test_a_bundle_that_is_not_for_this_python_is_left_alone(layer: Path, bundle: Path, start: bytes) -> None:
    """A runtime that was changed after the build starts as it would without a bundle."""
    content = bundle.read_bytes()
    bundle.write_bytes(start + content[4:] if start else b"")

    found = _start(layer)
    bundle.write_bytes(content)

    assert len(found["opened"]) > 50
    assert len(found["modules"]) > 50


def test_the_source_carries_no_bundle() -> None:
    """In development what was just written is what runs."""
    assert [] == list((ROOT / "layers" / "controlplane").rglob("*.bundle"))


def test_the_authorizer_is_built_with_its_byte_code(tmp_path: Path) -> None:
    """Its start compiles nothing: the compiler's own start is half as long as all of the authorizer's."""
    for target in ("AuthorizerFunction", "AttachedAuthorizerFunction"):
        folder = tmp_path / target
        folder.mkdir()
        subprocess.run(
            ["make", "--silent", f"build-{target}", f"ARTIFACTS_DIR={folder}"], cwd=ROOT / "functions" / "authorizer",
            check=True, capture_output=True, env=os.environ | {"BUILD_RUNTIME": f"python{VERSION}"},
        )
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        assert [f"__pycache__/app.{sys.implementation.cache_tag}.pyc", "app.py"] == names
