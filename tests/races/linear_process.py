"""A process of eight hands on one key: each with an authorizer, services and a connection of its own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from controlplane.authorizer_bootstrap import AuthorizerParts
from controlplane.bootstrap import Services
from controlplane.domain.errors import Aborted, Problem, StoreUnavailable
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.domain.roles import ADMIN, DEVELOPER, PLATFORM_ADMIN, VIEWER
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.gateway.context import ALLOW, unpack
from controlplane.security.ids import SystemIds
from controlplane.settings import Settings
from controlplane.storage.identity_reader import LeanIdentityReader
from controlplane.storage.identity_writer import LeanIdentityWriter
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.wire_table import WireTable
from tests.conftest import REGION
from tests.races.linear_checker import Operation
from tests.races.linear_key import (
    BUSY,
    DELETE,
    DELETE_ORG,
    DONE,
    EXPIRE,
    REFUSED,
    ROTATE,
    SET_ROLE,
    UNKNOWN,
    USE,
)  # fmt: skip

HANDS, STEPS = 8, 3
START, EXPIRY = 1_800_000_000, 3600
ROLES = (VIEWER, DEVELOPER, ADMIN)
LANDLORD = Principal(type="api_key", id="ak_1", home_org_id=PLATFORM_ORG, org_id=PLATFORM_ORG,
                     role_ids=(PLATFORM_ADMIN,))  # fmt: skip
# How often each is done; the three that end something are rare, so that there is something to end.
KINDS = {USE: 55, ROTATE: 24, SET_ROLE: 20, DELETE: 1, EXPIRE: 1, DELETE_ORG: 1}


@dataclass
class Shared:
    """What the hands of all processes see: the time, the start of a round, and every value that was handed out."""

    now: Any
    barrier: Any
    count: Any
    issued: Any

    def put(self, key_id: str, value: str) -> None:
        """Tell the others of a value."""
        with self.count.get_lock():
            self.issued[self.count.value] = f"{key_id} {value}".encode()
            self.count.value += 1

    def any(self, chance: random.Random) -> tuple[str, str]:
        """Return one that was handed out, most often one of the last."""
        last = self.count.value - 1
        place = max(0, last - int(chance.expovariate(1.5)))
        key_id, _, value = bytes(self.issued[place]).decode().partition(" ")
        return key_id, value


class SharedClock:
    """The time that all processes have."""

    def __init__(self, now: Any) -> None:
        self._now = now

    def now(self) -> int:
        """Return it."""
        return int(self._now.value)

    def now_ms(self) -> int:
        """Return it in milliseconds."""
        return int(self._now.value) * 1000


class Hand:
    """Does one thing after another to the key, and notes what was asked, answered, and when."""

    def __init__(self, endpoint: str, table: str, shared: Shared) -> None:
        clock = SharedClock(shared.now)
        client = DynamoClient(endpoint=endpoint, region=REGION, timeout=5)

        def call(operation: str, payload: dict[str, Any]) -> dict[str, Any]:
            return client.call(operation, payload, deadline=time.monotonic() + 5)

        settings = Settings(table=table, region=REGION, jwt_secret_file="never read")
        self.services = Services(settings, table=WireTable(call, table), clock=clock)
        self._shared = shared
        self._authorizer = Authorizer(AuthorizerParts(
            reader=LeanIdentityReader(client.batch_get, table), writer=LeanIdentityWriter(client.call, table),
            clock=clock, ids=SystemIds(clock), tokens=lambda: self.services.tokens,
            conditions=lambda: self.services.conditions,
        ))  # fmt: skip
        self._count = 0

    def play(self, org_id: str, admin: str, seed: int) -> list[Operation]:
        """Take some steps, chosen by the seed."""
        chance = random.Random(seed)
        self._shared.barrier.wait(30)
        return [self._step(org_id, admin, chance) for _ in range(STEPS)]

    def _step(self, org_id: str, admin: str, chance: random.Random) -> Operation:
        (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
        key_id, value = self._shared.any(chance)
        role = chance.choice(ROLES)
        keys = self.services.keys
        changes: dict[str, Callable[[Principal], Any]] = {
            ROTATE: lambda by: self._rotated(key_id, by), DELETE: lambda by: keys.delete_key(key_id, by=by),
            SET_ROLE: lambda by: keys.set_key_roles(key_id, [role], by=by),
        }  # fmt: skip
        invoked = time.monotonic_ns()
        if kind == USE:
            result = self._used(value)
        elif kind == EXPIRE:
            self._shared.now.value, result = START + EXPIRY, DONE
        elif kind == DELETE_ORG:
            result = _told(lambda: self.services.organizations.delete_tenant(org_id, by=LANDLORD))
        else:
            result = _told(lambda: self._as_admin(admin, changes[kind]))
        returned = time.monotonic_ns()
        argument = value if kind == USE else (value, role)
        return Operation(kind, argument, result, invoked, returned)

    def _used(self, value: str) -> str:
        """Return the role that the key is found to have, or that it is refused."""
        caller = self._caller(value)
        return ",".join(caller.role_ids) if caller else REFUSED

    def _as_admin(self, admin: str, change: Callable[[Principal], Any]) -> Any:
        caller = self._caller(admin)
        return change(caller) if caller else REFUSED

    def _rotated(self, key_id: str, by: Principal) -> str:
        issued = self.services.keys.rotate_key(key_id, by=by)
        self._shared.put(issued.key.id, issued.value)
        return issued.value

    def _caller(self, value: str) -> Principal | None:
        self._count += 1
        path = "/api/v1/projects"
        reply = self._authorizer.authorize({
            "methodArn": "arn", "resource": path, "path": path, "httpMethod": "GET", "multiValueHeaders":
            {"Authorization": [f"Bearer {value}"]}, "requestContext": {"requestId": f"{id(self)}-{self._count}"},
        })  # fmt: skip
        context = reply["context"]
        return unpack(context) if context.get("decision") == ALLOW else None


def _told(change: Callable[[], Any]) -> Any:
    try:
        return _text(change())
    except StoreUnavailable:
        return UNKNOWN
    except Aborted:
        return BUSY
    except Problem:
        return REFUSED


def _text(answer: Any) -> str:
    return answer if isinstance(answer, str) else DONE


def play_rounds(endpoint: str, table: str, shared: Shared, line: Any) -> None:
    """Play rounds as they are sent; None ends the process."""
    hands = [Hand(endpoint, table, shared) for _ in range(HANDS)]
    with ThreadPoolExecutor(HANDS) as pool:
        while (told := line.recv()) is not None:
            org_id, admin, seed = told
            played = [pool.submit(hand.play, org_id, admin, seed * HANDS + number) for number, hand in enumerate(hands)]
            line.send([operation for one in played for operation in one.result()])
