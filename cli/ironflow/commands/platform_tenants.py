"""`ironflow platform tenants` (contract, section 4)."""

from __future__ import annotations

import click

from ironflow.flags import Group
from ironflow.options import identifier, json_option, list_options, name_option, some_change
from ironflow.output import columns
from ironflow.session import Session, with_session

COLUMNS = columns({"ID": "id", "NAME": "name", "CREATED": "created_at"})


@click.group(
    cls=Group,
    epilog="""\b
Examples:
  ironflow platform tenants provision --name "Acme Corp"
  ironflow platform tenants update org_... --suspend
  ironflow --as-org org_... env list
""",
)
def tenants() -> None:
    """Provision, suspend and delete tenants."""


@tenants.command("provision")
@name_option
@json_option
@with_session
def create_tenant(session: Session, *, name: str) -> None:
    """Create a tenant, with its built-in roles, a project and an environment."""
    session.report(session.call("create_tenant", body={"name": name}), "Provisioned tenant: {name} (id: {id})")


@tenants.command("list")
@list_options
@with_session
def list_tenants(session: Session) -> None:
    """List tenants."""
    session.show_list("list_tenants", COLUMNS)


@tenants.command("get")
@identifier("tenant_id")
@json_option
@with_session
def get_tenant(session: Session, *, tenant_id: str) -> None:
    """Show one tenant."""
    session.show(session.call("get_tenant", path={"tenant_id": tenant_id}))


@tenants.command("update")
@identifier("tenant_id")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--suspend/--resume", "suspended", default=None, help="Refuse the tenant's credentials, or take them.")
@json_option
@with_session
def update_tenant(session: Session, *, tenant_id: str, name: str | None, suspended: bool | None) -> None:
    """Rename, suspend or resume a tenant."""
    body = some_change(name=name, suspended=suspended)
    reply = session.call("update_tenant", path={"tenant_id": tenant_id}, body=body)
    session.report(reply, "Updated tenant: {name} (id: {id})")


@tenants.command("delete")
@identifier("tenant_id")
@json_option
@with_session
def delete_tenant(session: Session, *, tenant_id: str) -> None:
    """Delete a tenant and everything in it; its keys are dead at once."""
    session.call("delete_tenant", path={"tenant_id": tenant_id})
    session.done("Deleted tenant", tenant_id)
