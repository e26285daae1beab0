"""The first platform user: created once, for ever (contract, section 4)."""

from __future__ import annotations

from controlplane.domain.emails import check_email
from controlplane.domain.errors import AlreadyExists, PermissionDenied
from controlplane.domain.passwords import check_password
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.roles import PLATFORM_ADMIN
from controlplane.domain.values import replace
from controlplane.ports import Store
from controlplane.services.platform_users import BOOTSTRAPPED, PlatformUsers

_ALREADY = "platform already bootstrapped"


class PlatformBootstrap:
    """Opens the platform; its marker is never removed, so deleting every user does not re-open it."""

    def __init__(self, store: Store, *, users: PlatformUsers) -> None:
        self._store = store
        self._users = users

    def bootstrap_platform(self, *, email: str, password: str, name: str, by: Principal) -> User:
        """Create the first platform admin, for an operator admin only.

        Raises InvalidArgument, PermissionDenied, and AlreadyExists once there was any platform user; of many calls at
        once exactly one succeeds.
        """
        if not by.operator_admin:
            raise PermissionDenied(required="operator")
        check_email(email)
        check_password(password)
        if self._store.claim(BOOTSTRAPPED.kind, BOOTSTRAPPED.scope, BOOTSTRAPPED.value):
            raise AlreadyExists(_ALREADY)
        user = self._users.build(email=email, password=password, name=name, role_ids=(PLATFORM_ADMIN,))
        transaction = self._store.transaction()
        transaction.claim(replace(BOOTSTRAPPED, owner_id=user.id), otherwise=AlreadyExists(_ALREADY))
        self._users.add(transaction, user, by=by)
        transaction.commit()
        return user
