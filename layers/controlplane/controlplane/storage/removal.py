"""Removing what is left of a deleted organization, a page at a time, in an order that any crash may interrupt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from controlplane.domain import records as r
from controlplane.domain.emails import normalise_email
from controlplane.domain.role_names import folded
from controlplane.domain.values import replace
from controlplane.storage import schema
from controlplane.storage.codec import Item, decode
from controlplane.storage.ranges import range_of
from controlplane.storage.schema import ENTITIES, Key
from controlplane.storage.table import Change, GuardsFailed, Table

_PAGE = 100
_BATCH = 25
_NAMED: dict[type[Any], tuple[str, Callable[[str], str]]] = {
    r.Project: ("project_name", str),
    r.Environment: ("environment_name", str),
    r.Role: ("role_name", folded),
}


def remove_items_of_org(table: Table, org_id: str) -> bool:
    """Remove a page of an organization's items, and what stands elsewhere because of them; tell whether all is gone.

    What an item leads to goes before the item itself, so that an interruption never leaves it unreachable.
    """
    found = table.find(replace(range_of(schema.ITEMS_OF_ORG, org_id=org_id), limit=_PAGE))
    elsewhere: list[Key] = []
    for item in found.items:
        elsewhere += _free(table, item, org_id)
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in found.items]
    for batch in (elsewhere, keys):
        for start in range(0, len(batch), _BATCH):
            table.delete_batch(batch[start:start + _BATCH])
    return not found.last


def _free(table: Table, item: Item, org_id: str) -> list[Key]:
    """Return the keys of items that exist only because of this one; free the e-mail address that it held."""
    sk = item["sk"]["S"]
    if ENTITIES[r.ApiKey].stands_at(sk):
        return [ENTITIES[r.Credential].key(hash=decode(r.ApiKey, item).hash)]
    for record, (kind, form) in _NAMED.items():
        if ENTITIES[record].stands_at(sk):
            return [ENTITIES[r.Claim].key(kind=kind, scope=org_id, value=form(item["name"]["S"]))]
    if ENTITIES[r.User].stands_at(sk):
        _free_email(table, decode(r.User, item))
    return []


def _free_email(table: Table, user: r.User) -> None:
    """Give an e-mail address back unless somebody else holds it by now."""
    key = ENTITIES[r.Claim].key(kind="email", scope="tenant", value=normalise_email(user.email))
    try:
        table.write([Change(verb="delete", key=key, equal=(("owner_id", user.id),))], token=uuid4().hex)
    except GuardsFailed:
        return
