"""Runs conditions in a process of its own, with little memory: one JSON line in, one out."""

from __future__ import annotations

import json
import resource
import sys
from time import perf_counter

from controlplane.domain.errors import InvalidArgument
from controlplane.security.conditions.engine import CelConditions

MEMORY = 512 << 20


def main() -> None:
    """Answer `{text, request, subject}` with the answer, the seconds it took, the refusal, and the memory used."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    conditions = CelConditions()
    for line in sys.stdin:
        given = json.loads(line)
        start = perf_counter()
        answer = conditions.holds(given["text"], request=given["request"], subject=given["subject"])
        seconds = perf_counter() - start
        print(  # noqa: T201
            json.dumps(
                {
                    "answer": answer,
                    "seconds": seconds,
                    "refusal": _refusal(conditions, given["text"]),
                    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
                }
            ),
            flush=True,
        )


def _refusal(conditions: CelConditions, text: str) -> str:
    try:
        conditions.check(text)
    except InvalidArgument as refusal:
        return refusal.sentence
    return ""


if __name__ == "__main__":
    main()
