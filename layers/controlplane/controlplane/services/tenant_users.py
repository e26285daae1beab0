"""Tenant users: listed, created, changed and deleted within an organization (contract, section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from controlplane.domain.emails import check_email
from controlplane.domain.errors import InvalidArgument, NotFound
from controlplane.domain.passwords import check_password
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.values import dataclass, replace
from controlplane.ports import Clock, Ids, Page, PasswordHasher, Store, Transaction
from controlplane.services.authority import Authority
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried
from controlplane.services.role_names import ids_of_role_names, names_of_roles
from controlplane.services.user_records import NO_SUCH_USER, add_user, change_user, payload_of, power_of, remove_user


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUser:
    """A tenant user with the names of its roles; a role that is gone has none."""

    user: User
    role_names: tuple[str, ...]


class TenantUsers:
    """Use cases of the people of one organization: the one that the caller acts in."""

    def __init__(
        self, store: Store, *, clock: Clock, ids: Ids, authority: Authority, recorder: Recorder,
        hasher: PasswordHasher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._authority = authority
        self._recorder = recorder
        self._hasher = hasher

    def list_users(self, *, limit: int, after: str, by: Principal) -> Page[TenantUser]:
        """List the organization's users in the order of their creation."""
        page = self._store.users_of_org(by.org_id, limit=limit, after=after)
        return Page(self._named(by.org_id, page.items), page.next)

    def get_user(self, user_id: str, *, by: Principal) -> TenantUser:
        """Return a user of the organization, or raise NotFound."""
        return self._shown(self._find(user_id, by=by))

    def create_user(
        self, *, email: str, password: str, name: str | None, roles: Sequence[str] | None, by: Principal
    ) -> TenantUser:
        """Create a user; `roles` are names, and without them it may do nothing.

        Raises InvalidArgument, AlreadyExists for an e-mail that any organization's user has, and PermissionDenied for
        roles beyond the caller's.
        """
        check_email(email)
        check_password(password)
        role_ids = self._known_roles(roles or (), by=by)
        self._check_may_hold(role_ids, by=by)
        now = self._clock.now()
        user = User(
            id=self._ids.new("user_"), org_id=by.org_id, email=email, name=name or "",
            password_hash=self._hasher.hash(password), role_ids=role_ids, created_at=now, updated_at=now,
        )
        transaction = self._store.transaction()
        add_user(transaction, user)
        self._record(transaction, "created", user, by=by)
        transaction.commit()
        return self._shown(user)

    @retried
    def update_user(
        self, user_id: str, *, name: str | None, email: str | None, roles: Sequence[str] | None, by: Principal
    ) -> TenantUser:
        """Change a user; None leaves alone.

        Raises InvalidArgument, NotFound, AlreadyExists for a taken e-mail, and PermissionDenied when the user's
        grants, or the new roles, exceed the caller's.
        """
        old = self._find(user_id, by=by)
        if email is not None:
            check_email(email)
        new = replace(
            old,
            name=old.name if name is None else name,
            email=old.email if email is None else email,
            role_ids=old.role_ids if roles is None else self._known_roles(roles, by=by),
        )
        if new == old:
            return self._shown(old)
        if power_of(old) != power_of(new):
            self._check_may_hold(old.role_ids, by=by)
        if set(old.role_ids) != set(new.role_ids):
            self._check_may_hold(new.role_ids, by=by)
        new = replace(new, updated_at=self._clock.now())
        transaction = self._store.transaction()
        change_user(transaction, old, new)
        self._record(transaction, "updated", new, by=by)
        transaction.commit()
        return self._shown(new)

    @retried
    def delete_user(self, user_id: str, *, by: Principal) -> None:
        """Delete a user; its sessions end with it.

        Raises NotFound, or PermissionDenied when its grants exceed the caller's.
        """
        user = self._find(user_id, by=by)
        self._check_may_hold(user.role_ids, by=by)
        transaction = self._store.transaction()
        remove_user(transaction, user)
        self._record(transaction, "deleted", user, by=by)
        transaction.commit()

    def _find(self, user_id: str, *, by: Principal) -> User:
        user = self._store.user(by.org_id, user_id)
        if user is None:
            raise NotFound(NO_SUCH_USER)
        return user

    def _known_roles(self, names: Sequence[str], *, by: Principal) -> tuple[str, ...]:
        """Return the ids of roles by name; raise InvalidArgument for a name that is none's."""
        found = ids_of_role_names(self._store, by.org_id, names)
        return self._authority.known_roles(by.org_id, found, problem=InvalidArgument("unknown role in roles"))

    def _check_may_hold(self, role_ids: Sequence[str], *, by: Principal) -> None:
        self._authority.check_may_hold(by, org_id=by.org_id, role_ids=role_ids)

    def _shown(self, user: User) -> TenantUser:
        return self._named(user.org_id, [user])[0]

    def _named(self, org_id: str, users: Sequence[User]) -> list[TenantUser]:
        names = names_of_roles(self._store, org_id, (role_id for user in users for role_id in user.role_ids))
        return [
            TenantUser(user=user, role_names=tuple(names[role_id] for role_id in user.role_ids if role_id in names))
            for user in users
        ]

    def _record(self, transaction: Transaction, change: str, user: User, *, by: Principal) -> None:
        transaction.append(self._recorder.event(
            f"user.{change}", by=by, trail=user.org_id, payload=payload_of(user, change)))
