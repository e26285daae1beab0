"""What must be true of the table at every moment that anybody can see, whatever failed on the way there."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from controlplane.domain import records as r
from controlplane.domain.emails import normalise_email
from controlplane.domain.names import DEFAULT_ENVIRONMENT, OPERATOR_ORG, OPERATOR_PROJECT, PLATFORM_ORG
from controlplane.domain.policy_text import saved_grant
from controlplane.domain.role_names import folded
from controlplane.domain.roles import PLATFORM_ADMIN
from controlplane.storage.codec import Item, decode
from controlplane.storage.schema import ENTITIES, places_of

T = TypeVar("T")
_SHAPES = [
    (kind, re.compile(_shape(pk)), re.compile(_shape(sk)))
    for kind, entity in ENTITIES.items()
    for _shape in (lambda text: re.sub(r"\\\{[^}]*\\\}", "(?s:.*)", re.escape(text)),)
    for pk, sk in ((entity.pk, entity.sk), *entity.copies)
]
_NAMED: dict[type[Any], tuple[str, Callable[[str], str]]] = {
    r.Project: ("project_name", str), r.Environment: ("environment_name", str), r.Role: ("role_name", folded),
}  # fmt: skip
# Which events tell that a thing is there, and under which name they give its id.
_TOLD: dict[type[Any], tuple[str, str]] = {
    r.ApiKey: ("key", "api_key_id"), r.User: ("user", "user_id"), r.Role: ("role", "role_id"),
    r.Policy: ("policy", "policy_id"), r.Project: ("project", "project_id"), r.Environment: ("environment", "env_id"),
    r.Function: ("function", "function_id"), r.Organization: ("tenant", "org_id"),
}  # fmt: skip
_FIRST_ROWS = {
    ("tenant", "", OPERATOR_ORG), ("tenant", "", PLATFORM_ORG), ("project", OPERATOR_ORG, OPERATOR_PROJECT),
    ("environment", OPERATOR_ORG, DEFAULT_ENVIRONMENT),
}  # fmt: skip
_GONE = ("deleted", "revoked", "environment_deleted", "purged")


class Contents:
    """Everything that a table holds, as records; `told` are things that were there before any event."""

    def __init__(self, items: Iterable[Item], *, told: frozenset[str] = frozenset()) -> None:
        self._by_kind: dict[type[Any], dict[tuple[str, str], Any]] = defaultdict(dict)
        self.untold = told
        for item in items:
            place = item["pk"]["S"], item["sk"]["S"]
            kind = next((kind for kind, pk, sk in _SHAPES if pk.fullmatch(place[0]) and sk.fullmatch(place[1])), None)
            if kind:
                self._by_kind[kind][place] = decode(kind, item)
        self.orgs = {org.id for org in self.all(r.Organization)}

    def all(self, kind: type[T]) -> list[T]:
        """Return the records of a kind, each once."""
        return [record for place, record in self._by_kind[kind].items() if place == next(places_of(record))[0]]

    def copies(self, kind: type[T]) -> Mapping[tuple[str, str], T]:
        """Return every place at which a record of a kind stands."""
        return self._by_kind[kind]

    def living(self, kind: type[T]) -> list[T]:
        """Return the records of organizations that exist; what is left of others waits to be removed."""
        return [record for record in self.all(kind) if getattr(record, "org_id", "") in self.orgs]


def broken_invariants(items: Iterable[Item], *, untold: frozenset[str] = frozenset()) -> list[str]:
    """Return what is wrong, in words; `untold` are ids whose making left no event, by design or by a test's hand."""
    contents = Contents(items, told=untold)
    checks = (_keys, _claims, _roles, _admins, _copies, _events, _versions)
    return [f"{check.__name__[1:]}: {problem}" for check in checks for problem in check(contents)]


def _keys(contents: Contents) -> Iterator[str]:
    """Each key has one live credential, which says the same as the key; no credential is without its key."""
    credentials = {one.hash: one for one in contents.all(r.Credential)}
    keys = contents.living(r.ApiKey)
    for key in keys:
        wanted = r.Credential(hash=key.hash, key_id=key.id, org_id=key.org_id, role_ids=key.role_ids,
                              environment_id=key.environment_id, expires_at=key.expires_at, tool_scopes=key.tool_scopes)
        if credentials.get(key.hash) != wanted:
            yield f"{key.id} and its credential disagree"
    hashes = Counter(key.hash for key in keys)
    for one in credentials.values():
        if one.org_id in contents.orgs and hashes[one.hash] != 1:
            yield f"{hashes[one.hash]} keys have the credential of {one.key_id}"


