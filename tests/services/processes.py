"""Several processes that serve one table, and what can happen to one of them at a write of the test's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from controlplane.bootstrap import Services
from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.principal import Principal
from controlplane.domain.roles import ADMIN
from controlplane.services.idempotency import KeptReply
from controlplane.settings import Settings
from controlplane.storage.codec import Item
from controlplane.storage.schema import Key
from controlplane.storage.table import Change, Found, Range, Table
from tests.conftest import REGION
from tests.services.conftest import TENANT, SettableClock, key_of

CALLER = key_of(TENANT, ADMIN)


class PowerCut(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass
class FailingTable:
    """Another table, seen by one process: the first write is number 1.

    `ends_before`: the process ends before this write. `loses`: this write happens, and nobody hears of it.
    `refuses`: this write does not happen.
    """

    table: Table
    ends_before: int = 0
    loses: int = 0
    refuses: int = 0
    writes: list[int] = field(default_factory=list)

    def get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read items."""
        self._check()
        return self.table.get(keys)

    def find(self, wanted: Range) -> Found:
        """Read a page."""
        self._check()
        return self.table.find(wanted)

    def count(self, wanted: Range, *, bound: int) -> tuple[int, bool]:
        """Count items."""
        self._check()
        return self.table.count(wanted, bound=bound)

    def write(self, changes: Sequence[Change], *, token: str) -> None:
        """Write, unless it is time to fail."""
        self.writes.append(len(changes))
        self._check()
        if len(self.writes) == self.refuses:
            raise StoreUnavailable
        self.table.write(changes, token=token)
        if len(self.writes) == self.loses:
            raise StoreUnavailable

    def delete_batch(self, keys: Sequence[Key]) -> None:
        """Remove items."""
        self._check()
        self.table.delete_batch(keys)

    def _check(self) -> None:
        if self.ends_before and len(self.writes) >= self.ends_before:
            raise PowerCut


class Process:
    """One of the processes that serve the same table, and what it carried out."""

    def __init__(self, settings: Settings, table: Table, clock: SettableClock) -> None:
        self.services = Services(settings, table=table, clock=clock)

    def create(
        self, name: str = "billing", *, key: str = "k1", request: str = "", by: Principal = CALLER
    ) -> KeptReply | None:
        """Create a project under a key; None when this very call did it."""
        return self.services.idempotency.once(key, request=request or name, by=by,
                                              carry_out=lambda: self.do(name, by))

    def do(self, name: str, by: Principal) -> KeptReply:
        """Create a project."""
        project = self.services.projects.create_project(name, "", by=by)
        return KeptReply(201, {"id": project.id})

    def projects(self) -> list[str]:
        """Return the names of the tenant's projects."""
        return [project.name for project in self.services.store.projects_of_org(TENANT).items]


def settings_in(folder: Path) -> Settings:
    """Return the settings that all processes of a test share."""
    secret = folder / "token_secret"
    secret.write_text("cd" * 32)
    return Settings(table="test", region=REGION, jwt_secret_file=str(secret))
