"""Derive `events/` from the route table, the cases and the authorizer: `python -m tests.events.generate`.

The events are what API Gateway would send; beside each stands what the function must answer. Read the difference
before it is committed: it is a change of what clients see.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from devserver.embedded_store import start_file_store
from tests.events.case import Case, Gateway
from tests.events.cases import AUTHORIZATIONS, FAILURES, SUCCESSES, TASKS
from tests.events.stage import ROOT, Processes, Stage, running_stage
from tests.events.volatile import expected_of

EVENTS = ROOT / "events"
EXPECTED = ".expected.json"


def text_of(value: Any) -> str:
    """Return JSON as it is committed."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def all_cases() -> Iterator[tuple[str, Case]]:
    """Yield every case with its file's name below `events/`."""
    yield from ((case.file, case) for case in (*SUCCESSES, *FAILURES))
    yield from ((f"authorizer/{name}.json", case) for name, case in AUTHORIZATIONS.items())
    yield from ((name, case) for name, (case, _) in TASKS.items())


def derive_events(stage: Stage, processes: Processes) -> dict[str, dict[str, Any]]:
    """Return every event by its file's name."""
    gateway = Gateway(stage, processes)
    return {name: _event(name, case, gateway) for name, case in all_cases()}


def answer_to(name: str, case: Case, event: dict[str, Any], stage: Stage, processes: Any) -> dict[str, Any]:
    """Put the table back, run the event, and return what is expected of it from now on."""
    stage.put_back(case.state)
    return expected_of(processes.invoke(name.partition("/")[0], event), operation=case.operation)


def write_files(stage: Stage, processes: Processes) -> list[str]:
    """Write all events with what is expected of them; return those whose status is not the promised one."""
    events, wrong = derive_events(stage, processes), []
    for name, case in all_cases():
        expected = answer_to(name, case, events[name], stage, processes)
        if expected.get("status", case.status) != case.status:
            wrong.append(f"{name}: {expected}, and not {case.status}")
        (EVENTS / name).parent.mkdir(parents=True, exist_ok=True)
        (EVENTS / name).write_text(text_of(events[name]), encoding="utf-8")
        (EVENTS / expected_name(name)).write_text(text_of(expected), encoding="utf-8")
    return wrong


def expected_name(name: str) -> str:
    """Return the file beside an event that holds what it is answered with."""
    return name.removesuffix(".json") + EXPECTED


def main() -> int:
    """Write the folder anew; 1 when a reply has not the status that its case promises."""
    os.environ.update({"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1"})
    for path in EVENTS.rglob("*.json"):
        path.unlink()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(start_file_store(folder / "events.db"))
        wrong = write_files(*stack.enter_context(running_stage(store.endpoint, folder)))
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


def _event(name: str, case: Case, gateway: Gateway) -> dict[str, Any]:
    if name in TASKS:
        return dict(TASKS[name][1])
    return gateway.authorizer_event_of(case) if name.startswith("authorizer/") else gateway.event_of(case)


if __name__ == "__main__":
    sys.exit(main())
