"""`ironflow platform audit` (contract, sections 8 and 9)."""

from __future__ import annotations

import click

from ironflow.flags import Command
from ironflow.options import json_option, page_options
from ironflow.session import Session, with_session
from ironflow.trail import follow, show_page


@click.command(
    "audit",
    cls=Command,
    epilog="""\b
Examples:
  ironflow platform audit --event-type platform.impersonated --from 2026-03-12 --limit 50 --json
  ironflow platform audit --follow
""",
)
@click.option("--event-type", metavar="TYPE", help="Only this type, such as platform.user.created.")
@click.option("--from", "since", metavar="DATE", help="From this time on: 2026-03-12 or 2026-03-12T10:00:00Z.")
@click.option("--to", "until", metavar="DATE", help="Up to this time, or to the end of this day.")
@click.option("--key", "key_id", metavar="ID", help="Only what this platform key did.")
@click.option("--org", "org_id", metavar="ID", help="Only what was done inside this organization.")
@click.option("--order", type=click.Choice(["asc", "desc"]), help="Oldest or newest first.  [desc]")
@click.option("--follow", "following", is_flag=True, help="Print new events as they come, until Ctrl-C.")
@page_options
@json_option
@with_session
def audit(
    session: Session,
    *,
    event_type: str | None,
    since: str | None,
    until: str | None,
    key_id: str | None,
    org_id: str | None,
    order: str | None,
    following: bool,
) -> None:
    """Show what happened on the platform.

    Newest first, 100 events unless --limit says otherwise.
    """
    query = {
        "event_type": event_type,
        "from": since,
        "to": until,
        "platform_key_id": key_id,
        "impersonated_org_id": org_id,
    }
    if following:
        follow(session, "query_platform_audit", query)
    else:
        show_page(session, "query_platform_audit", {**query, "order": order})
