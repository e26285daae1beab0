"""The rule that the platform never loses its last active admin (contract, section 4)."""

from __future__ import annotations

from controlplane.domain.errors import Aborted
from controlplane.domain.records import PlatformAdmins, User
from controlplane.domain.roles import PLATFORM_ADMIN
from controlplane.domain.values import replace
from controlplane.ports import Store, Transaction


class AdminRoll:
    """Keeps the set of active platform admins in one item, so that of two changes to it only one can win."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, transaction: Transaction, *, before: User | None, after: User | None) -> None:
        """Add to a transaction what a change of a user does to the set.

        Raises Aborted when nobody would be left.
        """
        user = after or before
        if user is None or _is_admin(before) == _is_admin(after):
            return
        roll = self._store.platform_admins()
        others = tuple(known for known in roll.user_ids if known != user.id) if roll else ()
        if not _is_admin(after) and not others:
            raise Aborted("the last active platform admin cannot be deleted, demoted or deactivated")
        user_ids = (*others, user.id) if _is_admin(after) else others
        if roll is None:
            transaction.create(PlatformAdmins(user_ids=user_ids))
        else:
            transaction.replace(roll, replace(roll, user_ids=user_ids))


def _is_admin(user: User | None) -> bool:
    return user is not None and user.is_active and PLATFORM_ADMIN in user.role_ids
