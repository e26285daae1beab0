"""What platform users and tenant users have in common: unique e-mails, and how their events tell of them."""

from __future__ import annotations

from typing import Any

from controlplane.domain.emails import normalise_email
from controlplane.domain.errors import AlreadyExists
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import Claim, User
from controlplane.ports import Transaction

EMAIL, PLATFORM_SCOPE, TENANT_SCOPE = "email", "platform", "tenant"
NO_SUCH_USER = "user not found"
_EMAIL_TAKEN = "a user with this email already exists"


def email_claim(user: User) -> Claim:
    """Return the claim by which a user's e-mail is unique; a login finds the user by it."""
    scope = PLATFORM_SCOPE if user.org_id == PLATFORM_ORG else TENANT_SCOPE
    return Claim(kind=EMAIL, scope=scope, value=normalise_email(user.email), owner_id=user.id,
                 owner_org_id=user.org_id)


def add_user(transaction: Transaction, user: User) -> None:
    """Create a user with its e-mail, which must be nobody else's."""
    transaction.create(user)
    transaction.claim(email_claim(user), otherwise=AlreadyExists(_EMAIL_TAKEN))


def change_user(transaction: Transaction, old: User, new: User) -> None:
    """Put `new` in place of `old`; another e-mail must be nobody else's."""
    transaction.replace(old, new)
    transaction.exchange(email_claim(old), email_claim(new), otherwise=AlreadyExists(_EMAIL_TAKEN))


def remove_user(transaction: Transaction, user: User) -> None:
    """Delete a user and give its e-mail back."""
    transaction.remove(user)
    transaction.release(email_claim(user))


def power_of(user: User) -> tuple[object, ...]:
    """Return what decides who can act as a user, and as what; a change of it takes the user's own grants."""
    return user.email, user.password_hash, user.is_active, frozenset(user.role_ids)


def payload_of(user: User, change: str, *, password_changed: bool = False) -> dict[str, Any]:
    """Return an event's payload: all of a user but the password's hash (contract, section 8)."""
    payload = {
        "user_id": user.id, "email": user.email, "change": change, "name": user.name, "org_id": user.org_id,
        "is_active": user.is_active, "role_ids": list(user.role_ids), "created_at": user.created_at,
        "updated_at": user.updated_at,
    }
    return payload | ({"password_changed": True} if password_changed else {})
