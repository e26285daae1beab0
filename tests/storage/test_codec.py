"""Records as items: what a role carries, in the three shapes in which it is met."""

from __future__ import annotations

import json
from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.identity import HeldRole
from controlplane.domain.records import Role
from controlplane.storage.codec import Item, decode, encode
from controlplane.storage.lean.client import _encoded

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
GRANTS = st.lists(st.dictionaries(st.sampled_from(["effect", "actions", "condition"]), TEXTS), min_size=1, max_size=4)


def _shapes(role: Role) -> tuple[Item, Item, Item]:
    """Return the item as a client that knows DynamoDB's types shows it, as the wire does, and as it once was."""
    item = encode(role)
    raw = item["grants"]["B"]
    return item, item | {"grants": {"B": b64encode(raw).decode()}}, item | {"grants": {"S": raw.decode()}}


@given(grants=GRANTS)
def test_a_role_carries_its_policies_whatever_shows_it(grants: list[dict[str, str]]) -> None:
    """No client, and no age of an item, makes another policy of a text: handlers and authorizer decide alike."""
    role = Role(id="role_1", org_id="org_a", name="r", created_at=1, updated_at=1, grants=tuple(grants))

    for item in _shapes(role):
        assert role == decode(Role, item)
        assert grants == json.loads(decode(HeldRole, item).grants)


def test_what_a_role_carries_needs_no_escapes_on_the_wire() -> None:
    """Reading roles stays quick however many quotes their conditions have; the lean client writes what it reads."""
    role = Role(id="role_1", org_id="org_a", name="r", created_at=1, updated_at=1,
                grants=({"effect": "allow", "condition": 'request.method == "GET"'},) * 3)

    item, wire, _ = _shapes(role)

    assert "\\" not in _encoded(item)
    assert wire == json.loads(_encoded(item))
