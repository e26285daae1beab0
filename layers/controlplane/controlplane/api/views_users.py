"""Users, sessions and credentials as clients read them (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import UNSET

from controlplane.api.views import Maybe, View, optional_time, view
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.timestamps import timestamp

if TYPE_CHECKING:
    from controlplane.services.logins import Session
    from controlplane.services.tenant_users import TenantUser


class PlatformUserView(View, frozen=True, kw_only=True):
    id: str
    email: str
    name: str
    is_active: bool
    role_ids: list[str]
    created_at: str
    updated_at: str
    last_login_at: Maybe = UNSET


class UserView(View, frozen=True, kw_only=True):
    id: str
    org_id: str
    email: str
    name: str
    roles: list[str]
    created_at: str
    updated_at: str
    last_login_at: Maybe = UNSET


class BootstrappedAdminView(View, frozen=True, kw_only=True):
    id: str
    email: str
    name: str


class LoggedInUserView(BootstrappedAdminView, frozen=True, kw_only=True):
    roles: list[str]


class LoginView(View, frozen=True, kw_only=True):
    token: str
    expires_at: str
    user: LoggedInUserView


class ValidationView(View, frozen=True, kw_only=True):
    valid: bool
    type: str
    org_id: str
    environment_id: str
    roles: list[str]
    platform: bool
    expires_at: Maybe = UNSET
    impersonated_org_id: Maybe = UNSET


class Identified(Protocol):
    """What the authorizer tells of a credential."""

    @property
    def kind(self) -> str: ...
    @property
    def principal(self) -> Principal: ...
    @property
    def expires_at(self) -> int: ...
    @property
    def role_names(self) -> tuple[str, ...]: ...


@view(PlatformUserView)
def platform_user_view(user: User) -> PlatformUserView:
    """Show a platform user without its password's hash."""
    return PlatformUserView(
        id=user.id, email=user.email, name=user.name, is_active=user.is_active, role_ids=list(user.role_ids),
        created_at=timestamp(user.created_at), updated_at=timestamp(user.updated_at),
        last_login_at=optional_time(user.last_login_at),
    )


@view(UserView)
def user_view(named: TenantUser) -> UserView:
    """Show a tenant user with its roles by name, without its password's hash."""
    user = named.user
    return UserView(
        id=user.id, org_id=user.org_id, email=user.email, name=user.name, roles=list(named.role_names),
        created_at=timestamp(user.created_at), updated_at=timestamp(user.updated_at),
        last_login_at=optional_time(user.last_login_at),
    )


@view(BootstrappedAdminView)
def bootstrapped_admin_view(user: User) -> BootstrappedAdminView:
    """Show the first platform user, in exactly three fields."""
    return BootstrappedAdminView(id=user.id, email=user.email, name=user.name)


@view(LoginView)
def login_view(session: Session) -> LoginView:
    """Show a new session with its token, this once."""
    user = session.user
    return LoginView(
        token=session.token, expires_at=timestamp(session.expires_at),
        user=LoggedInUserView(id=user.id, email=user.email, name=user.name, roles=list(session.role_names)),
    )


@view(ValidationView)
def validation_view(found: Identified) -> ValidationView:
    """Show whom a credential belongs to, and where it acts; roles are ids."""
    principal = found.principal
    return ValidationView(
        valid=True, type=found.kind, org_id=principal.home_org_id, environment_id=principal.environment_id,
        roles=list(found.role_names), platform=principal.platform, expires_at=optional_time(found.expires_at),
        impersonated_org_id=principal.org_id if principal.impersonating else UNSET,
    )
