"""Denials in the table: the first of a kind and minute is an event, repeats raise the counter beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from controlplane.domain.records import AuditEvent
from controlplane.storage.placing import puts
from controlplane.storage.schema import repeats_key
from controlplane.storage.table import ABSENT, PRESENT, Change, GuardsFailed

Write = Callable[[Sequence[Change], str], None]
"""Does all changes or none, once per token; see Table.write."""


def append_first(write: Write, event: AuditEvent) -> bool:
    """Append a denial with its counter; tell whether it was the first of its kind and so was written."""
    counter = Change(verb="put", key=repeats_key(event.collapse), item={"event_id": {"S": event.id}}, guard=ABSENT)
    try:
        write([*puts(event, guard=ABSENT), counter], event.id)
    except GuardsFailed:
        return False
    return True


def count(write: Write, event: AuditEvent) -> None:
    """Raise the counter beside the event of this kind."""
    again = Change(verb="update", key=repeats_key(event.collapse), guard=PRESENT, add=(("repeats", 1),))
    try:
        write([again], os.urandom(16).hex())
    except GuardsFailed:
        return
