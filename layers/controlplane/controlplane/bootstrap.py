"""Settings to use cases: the only module that sees services and adapters together.

Everything is made when it is first asked for, so a function pays only for what its operations use.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from controlplane.adapters import Adapters
from controlplane.services.authority import Authority
from controlplane.services.recorder import Recorder
from controlplane.settings import Settings

if TYPE_CHECKING:
    from controlplane.services.apikeys import KeyService
    from controlplane.services.audit import AuditService
    from controlplane.services.cleaning import CleaningService
    from controlplane.services.cursors import Cursors
    from controlplane.services.decisions import Decisions
    from controlplane.services.denials import Denials
    from controlplane.services.dry_run import DryRun
    from controlplane.services.environments import EnvironmentService
    from controlplane.services.explain import Explain
    from controlplane.services.first_boot import BootstrapKey, FirstBoot
    from controlplane.services.functions import FunctionService
    from controlplane.services.idempotency import Idempotency
    from controlplane.services.login_throttle import LoginThrottle
    from controlplane.services.logins import Logins
    from controlplane.services.organizations import OrganizationService
    from controlplane.services.password_changes import PasswordChanges
    from controlplane.services.platform_bootstrap import PlatformBootstrap
    from controlplane.services.platform_users import PlatformUsers
    from controlplane.services.policies import PolicyService
    from controlplane.services.projects import ProjectService
    from controlplane.services.provisioning import ProvisioningService
    from controlplane.services.role_reading import RoleReader
    from controlplane.services.roles import RoleService
    from controlplane.services.sweep import Sweep
    from controlplane.services.system import SystemService
    from controlplane.services.tenant_users import TenantUsers


class Services(Adapters):
    """The use cases of one process, over one table."""

    @cached_property
    def authority(self) -> Authority:
        """The no-escalation rule."""
        return Authority(self.store, extra_actions=self.settings.extra_actions)

    @cached_property
    def recorder(self) -> Recorder:
        """The maker of audit events."""
        return Recorder(clock=self.clock, ids=self.ids)

    @cached_property
    def cursors(self) -> Cursors:
        """The sealer of cursors."""
        from controlplane.services.cursors import Cursors

        return Cursors(lambda: self.derived_key(b"cursors"))

    @cached_property
    def keys(self) -> KeyService:
        """Use cases of API keys."""
        from controlplane.services.apikeys import KeyService

        return KeyService(self.store, **self._usual)

    @cached_property
    def platform_users(self) -> PlatformUsers:
        """Use cases of platform users."""
        from controlplane.services.platform_users import PlatformUsers

        return PlatformUsers(self.store, hasher=self.passwords, **self._usual)

    @cached_property
    def platform_bootstrap(self) -> PlatformBootstrap:
        """The platform's first user."""
        from controlplane.services.platform_bootstrap import PlatformBootstrap

        return PlatformBootstrap(self.store, users=self.platform_users)

    @cached_property
    def users(self) -> TenantUsers:
        """Use cases of tenant users."""
        from controlplane.services.tenant_users import TenantUsers

        return TenantUsers(self.store, hasher=self.passwords, **self._usual)

    @cached_property
    def login_throttle(self) -> LoginThrottle:
        """What failed logins cost."""
        from controlplane.services.login_throttle import LoginThrottle

        return LoginThrottle(self.store, clock=self.clock)

    @cached_property
    def logins(self) -> Logins:
        """Use cases of sessions."""
        from controlplane.services.logins import Logins

        return Logins(self.store, hasher=self.passwords, tokens=self.tokens, throttle=self.login_throttle,
                      **self._recording)

    @cached_property
    def password_changes(self) -> PasswordChanges:
        """Use cases of tenant users' own passwords."""
        from controlplane.services.password_changes import PasswordChanges

        return PasswordChanges(self.store, clock=self.clock, authority=self.authority, recorder=self.recorder,
                               hasher=self.passwords, throttle=self.login_throttle)

    @cached_property
    def organizations(self) -> OrganizationService:
        """Use cases of organizations."""
        from controlplane.services.organizations import OrganizationService

        return OrganizationService(self.store, **self._recording)

    @cached_property
    def provisioning(self) -> ProvisioningService:
        """What an operator admin does about tenants."""
        from controlplane.services.provisioning import ProvisioningService

        return ProvisioningService(self.store, organizations=self.organizations, **self._recording)

    @cached_property
    def environments(self) -> EnvironmentService:
        """Use cases of environments."""
        from controlplane.services.environments import EnvironmentService

        return EnvironmentService(self.store, **self._recording)

    @cached_property
    def projects(self) -> ProjectService:
        """Use cases of projects."""
        from controlplane.services.projects import ProjectService

        return ProjectService(self.store, environments=self.environments, **self._recording)

    @cached_property
    def functions(self) -> FunctionService:
        """Use cases of registered functions."""
        from controlplane.services.functions import FunctionService

        return FunctionService(self.store, decisions=self.decisions, **self._recording)

    @cached_property
    def denials(self) -> Denials:
        """Refusals, recorded."""
        from controlplane.services.denials import Denials

        return Denials(self.store, clock=self.clock, ids=self.ids)

    @cached_property
    def decisions(self) -> Decisions:
        """Decisions by an object's own environment."""
        from controlplane.services.decisions import Decisions

        return Decisions(self.store, clock=self.clock, authority=self.authority, conditions=self.conditions)

    @cached_property
    def cleaning(self) -> CleaningService:
        """What deletions leave behind."""
        from controlplane.services.cleaning import CleaningService

        return CleaningService(self.store, clock=self.clock, recorder=self.recorder)

    @cached_property
    def sweep(self) -> Sweep:
        """What time and deletions leave to do."""
        from controlplane.services.sweep import Sweep

        return Sweep(self.store, clock=self.clock, recorder=self.recorder, cleaning=self.cleaning, bus=self.bus,
                     purge_after_days=self.settings.purge_expired_after_days)

    @cached_property
    def system(self) -> SystemService:
        """What the system says of itself."""
        from controlplane.services.system import SystemService

        return SystemService(self.store, clock=self.clock)

    @cached_property
    def role_reader(self) -> RoleReader:
        """Use cases that read roles."""
        from controlplane.services.role_reading import RoleReader

        return RoleReader(self.store)

    @cached_property
    def roles(self) -> RoleService:
        """Use cases that change roles."""
        from controlplane.services.roles import RoleService

        return RoleService(self.store, reader=self.role_reader, **self._usual)

    @cached_property
    def policies(self) -> PolicyService:
        """Use cases of policies."""
        from controlplane.services.policies import PolicyService

        return PolicyService(self.store, conditions=self.conditions, **self._usual)

    @cached_property
    def dry_run(self) -> DryRun:
        """Conditions, tried."""
        from controlplane.services.dry_run import DryRun

        return DryRun(self.store, clock=self.clock, conditions=self.conditions)

    @cached_property
    def explain(self) -> Explain:
        """Decisions, explained."""
        from controlplane.services.explain import Explain

        return Explain(self.store, clock=self.clock, authority=self.authority, conditions=self.conditions)

    @cached_property
    def idempotency(self) -> Idempotency:
        """Requests that must not happen twice."""
        from controlplane.services.idempotency import Idempotency

        return Idempotency(self.store, clock=self.clock, secret=lambda: self.derived_key(b"idempotency"))

    @cached_property
    def audit(self) -> AuditService:
        """The audit trails, read."""
        from controlplane.services.audit import AuditService

        return AuditService(self.store)

    @cached_property
    def first_boot(self) -> FirstBoot:
        """What every installation starts with."""
        from controlplane.services.first_boot import FirstBoot

        return FirstBoot(self.store, clock=self.clock, ids=self.ids, recorder=self.recorder)

    @property
    def _recording(self) -> dict[str, Any]:
        return {"clock": self.clock, "ids": self.ids, "recorder": self.recorder}

    @property
    def _usual(self) -> dict[str, Any]:
        return {**self._recording, "authority": self.authority}


@cache
def services_for() -> Services:
    """Return the services of this process, by its environment."""
    return Services(Settings.from_environment(os.environ))


def issue_bootstrap_key(environ: Mapping[str, str]) -> BootstrapKey:
    """Create the first rows and, once for ever, the bootstrap key."""
    return Services(Settings.from_environment(environ)).first_boot.issue_bootstrap_key()


def reset_bootstrap_key(environ: Mapping[str, str]) -> BootstrapKey:
    """Replace the bootstrap key: the break-glass of whoever may run this process."""
    return Services(Settings.from_environment(environ)).first_boot.reset_bootstrap_key()


class ReleaseTools:
    """What a release check works with, by this process's environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        from controlplane.messaging.releases import invoker
        from controlplane.settings import Release

        release = Release.from_environment(environ)
        self.region = release.region
        self.authorizer = invoker(release.authorizer, region=release.region)
        self.apikeys = invoker(release.apikeys, region=release.region)

    def report(self, deployment: Mapping[str, Any], *, good: bool) -> None:
        """Tell CodeDeploy what came out."""
        from controlplane.messaging.releases import report

        report(deployment, good=good, region=self.region)
