"""`ironflow audit`: an organization's own trail (contract, sections 5 and 8)."""

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
  ironflow audit --key ak_...
  ironflow audit --event-type platform.impersonated --from 2026-03-12
  ironflow audit --follow
""",
)
@click.option("--event-type", metavar="TYPE", help="Only this type, such as authz.key.created.")
@click.option("--action", metavar="ACTION", help="Only this action, such as apikeys:manage.")
@click.option("--key", "key_id", metavar="ID", help="Only events about this key or by it.")
@click.option("--from", "since", metavar="DATE", help="From this time on: 2026-03-12 or 2026-03-12T10:00:00Z.")
@click.option("--to", "until", metavar="DATE", help="Up to this time, or to the end of this day.")
@click.option("--order", type=click.Choice(["asc", "desc"]), help="Oldest or newest first.  [desc]")
@click.option("--follow", "following", is_flag=True, help="Print new events as they come, until Ctrl-C.")
@page_options
@json_option
@with_session
def audit(
    session: Session,
    *,
    event_type: str | None,
    action: str | None,
    key_id: str | None,
    since: str | None,
    until: str | None,
    order: str | None,
    following: bool,
) -> None:
    """Show what happened in the organization.

    Denials, changes, and who of the platform was in; newest first, 100 events unless --limit says otherwise.
    """
    query = {"event_type": event_type, "action": action, "api_key_id": key_id, "from": since, "to": until}
    if following:
        follow(session, "query_audit", query)
    else:
        show_page(session, "query_audit", {**query, "order": order})
