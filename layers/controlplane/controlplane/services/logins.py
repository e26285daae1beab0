"""Logging in and out: a password for a session token of a day (contract, sections 4 and 5)."""

from __future__ import annotations

from typing import Any

from controlplane.domain.digests import sha256
from controlplane.domain.emails import LONGEST, normalise_email
from controlplane.domain.errors import AlreadyExists, PermissionDenied, Problem, Unauthenticated
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.records import EndedSession, User
from controlplane.domain.token_claims import TokenClaims
from controlplane.domain.values import dataclass, field
from controlplane.ports import Clock, Ids, PasswordHasher, Store, TokenSigner
from controlplane.services.login_throttle import LoginThrottle, account_of
from controlplane.services.recorder import Recorder
from controlplane.services.role_names import names_of_roles
from controlplane.services.user_records import EMAIL, PLATFORM_SCOPE, TENANT_SCOPE

SESSION_SECONDS = 86_400
_NOBODY = "nobody"
_ANYONE = Principal(type="anonymous", id="", home_org_id=PLATFORM_ORG, org_id=PLATFORM_ORG, role_ids=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that was just opened, with its token, which exists nowhere else; printing it shows no token."""

    token: str = field(repr=False)
    expires_at: int
    user: User = field(repr=False)
    role_names: tuple[str, ...]


class Logins:
    """Use cases of sessions. What a caller learns from a refusal, or from its time, is nothing about accounts."""

    def __init__(
        self, store: Store, *, clock: Clock, ids: Ids, recorder: Recorder, hasher: PasswordHasher,
        tokens: TokenSigner, throttle: LoginThrottle,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._recorder = recorder
        self._hasher = hasher
        self._tokens = tokens
        self._throttle = throttle

    def login_platform_user(self, *, email: str, password: str, address: str) -> Session:
        """Open a session for a platform user, and leave an event whether it succeeds or not.

        Raises Unauthenticated for a wrong password and an unknown e-mail alike, PermissionDenied for an inactive
        account (only after the right password), and ResourceExhausted after too many failures.
        """
        user, matched = self._check(PLATFORM_SCOPE, email, password, address=address)
        if user is None or not matched:
            self._record("failed", user, by=_ANYONE)
            raise _refused()
        if not user.is_active:
            self._record("failed", user, by=_ANYONE)
            raise PermissionDenied("account is inactive")
        session = self._open(user)
        self._record("succeeded", user, by=Principal(
            type="user", id=user.id, home_org_id=PLATFORM_ORG, org_id=PLATFORM_ORG, role_ids=user.role_ids))
        return session

    def login_user(self, *, email: str, password: str, address: str) -> Session:
        """Open a session for a tenant user, whatever its organization.

        Raises Unauthenticated, PermissionDenied while the organization is suspended (only after the right password),
        and ResourceExhausted after too many failures.
        """
        user, matched = self._check(TENANT_SCOPE, email, password, address=address)
        organization = self._store.organization(user.org_id if user else _NOBODY)
        if user is None or not matched or organization is None:
            raise _refused()
        if organization.suspended:
            raise PermissionDenied("organization is suspended")
        return self._open(user)

    def logout(self, *, by: Principal) -> None:
        """End the caller's session: its token is dead on the very next request, the user's other ones live on."""
        transaction = self._store.transaction()
        transaction.create(EndedSession(jti=by.session_id, ttl=by.session_expires_at),
                           otherwise=AlreadyExists("the session has ended"))
        try:
            transaction.commit()
        except AlreadyExists:
            return

    def _check(self, scope: str, email: str, password: str, *, address: str) -> tuple[User | None, bool]:
        """Return the user of an e-mail, and whether the password is right; an unknown one takes the same steps."""
        key = _lookup_key(email)
        account = account_of(scope, key)
        self._throttle.admit(account, address=address)
        claim = self._store.claim(EMAIL, scope, key)
        user = self._store.user(claim.owner_org_id if claim else _NOBODY, claim.owner_id if claim else _NOBODY)
        matched = self._hasher.verify(password, user.password_hash if user else "")
        if matched:
            self._throttle.succeeded(account)
        else:
            self._throttle.failed(address=address)
        return user, matched

    def _open(self, user: User) -> Session:
        now = self._clock.now()
        token = self._tokens.sign(TokenClaims(
            user_id=user.id, org_id=user.org_id, session_id=self._ids.new("sess_"),
            session_version=user.session_version, issued_at=now, expires_at=now + SESSION_SECONDS,
        ))
        names = names_of_roles(self._store, user.org_id, user.role_ids)
        self._store.note_login(user, at=now)
        return Session(token=token, expires_at=now + SESSION_SECONDS, user=user, role_names=tuple(names.values()))

    def _record(self, outcome: str, user: User | None, *, by: Principal) -> None:
        """Write the event; an e-mail that nobody has is not kept, because it may be a password typed too early."""
        about: dict[str, Any] = {"user_id": user.id if user else "", "email": user.email if user else ""}
        transaction = self._store.transaction()
        transaction.append(self._recorder.event(
            f"platform.login.{outcome}", by=by, trail=PLATFORM_ORG, payload=about | {"change": outcome}))
        transaction.commit()


def _refused() -> Problem:
    return Unauthenticated("invalid credentials")


def _lookup_key(email: str) -> str:
    """Return the value under which an e-mail would be claimed; of one that nobody can have, something short."""
    key = normalise_email(email)
    return key if len(key) <= LONGEST else sha256(key.encode()).hexdigest()
