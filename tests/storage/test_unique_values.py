"""Values that one record holds at a time, kept by the fake and by a real engine alike."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pytest

from controlplane.domain.errors import AlreadyExists, Conflict
from controlplane.domain.records import Claim, Organization
from controlplane.storage.store import TableStore

ORG = Organization(id="org_a", name="Acme", created_at=1, updated_at=2)
NAME = Claim(kind="project_name", scope="org_a", value="web", owner_id="proj_1")
TAKEN = AlreadyExists("taken")


def test_a_unique_value_has_one_owner_until_it_is_released(store: TableStore) -> None:
    """A name is taken once, given back only by its owner, and free afterwards."""
    for claim, expected in ((NAME, None), (replace(NAME, owner_id="proj_2"), AlreadyExists)):
        transaction = store.transaction()
        transaction.claim(claim, otherwise=TAKEN)
        if expected:
            with pytest.raises(expected):
                transaction.commit()
        else:
            transaction.commit()
    thief = store.transaction()
    thief.release(replace(NAME, owner_id="proj_2"))
    with pytest.raises(Conflict):
        thief.commit()
    owner = store.transaction()
    owner.release(NAME)
    owner.commit()

    assert store.claim("project_name", "org_a", "web") is None


def test_a_unique_value_is_exchanged_for_a_free_one_or_kept(store: TableStore) -> None:
    """Who takes another name gives the first one back, who keeps it is asked nothing, and nobody takes a held one."""
    free, held = replace(NAME, value="free"), replace(NAME, value="held", owner_id="proj_2")
    first = store.transaction()
    for claim in (NAME, held):
        first.claim(claim, otherwise=TAKEN)
    first.commit()

    for wanted, refused in ((NAME, nullcontext()), (replace(NAME, value="held"), pytest.raises(AlreadyExists)),
                            (free, nullcontext())):  # fmt: skip
        transaction = store.transaction()
        transaction.exchange(NAME, wanted, otherwise=TAKEN)
        transaction.create(replace(ORG, id=f"org_{wanted.value}"))
        with refused:
            transaction.commit()

    assert [None, held, free] == [store.claim("project_name", "org_a", value) for value in ("web", "held", "free")]
