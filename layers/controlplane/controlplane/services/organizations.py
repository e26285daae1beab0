"""Organizations: provisioned, renamed, suspended and deleted, by the platform or by themselves (contract, 4 and 5)."""

from __future__ import annotations

from typing import Any

from controlplane.domain import names
from controlplane.domain.errors import AlreadyExists, InvalidArgument, NotFound
from controlplane.domain.names import OPERATOR_ORG, PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import Claim, Cleanup, Environment, Organization, Project
from controlplane.domain.values import replace
from controlplane.ports import Clock, Ids, Page, Store, Transaction
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_NO_SUCH = "organization not found"
_NAME_TAKEN = "an organization with this name already exists"


class OrganizationService:
    """Use cases of organizations; `tenant` operations are the platform's, `org` operations an organization's own."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, recorder: Recorder) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._recorder = recorder

    def list_tenants(self, *, limit: int, after: str) -> Page[Organization]:
        """List all organizations but the platform's sentinel."""
        return self._store.organizations(limit=limit, after=after)

    def get_tenant(self, org_id: str) -> Organization:
        """Return an organization; the sentinel is not one that anybody sees. Raises NotFound."""
        found = None if org_id == PLATFORM_ORG else self._store.organization(org_id)
        if found is None:
            raise NotFound(_NO_SUCH)
        return found

    def create_tenant(self, name: str, *, by: Principal) -> Organization:
        """Provision an organization with a project `default` and the environment `env_default`.

        Raises AlreadyExists when the name is taken.
        """
        org = self.new_organization(name)
        project = self.new_project(org)
        environment = self.new_environment(project, name=names.DEFAULT_ENVIRONMENT_NAME, id=names.DEFAULT_ENVIRONMENT)
        transaction = self._store.transaction()
        self.add_organization(transaction, org)
        self.add_places(transaction, project, environment)
        transaction.append(self.provisioned(org, by=by, project_id=project.id, env_id=environment.id))
        transaction.commit()
        return org

    def create_bare(self, name: str, *, by: Principal) -> Organization:
        """Create an organization without project, environment or key. Raises AlreadyExists."""
        org = self.new_organization(name)
        transaction = self._store.transaction()
        self.add_organization(transaction, org)
        transaction.append(self.provisioned(org, by=by))
        transaction.commit()
        return org

    @retried
    def update_tenant(self, org_id: str, *, name: str | None, suspended: bool | None, by: Principal) -> Organization:
        """Rename, suspend or resume an organization; a None leaves alone.

        Raises InvalidArgument for the sentinel and for suspending the operator organization, NotFound, AlreadyExists.
        """
        if org_id == PLATFORM_ORG:
            raise InvalidArgument("cannot change platform org")
        if org_id == OPERATOR_ORG and suspended:
            raise InvalidArgument("cannot suspend default org")
        old = self.get_tenant(org_id)
        return self._change(old, name=name, suspended=suspended, by=by, trail=PLATFORM_ORG,
                            event_type="platform.tenant.updated")

    def list_own(self, *, by: Principal) -> list[Organization]:
        """Return the organization that the caller acts in."""
        return [self.get_tenant(by.org_id)]

    def get_own(self, org_id: str, *, by: Principal) -> Organization:
        """Return the caller's own organization; raise NotFound for every other id."""
        if org_id != by.org_id:
            raise NotFound(_NO_SUCH)
        return self.get_tenant(org_id)

    @retried
    def rename_own(self, org_id: str, *, name: str | None, by: Principal) -> Organization:
        """Rename the caller's own organization. Raises NotFound, AlreadyExists."""
        return self._change(self.get_own(org_id, by=by), name=name, suspended=None, by=by, trail=org_id,
                            event_type="org.updated")

    def delete_own(self, org_id: str, *, by: Principal) -> None:
        """Delete the caller's own organization; its keys and tokens are dead when this returns."""
        self._delete(self.get_own(org_id, by=by), by=by, by_itself=True)

    def delete_tenant(self, org_id: str, *, by: Principal) -> None:
        """Delete an organization; its keys and tokens are dead when this returns.

        Raises InvalidArgument for the sentinel and the operator organization, and NotFound.
        """
        if org_id == PLATFORM_ORG:
            raise InvalidArgument("cannot delete platform org")
        self._delete(self.get_tenant(org_id), by=by, by_itself=False)

    @retried
    def _delete(self, org: Organization, *, by: Principal, by_itself: bool) -> None:
        if org.id == OPERATOR_ORG:
            raise InvalidArgument("cannot delete default org")
        org = self.get_tenant(org.id)
        transaction = self._store.transaction()
        transaction.remove(org)
        transaction.release(_name_of(org))
        transaction.create(Cleanup(kind="organization", org_id=org.id, id=org.id, created_at=self._clock.now()))
        payload = {"org_id": org.id, "name": org.name, "change": "deleted"}
        transaction.append(self._recorder.event("platform.tenant.deleted", by=by, trail=PLATFORM_ORG, payload=payload))
        if by_itself:
            transaction.append(self._recorder.event("org.deleted", by=by, trail=org.id, payload=payload))
        transaction.commit()

    def _change(
        self, old: Organization, *, name: str | None, suspended: bool | None, by: Principal, trail: str, event_type: str
    ) -> Organization:
        new = replace(
            old, name=old.name if name is None else name, updated_at=self._clock.now(),
            suspended=old.suspended if suspended is None else suspended,
        )
        if (new.name, new.suspended) == (old.name, old.suspended):
            return old
        transaction = self._store.transaction()
        transaction.replace(old, new)
        transaction.exchange(_name_of(old), _name_of(new), otherwise=AlreadyExists(_NAME_TAKEN))
        transaction.append(self._recorder.event(event_type, by=by, trail=trail, payload=_payload(new, "updated")))
        transaction.commit()
        return new

    def new_organization(self, name: str) -> Organization:
        """Return a new organization, not yet stored."""
        now = self._clock.now()
        return Organization(id=self._ids.new("org_"), name=name, created_at=now, updated_at=now)

    def new_project(self, org: Organization) -> Project:
        """Return an organization's project `default`, not yet stored."""
        return Project(id=self._ids.new("proj_"), org_id=org.id, name=names.DEFAULT_PROJECT_NAME,
                       created_at=org.created_at, updated_at=org.created_at)

    def new_environment(self, project: Project, *, name: str, id: str = "") -> Environment:
        """Return an environment of a project, not yet stored."""
        return Environment(id=id or self._ids.new("env_"), org_id=project.org_id, project_id=project.id, name=name,
                           created_at=project.created_at, updated_at=project.created_at)

    def add_organization(self, transaction: Transaction, org: Organization) -> None:
        """Add an organization and its name to a transaction."""
        transaction.create(org)
        transaction.claim(_name_of(org), otherwise=AlreadyExists(_NAME_TAKEN))

    def add_places(self, transaction: Transaction, project: Project, environment: Environment) -> None:
        """Add a project and an environment with their names to a transaction."""
        for kind, place in (("project_name", project), ("environment_name", environment)):
            transaction.create(place)
            transaction.claim(Claim(kind=kind, scope=place.org_id, value=place.name, owner_id=place.id),
                              otherwise=AlreadyExists(f"the name {place.name} is taken"))

    def provisioned(self, org: Organization, *, by: Principal, **more: Any) -> Any:
        """Return the event of a new organization."""
        return self._recorder.event("platform.tenant.provisioned", by=by, trail=PLATFORM_ORG,
                                    payload=_payload(org, "created") | more)


def _payload(org: Organization, change: str) -> dict[str, Any]:
    """Return all that an organization is, for an event (contract, section 8)."""
    return {
        "org_id": org.id, "change": change, "name": org.name, "suspended": org.suspended,
        "created_at": org.created_at, "updated_at": org.updated_at,
    }


def _name_of(org: Organization) -> Claim:
    return Claim(kind="organization_name", scope="", value=org.name, owner_id=org.id)
