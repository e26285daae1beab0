"""A whole tenant at once, for the operator: organization, environment and admin key (contract, section 5)."""

from __future__ import annotations

from controlplane.domain.credentials import display_prefix, hash_of
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Environment, Organization
from controlplane.domain.roles import ADMIN
from controlplane.domain.slugs import check_slug
from controlplane.domain.values import dataclass
from controlplane.ports import Clock, Ids, Page, Store
from controlplane.services.key_records import add_key, key_event, new_value
from controlplane.services.organizations import OrganizationService
from controlplane.services.recorder import Recorder

DEFAULT_ENVIRONMENT_NAME = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedTenant:
    """A new tenant with its admin key's value, shown once; printing it shows no value."""

    org: Organization
    environment: Environment
    key_value: str

    def __repr__(self) -> str:
        return f"ProvisionedTenant({self.org.id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSummary:
    """A line of the operator's list of tenants."""

    org: Organization
    env_count: int
    key_count: int


class ProvisioningService:
    """What an operator admin does about tenants."""

    def __init__(
        self, store: Store, *, clock: Clock, ids: Ids, recorder: Recorder, organizations: OrganizationService
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._recorder = recorder
        self._organizations = organizations

    def list_tenants_as_operator(self, *, limit: int, after: str) -> Page[TenantSummary]:
        """List tenants with the numbers of their environments and keys."""
        page = self._organizations.list_tenants(limit=limit, after=after)
        held = self._store.holdings_of_orgs([org.id for org in page.items])
        return Page([TenantSummary(org=org, env_count=counted.environments, key_count=counted.keys)
                     for org, counted in zip(page.items, held, strict=True)], page.next)

    def provision_tenant(self, org_name: str, env_name: str | None, *, by: Principal) -> ProvisionedTenant:
        """Create an organization, its project `default`, one environment and an admin key scoped to it, at once.

        Raises InvalidArgument for a name that is no slug, and AlreadyExists when the organization's name is taken.
        """
        env_name = DEFAULT_ENVIRONMENT_NAME if env_name is None else env_name
        check_slug(env_name, field="env_name")
        org = self._organizations.new_organization(org_name)
        project = self._organizations.new_project(org)
        environment = self._organizations.new_environment(project, name=env_name)
        value, key = self._admin_key(environment)
        transaction = self._store.transaction()
        self._organizations.add_organization(transaction, org)
        self._organizations.add_places(transaction, project, environment)
        add_key(transaction, key)
        transaction.append(self._organizations.provisioned(
            org, by=by, project_id=project.id, env_id=environment.id, env_name=env_name, api_key_id=key.id))
        transaction.append(key_event(self._recorder, "created", key, by=by))
        transaction.commit()
        return ProvisionedTenant(org=org, environment=environment, key_value=value)

    def _admin_key(self, environment: Environment) -> tuple[str, ApiKey]:
        value = new_value(self._ids, environment.org_id)
        return value, ApiKey(
            id=self._ids.key_id(), org_id=environment.org_id, name="admin", prefix=display_prefix(value),
            hash=hash_of(value), role_ids=(ADMIN,), environment_id=environment.id, created_at=self._clock.now(),
        )
