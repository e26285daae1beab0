"""A fork of this process in which one module is another: its tests run there until one of them fails."""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest

from tests.hostile.mutants import Mutant, functions_of

WORKERS = int(os.environ.get("IRONFLOW_MUTATION_WORKERS", "2"))
_OURS = ("controlplane", "devserver", "ironflow", "operations", "reference", "tests")
_LEAST_SECONDS, _TIMES_SLOWER = 20, 8
_QUICK, _EXAMPLES = 1.0, 50
_SETTINGS = "_hypothesis_internal_use_settings"  # there is no public way to change those of a test
_MEMORY = 6 << 30


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the tests do with the module as it is: the seconds of each, and which reach which function."""

    seconds: dict[str, float]
    reached: dict[str, list[str]]
    libraries: list[str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutant before the tests of its module."""

    mutant: Mutant
    copy: Path
    file: Path
    tests: tuple[str, ...]
    baseline: Baseline

    def selected(self, noticed: Sequence[str]) -> list[str]:
        """Return the tests to ask: those that reach the function; those that noticed much, and quick ones, first."""
        seconds = self.baseline.seconds
        reaching = self.baseline.reached.get(self.mutant.function, []) if self.mutant.function else list(seconds)
        return sorted(reaching, key=lambda test: (-noticed.count(test), seconds[test]))

    def rest(self, asked: Sequence[str]) -> list[str]:
        """Return the module's other quick tests: a remembered answer hides who else would have asked."""
        return [test for test, took in self.baseline.seconds.items() if took < _QUICK and test not in set(asked)]


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the module of one file other code."""

    def __init__(self, file: Path, code: CodeType) -> None:
        self._file, self._code = str(file), code
        self._name = f"controlplane.{str(file).partition('/controlplane/controlplane/')[2]}"
        self._name = self._name.removesuffix(".py").replace("/", ".")

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find the one module."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._file, loader=self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leave making the module to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code in it."""
        exec(self._code, module.__dict__)


@dataclass(slots=True, eq=False)
class _Watcher:
    """Selects the tests to run, in order, and writes down which failed, how long each took, and what it reached."""

    wanted: Sequence[str] | None = None
    failed: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    reached: dict[str, set[str]] = field(default_factory=dict)
    watch: Callable[[], str] | None = None

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the wanted tests in the wanted order; a property is tried with a few examples, the same every time."""
        for one in items:
            _try_fewer(getattr(one, "obj", None))
        if self.wanted is not None:
            place = {name: number for number, name in enumerate(self.wanted)}
            items[:] = sorted((one for one in items if one.nodeid in place), key=lambda one: place[one.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write down what became of a test."""
        if report.failed:
            self.failed = self.failed or report.nodeid
        if not report.skipped:
            self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration


def _try_fewer(test: Any) -> None:
    from hypothesis import settings

    asked = getattr(test, _SETTINGS, None)
    if asked is not None and asked.max_examples > _EXAMPLES:
        setattr(test, _SETTINGS, settings(asked, max_examples=_EXAMPLES))


def baseline_of(copy: Path, file: Path, tests: tuple[str, ...], folder: Path) -> Baseline:
    """Run the tests on the module as it is, and see what reaches what; raise SystemExit when one fails."""
    told = _Child(lambda: _watched(copy, file, tests, folder), seconds=900).result()
    if told is None or told["failed"]:
        raise SystemExit(f"{file.name}: the tests fail already: {told and told['failed']}")
    return Baseline(told["seconds"], told["reached"], told["libraries"])


def _watched(copy: Path, file: Path, tests: tuple[str, ...], folder: Path) -> dict[str, Any]:
    _enter(copy)
    places = functions_of(file.read_text())
    watcher, current = _Watcher(), [""]

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename == str(file):
            for (first, last), name in places.items():
                if first <= code.co_firstlineno <= last:
                    watcher.reached.setdefault(name, set()).add(current[0])

    class _Names:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
            current[0] = item.nodeid
            return (yield)

    threading.setprofile(profile)
    sys.setprofile(profile)
    failed = _run(tests, [watcher, _Names()], folder / "baseline")
    sys.setprofile(None)
    libraries = [name for name, one in list(sys.modules.items()) if _is_library(one, copy)]
    reached = {name: sorted(found & watcher.seconds.keys()) for name, found in watcher.reached.items()}
    return {"failed": watcher.failed or ("none ran" if failed else ""), "seconds": watcher.seconds,
            "reached": reached, "libraries": libraries}  # fmt: skip


def _is_library(module: ModuleType, copy: Path) -> bool:
    place = getattr(module, "__file__", None)
    return bool(place) and not Path(str(place)).is_relative_to(copy)


