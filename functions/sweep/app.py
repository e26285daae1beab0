"""The sweep, on a schedule: expiries are announced, and what deletions left behind is removed."""

from __future__ import annotations

from controlplane.bootstrap import Services
from controlplane.gateway.tasks import Done, Task, bind_task


def sweep(task: Task, services: Services) -> Done:
    """Sweep for as long as the invocation may take; the next one goes on with what is left."""
    swept = services.sweep.run(seconds=task.seconds)
    figures = {"expired": swept.expired, "expiring": swept.expiring, "purged": swept.purged, "done": swept.done}
    return Done(reply=figures, told=figures)


handler = bind_task(sweep)
