"""Take away again, from a restored table, what was taken away after the moment that it was restored to.

    python -m operations.replay_revocations --from OLD_TABLE --to RESTORED_TABLE --since 2026-03-12T10:00:00Z

A restored table knows nothing of what happened later: keys that were revoked open doors again. The old table's audit
trail still tells. Every event that ended a credential is done again on the restored table, through the same services
and with an event of its own; whatever else changed a right is listed, for somebody to decide. Doing it twice changes
nothing more.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from controlplane.bootstrap import Services
from controlplane.domain.errors import NotFound, Problem
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent
from controlplane.domain.roles import PLATFORM_ADMIN
from controlplane.ports import AuditFilter
from controlplane.settings import Settings

OPERATOR = Principal(type="user", id="restore", home_org_id=PLATFORM_ORG, org_id=PLATFORM_ORG,
                     role_ids=(PLATFORM_ADMIN,))
Ending = Callable[[Services, AuditEvent, Principal], None]
ENDINGS: Mapping[str, Ending] = {
    "platform.key.revoked": lambda to, event, by: to.keys.delete_key(event.payload["api_key_id"], by=by),
    "authz.key.revoked": lambda to, event, by: to.keys.delete_key(event.payload["api_key_id"], by=by),
    "platform.user.deleted": lambda to, event, by: to.platform_users.delete_platform_user(
        event.payload["user_id"], by=by),
    "user.deleted": lambda to, event, by: to.users.delete_user(event.payload["user_id"], by=by),
    "environment.deleted": lambda to, event, by: to.environments.delete_environment(event.payload["env_id"], by=by),
    "platform.tenant.deleted": lambda to, event, by: to.organizations.delete_tenant(event.payload["org_id"], by=by),
}
RIGHTS = (
    "platform.user.updated", "platform.role.changed", "platform.key.roles_changed", "platform.tenant.updated",
    "authz.key.roles_changed", "user.updated", "role.updated", "role.deleted", "policy.created", "policy.updated",
    "policy.deleted",
)
_PAGE = 500


def replay(old: Services, restored: Services, *, since_ms: int, tell: Callable[[str], None]) -> int:
    """Replay what ended credentials from `since_ms` on; returns how many endings could not be replayed.

    The platform's trail comes first: a tenant that was deleted has nothing left to take away.
    """
    failed = 0
    for trail in (PLATFORM_ORG, *_organizations(restored)):
        by = OPERATOR if trail == PLATFORM_ORG else replace(OPERATOR, org_id=trail, impersonating=True)
        for event in _events(old, trail, since_ms):
            if ending := ENDINGS.get(event.event_type):
                failed += not _end(ending, restored, event, by, tell)
            elif event.event_type in RIGHTS:
                tell(f"decide  {_line(trail, event)}")
    return failed


def _end(ending: Ending, restored: Services, event: AuditEvent, by: Principal, tell: Callable[[str], None]) -> bool:
    try:
        ending(restored, event, by)
    except NotFound:
        return True
    except Problem as problem:
        tell(f"FAILED  {_line(by.org_id, event)}: {problem.sentence}")
        return False
    tell(f"done    {_line(by.org_id, event)}")
    return True


def _line(trail: str, event: AuditEvent) -> str:
    named = ("api_key_id", "user_id", "role_id", "policy_id", "env_id", "org_id")
    about = next((str(event.payload[name]) for name in named if event.payload.get(name)), "")
    return f"{event.id}  {event.event_type}  {trail}  {about}"


def _organizations(services: Services) -> Iterator[str]:
    after = ""
    while True:
        page = services.store.organizations(after=after)
        yield from (org.id for org in page.items if org.id != PLATFORM_ORG)
        if not (after := page.next):
            return


def _events(services: Services, trail: str, since_ms: int) -> Iterator[AuditEvent]:
    after = ""
    while True:
        which = AuditFilter(trail=trail, from_ms=since_ms)
        page = services.store.events(which, limit=_PAGE, after=after, ascending=True)
        yield from page.items
        if not (after := page.next):
            return


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Replay between two tables of one region; 0 when nothing is left to do but to decide."""
    parser = argparse.ArgumentParser(prog="python -m operations.replay_revocations")
    parser.add_argument("--from", dest="old", required=True, metavar="TABLE", help="the table that was in use")
    parser.add_argument("--to", dest="restored", required=True, metavar="TABLE", help="the restored table")
    parser.add_argument("--since", required=True, type=datetime.fromisoformat, help="the moment, with its zone")
    given = parser.parse_args(arguments)
    if given.since.tzinfo is None:
        parser.error("--since needs a zone: 2026-03-12T10:00:00Z")
    old, restored = (
        Services(Settings.from_environment({**environ, "IRONFLOW_TABLE": table}))
        for table in (given.old, given.restored)
    )
    failed = replay(old, restored, since_ms=int(given.since.timestamp() * 1000), tell=print)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
