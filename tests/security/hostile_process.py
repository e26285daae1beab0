"""Runs conditions in a process of its own, with little memory: one JSON line in, one out."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import process_time

from controlplane.domain.errors import InvalidArgument
from controlplane.security.conditions.engine import CelConditions

MEMORY = 512 << 20


def main() -> None:
    """Answer `{text, request, subject}` with the answer, the CPU seconds it took, the refusal, and the memory used."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    conditions = CelConditions()
    for line in sys.stdin:
        given = json.loads(line)
        start = process_time()
        answer = conditions.holds(given["text"], request=given["request"], subject=given["subject"])
        seconds = process_time() - start
        print(  # noqa: T201
            json.dumps(
                {
                    "answer": answer,
                    "seconds": seconds,
                    "refusal": _refusal(conditions, given["text"]),
                    "megabytes": _peak_megabytes(),
                }
            ),
            flush=True,
        )


def _peak_megabytes() -> int:
    """Return the most memory this program ever held; getrusage would count the process that started it too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) >> 10 for line in status.splitlines() if line.startswith("VmHWM"))


def _refusal(conditions: CelConditions, text: str) -> str:
    try:
        conditions.check(text)
    except InvalidArgument as refusal:
        return refusal.sentence
    return ""


if __name__ == "__main__":
    main()
