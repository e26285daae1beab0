"""Change the modules that everything rests on, one small thing at a time, and count what no test notices.

`make mutation`; with words as arguments, only the modules whose paths hold one of them. It works in a copy.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from tests.hostile.figures import keep

ROOT = Path(__file__).parents[2]
CORE = "layers/controlplane/controlplane/"
SECONDS = 60
TARGETS = {
    "domain/access.py": ("tests/domain/test_access.py", "tests/domain/test_access_properties.py"),
    "security/tokens.py": ("tests/security/test_tokens.py", "tests/security/test_forged_tokens.py"),
    "services/cursors.py": ("tests/hostile/test_parsers.py", "-k", "cursor"),
    "domain/credentials.py": ("tests/hostile/test_secrets_in_paths.py", "tests/domain/test_values.py"),
    "api/body_parser.py": ("tests/hostile/test_body_parser.py", "tests/hostile/test_bodies.py"),
    "services/apikeys.py": ("tests/faults/test_every_operation.py", "-k", "key"),
}
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".aws-sam", ".ironflow", "__pycache__", ".*_cache", ".hypothesis")
_OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Mod: ast.Add,
}


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Yield where and how each mutant differs, and its whole text."""
    tree = ast.parse(source)
    places = [node for node in ast.walk(tree) if _is_code(node)]
    for number, node in enumerate(places):
        for way in range(_ways(node)):
            changed = deepcopy(tree)
            same = [one for one in ast.walk(changed) if _is_code(one)][number]
            before = ast.unparse(same)
            _change(same, way)
            yield f"{node.lineno}: {before} -> {ast.unparse(same)}", ast.unparse(changed)  # type: ignore[attr-defined]


def _is_code(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, bool | int)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return False
    if isinstance(node, ast.BinOp):
        return type(node.op) in _OTHER
    return isinstance(node, ast.Compare | ast.BoolOp | ast.IfExp | ast.If | ast.Raise) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))  # fmt: skip


def _ways(node: ast.AST) -> int:
    return 2 if isinstance(node, ast.If) else 1


def _change(node: ast.AST, way: int) -> None:
    match node:
        case ast.Compare():
            node.ops[0] = _OTHER[type(node.ops[0])]()  # type: ignore[call-overload]
        case ast.BoolOp() | ast.BinOp():
            node.op = _OTHER[type(node.op)]()  # type: ignore[assignment]
        case ast.UnaryOp():
            node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
        case ast.Constant():
            node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]
        case ast.IfExp():
            node.body, node.orelse = node.orelse, node.body
        case ast.If():
            node.test = ast.Constant(bool(way))
        case ast.Raise():
            node.exc, node.cause = ast.Call(ast.Name("SystemError"), [], []), None
        case ast.Expr():
            node.value = ast.Constant(None)


def survivors(target: str, tests: tuple[str, ...], copy: Path) -> tuple[int, list[str]]:
    """Return how many mutants of a module were tried, and those that no test noticed."""
    file = copy / CORE / target
    source = file.read_text()
    if _fails(copy, tests):
        raise SystemExit(f"{target}: the tests fail already")
    tried, alive = 0, []
    for told, text in mutants(source):
        file.write_text(text)
        tried += 1
        if not _fails(copy, tests):
            alive.append(told)
            print(f"survived: {target}:{told}", flush=True)  # noqa: T201
    file.write_text(source)
    return tried, alive


def _fails(copy: Path, tests: tuple[str, ...]) -> bool:
    folders = (copy / "layers" / "controlplane", copy / "cli", copy)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONDONTWRITEBYTECODE": "1",
               "IRONFLOW_FIGURES": ""}  # fmt: skip
    try:
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests], cwd=copy,
                              env=environ, capture_output=True, timeout=SECONDS, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def main(words: list[str]) -> int:
    """Try every mutant; exit code 1 when fewer than 85 of 100 were noticed."""
    total, lived = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        for target, tests in TARGETS.items():
            if words and not any(word in target for word in words):
                continue
            tried, alive = survivors(target, tests, copy)
            total, lived = total + tried, lived + len(alive)
            stem = Path(target).stem
            told = [f"{stem}.py:{one}".replace("\n", " ")[:160] for one in alive]
            keep(f"mutation-{stem}", tried=tried, killed=tried - len(alive), survivors=told)
            print(f"{target}: {tried - len(alive)} of {tried} noticed", flush=True)  # noqa: T201
    return int((total - lived) * 100 < 85 * total)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
