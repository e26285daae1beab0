"""The page of the table: what is stored where, and every question that is asked of it."""

from __future__ import annotations

from controlplane.storage.schema import ENTITIES, PATTERNS, Entity, Pattern
from reference.markdown import code, page, table

_INTRODUCTION = """
One DynamoDB table holds everything. Each record stands under its own key, some a second time under a key by which a
list finds it; whatever must be unique is a `Claim`. [Why](../adr/0003-one-table.md)
"""
_ANY = object


def access_patterns_page() -> str:
    """Return docs/reference/access-patterns.md."""
    return page(
        "Access patterns", "the storage schema", _INTRODUCTION,
        "## Items", table(("Record", "pk", "sk", "Also stored as", "What it is"), map(_item, ENTITIES.values())),
        "## Questions",
        "Each is one Query in one partition; `sk` is how the sort keys start. There is no Scan.",
        table(("Name", "Finds", "Index", "pk", "sk"), map(_question, PATTERNS)),
    )  # fmt: skip


def _item(entity: Entity) -> tuple[str, ...]:
    copies = "; ".join(f"{code(pk)}, {code(sk)}" for pk, sk in entity.copies)
    return code(entity.record.__name__), code(entity.pk), code(entity.sk), copies, entity.purpose


def _question(pattern: Pattern) -> tuple[str, ...]:
    finds = "everything" if pattern.record is _ANY else code(pattern.record.__name__)
    sk = f"{code(pattern.sk_start)} to {code(pattern.sk_end)}" if pattern.sk_end else code(pattern.sk_start)
    return code(pattern.name), finds, pattern.index or "table", code(pattern.pk), sk
