"""The authorizer's reads: all that a decision needs, in one strongly consistent round trip once it is known where.

Remembered between requests is only where to look, never what was found there, so no decision rests on anything
older than its request (design, one round trip).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from time import monotonic

from controlplane.domain.identity import HeldRole, Identity, Inquiry
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import Claim, Credential, EndedSession, Environment, Organization, Role, User
from controlplane.domain.roles import built_ins
from controlplane.domain.values import dataclass
from controlplane.storage.codec import Item, decode
from controlplane.storage.lean.client import KeyItem
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
        keys: list[Item] = [_asked(key) for key in wanted]
        return self._batch_get(self._table, keys, deadline)

    def _wanted(self, inquiry: Inquiry, place: Place) -> set[Key]:
        """Return where the caller is, what belongs to it, and what its request asks for beside it."""
        wanted = set(_of_caller(inquiry))
        if place.org_id:
            wanted.add(_organization(place.org_id))
            if place.environment_id:
                wanted.add(_in_org(Environment, place.org_id, place.environment_id))
            for role_id in place.role_ids:
                wanted.add(_in_org(Role, place.org_id, role_id))
        if inquiry.target_org_id:
            wanted.add(_organization(inquiry.target_org_id))
        if inquiry.environment or inquiry.default_environment:
            wanted.update(self._of_environment(inquiry, inquiry.target_org_id or place.org_id))
        return wanted

    def _of_environment(self, inquiry: Inquiry, org_id: str) -> list[Key]:
        """Return where the environment that the request asks for may be."""
        if not org_id:
            return []
        places = [_in_org(Environment, org_id, inquiry.environment or inquiry.default_environment)]
        if inquiry.environment:
            name = _environment_name(org_id, inquiry.environment)
            places.append(name)
            if owner := self._owners.get(name):
                places.append(_in_org(Environment, org_id, owner))
        return places

    def _remember_owner(self, inquiry: Inquiry, place: Place, found: _Found) -> None:
        org_id = inquiry.target_org_id or place.org_id
        if not org_id or not inquiry.environment:
            return
        name = _environment_name(org_id, inquiry.environment)
        if claim := found.one(Claim, name):
            self._owners.put(name, claim.owner_id)


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

    def one(self, record: type[T], key: Key) -> T | None:
        """Return the record with this key."""
        found: T | None = self._records.get(key)
        if found is None and (item := self._items.get(key)):
            found = self._records[key] = decode(record, item)
        return found

    def organization(self, org_id: str) -> Organization | None:
        """Return an organization; an empty id has none."""
        return self.one(Organization, _organization(org_id)) if org_id else None

    def environment(self, org_id: str, environment_id: str) -> Environment | None:
        """Return an environment; an empty id has none."""
        if not org_id or not environment_id:
            return None
        return self.one(Environment, _in_org(Environment, org_id, environment_id))

    def credential(self, inquiry: Inquiry) -> Credential | None:
        """Return the key that the request presents."""
        return self.one(Credential, _credential(inquiry.key_hash)) if inquiry.key_hash else None

    def user(self, inquiry: Inquiry) -> User | None:
        """Return the user whose token the request presents."""
        if not inquiry.user_id or not inquiry.org_id:
            return None
        return self.one(User, _in_org(User, inquiry.org_id, inquiry.user_id))

    def session_ended(self, inquiry: Inquiry) -> bool:
        """Tell whether the token's session was ended."""
        return bool(inquiry.session_id) and self.one(EndedSession, _session(inquiry.session_id)) is not None

    def roles(self, place: Place) -> tuple[HeldRole, ...]:
        """Return those of the caller's custom roles that exist."""
        if not place.role_ids:
            return ()
        roles = [self.one(HeldRole, _in_org(Role, place.org_id, role_id)) for role_id in place.role_ids]
        return tuple([role for role in roles if role])


def _identity(inquiry: Inquiry, place: Place, found: _Found) -> Identity:
    return Identity(
        credential=found.credential(inquiry),
        user=found.user(inquiry),
        session_ended=found.session_ended(inquiry),
        organization=found.organization(place.org_id),
        target=found.organization(inquiry.target_org_id),
        key_environment=found.environment(place.org_id, place.environment_id),
        environment=_environment(inquiry, inquiry.target_org_id or place.org_id, found),
        roles=found.roles(place),
    )


def _environment(inquiry: Inquiry, org_id: str, found: _Found) -> Environment | None:
    """Return the environment with the asked id, else the one that has the asked name now."""
    there = found.environment(org_id, inquiry.environment or inquiry.default_environment)
    if there or not org_id or not inquiry.environment:
        return there
    claim = found.one(Claim, _environment_name(org_id, inquiry.environment))
    return found.environment(org_id, claim.owner_id) if claim else None


def _of_caller(inquiry: Inquiry) -> list[Key]:
    keys = []
    if inquiry.key_hash:
        keys.append(_credential(inquiry.key_hash))
    if inquiry.user_id:
        keys += [_in_org(User, inquiry.org_id, inquiry.user_id), _session(inquiry.session_id)]
    return keys


def _place(inquiry: Inquiry, found: _Found) -> Place:
    """Say where the caller's items are, from what was found just now."""
    if credential := found.credential(inquiry):
        return Place(credential.org_id, credential.environment_id, _custom(credential.org_id, credential.role_ids))
    if user := found.user(inquiry):
        return Place(user.org_id, "", _custom(user.org_id, user.role_ids))
    return Place()


def _custom(org_id: str, role_ids: tuple[str, ...]) -> tuple[str, ...]:
    code = built_ins(platform=org_id == PLATFORM_ORG)
    return tuple([role_id for role_id in role_ids if role_id not in code])


@lru_cache(maxsize=_REMEMBERED)
def _asked(key: Key) -> KeyItem:
    pk, sk = key
    return KeyItem({"pk": {"S": pk}, "sk": {"S": sk}})


@lru_cache(maxsize=_REMEMBERED)
def _credential(key_hash: str) -> Key:
    return ENTITIES[Credential].key(hash=key_hash)


@lru_cache(maxsize=_REMEMBERED)
def _organization(org_id: str) -> Key:
    return ENTITIES[Organization].key(id=org_id)


@lru_cache(maxsize=_REMEMBERED)
def _in_org(record: Any, org_id: str, id: str) -> Key:
    return ENTITIES[record].key(org_id=org_id, id=id)


@lru_cache(maxsize=_REMEMBERED)
def _session(jti: str) -> Key:
    return ENTITIES[EndedSession].key(jti=jti)


@lru_cache(maxsize=_REMEMBERED)
def _environment_name(org_id: str, name: str) -> Key:
    return ENTITIES[Claim].key(kind=ENVIRONMENT_NAME, scope=org_id, value=name)
