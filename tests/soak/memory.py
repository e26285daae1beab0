"""The memory of processes, watched while they work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self


class MemoryWatch:
    """Looks at the resident memory of each process every few seconds, the store's apart.

    The store keeps pages of its file in memory, up to a bound of its own.
    """

    def __init__(self, processes: Callable[[], Iterable[int]], *, every: float) -> None:
        self._processes, self._every, self._done = processes, every, threading.Event()
        self._seen: list[dict[int, int]] = []
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    @property
    def megabytes(self) -> tuple[int, int, int]:
        """Return what all of them held together: at first, at most, and at last."""
        sums = [sum(one.values()) // 1024 for one in self._seen]
        return sums[0], max(sums), sums[-1]

    @property
    def growth(self) -> float:
        """Return how many times as large a process became after it had settled; the one that grew most.

        A process has settled at a fifth of the time that it was seen; what lived for less than half of the time of
        watching is not judged.
        """
        lives: dict[int, list[int]] = {}
        for one in self._seen:
            for pid, held in one.items():
                lives.setdefault(pid, []).append(held)
        return max(life[-1] / life[len(life) // 5] for life in lives.values() if len(life) * 2 >= len(self._seen))

    def _look_on(self) -> None:
        while not self._done.wait(self._every):
            self._look()

    def _look(self) -> None:
        self._seen.append({pid: held for pid in self._processes() if (held := resident(pid))})

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._look()


def resident(pid: int) -> int:
    """Return the resident kilobytes of a process; 0 for one that is gone, and for the store."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    if "dynoxide" in status.partition("\n")[0]:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
