"""The rows of the first boot, and the bootstrap key: issued once, under a permanent marker (contract, section 2)."""

from __future__ import annotations

from controlplane.domain import names
from controlplane.domain.credentials import display_prefix, hash_of
from controlplane.domain.errors import AlreadyExists
from controlplane.domain.principal import Principal
from controlplane.domain.records import ApiKey, Claim, Environment, Organization, Project
from controlplane.domain.roles import ADMIN
from controlplane.domain.values import dataclass
from controlplane.ports import Clock, Ids, Store
from controlplane.services.key_records import add_key, credential_of, key_event, new_value
from controlplane.services.recorder import Recorder

_ROLE_NAME = "admin"
_MARKER = Claim(kind="marker", scope="", value="bootstrap_key_issued", owner_id=names.BOOTSTRAP_KEY)
SYSTEM = Principal(type="system", id="first_boot", home_org_id=names.OPERATOR_ORG, org_id=names.OPERATOR_ORG,
                   role_ids=())


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapKey:
    """The bootstrap key; `raw` is its value when it was issued by this call, else empty. Printing it shows none."""

    raw: str
    prefix: str
    created: bool
    timestamp: int
    key_id: str = names.BOOTSTRAP_KEY
    org_id: str = names.OPERATOR_ORG
    role: str = _ROLE_NAME

    def __repr__(self) -> str:
        return f"BootstrapKey({self.prefix}…)"


class FirstBoot:
    """Creates what every installation starts with; running it again changes nothing."""

    def __init__(self, store: Store, *, clock: Clock, ids: Ids, recorder: Recorder) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._recorder = recorder

    def issue_bootstrap_key(self) -> BootstrapKey:
        """Create the first rows and the bootstrap key, once for ever; later calls tell the key's prefix only."""
        self._create_rows()
        value, key = self._new_key()
        transaction = self._store.transaction()
        transaction.claim(_MARKER, otherwise=AlreadyExists("the bootstrap key was issued before"))
        add_key(transaction, key)
        transaction.append(key_event(self._recorder, "created", key, by=SYSTEM))
        try:
            transaction.commit()
        except AlreadyExists:
            return self._existing()
        return BootstrapKey(raw=value, prefix=key.prefix, created=True, timestamp=key.created_at)

    def reset_bootstrap_key(self) -> BootstrapKey:
        """Replace the bootstrap key, present or not, by a new one: the local break-glass, which leaves an event."""
        self._create_rows()
        old = self._store.key(names.OPERATOR_ORG, names.BOOTSTRAP_KEY)
        marked = self._store.claim(_MARKER.kind, _MARKER.scope, _MARKER.value)
        value, key = self._new_key()
        transaction = self._store.transaction()
        if not marked:
            transaction.claim(_MARKER, otherwise=AlreadyExists("the bootstrap key was issued meanwhile"))
        if old:
            transaction.replace(old, key)
            transaction.remove(credential_of(old))
            transaction.append(key_event(self._recorder, "revoked", old, by=SYSTEM, change="reset"))
        else:
            transaction.create(key)
        transaction.create(credential_of(key))
        transaction.append(key_event(self._recorder, "created", key, by=SYSTEM, change="reset"))
        transaction.commit()
        return BootstrapKey(raw=value, prefix=key.prefix, created=True, timestamp=key.created_at)

    def _existing(self) -> BootstrapKey:
        key = self._store.key(names.OPERATOR_ORG, names.BOOTSTRAP_KEY)
        return BootstrapKey(raw="", prefix=key.prefix if key else "", created=False,
                            timestamp=key.created_at if key else 0)

    def _new_key(self) -> tuple[str, ApiKey]:
        value = new_value(self._ids, names.OPERATOR_ORG)
        return value, ApiKey(
            id=names.BOOTSTRAP_KEY, org_id=names.OPERATOR_ORG, name="bootstrap", prefix=display_prefix(value),
            hash=hash_of(value), role_ids=(ADMIN,), created_at=self._clock.now(),
        )

    def _create_rows(self) -> None:
        if self._store.organization(names.OPERATOR_ORG):
            return
        now = self._clock.now()
        transaction = self._store.transaction()
        there = AlreadyExists("the first rows exist")
        for org_id, name in ((names.OPERATOR_ORG, "default"), (names.PLATFORM_ORG, "platform")):
            transaction.create(Organization(id=org_id, name=name, created_at=now, updated_at=now), otherwise=there)
        transaction.claim(Claim(kind="organization_name", scope="", value="default", owner_id=names.OPERATOR_ORG),
                          otherwise=there)
        for record, kind, name in self._default_places(now):
            transaction.create(record)
            transaction.claim(Claim(kind=kind, scope=names.OPERATOR_ORG, value=name, owner_id=record.id),
                              otherwise=there)
        try:
            transaction.commit()
        except AlreadyExists:
            return

    def _default_places(self, now: int) -> list[tuple[Project | Environment, str, str]]:
        project = Project(id=names.OPERATOR_PROJECT, org_id=names.OPERATOR_ORG, name=names.DEFAULT_PROJECT_NAME,
                          created_at=now, updated_at=now)
        environment = Environment(
            id=names.DEFAULT_ENVIRONMENT, org_id=names.OPERATOR_ORG, project_id=project.id,
            name=names.DEFAULT_ENVIRONMENT_NAME, created_at=now, updated_at=now,
        )
        return [(project, "project_name", project.name), (environment, "environment_name", environment.name)]
