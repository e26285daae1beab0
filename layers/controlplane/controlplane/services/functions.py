"""The function registry of a tenant, per environment (contract, section 5)."""

from __future__ import annotations

from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.principal import Principal
from controlplane.domain.records import AuditEvent, Function
from controlplane.ports import Clock, Ids, Page, Store
from controlplane.services.decisions import Asked, Decisions
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried


class FunctionService:
    """Use cases of registered functions; a request with an environment sees that environment's only."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, recorder: Recorder, decisions: Decisions) -> None:
        self._store = store
        self._decisions = decisions
        self._clock = clock
        self._ids = ids
        self._recorder = recorder

    def list_functions(self, *, limit: int, after: str, by: Principal, asked: Asked) -> Page[Function]:
        """List the environment's functions, or the whole organization's where the request names no environment.

        Of the whole organization's, those of environments in which the caller may not list are left out; a page may
        then have fewer than `limit`, and still a `next`.
        """
        if by.environment_id:
            return self._store.functions_of_environment(by.org_id, by.environment_id, limit=limit, after=after)
        page = self._store.functions_of_org(by.org_id, limit=limit, after=after)
        shown = self._decisions.allowed(asked, environment_ids={one.environment_id for one in page.items}, by=by)
        return Page([one for one in page.items if one.environment_id in shown], page.next)

    def register_function(
        self, name: str, *, description: str | None, endpoint_url: str | None, by: Principal
    ) -> Function:
        """Register a function in the request's environment. Raises InvalidArgument without one."""
        if not by.environment_id:
            raise InvalidArgument("environment required")
        now = self._clock.now()
        function = Function(
            id=self._ids.new("fn_"), org_id=by.org_id, environment_id=by.environment_id, name=name,
            description=description or "", endpoint_url=endpoint_url or "", created_at=now, updated_at=now,
        )
        transaction = self._store.transaction()
        transaction.create(function)
        transaction.append(self._event("registered", function, by=by))
        transaction.commit()
        return function

    def get_function(self, function_id: str, *, by: Principal, asked: Asked) -> Function:
        """Return a function of the organization, and of the environment where one is named.

        Raises NotFound, or PermissionDenied where the caller may not do what it asked in the function's environment.
        """
        function = self._store.function(by.org_id, function_id)
        if function is None or by.environment_id not in ("", function.environment_id):
            raise NotFound("function not found")
        if not by.environment_id:
            self._decisions.require(asked, environment_id=function.environment_id, object_id=function.id, by=by)
        return function

    @retried
    def delete_function(self, function_id: str, *, by: Principal, asked: Asked) -> None:
        """Remove a function from the registry. Raises as `get_function` does."""
        function = self.get_function(function_id, by=by, asked=asked)
        transaction = self._store.transaction()
        transaction.remove(function)
        transaction.append(self._event("deleted", function, by=by))
        transaction.commit()

    def _event(self, change: str, function: Function, *, by: Principal) -> AuditEvent:
        payload = {"function_id": function.id, "change": change, "name": function.name,
                   "description": function.description, "endpoint_url": function.endpoint_url,
                   "env_id": function.environment_id, "created_at": function.created_at,
                   "updated_at": function.updated_at}
        return self._recorder.event(f"function.{change}", by=by, trail=function.org_id, payload=payload,
                                    environment_id=function.environment_id)
