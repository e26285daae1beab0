"""A function's folder is a table of contents, and the authorizer starts fast (design: the authorizer starts fast)."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST = 100
TOO_HEAVY = {
    "aws_lambda_powertools", "bcrypt", "boto3", "botocore", "cel_expr_python", "google.protobuf", "jwt", "msgspec",
    "pydantic", "pynamodb", "requests", "urllib3",
}  # fmt: skip
IMPORTED = """
import json, sys
before = set(sys.modules)
import app
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def _modules_of(folder: Path) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", IMPORTED], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found: list[str] = json.loads(ran.stdout)
    return found


def test_the_authorizer_imports_nothing_heavy(root: Path) -> None:
    """Every request waits for the authorizer, so its first one must not wait for a library that it may not need."""
    modules = _modules_of(root / "functions" / "authorizer")

    assert set() == {heavy for heavy in TOO_HEAVY for name in modules if f"{name}.".startswith(f"{heavy}.")}


def test_a_heavy_import_is_noticed(tmp_path: Path) -> None:
    """The test above sees what is imported by way of something else."""
    (tmp_path / "app.py").write_text("import controlplane.storage.pynamo_client, boto3\n")

    assert "botocore" in _modules_of(tmp_path)


def _roots(tree: ast.Module) -> set[str]:
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [node.module or "." if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports]
    return {name.split(".")[0] for name in names}


def test_no_function_imports_another(sources: dict[str, ast.Module]) -> None:
    """Functions are deployed apart, so what two of them share is the core's, and so is what speaks to a vendor."""
    allowed = sys.stdlib_module_names | {"controlplane"}

    foreign = {path: _roots(tree) - allowed for path, tree in sources.items() if path.startswith("functions/")}

    assert {} == {path: names for path, names in foreign.items() if names}


def test_an_app_is_a_table_of_contents(root: Path) -> None:
    """Whoever opens a function sees its operations at once."""
    lengths = {path.parent.name: len(path.read_text().splitlines()) for path in (root / "functions").glob("*/app.py")}

    assert {} == {name: lines for name, lines in lengths.items() if lines > LONGEST}


@pytest.mark.parametrize("name", sorted(path.name for path in (Path(__file__).parents[2] / "functions").glob("*")))
def test_a_function_is_one_file(root: Path, name: str) -> None:
    """What is more than a table of contents belongs to the core, where it is tested without Lambda.

    The authorizer is compiled before it is deployed, and says so.
    """
    files = {path.name for path in (root / "functions" / name).iterdir()} - {"__pycache__"}

    assert files == ({"app.py", "Makefile"} if name == "authorizer" else {"app.py"})