def _enter(copy: Path) -> None:
    """Work in the copy from here on; what was imported from elsewhere under the same names is forgotten."""
    os.chdir(copy)
    sys.path[:0] = [str(copy / "layers" / "controlplane"), str(copy / "cli"), str(copy)]
    for name in [one for one in sys.modules if one.partition(".")[0] in _OURS]:
        del sys.modules[name]
    importlib.invalidate_caches()


def preload(baseline: Baseline) -> None:
    """Import the libraries once, in the process that is forked; nothing of the project is among them."""
    for name in baseline.libraries:
        if name not in sys.modules and name.partition(".")[0] not in _OURS:
            with contextlib.suppress(Exception), warnings.catch_warnings(action="ignore"):
                importlib.import_module(name)


def _run(tests: Sequence[str], plugins: list[object], folder: Path) -> bool:
    from hypothesis import Phase, settings

    settings.register_profile("mutation", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None,
                              print_blob=False, report_multiple_bugs=False)  # fmt: skip
    settings.load_profile("mutation")
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no", "--no-header", "-W", "ignore",
               f"--basetemp={folder}"]  # fmt: skip
    return bool(pytest.main([*options, *tests], plugins=plugins))


def _files_of(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.partition("::")[0] for name in names))


def _attacked(trial: Trial, wanted: Sequence[str], folder: Path) -> dict[str, Any]:
    _enter(trial.copy)
    sys.meta_path.insert(0, _Changed(trial.file, trial.mutant.code))
    watcher = _Watcher(wanted)
    failed = _run(_files_of(wanted), [watcher], folder)
    return {"noticed": watcher.failed or ("at import" if failed else "")}


def tried(trials: Sequence[Trial], folder: Path) -> Iterator[tuple[str, str]]:
    """Try the mutants, a few at a time; yield each one's name and what noticed it: a test, or nothing."""
    noticed: list[str] = []
    waiting: list[tuple[Trial, list[str], bool]] = []
    waiting += [(one, [], False) for one in trials][::-1]
    running: dict[int, tuple[Trial, list[str], bool, _Child]] = {}
    number = 0
    while waiting or running:
        while waiting and len(running) < WORKERS:
            trial, asked, again = waiting.pop()
            wanted = trial.rest(asked) if again else trial.selected(noticed)
            if not wanted:
                if again:
                    yield trial.mutant.name, ""
                else:
                    waiting.append((trial, [], True))
                continue
            number += 1
            child = _Child(_task(trial, wanted, folder / str(number)), seconds=_patience(trial, wanted))
            running[child.pipe] = (trial, wanted, again, child)
        for pipe in _ready(running):
            trial, wanted, again, child = running.pop(pipe)
            told = child.result()
            test = "no end in time, or no more memory" if told is None else str(told["noticed"])
            if test:
                noticed.append(test)
                yield trial.mutant.name, test
            elif again:
                yield trial.mutant.name, ""
            else:
                waiting.append((trial, wanted, True))


def _task(trial: Trial, wanted: list[str], folder: Path) -> Callable[[], dict[str, Any]]:
    return lambda: _attacked(trial, wanted, folder)


def _patience(trial: Trial, wanted: Sequence[str]) -> float:
    return _LEAST_SECONDS + _TIMES_SLOWER * sum(trial.baseline.seconds[test] for test in wanted)


def _ready(running: dict[int, Any]) -> list[int]:
    if not running:
        return []
    soonest = min(child.until for *_, child in running.values())
    found, _, _ = select.select(list(running), [], [], max(0.0, soonest - time.monotonic()))
    return found or [pipe for pipe, (*_, child) in running.items() if child.until <= time.monotonic()]


class _Child:
    """A fork that does one thing and tells what came of it; it is ended when that takes too long."""

    def __init__(self, work: Callable[[], dict[str, Any]], *, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.pipe, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self.pipe)
            _live(work, writing)
        os.close(writing)

    def result(self) -> dict[str, Any] | None:
        """Return what it told, or None when it did not in time."""
        told = b""
        while self._waits() and (piece := os.read(self.pipe, 1 << 20)):
            told += piece
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self.pipe)
        return json.loads(told) if told.endswith(b"}") else None

    def _waits(self) -> bool:
        found, _, _ = select.select([self.pipe], [], [], max(0.0, self.until - time.monotonic()))
        return bool(found)


def _live(work: Callable[[], dict[str, Any]], writing: int) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    quiet = os.open(os.environ.get("IRONFLOW_MUTATION_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.environ["IRONFLOW_FIGURES"] = ""
    code = 1
    try:
        told = json.dumps(work()).encode()
        while told:
            told = told[os.write(writing, told) :]
        code = 0
    finally:
        os._exit(code)
