"""A change, its guards and its audit event, written together or not at all."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import uuid4

from controlplane.domain.errors import Aborted, Conflict, Problem
from controlplane.domain.records import AuditEvent, Claim
from controlplane.domain.values import replace
from controlplane.ports import Record
from controlplane.storage import schema
from controlplane.storage.placing import puts
from controlplane.storage.table import ABSENT, PRESENT, Change, GuardsFailed, Table

T = TypeVar("T")
_LIMIT = 25
_TAKEN_OVER = "a request with the same Idempotency-Key took over"


class Rider:
    """A replacement that goes along with the first transaction that commits, and stops it when it cannot."""

    def __init__(self, old: object, new: object) -> None:
        self.old = old
        self.new = new
        self.taken = False


class TableTransaction:
    """Collects changes and commits them once (ports.Transaction)."""

    def __init__(self, table: Table, rider: Rider | None = None) -> None:
        self._table = table
        self._rider = rider if rider and not rider.taken else None
        self._changes: list[Change] = []
        self._problems: list[Problem | None] = []

    def create(self, record: Record, *, otherwise: Problem | None = None) -> None:
        """Add a record under every key that it has; none of them may be taken."""
        self._put(record, otherwise, guard=ABSENT)

    def replace(self, old: T, new: T, *, otherwise: Problem | None = None) -> None:
        """Put the new record in place of the old one at its next revision."""
        revision = getattr(old, "revision", None)
        if revision is not None:
            new = replace(new, revision=revision + 1)  # type: ignore[type-var]
        self._put(new, otherwise, **_still(old))

    def amend(self, old: Record, new: Record, *, otherwise: Problem | None = None) -> None:
        """Set the texts and numbers in which two records differ, and their places in indexes, at the next revision."""
        (key, index), *_ = schema.places_of(new)
        before, after = schema.fields_of(old), schema.fields_of(new)
        changed = {name: value for name, value in after.items() if value != before[name]}
        self._add(Change(verb="update", key=key, set=(*changed.items(), *index.items()), add=(("revision", 1),),
                         **_still(old)), otherwise)

    def remove(self, record: Record, *, otherwise: Problem | None = None) -> None:
        """Delete a record under every key that it has."""
        guard = _still(record)
        for key, _ in schema.places_of(record):
            self._add(Change(verb="delete", key=key, **guard), otherwise)
            guard = {}

    def require(self, record: Record, *, otherwise: Problem | None = None) -> None:
        """Check that the record is still at its revision."""
        self._add(Change(verb="check", key=schema.key_of(record), **_still(record)), otherwise)

    def claim(self, claim: Claim, *, otherwise: Problem) -> None:
        """Take a unique value."""
        self._put(claim, otherwise, guard=ABSENT)

    def release(self, claim: Claim) -> None:
        """Give a unique value back, if its owner still holds it."""
        owner = (("owner_id", claim.owner_id),) if claim.owner_id else ()
        self._add(Change(verb="delete", key=schema.key_of(claim), guard=PRESENT, equal=owner), None)

    def exchange(self, old: Claim, new: Claim, *, otherwise: Problem) -> None:
        """Take the new value and give the old one back, unless they are the same."""
        if new != old:
            self.claim(new, otherwise=otherwise)
            self.release(old)

    def append(self, event: AuditEvent) -> None:
        """Add an event to its trails; an event is never replaced."""
        self._put(event, None, guard=ABSENT)

    def commit(self) -> None:
        """Write everything, and what rides along, in one transaction of at most 25 items."""
        if self._rider:
            self.replace(self._rider.old, self._rider.new, otherwise=Aborted(_TAKEN_OVER))
        if len(self._changes) > _LIMIT:
            raise ValueError(f"{len(self._changes)} changes in one transaction; at most {_LIMIT} are allowed")
        try:
            self._table.write(self._changes, token=uuid4().hex)
        except GuardsFailed as failed:
            named = [self._problems[place] for place in failed.positions]
            raise next((problem for problem in named if problem), Conflict()) from None
        if self._rider:
            self._rider.taken = True

    def _put(self, record: object, otherwise: Problem | None, **guard: Any) -> None:
        for change in puts(record, **guard):
            self._add(change, otherwise)

    def _add(self, change: Change, problem: Problem | None) -> None:
        self._changes.append(change)
        self._problems.append(problem)


def _still(record: object) -> dict[str, Any]:
    """Return the guard that a record is as it was read."""
    revision = getattr(record, "revision", None)
    if revision is None:
        return {"guard": PRESENT}
    return {"equal": (("revision", revision),)}
