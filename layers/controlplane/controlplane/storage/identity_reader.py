"""The authorizer's reads: all that a decision needs, in one strongly consistent round trip once it is known where.

Remembered between requests is only where to look, never what was found there, so no decision rests on anything
older than its request (design, one round trip).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from time import monotonic

from controlplane.domain.identity import Identity, Inquiry
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import Claim, Credential, EndedSession, Environment, Organization, Role, User
from controlplane.domain.roles import built_ins
from controlplane.domain.values import dataclass
from controlplane.storage.codec import Item, decode
from controlplane.storage.memory import Memory
from controlplane.storage.schema import ENTITIES, Key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")

BatchGet = Callable[[str, list[Item], float], list[Item]]
"""Reads keys of a table, consistent and complete, by a moment of `monotonic()`; see DynamoClient.batch_get."""

ENVIRONMENT_NAME = "environment_name"
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller's other items are: its organization, the environment of its key, and its custom roles."""

    org_id: str = ""
    environment_id: str = ""
    role_ids: tuple[str, ...] = ()


class LeanIdentityReader:
    """Reads identities with as few BatchGetItem as can be: one where the places are known, two at first sight.

    An environment that is asked for by its name, not its id, costs one more the first time.
    """

    def __init__(self, batch_get: BatchGet, table: str, *, budget: float = 3.0) -> None:
        """Remember nothing yet; `budget` bounds all reads of one request, in seconds."""
        self._batch_get = batch_get
        self._table = table
        self._budget = budget
        self._places: Memory[str, Place] = Memory(_REMEMBERED)
        self._owners: Memory[Key, str] = Memory(_REMEMBERED)

    def read(self, inquiry: Inquiry) -> Identity:
        """Return what the table holds now; raise StoreUnavailable when it cannot be read in time."""
        subject = inquiry.key_hash or f"{inquiry.org_id} {inquiry.user_id}"
        place = self._places.get(subject) or Place(inquiry.org_id)
        deadline = monotonic() + self._budget
        found = _Found()
        asked: set[Key] = set()
        while wanted := self._wanted(inquiry, place) - asked:
            asked |= wanted
            found.add(self._fetch(wanted, deadline))
            expected, place = place, _place(inquiry, found)
            if place == expected and not inquiry.environment:
                break
            self._remember_owner(inquiry, place, found)
        if place.org_id:
            self._places.put(subject, place)
        return _identity(inquiry, place, found)

    def _fetch(self, wanted: Iterable[Key], deadline: float) -> list[Item]:
        keys: list[Item] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted]
        return self._batch_get(self._table, keys, deadline)

    def _wanted(self, inquiry: Inquiry, place: Place) -> set[Key]:
        return {*_of_caller(inquiry), *_of_place(place), *self._of_request(inquiry, place)}

    def _of_request(self, inquiry: Inquiry, place: Place) -> Iterator[Key]:
        """Yield where the organization and environment that the request asks for may be."""
        if inquiry.target_org_id:
            yield _key(Organization, id=inquiry.target_org_id)
        org_id = inquiry.target_org_id or place.org_id
        if not org_id:
            return
        if inquiry.environment:
            name = _key(Claim, **_name_of(inquiry, place))
            yield name
            if owner := self._owners.get(name):
                yield _key(Environment, org_id=org_id, id=owner)
        if environment_id := inquiry.environment or inquiry.default_environment:
            yield _key(Environment, org_id=org_id, id=environment_id)

    def _remember_owner(self, inquiry: Inquiry, place: Place, found: _Found) -> None:
        name = _name_of(inquiry, place)
        if claim := found.one(Claim, **name):
            self._owners.put(_key(Claim, **name), claim.owner_id)


class _Found:
    """The items that were read for one request; each becomes a record once, when it is asked for."""

    __slots__ = ("_items", "_records")

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._records: dict[Key, Any] = {}

    def add(self, items: Iterable[Item]) -> None:
        """Take items in; what was found before by the same key gives way."""
        for item in items:
            key = (item["pk"]["S"], item["sk"]["S"])
            self._items[key] = item
            self._records.pop(key, None)

    def one(self, record: type[T], **fields: str) -> T | None:
        """Return the record with these key fields; none has an empty one."""
        if "" in fields.values():
            return None
        kind: Any = record
        key = _key(kind, **fields)
        if key not in self._records and (item := self._items.get(key)):
            self._records[key] = decode(record, item)
        found: T | None = self._records.get(key)
        return found


def _identity(inquiry: Inquiry, place: Place, found: _Found) -> Identity:
    one = found.one
    roles = [one(Role, org_id=place.org_id, id=role_id) for role_id in place.role_ids]
    return Identity(
        credential=one(Credential, hash=inquiry.key_hash),
        user=one(User, org_id=inquiry.org_id, id=inquiry.user_id),
        session_ended=one(EndedSession, jti=inquiry.session_id) is not None,
        organization=one(Organization, id=place.org_id),
        target=one(Organization, id=inquiry.target_org_id),
        key_environment=one(Environment, org_id=place.org_id, id=place.environment_id),
        environment=_environment(inquiry, place, found),
        roles=tuple([role for role in roles if role]),
    )


def _environment(inquiry: Inquiry, place: Place, found: _Found) -> Environment | None:
    """Return the environment with the asked id, else the one that has the asked name now."""
    org_id = inquiry.target_org_id or place.org_id
    if there := found.one(Environment, org_id=org_id, id=inquiry.environment or inquiry.default_environment):
        return there
    claim = found.one(Claim, **_name_of(inquiry, place))
    return found.one(Environment, org_id=org_id, id=claim.owner_id) if claim else None


def _of_caller(inquiry: Inquiry) -> Iterator[Key]:
    if inquiry.key_hash:
        yield _key(Credential, hash=inquiry.key_hash)
    if inquiry.user_id:
        yield _key(User, org_id=inquiry.org_id, id=inquiry.user_id)
        yield _key(EndedSession, jti=inquiry.session_id)


def _of_place(place: Place) -> Iterator[Key]:
    if not place.org_id:
        return
    yield _key(Organization, id=place.org_id)
    if place.environment_id:
        yield _key(Environment, org_id=place.org_id, id=place.environment_id)
    for role_id in place.role_ids:
        yield _key(Role, org_id=place.org_id, id=role_id)


def _place(inquiry: Inquiry, found: _Found) -> Place:
    """Say where the caller's items are, from what was found just now."""
    if credential := found.one(Credential, hash=inquiry.key_hash):
        return Place(credential.org_id, credential.environment_id, _custom(credential.org_id, credential.role_ids))
    if user := found.one(User, org_id=inquiry.org_id, id=inquiry.user_id):
        return Place(user.org_id, "", _custom(user.org_id, user.role_ids))
    return Place()


def _custom(org_id: str, role_ids: tuple[str, ...]) -> tuple[str, ...]:
    code = built_ins(platform=org_id == PLATFORM_ORG)
    return tuple(role_id for role_id in role_ids if role_id not in code)


@lru_cache(maxsize=_REMEMBERED)
def _key(record: Any, **fields: str) -> Key:
    return ENTITIES[record].key(**fields)


def _name_of(inquiry: Inquiry, place: Place) -> dict[str, str]:
    """Return the key fields of the claim on the asked environment's name."""
    return {"kind": ENVIRONMENT_NAME, "scope": inquiry.target_org_id or place.org_id, "value": inquiry.environment}
