"""Projects: groups of environments (contract, section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from controlplane.domain.errors import AlreadyExists, NotFound, PermissionDenied
from controlplane.domain.names import DEFAULT_ENVIRONMENT
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent, Claim, Environment, Project
from controlplane.domain.values import replace
from controlplane.ports import Clock, Ids, Page, Store
from controlplane.services.environments import EnvironmentService
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried

_TAKEN = AlreadyExists("a project with this name already exists")
_WITH_THE_PROJECT = 4  # environments that fit into the project's own transaction of at most 25 items


class ProjectService:
    """Use cases of projects, inside the organization that the caller acts in."""

    def __init__(
        self, store: Store, *, clock: Clock, ids: Ids, recorder: Recorder, environments: EnvironmentService
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._recorder = recorder
        self._environments = environments

    def list_projects(self, *, limit: int, after: str, by: Principal) -> Page[Project]:
        """List the organization's projects in the order of their creation."""
        return self._store.projects_of_org(by.org_id, limit=limit, after=after)

    def create_project(self, name: str, description: str | None, *, by: Principal) -> Project:
        """Create a project. Raises AlreadyExists when the name is taken."""
        now = self._clock.now()
        project = Project(id=self._ids.new("proj_"), org_id=by.org_id, name=name, description=description or "",
                          created_at=now, updated_at=now)
        transaction = self._store.transaction()
        transaction.create(project)
        transaction.claim(_name_of(project), otherwise=_TAKEN)
        transaction.append(self._event("created", project, by=by))
        transaction.commit()
        return project

    @retried
    def update_project(self, project_id: str, *, name: str | None, description: str | None, by: Principal) -> Project:
        """Change a project; None leaves alone, an empty description clears it. Raises NotFound, AlreadyExists."""
        old = self._get(project_id, by=by)
        new = replace(old, name=old.name if name is None else name, updated_at=self._clock.now(),
                      description=old.description if description is None else description)
        if (new.name, new.description) == (old.name, old.description):
            return old
        transaction = self._store.transaction()
        transaction.replace(old, new)
        transaction.exchange(_name_of(old), _name_of(new), otherwise=_TAKEN)
        transaction.append(self._event("updated", new, by=by))
        transaction.commit()
        return new

    @retried
    def delete_project(self, project_id: str, *, by: Principal) -> str:
        """Delete a project with its environments and their keys; return its id.

        What does not fit into one transaction goes in several, the project last, so that a repetition completes it.
        Raises NotFound, and PermissionDenied for the project that holds the default environment.
        """
        project = self._get(project_id, by=by)
        inside = self._inside(project)
        if any(environment.id == DEFAULT_ENVIRONMENT for environment in inside):
            raise PermissionDenied("cannot delete default environment")
        while len(inside) > _WITH_THE_PROJECT:
            self._environments.remove_together(inside[:_WITH_THE_PROJECT], by=by)
            inside = inside[_WITH_THE_PROJECT:]
        transaction = self._store.transaction()
        for environment in inside:
            self._environments.add_removal(transaction, environment, by=by)
        transaction.remove(project)
        transaction.release(_name_of(project))
        transaction.append(self._event("deleted", project, by=by))
        transaction.commit()
        return project.id

    def _inside(self, project: Project) -> Sequence[Environment]:
        found: list[Environment] = []
        after = ""
        while True:
            page = self._store.environments_of_org(project.org_id, after=after)
            found += [environment for environment in page.items if environment.project_id == project.id]
            after = page.next
            if not after:
                return found

    def _get(self, project_id: str, *, by: Principal) -> Project:
        project = self._store.project(by.org_id, project_id)
        if project is None:
            raise NotFound("project not found")
        return project

    def _event(self, change: str, project: Project, *, by: Principal) -> AuditEvent:
        payload: dict[str, Any] = {"project_id": project.id, "change": change, "name": project.name,
                                   "description": project.description, "org_id": project.org_id,
                                   "created_at": project.created_at, "updated_at": project.updated_at}
        return self._recorder.event(f"project.{change}", by=by, trail=project.org_id, payload=payload)


def _name_of(project: Project) -> Claim:
    return Claim(kind="project_name", scope=project.org_id, value=project.name, owner_id=project.id)
