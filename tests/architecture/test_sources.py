"""Rules of style that no linter knows: what may stand where."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from controlplane.storage import schema

Sources = dict[str, ast.Module]
CORE = "layers/controlplane/controlplane/"
FOLDERS = ("layers", "cli", "devserver", "functions")
LONGEST = 320  # "none much over 300"
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
NOW = {"now", "utcnow", "today", "time", "time_ns"}
CHANCE = {"random", "secrets", "uuid"}


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _key_prefixes() -> set[str]:
    keys = [key for entity in schema.ENTITIES.values() for key in (entity.pk, entity.sk, *sum(entity.copies, ()))]
    return {found[0] for key in keys if (found := re.match(r"[A-Z]+#", key))}


def _glued_keys(tree: ast.Module) -> list[str]:
    prefixes = tuple(_key_prefixes())
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [text for text in constants if isinstance(text, str) and text.startswith(prefixes)]


def _asked_times(tree: ast.Module) -> list[str]:
    """Return the calls that read the machine's clock; `clock.now()` is injected, and `gmtime(moment)` converts."""
    calls = [(_dotted(call.func), call) for call in ast.walk(tree) if isinstance(call, ast.Call)]
    return [
        name
        for name, call in calls
        if (name.split(".")[-1] in NOW and not name.endswith("clock.now"))
        or (name.endswith("gmtime") and not call.args)
    ]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _reads_environment(tree: ast.Module) -> bool:
    return any(_dotted(node).endswith(("os.environ", "os.getenv")) for node in ast.walk(tree))


def _breaking(sources: Sources, rule: object, *, under: str = "", allowed: tuple[str, ...] = ()) -> dict[str, object]:
    assert callable(rule)
    judged = {
        path: rule(tree)
        for path, tree in sources.items()
        if path.startswith(under) and not path.startswith(allowed or ("-",))
    }
    return {path: found for path, found in judged.items() if found}


@pytest.mark.parametrize("line", ['f"ORG#{org_id}"', '"CREDENTIAL#" + digest', '"CLAIM#{kind}".format(kind=1)'])
def test_a_glued_key_is_noticed(line: str) -> None:
    """The rule below sees every way in which a key is put together."""
    assert _glued_keys(ast.parse(line))


def test_only_the_schema_spells_a_key(sources: Sources) -> None:
    """A key that is put together elsewhere is an access pattern that nobody named."""
    assert {} == _breaking(sources, _glued_keys, allowed=(f"{CORE}storage/schema.py",))


@pytest.mark.parametrize("line", ["datetime.now(UTC)", "datetime.datetime.now()", "time.time()", "time()", "gmtime()"])
def test_a_glance_at_the_clock_is_noticed(line: str) -> None:
    """The rule below sees every way in which the time is read."""
    assert _asked_times(ast.parse(line))


def test_the_core_asks_its_clock_for_the_time(sources: Sources) -> None:
    """Time is injected, or what expires cannot be tested; a request's signature alone carries real time."""
    allowed = (f"{CORE}security/clock.py", f"{CORE}storage/lean/")

    assert {} == _breaking(sources, _asked_times, under=CORE, allowed=allowed)


def test_randomness_comes_from_its_port(sources: Sources) -> None:
    """Ids and secrets are injected; only the pauses between two attempts at the table are left to chance."""

    def chance(tree: ast.Module) -> set[str]:
        return CHANCE & set(_imported(tree))

    pausing = (f"{CORE}storage/", f"{CORE}services/retrying.py")
    assert {} == _breaking(sources, chance, under=CORE, allowed=(f"{CORE}security/", *pausing))


def test_only_the_settings_read_the_environment(sources: Sources) -> None:
    """What a function is configured with stands in one file; only Lambda's own credentials are read where they sign."""
    allowed = (f"{CORE}settings.py", f"{CORE}bootstrap.py", f"{CORE}storage/lean/signing.py")

    assert {} == _breaking(sources, _reads_environment, under=CORE, allowed=allowed)


def test_no_module_is_a_drawer(sources: Sources) -> None:
    """A name says what is inside."""
    assert [] == [path for path in sources if VAGUE & set(Path(path).with_suffix("").parts)]


def test_no_module_is_a_book(root: Path) -> None:
    """A module that is read in one sitting is understood."""
    ours = [path for folder in (*FOLDERS, "tests") for path in (root / folder).rglob("*.py")]

    lengths = {str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines()) for path in ours}

    assert {} == {path: lines for path, lines in lengths.items() if lines > LONGEST}
