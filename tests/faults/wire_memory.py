"""DynamoDB's protocol in memory: the operations that the product sends, and a state that is put back in no time."""

from __future__ import annotations

import re
from typing import Any

from controlplane.storage.codec import Item
from controlplane.storage.memory_table import MemoryTable
from controlplane.storage.schema import Key
from controlplane.storage.table import ABSENT, PRESENT, Change, GuardsFailed, Range

_VERBS = {"Put": "put", "Delete": "delete", "ConditionCheck": "check", "Update": "update"}
_GUARDS = {"attribute_not_exists(pk)": ABSENT, "attribute_exists(pk)": PRESENT}
_EQUAL = re.compile(r"(#e\d+) = (:e\d+)")
_AT_MOST = re.compile(r"(#m\d+) <= (:m\d+)")
_SETTING = re.compile(r"(#s\d+) = (:s\d+)|(#a\d+) (:a\d+)")
_EVERYTHING = 10**9


class Refused(Exception):
    """What DynamoDB answers with an error: a code, and for a cancelled transaction one reason per item."""

    def __init__(self, code: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.reasons = reasons


class WireMemory:
    """One table; it understands the expressions that the product writes, and refuses every other."""

    def __init__(self) -> None:
        self._table = MemoryTable()

    @property
    def items(self) -> dict[Key, Item]:
        """Everything that the table holds; an item is never changed, only replaced."""
        return self._table._items

    def put_back(self, items: dict[Key, Item]) -> None:
        """Hold exactly these items, and forget every token."""
        self._table = MemoryTable()
        self._table._items = dict(items)

    def call(self, operation: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Answer one operation; raise Refused."""
        answer: dict[str, Any] = getattr(self, "_" + operation)(payload)
        return answer

    def _BatchGetItem(self, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - DynamoDB's names
        ((name, wanted),) = payload["RequestItems"].items()
        assert wanted["ConsistentRead"]
        found = self._table.get([_place(key) for key in wanted["Keys"]])
        return {"Responses": {name: list(found.values())}, "UnprocessedKeys": {}}

    def _Query(self, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert payload["KeyConditionExpression"] == "#p = :p AND #s BETWEEN :l AND :h"
        names, values = payload["ExpressionAttributeNames"], payload["ExpressionAttributeValues"]
        told = payload.get("FilterExpression", "")
        wanted = Range(
            pk=values[":p"]["S"], low=values[":l"]["S"], high=values[":h"]["S"], index=names["#p"].removesuffix("pk"),
            limit=payload.get("Limit", _EVERYTHING), ascending=payload["ScanIndexForward"],
            equal=tuple((name, str(value)) for name, value in _pairs(told, names, values)),
            at_most=tuple((names[found[1]], int(values[found[2]]["N"])) for found in _AT_MOST.finditer(told)),
            only=tuple(names[mark] for mark in payload.get("ProjectionExpression", "").split(", ") if mark),
        )
        found = self._table.find(wanted)
        last = {"LastEvaluatedKey": {wanted.index + "sk": {"S": found.last}}} if found.last else {}
        return {"Items": list(found.items), "Count": len(found.items), **last}

    def _TransactWriteItems(self, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        changes = [_change(member) for member in payload["TransactItems"]]
        self._write(changes, payload["ClientRequestToken"])
        return {}

    def _BatchWriteItem(self, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        ((_, requests),) = payload["RequestItems"].items()
        self._table.delete_batch([_place(request["DeleteRequest"]["Key"]) for request in requests])
        return {"UnprocessedItems": {}}

    def _UpdateItem(self, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Only the note of a key's last use is written this way."""
        assert payload["UpdateExpression"] == "SET last_used_at = :now"
        key, values = _place(payload["Key"]), payload["ExpressionAttributeValues"]
        item = self.items.get(key)
        if item is None or int(item.get("last_used_at", {"N": "0"})["N"]) > int(values[":before"]["N"]):
            raise Refused("ConditionalCheckFailedException")
        self.items[key] = item | {"last_used_at": values[":now"]}
        return {}

    def _write(self, changes: list[Change], token: str) -> None:
        try:
            self._table.write(changes, token=token)
        except GuardsFailed as failed:
            reasons = ["ConditionalCheckFailed" if n in failed.positions else "None" for n in range(len(changes))]
            raise Refused("TransactionCanceledException", tuple(reasons)) from None


def _change(member: dict[str, Any]) -> Change:
    ((verb, body),) = member.items()
    names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
    terms = [term for term in body.get("ConditionExpression", "").split(" AND ") if term]
    guards = [_GUARDS[term] for term in terms if not _EQUAL.fullmatch(term)]
    setting = list(_SETTING.finditer(body.get("UpdateExpression", "")))
    return Change(
        verb=_VERBS[verb], key=_place(body["Item"] if verb == "Put" else body["Key"]), item=body.get("Item"),
        guard=guards[0] if guards else "",
        equal=_pairs(" AND ".join(term for term in terms if _EQUAL.fullmatch(term)), names, values),
        set=tuple((names[one[1]], _plain(values[one[2]])) for one in setting if one[1]),
        add=tuple((names[one[3]], int(values[one[4]]["N"])) for one in setting if one[3]),
    )  # fmt: skip


def _pairs(expression: str, names: dict[str, str], values: Item) -> tuple[tuple[str, str | int], ...]:
    return tuple((names[found[1]], _plain(values[found[2]])) for found in _EQUAL.finditer(expression))


def _plain(value: dict[str, Any]) -> str | int:
    return str(value["S"]) if "S" in value else int(value["N"])


def _place(key: dict[str, Any]) -> Key:
    return key["pk"]["S"], key["sk"]["S"]
