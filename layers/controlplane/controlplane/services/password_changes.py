"""A tenant user's password, changed by whoever knows it (contract, section 5)."""

from __future__ import annotations

from controlplane.domain.errors import NotFound, Unauthenticated
from controlplane.domain.passwords import check_password
from controlplane.domain.principal import Principal
from controlplane.domain.records import User
from controlplane.domain.values import replace
from controlplane.ports import Clock, PasswordHasher, Store
from controlplane.services.authority import Authority
from controlplane.services.login_throttle import LoginThrottle, account_of
from controlplane.services.recorder import Recorder
from controlplane.services.retrying import retried
from controlplane.services.user_records import NO_SUCH_USER, email_claim, payload_of


class PasswordChanges:
    """Changes passwords; a wrong current one is a failed login."""

    def __init__(
        self, store: Store, *, clock: Clock, authority: Authority, recorder: Recorder, hasher: PasswordHasher,
        throttle: LoginThrottle,
    ) -> None:
        self._store = store
        self._clock = clock
        self._authority = authority
        self._recorder = recorder
        self._hasher = hasher
        self._throttle = throttle

    @retried
    def change_password(self, user_id: str, *, current: str, new: str, address: str, by: Principal) -> None:
        """Replace a user's password and end all of its sessions.

        Raises InvalidArgument for a new password out of bounds, NotFound, PermissionDenied for another user whose
        grants exceed the caller's, Unauthenticated when the current password is wrong, and ResourceExhausted.
        """
        check_password(new)
        user = self._store.user(by.org_id, user_id)
        if user is None:
            raise NotFound(NO_SUCH_USER)
        if (by.type, by.id) != ("user", user.id):
            self._authority.check_may_hold(by, org_id=user.org_id, role_ids=user.role_ids)
        self._check_current(user, current, address=address)
        changed = replace(user, password_hash=self._hasher.hash(new), session_version=user.session_version + 1,
                          updated_at=self._clock.now())
        transaction = self._store.transaction()
        transaction.replace(user, changed)
        transaction.append(self._recorder.event(
            "user.updated", by=by, trail=user.org_id, payload=payload_of(changed, "updated", password_changed=True)))
        transaction.commit()

    def _check_current(self, user: User, password: str, *, address: str) -> None:
        claim = email_claim(user)
        account = account_of(claim.scope, claim.value)
        self._throttle.admit(account, address=address)
        if not self._hasher.verify(password, user.password_hash):
            self._throttle.failed(address=address)
            raise Unauthenticated("invalid credentials")
        self._throttle.succeeded(account)
