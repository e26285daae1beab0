"""The authorizer's few writes: a key's last use, a denial, an impersonation (design, one round trip)."""

from __future__ import annotations

from time import monotonic

from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.records import ApiKey, AuditEvent
from controlplane.storage.lean.errors import DynamoError
from controlplane.storage.memory import Memory
from controlplane.storage.schema import ENTITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from controlplane.storage.table import Change

    class Call(Protocol):
        """Performs one DynamoDB operation; see DynamoClient.call."""

        def __call__(
            self, operation: str, payload: dict[str, Any], *, deadline: float, idempotent: bool = False
        ) -> dict[str, Any]: ...

USED_EVERY = 60
_AGAIN_AFTER = 10
_USE_BUDGET, _DENIAL_BUDGET, _EVENT_BUDGET = 0.15, 0.5, 1.5
_REMEMBERED = 4096
_UNLESS_RECENT = "attribute_exists(pk) AND (attribute_not_exists(last_used_at) OR last_used_at <= :before)"


class LeanIdentityWriter:
    """Writes with a deadline each. What is best effort never raises; an event that must stand raises."""

    def __init__(self, call: Call, table: str) -> None:
        """Remember nothing yet."""
        self._call = call
        self._table = table
        self._due: Memory[tuple[str, str], int] = Memory(_REMEMBERED)
        self._counted: Memory[str, bool] = Memory(_REMEMBERED)

    def note_use(self, org_id: str, key_id: str, *, now: int) -> None:
        """Store `now` as a key's last use, at most once a minute; a key that is gone stays gone.

        Where another environment was faster, its refusal tells when, and this one is silent for the same minute:
        a fleet of environments asks once a minute each, and one of them writes.
        """
        if now < (self._due.get((org_id, key_id)) or 0):
            return
        try:
            self._call("UpdateItem", self._use(org_id, key_id, now), deadline=monotonic() + _USE_BUDGET,
                       idempotent=True)
            due = now + USED_EVERY
        except DynamoError as refusal:
            due = _next_use(refusal.item, now)
        except StoreUnavailable:
            due = now + _AGAIN_AFTER
        self._due.put((org_id, key_id), due)

    def append_denial(self, event: AuditEvent) -> None:
        """Append a denial, or raise the counter beside the event that its `collapse` names already; never raises."""
        try:
            self._append_or_count(event)
        except (StoreUnavailable, DynamoError):
            return

    def append(self, event: AuditEvent, *, token: str) -> None:
        """Append an event, once however often the same one is sent; raise StoreUnavailable when it does not stand."""
        from controlplane.storage.placing import puts
        from controlplane.storage.table import ABSENT, GuardsFailed

        try:
            self._write(puts(event, guard=ABSENT), token, _EVENT_BUDGET)
        except GuardsFailed:  # the same event stands already: its reply was lost longer ago than a token lives
            return
        except DynamoError:
            raise StoreUnavailable from None

    def _use(self, org_id: str, key_id: str, now: int) -> dict[str, Any]:
        pk, sk = ENTITIES[ApiKey].key(org_id=org_id, id=key_id)
        return {
            "TableName": self._table,
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": "SET last_used_at = :now",
            "ConditionExpression": _UNLESS_RECENT,
            "ExpressionAttributeValues": {":now": {"N": str(now)}, ":before": {"N": str(now - USED_EVERY)}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _append_or_count(self, event: AuditEvent) -> None:
        from controlplane.storage.denials import append_first, count

        def write(changes: Sequence[Change], token: str) -> None:
            self._write(changes, token, _DENIAL_BUDGET)

        if self._counted.get(event.collapse) or not append_first(write, event):
            count(write, event)
        self._counted.put(event.collapse, True)

    def _write(self, changes: Sequence[Change], token: str, budget: float) -> None:
        from controlplane.storage.wire_table import WireTable

        deadline = monotonic() + budget

        def call(operation: str, payload: dict[str, Any]) -> dict[str, Any]:
            return self._call(operation, payload, deadline=deadline)

        WireTable(call, self._table, budget=0).write(changes, token=token)


def _next_use(item: Mapping[str, Any], now: int) -> int:
    """Return when the use of a key whose item stands like this is to be noted again."""
    noted = item.get("last_used_at")
    return min(int(noted["N"]), now) + USED_EVERY if noted else now + _AGAIN_AFTER
