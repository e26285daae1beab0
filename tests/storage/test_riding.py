"""A change that goes along with a transaction: both happen, or neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controlplane.domain.errors import Aborted
from controlplane.domain.records import IdempotentRequest, Organization
from controlplane.storage.store import TableStore

NOTE = IdempotentRequest(principal="p", key="k", fingerprint="f", state="started", started_at=1, ttl=100)
ORG = Organization(id="org_a", name="Acme", created_at=1, updated_at=1)


def create(store: TableStore, *records: object) -> None:
    transaction = store.transaction()
    for record in records:
        transaction.create(record)  # type: ignore[arg-type]
    transaction.commit()


def test_the_rider_goes_along_once_with_the_first_transaction_that_commits(store: TableStore) -> None:
    """What rides along is written with the change itself, not before it and not twice."""
    create(store, NOTE)

    with store.riding(NOTE, replace(NOTE, state="committed")) as ride:
        assert not ride.taken
        create(store, ORG)
        create(store, replace(ORG, id="org_b"))

    assert ride.taken
    assert store.idempotent_request("p", "k") == replace(NOTE, state="committed", revision=2)


def test_a_transaction_whose_rider_cannot_go_along_does_not_happen(store: TableStore) -> None:
    """When another request has taken the note over, the first one changes nothing any more."""
    create(store, NOTE)
    takeover = store.transaction()
    takeover.replace(NOTE, replace(NOTE, started_at=50))
    takeover.commit()

    with pytest.raises(Aborted, match="took over"), store.riding(NOTE, replace(NOTE, state="committed")):
        create(store, ORG)

    assert store.organization("org_a") is None
