"""Figures of requests, in Prometheus' text format (contract, section 5): operations and statuses, never who asked.

Counters in a dictionary and a page of text are all there is to it; the usual client library costs every cold start
76 ms of import, and the authorizer counts as well.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache

from controlplane.settings import edge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BEYOND = "+Inf"
_STEPS = (*map(str, BOUNDS), _BEYOND)
_REQUESTS, _SECONDS = "ironflow_requests_total", "ironflow_request_duration_seconds"
_OUTCOMES = "ironflow_authorizer_outcomes_total"
_SUM = "sum"
_ENDING = ".jsonl"
_REWRITE_AFTER = 1000
_HELP = {
    _REQUESTS: ("counter", "Requests by operation and status"),
    _SECONDS: ("histogram", "Seconds from event to reply, by operation"),
    _OUTCOMES: ("counter", "Requests by what the authorizer said: allow, refuse, deny or failed"),
}
Sample = tuple[str, str, str]  # family; operation or outcome; a status, a step, or nothing
Rows = dict[tuple[str, str], float]


class Figures:
    """Counts this process's requests; given a directory, it is shared by processes whose figures add up."""

    def __init__(self, directory: str = "") -> None:
        self._counted: dict[Sample, float] = {}
        self._lock = threading.Lock()
        self._directory = directory
        self._published: TextIO | None = None
        self._since = 0
        self._file = os.path.join(directory, f"{os.getpid()}-{os.urandom(8).hex()}{_ENDING}")

    def request(self, operation: str, status: int, *, seconds: float) -> None:
        """Count a request."""
        step = next((step for bound, step in zip(BOUNDS, _STEPS, strict=False) if seconds <= bound), _BEYOND)
        self._add({(_REQUESTS, operation, str(status)): 1, (_SECONDS, operation, step): 1,
                   (_SECONDS, operation, _SUM): seconds})

    def outcome(self, outcome: str) -> None:
        """Count what the authorizer said to a request."""
        self._add({(_OUTCOMES, outcome, ""): 1})

    def text(self) -> str:
        """Return all figures as Prometheus reads them."""
        return "\n".join(_lines(self._everything())) + "\n"

    def _add(self, samples: dict[Sample, float]) -> None:
        with self._lock:
            for sample, amount in samples.items():
                self._counted[sample] = self._counted.get(sample, 0) + amount
            if self._directory:
                self._publish(samples)

    def _publish(self, samples: dict[Sample, float]) -> None:
        """Put what was counted where the others find it; that this cannot be done fails no request."""
        try:
            if self._published is None or self._since >= _REWRITE_AFTER:
                self._rewrite()
                return
            _write(self._published, samples)
            self._since += 1
        except OSError:
            self._published = None

    def _rewrite(self) -> None:
        """Replace this process's file by its sums, so that it stays short, and go on behind them."""
        draft = open(f"{self._file}.new", "w", encoding="ascii")  # noqa: SIM115 - stays open for what follows
        _write(draft, self._counted)
        os.replace(draft.name, self._file)
        self._published, self._since = draft, 0

    def _everything(self) -> dict[Sample, float]:
        if not self._directory:
            with self._lock:
                return dict(self._counted)
        found: dict[Sample, float] = {}
        for name in os.listdir(self._directory):
            if name.endswith(_ENDING):
                for family, label, part, amount in _read(os.path.join(self._directory, name)):
                    found[family, label, part] = found.get((family, label, part), 0) + amount
        return found


def _write(file: TextIO, samples: dict[Sample, float]) -> None:
    file.write("".join([f"{_beginning(sample)}{amount}]\n" for sample, amount in samples.items()]))
    file.flush()


@cache
def _beginning(sample: Sample) -> str:
    """Return a sample's line without its amount: there are as many as there are operations and statuses."""
    return f"{json.dumps(sample)[:-1]}, "


def _read(path: str) -> Iterator[tuple[str, str, str, float]]:
    """Yield a process's samples; one that is just being written counts next time."""
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


@cache
def figures() -> Figures:
    """Return this process's figures."""
    return Figures(edge().figures_dir)


def _lines(counted: dict[Sample, float]) -> Iterator[str]:
    for family, (kind, meaning) in _HELP.items():
        yield f"# HELP {family} {meaning}"
        yield f"# TYPE {family} {kind}"
        yield from _SHAPES[family]({sample[1:]: counted[sample] for sample in sorted(counted) if sample[0] == family})


def _requests(rows: Rows) -> Iterator[str]:
    for (operation, status), amount in rows.items():
        yield f'{_REQUESTS}{{operation="{operation}",status="{status}"}} {amount}'


def _outcomes(rows: Rows) -> Iterator[str]:
    for (outcome, _), amount in rows.items():
        yield f'{_OUTCOMES}{{outcome="{outcome}"}} {amount}'


def _seconds(rows: Rows) -> Iterator[str]:
    """A bucket counts everything up to its bound, so buckets are running sums."""
    for operation in dict.fromkeys(operation for operation, _ in rows):
        reached: float = 0
        for step in _STEPS:
            reached += rows.get((operation, step), 0)
            yield f'{_SECONDS}_bucket{{operation="{operation}",le="{step}"}} {reached}'
        yield f'{_SECONDS}_sum{{operation="{operation}"}} {rows[operation, _SUM]:.6f}'
        yield f'{_SECONDS}_count{{operation="{operation}"}} {reached}'


_SHAPES: dict[str, Callable[[Rows], Iterator[str]]] = {
    _REQUESTS: _requests, _SECONDS: _seconds, _OUTCOMES: _outcomes,
}
