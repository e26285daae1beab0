"""What a table holds, without what differs from one run of the same request to the next."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from controlplane.domain.timestamps import timestamp
from controlplane.storage.codec import Item
from controlplane.storage.schema import Key
from tests.events.fixed import START

State = tuple[str, ...]
# Failed logins and Idempotency-Keys have transactions of their own, so do the moments of logins and of a key's use.
_ASIDE = ("ATTEMPTS#", "IDEMPOTENCY#")
_MOMENTS = {"last_login_at", "last_used_at"}
_NEW = (
    (re.compile(r"\$2[aby]\$[./A-Za-z0-9$]+"), "<bcrypt>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<hash>"),
    (re.compile(r"\b(ifkey_|ifplatform_)[0-9a-f]+"), r"\1<value>"),
    (re.compile(r"[0-9]{26,32}|ak_[0-9]{8}-[0-9-]{27}"), "<id>"),
    (re.compile(rf"\b{START // 1000}\d{{3}}\b|{timestamp(START)[:14]}\d\d:\d\dZ"), "<moment>"),
    (re.compile(r'("(?:pk|gsi4pk)": \{"S": "(?:AUDIT#[^"]*|EXPIRING)#)\d"'), r'\1<shard>"'),
)


def state_of(items: Mapping[Key, Item], *, before: Mapping[Key, Item]) -> State:
    """Return how a table differs from what it was, with new ids, values, hashes and moments made equal."""
    changed = [item for key, item in items.items() if before.get(key) is not item and not key[0].startswith(_ASIDE)]
    added = sorted(_text(item) for item in changed if _plain(before.get(_place(item))) != _plain(item))
    gone = sorted(f"gone {key}" for key in before.keys() - items.keys() if not key[0].startswith(_ASIDE))
    return (*added, *(made_equal(line) for line in gone))


def made_equal(text: str) -> str:
    """Replace everything that is new in every run."""
    for pattern, word in _NEW:
        text = pattern.sub(word, text)
    return text


def _text(item: Item) -> str:
    return made_equal(json.dumps(_plain(item), sort_keys=True, default=bytes.decode))


def _plain(item: Item | None) -> dict[str, Any]:
    return {name: value for name, value in (item or {}).items() if name not in _MOMENTS}


def _place(item: Item) -> Key:
    return item["pk"]["S"], item["sk"]["S"]
