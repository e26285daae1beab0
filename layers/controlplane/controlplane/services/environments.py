"""Environments: where a tenant's resources live, and what keys can be scoped to (contract, section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from controlplane.domain.errors import AlreadyExists, InvalidArgument, NotFound, PermissionDenied
from controlplane.domain.names import DEFAULT_ENVIRONMENT, DEFAULT_PROJECT_NAME
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent, Claim, Cleanup, Environment, Project
from controlplane.domain.slugs import check_slug
from controlplane.domain.values import replace
from controlplane.ports import Clock, Ids, Page, Store, Transaction
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_TAKEN = AlreadyExists("an environment with this name already exists")


class EnvironmentService:
    """Use cases of environments, inside the organization that the caller acts in."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, recorder: Recorder) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._recorder = recorder

    def list_environments(self, *, limit: int, after: str, by: Principal) -> Page[Environment]:
        """List the organization's environments in the order of their creation, `env_default` last."""
        return self._store.environments_of_org(by.org_id, limit=limit, after=after)

    def create_environment(
        self, name: str, *, project_id: str | None, color: str | None, by: Principal
    ) -> Environment:
        """Create an environment in a project, or in the project named `default`.

        Raises InvalidArgument for a name that is no slug or without any project to use, NotFound for an unknown
        project, and AlreadyExists when the name is taken.
        """
        check_slug(name)
        project = self._project(project_id, by=by)
        now = self._clock.now()
        environment = Environment(id=self._ids.new("env_"), org_id=by.org_id, project_id=project.id, name=name,
                                  color=color or "", created_at=now, updated_at=now)
        transaction = self._store.transaction()
        transaction.require(project)
        transaction.create(environment)
        transaction.claim(_name_of(environment), otherwise=_TAKEN)
        transaction.append(self._event("created", environment, by=by))
        transaction.commit()
        return environment

    @retried
    def update_environment(
        self, environment_id: str, *, name: str | None, color: str | None, by: Principal
    ) -> Environment:
        """Rename or recolour an environment; None leaves alone. Raises InvalidArgument, NotFound, AlreadyExists."""
        if name is not None:
            check_slug(name)
        old = self._get(environment_id, by=by)
        new = replace(old, name=old.name if name is None else name, updated_at=self._clock.now(),
                      color=old.color if color is None else color)
        if (new.name, new.color) == (old.name, old.color):
            return old
        transaction = self._store.transaction()
        transaction.replace(old, new)
        transaction.exchange(_name_of(old), _name_of(new), otherwise=_TAKEN)
        transaction.append(self._event("updated", new, by=by))
        transaction.commit()
        return new

    @retried
    def delete_environment(self, environment_id: str, *, by: Principal) -> None:
        """Delete an environment; keys scoped to it are dead when this returns.

        Raises PermissionDenied for `env_default`, even where there is none, and NotFound.
        """
        if environment_id == DEFAULT_ENVIRONMENT:
            raise PermissionDenied("cannot delete default environment")
        self.remove_together([self._get(environment_id, by=by)], by=by)

    def remove_together(self, environments: Sequence[Environment], *, by: Principal) -> None:
        """Delete a few environments in one transaction."""
        transaction = self._store.transaction()
        for environment in environments:
            self.add_removal(transaction, environment, by=by)
        transaction.commit()

    def add_removal(self, transaction: Transaction, environment: Environment, *, by: Principal) -> None:
        """Add an environment's deletion, and the note to clean up behind it, to a transaction."""
        transaction.remove(environment)
        transaction.release(_name_of(environment))
        transaction.create(Cleanup(kind="environment", org_id=environment.org_id, id=environment.id,
                                   created_at=self._clock.now()))
        transaction.append(self._event("deleted", environment, by=by))

    def _project(self, project_id: str | None, *, by: Principal) -> Project:
        if project_id is not None:
            project = self._store.project(by.org_id, project_id)
            if project is None:
                raise NotFound("project not found")
            return project
        named = self._store.claim("project_name", by.org_id, DEFAULT_PROJECT_NAME)
        project = self._store.project(by.org_id, named.owner_id) if named else None
        if project is None:
            raise InvalidArgument("project_id is required: there is no project named default")
        return project

    def _get(self, environment_id: str, *, by: Principal) -> Environment:
        environment = self._store.environment(by.org_id, environment_id)
        if environment is None:
            raise NotFound("environment not found")
        return environment

    def _event(self, change: str, environment: Environment, *, by: Principal) -> AuditEvent:
        payload = {"env_id": environment.id, "change": change, "name": environment.name, "color": environment.color,
                   "project_id": environment.project_id, "created_at": environment.created_at,
                   "updated_at": environment.updated_at}
        return self._recorder.event(f"environment.{change}", by=by, trail=environment.org_id, payload=payload,
                                    environment_id=environment.id)


def _name_of(environment: Environment) -> Claim:
    return Claim(kind="environment_name", scope=environment.org_id, value=environment.name, owner_id=environment.id)