def _claims(contents: Contents) -> Iterator[str]:
    """Each name and address is claimed by its owner; no claim is without one."""
    wanted = {("organization_name", "", org.name): org.id for org in contents.all(r.Organization)
              if org.id != PLATFORM_ORG}  # fmt: skip
    for kind, (word, form) in _NAMED.items():
        wanted |= {(word, one.org_id, form(one.name)): one.id for one in contents.living(kind)}
    for user in contents.living(r.User):
        scope = "platform" if user.org_id == PLATFORM_ORG else "tenant"
        wanted["email", scope, normalise_email(user.email)] = user.id
    held = {(one.kind, one.scope, one.value): one.owner_id for one in contents.all(r.Claim) if one.kind != "marker"}
    for claim in wanted.keys() - held.keys():
        yield f"nobody holds {claim}"
    for claim, owner in held.items():
        of_the_living = claim[1] in ("", "platform") or claim[1] in contents.orgs
        if claim in wanted and wanted[claim] != owner:
            yield f"{claim} is held by {owner}, not by {wanted[claim]}"
        elif claim not in wanted and of_the_living:
            yield f"{claim} is held by {owner}, which is not there"


def _roles(contents: Contents) -> Iterator[str]:
    """Roles and policies name each other, and a role carries its policies' texts as they are."""
    policies = {(one.org_id, one.id): one for one in contents.living(r.Policy)}
    roles = contents.living(r.Role)
    held = {(role.org_id, role.id, one) for role in roles for one in role.policy_ids}
    named = {(one.org_id, role_id, one.id) for one in policies.values() for role_id in one.role_ids}
    if held != named:
        yield f"one side only: {sorted(held ^ named)}"
    for role in roles:
        there = [policies.get((role.org_id, one)) for one in role.policy_ids]
        if [saved_grant(one) if one else None for one in there] != list(role.grants):
            yield f"{role.id} carries other texts than its policies have"


def _admins(contents: Contents) -> Iterator[str]:
    """The roll names the active platform admins, and once there was one there is one."""
    active = {user.id for user in contents.all(r.User)
              if user.org_id == PLATFORM_ORG and user.is_active and PLATFORM_ADMIN in user.role_ids}  # fmt: skip
    rolls = contents.all(r.PlatformAdmins)
    if active != {user_id for roll in rolls for user_id in roll.user_ids}:
        yield f"the roll says {rolls}, the users {active}"
    if rolls and not active:
        yield "the platform has no admin"


def _copies(contents: Contents) -> Iterator[str]:
    """An organization's line in the list, and a function's place in its environment, say what the original says."""
    kinds: tuple[type[Any], ...] = (r.Organization, r.Function)
    for kind in kinds:
        found = _of_the_living(contents, contents.copies(kind))
        wanted = {place: record for record in contents.all(kind) for place, _ in places_of(record)}
        if found != _of_the_living(contents, wanted):
            yield f"{kind.__name__}: {sorted(found.keys() ^ wanted.keys())} stand on one side only, or differ"


def _of_the_living(contents: Contents, found: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    return {place: one for place, one in found.items() if getattr(one, "org_id", one.id) in contents.orgs}


def _events(contents: Contents) -> Iterator[str]:
    """What there is, is what the events say: each change left its event, and each event its change."""
    said: dict[tuple[str, str, str], str] = {}
    for event in sorted(contents.all(r.AuditEvent), key=lambda one: one.id):
        words = event.event_type.removeprefix("platform.").removeprefix("authz.").split(".")
        subject = {"org": "tenant"}.get(words[0], words[0])
        if words == ["role", "changed"]:
            subject = "policy" if "policy_id" in event.payload else "role"
        name = next((name for word, name in _TOLD.values() if word == subject), "")
        if name in event.payload and "change" in event.payload:
            scope = "" if subject == "tenant" else event.trails[0]
            said[subject, scope, event.payload[name]] = event.payload["change"]
        if event.event_type == "platform.tenant.provisioned":  # it tells of the places that were made with it
            made = (("project", event.payload.get("project_id")), ("environment", event.payload.get("env_id")))
            said |= {(word, event.payload["org_id"], one): "created" for word, one in made if one}
    there = {(word, getattr(one, "org_id", ""), one.id) for kind, (word, _) in _TOLD.items()
             for one in contents.all(kind)}  # fmt: skip
    alive = {thing for thing, change in said.items() if change not in _GONE}
    for thing in (there ^ alive) - _FIRST_ROWS:
        if thing[2] not in contents.untold and (not thing[1] or thing[1] in contents.orgs):
            yield f"{thing} is there: {thing in there}; by the events: {said.get(thing)}"


def _versions(contents: Contents) -> Iterator[str]:
    """A policy's newest version is its text."""
    versions = {(one.org_id, one.policy_id, one.version_num): one for one in contents.all(r.PolicyVersion)}
    for policy in contents.living(r.Policy):
        newest = versions.get((policy.org_id, policy.id, policy.version))
        told = ("name", "effect", "actions", "resources", "condition")
        if newest is None or any(getattr(newest, name) != getattr(policy, name) for name in told):
            yield f"version {policy.version} of {policy.id} is not its text"
