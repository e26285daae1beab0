"""`python -m devserver --sweep`: what a schedule invokes in the cloud, invoked once here."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import Iterable

from devserver.deployment import Function
from devserver.errors import CannotStart
from devserver.invocation import FunctionFailed, Functions, FunctionTimedOut
from devserver.server import Server

EVENT = {"version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}


def run_scheduled(server: Server) -> int:
    """Invoke each scheduled function once and print what it answers; returns 1 when one failed, otherwise 0.

    Raises CannotStart when there is none, or when a running server has the data.
    """
    with server.scheduled() as (functions, scheduled):
        if not scheduled:
            raise CannotStart("template.yaml has nothing on a schedule")
        return asyncio.run(_run_all(functions, scheduled))


async def _run_all(functions: Functions, scheduled: Iterable[Function]) -> int:
    try:
        return max([await _run(functions, function) for function in scheduled])
    finally:
        await functions.close()


async def _run(functions: Functions, function: Function) -> int:
    request_id = str(uuid.uuid4())
    try:
        outcome = await functions.invoke(function, {**EVENT, "id": request_id}, request_id=request_id,
                                         seconds=function.timeout)
    except (FunctionFailed, FunctionTimedOut) as error:
        print(f"error: {function.name}: {error}", file=sys.stderr)
        return 1
    print(f"{function.name}: {json.dumps(outcome.value)}", flush=True)
    return 0
