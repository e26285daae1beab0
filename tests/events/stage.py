"""Where events are made and tried: a table with the scene in it, and the deployment's functions in processes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from controlplane.bootstrap import Services
from controlplane.security.passwords import CHEAPEST
from controlplane.settings import Settings
from devserver.deployment import Deployment, Function
from devserver.environments import FunctionProcesses
from devserver.function_environment import function_environment, local_environment
from devserver.tables import connect, ensure_table
from devserver.template import load_template
from tests.events.fixed import CountedIds, FixedClock
from tests.events.scene import Scene, SceneBuilder
from tests.events.table import ResettableTable

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
SECRET = "e7" * 32
T = TypeVar("T")
FIRST_BOOT, FULL = "first boot", "full"


class Stage:
    """The scene on a table of its own. `settings` are what a function must be given to see it."""

    def __init__(self, endpoint: str, folder: Path, *, table: str) -> None:
        self.deployment: Deployment = load_template(ROOT / "template.yaml")
        self._secret = folder / "jwt_secret"
        self._secret.write_text(SECRET)
        figures = folder / "figures"
        figures.mkdir()
        self.settings = local_environment(
            region=REGION, table=table, endpoint=endpoint, jwt_secret_file=self._secret, figures=figures,
            outer={"IRONFLOW_PASSWORD_COST": str(CHEAPEST)},
        )
        client = connect(endpoint, region=REGION)
        ensure_table(client, name=table, definition=self.deployment.tables[0].definition)
        self._table = ResettableTable(client, table)
        self.scene = self._build(Settings.from_environment(self.settings))

    def put_back(self, state: str = FULL) -> None:
        """Undo what an event did."""
        self._table.put_back(state)

    def function(self, name: str) -> Function:
        """Return a function by its folder's name."""
        return next(found for found in self.deployment.functions if found.code.name == name)

    def _build(self, settings: Settings) -> Scene:
        services = Services(settings, clock=FixedClock(), ids=CountedIds())
        issued = services.first_boot.issue_bootstrap_key()
        self._table.keep(FIRST_BOOT)
        scene = SceneBuilder(services, operator_key=issued.raw).build()
        self._table.keep(FULL)
        return scene


class Processes:
    """Runs events through the real runtime client, each function in processes of its own, without a container."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._loop = asyncio.Runner()
        self.functions = FunctionProcesses(self._environment, limit=1)

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Return what the function's handler returns."""
        found = self._stage.function(function)
        called = self.functions.invoke(found, event, request_id=str(uuid.uuid4()), seconds=found.timeout)
        return self.wait_for(called).value

    def wait_for(self, called: Coroutine[Any, Any, T]) -> T:
        """Return what a call of a function gives."""
        return self._loop.run(called)

    def close(self) -> None:
        """End the processes."""
        self.wait_for(self.functions.close())
        self._loop.close()

    def _environment(self, function: Function) -> Mapping[str, str]:
        return function_environment(function, self._stage.settings)


@contextmanager
def running_stage(endpoint: str, folder: Path) -> Iterator[tuple[Stage, Processes]]:
    """Give a stage on a store that runs, and its functions; they end with the block."""
    stage = Stage(endpoint, folder, table=f"events-{uuid.uuid4().hex}")
    processes = Processes(stage)
    try:
        yield stage, processes
    finally:
        processes.close()
