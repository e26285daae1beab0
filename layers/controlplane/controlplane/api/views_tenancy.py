"""Organizations, projects, environments and functions as clients read them (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from controlplane.api.views import View, view
from controlplane.domain.records import Environment, Function, Organization, Project
from controlplane.domain.timestamps import day, timestamp

if TYPE_CHECKING:
    from controlplane.services.provisioning import ProvisionedTenant, TenantSummary


class OrganizationView(View, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: str
    updated_at: str
    suspended: bool | UnsetType = UNSET


class TenantSummaryView(View, frozen=True, kw_only=True):
    id: str
    name: str
    env_count: int
    key_count: int
    created_at: str


class Named(View, frozen=True, kw_only=True):
    id: str
    name: str


class AdminKey(View, frozen=True, kw_only=True):
    key: str
    roles: list[str]


class ProvisionedTenantView(View, frozen=True, kw_only=True):
    org: Named
    environment: Named
    api_key: AdminKey


class ProjectView(View, frozen=True, kw_only=True):
    id: str
    org_id: str
    name: str
    description: str
    created_at: str
    updated_at: str


class DeletedView(View, frozen=True, kw_only=True):
    deleted: str


class EnvironmentView(View, frozen=True, kw_only=True):
    id: str
    name: str
    project_id: str
    color: str
    created_at: str
    updated_at: str


class StatusDeletedView(View, frozen=True, kw_only=True):
    status: str


class FunctionView(View, frozen=True, kw_only=True):
    id: str
    name: str
    description: str
    endpoint_url: str
    environment_id: str
    created_at: str
    updated_at: str


@view(OrganizationView)
def organization_view(org: Organization) -> OrganizationView:
    """Show an organization; `suspended` only while it is."""
    return OrganizationView(id=org.id, name=org.name, created_at=timestamp(org.created_at),
                            updated_at=timestamp(org.updated_at), suspended=org.suspended or UNSET)


@view(TenantSummaryView)
def tenant_summary_view(summary: TenantSummary) -> TenantSummaryView:
    """Show a line of the operator's list."""
    return TenantSummaryView(id=summary.org.id, name=summary.org.name, env_count=summary.env_count,
                             key_count=summary.key_count, created_at=day(summary.org.created_at))


@view(ProvisionedTenantView)
def provisioned_tenant_view(made: ProvisionedTenant) -> ProvisionedTenantView:
    """Show a new tenant with its key's value, this once."""
    return ProvisionedTenantView(
        org=Named(id=made.org.id, name=made.org.name),
        environment=Named(id=made.environment.id, name=made.environment.name),
        api_key=AdminKey(key=made.key_value, roles=["admin"]),
    )


@view(ProjectView)
def project_view(project: Project) -> ProjectView:
    """Show a project."""
    return ProjectView(id=project.id, org_id=project.org_id, name=project.name, description=project.description,
                       created_at=timestamp(project.created_at), updated_at=timestamp(project.updated_at))


@view(DeletedView)
def deleted_view(object_id: str) -> DeletedView:
    """Show what was deleted."""
    return DeletedView(deleted=object_id)


@view(EnvironmentView)
def environment_view(environment: Environment) -> EnvironmentView:
    """Show an environment."""
    return EnvironmentView(
        id=environment.id, name=environment.name, project_id=environment.project_id, color=environment.color,
        created_at=timestamp(environment.created_at), updated_at=timestamp(environment.updated_at),
    )


@view(StatusDeletedView)
def status_deleted_view(_: object) -> StatusDeletedView:
    """Show that something was deleted."""
    return StatusDeletedView(status="deleted")


@view(FunctionView)
def function_view(function: Function) -> FunctionView:
    """Show a registered function."""
    return FunctionView(
        id=function.id, name=function.name, description=function.description, endpoint_url=function.endpoint_url,
        environment_id=function.environment_id, created_at=timestamp(function.created_at),
        updated_at=timestamp(function.updated_at),
    )
