"""The one table: which records stand where, and every question that may be asked of it, by name.

No other module spells a key. Entities of an organization share its partition, so their ids are unique within it
and their lists are a Query; what must be found or be unique by another value is an item of its own (design, storage).
"""

from __future__ import annotations

from collections.abc import Iterator

from controlplane.domain import records as r
from controlplane.domain.expiry import EXPIRED, next_notice_at
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.values import dataclass, specification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Key = tuple[str, str]

AUDIT_SHARDS = 4
EXPIRY_SHARDS = 8
BY_EVENT_TYPE, BY_PLATFORM_KEY, BY_IMPERSONATED_ORG, BY_EXPIRY = "gsi1", "gsi2", "gsi3", "gsi4"


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record: the keys of its item, of further copies, and of its places in indexes."""

    record: type[Any]
    pk: str
    sk: str
    copies: tuple[tuple[str, str], ...] = ()
    purpose: str = ""

    def key(self, **fields: object) -> Key:
        """Return the key of the item with these fields."""
        return self.pk.format_map(fields), self.sk.format_map(fields)

    def stands_at(self, sk: str) -> bool:
        """Tell whether a sort key of the partition is that of such an item."""
        return sk.startswith(self.sk.partition("{")[0])


ENTITIES: dict[type[Any], Entity] = {
    entity.record: entity
    for entity in (
        Entity(r.Organization, "ORG#{id}", "ORG", (("ORGS", "ORG#{id}"),), "an organization, and its line in the list"),
        Entity(r.Project, "ORG#{org_id}", "PROJECT#{id}", purpose="a project"),
        Entity(r.Environment, "ORG#{org_id}", "ENV#{id}", purpose="an environment"),
        Entity(r.ApiKey, "ORG#{org_id}", "KEY#{id}", purpose="a key as listed"),
        Entity(r.Credential, "CREDENTIAL#{hash}", "CREDENTIAL", purpose="a key as found by its hash"),
        Entity(r.User, "ORG#{org_id}", "USER#{id}", purpose="a platform or tenant user"),
        Entity(r.Role, "ORG#{org_id}", "ROLE#{id}", purpose="a custom role with the text of its policies"),
        Entity(r.Policy, "ORG#{org_id}", "POLICY#{id}", purpose="a policy"),
        Entity(r.PolicyVersion, "ORG#{org_id}", "POLICYVERSION#{policy_id}#{version_num:08d}",
               purpose="a policy's text as it once was"),
        Entity(r.Function, "ORG#{org_id}", "FUNCTION#{id}",
               (("ORG#{org_id}", "FUNCTIONIN#{environment_id}#{id}"),), "a registered function, also by environment"),
        Entity(r.Claim, "CLAIM#{kind}#{scope}#{value}", "CLAIM", purpose="a unique value and who holds it"),
        Entity(r.EndedSession, "SESSION#{jti}", "SESSION", purpose="a token that was logged out"),
        Entity(r.IdempotentRequest, "IDEMPOTENCY#{principal}", "{key}", purpose="a POST that must not happen twice"),
        Entity(r.PlatformAdmins, f"ORG#{PLATFORM_ORG}", "PLATFORMADMINS", purpose="who keeps the platform manageable"),
        Entity(r.Attempts, "ATTEMPTS#{kind}#{subject}", "ATTEMPTS", purpose="failed logins"),
        Entity(r.Cleanup, "CLEANUP", "{kind}#{org_id}#{id}", purpose="what a deletion left to remove"),
        Entity(r.AuditEvent, "AUDIT#{trail}#{shard}", "{id}", (("AUDITKEY#{trail}#{key_id}", "{id}"),),
               "an event in a trail, and once more for each API key it is about or by"),
    )
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A named question: one Query in one partition, up to `sk_end` where the sort keys end with others."""

    name: str
    record: type[Any]
    pk: str
    sk_start: str = ""
    index: str = ""
    sk_end: str = ""


KEYS_OF_ORG = Pattern("keys_of_org", r.ApiKey, "ORG#{org_id}", "KEY#")
USERS_OF_ORG = Pattern("users_of_org", r.User, "ORG#{org_id}", "USER#")
ROLES_OF_ORG = Pattern("roles_of_org", r.Role, "ORG#{org_id}", "ROLE#")
POLICIES_OF_ORG = Pattern("policies_of_org", r.Policy, "ORG#{org_id}", "POLICY#")
VERSIONS_OF_POLICY = Pattern("versions_of_policy", r.PolicyVersion, "ORG#{org_id}", "POLICYVERSION#{policy_id}#")
PROJECTS_OF_ORG = Pattern("projects_of_org", r.Project, "ORG#{org_id}", "PROJECT#")
ENVIRONMENTS_OF_ORG = Pattern("environments_of_org", r.Environment, "ORG#{org_id}", "ENV#")
FUNCTIONS_OF_ORG = Pattern("functions_of_org", r.Function, "ORG#{org_id}", "FUNCTION#")
FUNCTIONS_OF_ENVIRONMENT = Pattern("functions_of_environment", r.Function, "ORG#{org_id}",
                                   "FUNCTIONIN#{environment_id}#")
