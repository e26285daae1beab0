"""Taking samples of several candidates side by side, so that a slow minute of the machine slows all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall clock and of CPU."""

    wall: float
    cpu: float


def in_turn(candidates: Mapping[str, Callable[[], T]], *, rounds: int) -> dict[str, list[T]]:
    """Run all of them again and again, each time in another order, and return every candidate's samples.

    The order changes so that none is always the one that comes after a heavy one and finds the caches empty.
    """
    samples: dict[str, list[T]] = {name: [] for name in candidates}
    dice, order = Random(6), list(candidates)
    for _ in range(rounds):
        dice.shuffle(order)
        for name in order:
            samples[name].append(candidates[name]())
    return samples


def repeated(act: Callable[[], object], *, times: int) -> Callable[[], Cost]:
    """Return a sample of `act`: what one of `times` calls costs in this process."""

    def sample() -> Cost:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(times):
            act()
        return Cost((time.perf_counter() - wall) / times, (time.process_time() - cpu) / times)

    return sample


def median_cost(samples: list[Cost]) -> Cost:
    """Return the medians, each of its own column."""
    return Cost(median(cost.wall for cost in samples), median(cost.cpu for cost in samples))


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
