"""The table over DynamoDB's protocol, through any client that offers `call(operation, payload)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage import patience
from controlplane.storage.codec import Item
from controlplane.storage.lean.errors import DynamoError
from controlplane.storage.schema import Key
from controlplane.storage.table import ABSENT, PRESENT, Change, Found, GuardsFailed, Range

Call = Callable[[str, dict[str, Any]], dict[str, Any]]
_BATCH_GET_LIMIT = 100
_COUNT_PAGES = 40
_GUARDS = {ABSENT: ["attribute_not_exists(pk)"], PRESENT: ["attribute_exists(pk)"], "": []}


class WireTable:
    """A DynamoDB table; conflicts between transactions are tried again, with jitter, within `budget` seconds."""

    def __init__(self, call: Call, name: str, *, budget: float = 5.0) -> None:
        self._call = call
        self._name = name
        self._budget = budget

    def get(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read items by key with as few round trips as BatchGetItem allows."""
        found: dict[Key, Item] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _BATCH_GET_LIMIT):
            for item in self._get_batch(wanted[start:start + _BATCH_GET_LIMIT]):
                found[item["pk"]["S"], item["sk"]["S"]] = item
        return found

    def _get_batch(self, keys: Sequence[Key]) -> list[Item]:
        request = {self._name: {"Keys": [_key(key) for key in keys], "ConsistentRead": True}}
        items: list[Item] = []
        for _ in patience.attempts(self._budget):
            reply = self._call("BatchGetItem", {"RequestItems": request})
            items += reply.get("Responses", {}).get(self._name, [])
            request = reply.get("UnprocessedKeys") or {}
            if not request:
                return items
        raise StoreUnavailable

    def find(self, wanted: Range) -> Found:
        """Query one page; DynamoDB ends it at `limit` items or at a megabyte."""
        reply = self._call("Query", self._query(wanted))
        last = reply.get("LastEvaluatedKey")
        return Found(reply["Items"], last[wanted.index + "sk"]["S"] if last else "")

    def count(self, wanted: Range, *, bound: int) -> tuple[int, bool]:
        """Count with Select=COUNT, at most `_COUNT_PAGES` pages of a megabyte each."""
        payload = self._query(wanted) | {"Select": "COUNT"}
        del payload["Limit"]
        counted = 0
        for _ in range(_COUNT_PAGES):
            reply = self._call("Query", payload)
            counted += reply["Count"]
            if counted > bound:
                return bound, True
            if not reply.get("LastEvaluatedKey"):
                return counted, False
            payload["ExclusiveStartKey"] = reply["LastEvaluatedKey"]
        return counted, True

    def write(self, changes: Sequence[Change], *, token: str) -> None:
        """Send one TransactWriteItems; its token makes a repetition after a lost reply harmless."""
        payload = {"TransactItems": [self._change(change) for change in changes], "ClientRequestToken": token}
        for _ in patience.attempts(self._budget):
            try:
                self._call("TransactWriteItems", payload)
                return
            except DynamoError as error:
                _raise_unless_conflict(error)
        raise StoreUnavailable

    def delete_batch(self, keys: Sequence[Key]) -> None:
        """Remove items with BatchWriteItem until none is left unprocessed."""
        request = {self._name: [{"DeleteRequest": {"Key": _key(key)}} for key in keys]}
        for _ in patience.attempts(self._budget):
            request = self._call("BatchWriteItem", {"RequestItems": request}).get("UnprocessedItems") or {}
            if not request:
                return
        raise StoreUnavailable

    def _query(self, wanted: Range) -> dict[str, Any]:
        names = {"#p": wanted.index + "pk", "#s": wanted.index + "sk"}
        values: Item = {":p": {"S": wanted.pk}, ":l": {"S": wanted.low}, ":h": {"S": wanted.high}}
        payload: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "#p = :p AND #s BETWEEN :l AND :h",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "Limit": wanted.limit,
            "ScanIndexForward": wanted.ascending,
        }
        if wanted.index:
            payload["IndexName"] = wanted.index
        else:
            payload["ConsistentRead"] = True
        filters = [_all_equal(wanted.equal, names, values)] if wanted.equal else []
        for number, (name, highest) in enumerate(wanted.at_most):
            names[f"#m{number}"], values[f":m{number}"] = name, _value(highest)
            filters.append(f"#m{number} <= :m{number}")
        if filters:
            payload["FilterExpression"] = " AND ".join(filters)
        if wanted.only:
            marks = {f"#o{number}": name for number, name in enumerate(wanted.only)}
            payload["ProjectionExpression"] = ", ".join(marks)
            names |= marks
        return payload

    def _change(self, change: Change) -> dict[str, Any]:
        names: dict[str, str] = {}
        values: Item = {}
        body: dict[str, Any] = {"TableName": self._name}
        if change.verb == "put":
            body["Item"] = (change.item or {}) | _key(change.key)
        else:
            body["Key"] = _key(change.key)
        if change.verb == "update":
            body["UpdateExpression"] = _update(change, names, values)
        conditions = list(_GUARDS[change.guard])
        if change.equal:
            conditions.append(_all_equal(change.equal, names, values))
        if conditions:
            body["ConditionExpression"] = " AND ".join(conditions)
        if names:
            body["ExpressionAttributeNames"] = names
            body["ExpressionAttributeValues"] = values
        verb = {"put": "Put", "delete": "Delete", "check": "ConditionCheck", "update": "Update"}[change.verb]
        return {verb: body}


def _key(key: Key) -> Item:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _value(value: str | int) -> dict[str, Any]:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _all_equal(pairs: Sequence[tuple[str, str | int]], names: dict[str, str], values: Item) -> str:
    terms = []
    for number, (name, value) in enumerate(pairs):
        names[f"#e{number}"], values[f":e{number}"] = name, _value(value)
        terms.append(f"#e{number} = :e{number}")
    return " AND ".join(terms)


def _update(change: Change, names: dict[str, str], values: Item) -> str:
    parts = []
    for word, joint, pairs in (("ADD", " ", change.add), ("SET", " = ", change.set)):
        terms = []
        for number, (name, value) in enumerate(pairs):
            mark = f"{word[0].lower()}{number}"
            names[f"#{mark}"], values[f":{mark}"] = name, _value(value)
            terms.append(f"#{mark}{joint}:{mark}")
        if terms:
            parts.append(f"{word} {', '.join(terms)}")
    return " ".join(parts)


def _raise_unless_conflict(error: DynamoError) -> None:
    reasons = error.cancellation_reasons
    failed = [place for place, reason in enumerate(reasons) if reason == "ConditionalCheckFailed"]
    if failed:
        raise GuardsFailed(failed) from None
    if error.code == "TransactionConflictException" or "TransactionConflict" in reasons:
        return
    if {"ThrottlingError", "ProvisionedThroughputExceeded"} & set(reasons):
        return
    raise error