ORGANIZATIONS = Pattern("organizations", r.Organization, "ORGS", "ORG#")
CLEANUPS = Pattern("cleanups", r.Cleanup, "CLEANUP")
HOLDINGS_OF_ORG = Pattern("holdings_of_org", object, "ORG#{org_id}", ENVIRONMENTS_OF_ORG.sk_start,
                          sk_end=KEYS_OF_ORG.sk_start)
ITEMS_OF_ORG = Pattern("items_of_org", object, "ORG#{org_id}")
EVENTS_OF_TRAIL = Pattern("events_of_trail", r.AuditEvent, "AUDIT#{trail}#{shard}")
EVENTS_OF_KEY = Pattern("events_of_key", r.AuditEvent, "AUDITKEY#{trail}#{api_key_id}")
EVENTS_BY_TYPE = Pattern("events_by_type", r.AuditEvent, "AUDIT#{trail}#TYPE#{event_type}", index=BY_EVENT_TYPE)
EVENTS_BY_PLATFORM_KEY = Pattern("events_by_platform_key", r.AuditEvent, "AUDIT#{trail}#ACTOR#{platform_key_id}",
                                 index=BY_PLATFORM_KEY)
EVENTS_BY_IMPERSONATED_ORG = Pattern("events_by_impersonated_org", r.AuditEvent,
                                     "AUDIT#{trail}#ORG#{impersonated_org_id}", index=BY_IMPERSONATED_ORG)
DUE_KEYS = Pattern("due_keys", r.ApiKey, "EXPIRING#{shard}", index=BY_EXPIRY)
EXPIRED_KEYS = Pattern("expired_keys", r.ApiKey, "EXPIRED#{shard}", index=BY_EXPIRY)
PATTERNS = (
    KEYS_OF_ORG, USERS_OF_ORG, ROLES_OF_ORG, POLICIES_OF_ORG, VERSIONS_OF_POLICY, PROJECTS_OF_ORG,
    ENVIRONMENTS_OF_ORG, FUNCTIONS_OF_ORG, FUNCTIONS_OF_ENVIRONMENT, ORGANIZATIONS, CLEANUPS,
    HOLDINGS_OF_ORG, ITEMS_OF_ORG, EVENTS_OF_TRAIL, EVENTS_OF_KEY, EVENTS_BY_TYPE, EVENTS_BY_PLATFORM_KEY,
    EVENTS_BY_IMPERSONATED_ORG, DUE_KEYS, EXPIRED_KEYS,
)


def key_of(record: object) -> Key:
    """Return the key of a record's own item."""
    entity = ENTITIES[type(record)]
    return entity.key(**fields_of(record))


def fields_of(record: object) -> dict[str, Any]:
    """Return a record's fields by name, without copying their values."""
    kind: Any = type(record)
    return {name: getattr(record, name) for name, _, _ in specification(kind)}


def places_of(record: object) -> Iterator[tuple[Key, dict[str, str]]]:
    """Yield each key under which a record is stored, with the index attributes of that place."""
    if isinstance(record, r.AuditEvent):
        yield from _places_of_event(record)
        return
    entity, fields = ENTITIES[type(record)], fields_of(record)
    yield entity.key(**fields), _index_of_key(record) if isinstance(record, r.ApiKey) else {}
    if fields.get("id") == PLATFORM_ORG:
        return
    for pk, sk in entity.copies:
        yield (pk.format_map(fields), sk.format_map(fields)), {}


def _index_of_key(key: r.ApiKey) -> dict[str, str]:
    if not key.expires_at:
        return {}
    pattern = EXPIRED_KEYS if key.notices == EXPIRED else DUE_KEYS
    return {"gsi4pk": pattern.pk.format(shard=shard_of(key.id, EXPIRY_SHARDS)),
            "gsi4sk": f"{moment_key(next_notice_at(key.expires_at, key.notices))}#{key.org_id}#{key.id}"}


def moment_key(seconds: int) -> str:
    """Return a moment as it sorts in the index of expiring keys."""
    return f"{seconds:012d}"


def _places_of_event(event: r.AuditEvent) -> Iterator[tuple[Key, dict[str, str]]]:
    entity = ENTITIES[r.AuditEvent]
    for trail in event.trails:
        fields = fields_of(event) | {"trail": trail}
        index: dict[str, str] = {}
        for number, pattern, wanted in (
            (1, EVENTS_BY_TYPE, event.event_type), (2, EVENTS_BY_PLATFORM_KEY, event.platform_key_id),
            (3, EVENTS_BY_IMPERSONATED_ORG, event.impersonated_org_id),
        ):
            if wanted:
                index |= {f"gsi{number}pk": pattern.pk.format_map(fields), f"gsi{number}sk": event.id}
        yield entity.key(**fields, shard=shard_of(event.id, AUDIT_SHARDS)), index
        if trail == PLATFORM_ORG:
            continue
        for key_id in event.key_ids:
            yield (entity.copies[0][0].format(trail=trail, key_id=key_id), event.id), {}


def shard_of(text: str, shards: int) -> int:
    """Spread ids evenly and for ever the same; their last characters are random."""
    return sum(text[-4:].encode()) % shards


def repeats_key(collapse: str) -> Key:
    """Return the key of the counter beside a denial; `collapse` names its kind and minute."""
    return f"DENIAL#{collapse}", "REPEATS"
