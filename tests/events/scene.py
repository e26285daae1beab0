"""What the table holds before every event: a platform, a tenant with one of everything, and their callers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from controlplane.bootstrap import Services
from controlplane.domain import names, roles
from controlplane.domain.policy_text import PolicyText
from controlplane.domain.principal import Principal
from controlplane.domain.token_claims import TokenClaims
from controlplane.services.apikeys import KeyRequest
from controlplane.services.policies import PolicyChanges
from tests.events.fixed import FAR, START

PASSWORD = "a made-up password"
BUSINESS_HOURS = "request.time.getHours() < 25"


@dataclass(frozen=True)
class Scene:
    """The ids and credentials that events name, by the words that `cases` uses for them."""

    ids: dict[str, str]
    credentials: dict[str, str]


class SceneBuilder:
    """Writes the scene through the services, as its people would have."""

    def __init__(self, services: Services, *, operator_key: str) -> None:
        self._services = services
        self._ids = {"organization": "", "nothing": "0" * 12}
        self._credentials = {"operator": operator_key}

    def build(self) -> Scene:
        """Write everything, in an order that never changes, and name it."""
        self._platform()
        self._tenant()
        self._access()
        self._people()
        self._keys()
        return Scene(self._ids, self._credentials)

    @cached_property
    def _operator(self) -> Principal:
        org = names.OPERATOR_ORG
        return Principal(type="api_key", id=names.BOOTSTRAP_KEY, home_org_id=org, org_id=org, role_ids=(roles.ADMIN,))

    @cached_property
    def _landlord(self) -> Principal:
        org = names.PLATFORM_ORG
        return Principal(type="api_key", id=self._ids["platform_key"], home_org_id=org, org_id=org,
                         role_ids=(roles.PLATFORM_ADMIN,))

    @cached_property
    def _owner(self) -> Principal:
        org = self._ids["organization"]
        return Principal(type="api_key", id=self._ids["platform_key"], home_org_id=names.PLATFORM_ORG, org_id=org,
                         role_ids=(roles.PLATFORM_ADMIN,), environment_id=names.DEFAULT_ENVIRONMENT, impersonating=True)

    def _key(self, word: str, request: KeyRequest, *, by: Principal) -> None:
        issued = self._services.keys.create_key(request, by=by)
        self._ids[f"{word}_key"], self._credentials[word] = issued.key.id, issued.value

    def _platform(self) -> None:
        request = KeyRequest(name="platform", platform=True, role_ids=(roles.PLATFORM_ADMIN,))
        self._key("platform", request, by=self._operator)
        users, by = self._services.platform_users, self._landlord
        for word in ("platform_user", "platform_colleague"):
            made = users.create_platform_user(
                email=f"{word}@example.com", password=PASSWORD, name=word, role_ids=[roles.PLATFORM_ADMIN], by=by)
            self._ids[word] = made.id
        self._credentials["platform_user"] = self._token(self._ids["platform_user"], names.PLATFORM_ORG)
        policy = PolicyText(name="may read users", effect="allow", actions="platform:users:read", resources="*",
                            condition="")
        self._ids["platform_policy"] = self._services.policies.create_policy(policy, by=by).id
        self._ids["platform_role"] = self._services.roles.create_role("support", by=by).id

    def _tenant(self) -> None:
        for word in ("organization", "suspended"):
            self._ids[word] = self._services.organizations.create_tenant(word, by=self._landlord).id
        by = self._owner
        self._ids["project"] = project = self._services.projects.create_project("website", "What is public", by=by).id
        self._ids["environment"] = self._services.environments.create_environment(
            "staging", project_id=project, color="#00aa00", by=by).id
        self._ids["function"] = self._services.functions.register_function(
            "resize", description="Makes images smaller", endpoint_url="https://example.com/resize", by=by).id

    def _access(self) -> None:
        policies, by = self._services.policies, self._owner
        text = PolicyText(name="may read keys", effect="allow", actions="apikeys:read", resources="*",
                          condition=BUSINESS_HOURS)
        self._ids["policy"] = policies.create_policy(text, by=by).id
        policies.update_policy(self._ids["policy"], PolicyChanges(name="may read all keys"), by=by)
        self._ids["spare_policy"] = policies.create_policy(
            PolicyText(name="may do nothing", effect="deny", actions="*", resources="*", condition=""), by=by).id
        self._ids["role"] = self._services.roles.create_role("reader", [self._ids["policy"]], by=by).id
        self._ids["spare_role"] = self._services.roles.create_role("nobody", by=by).id

    def _people(self) -> None:
        made = self._services.users.create_user(
            email="user@example.com", password=PASSWORD, name="user", roles=["viewer"], by=self._owner).user
        self._ids["user"] = made.id
        self._credentials["user"] = self._token(made.id, made.org_id)

    def _keys(self) -> None:
        for word, role in (("tenant", roles.ADMIN), ("viewer", roles.VIEWER), ("conditional", self._ids["role"])):
            self._key(word, KeyRequest(name=word, role_ids=(role,)), by=self._owner)
        self._key("expired", KeyRequest(name="expired", role_ids=(roles.ADMIN,), expires_in="1h"), by=self._owner)
        org = self._ids["suspended"]
        inside = Principal(type="api_key", id=self._ids["platform_key"], home_org_id=names.PLATFORM_ORG, org_id=org,
                           role_ids=(roles.PLATFORM_ADMIN,), impersonating=True)
        self._key("suspended", KeyRequest(name="suspended", role_ids=(roles.ADMIN,)), by=inside)
        self._services.organizations.update_tenant(org, name=None, suspended=True, by=self._landlord)

    def _token(self, user_id: str, org_id: str) -> str:
        claims = TokenClaims(user_id=user_id, org_id=org_id, session_id=self._services.ids.new("sess_"),
                             session_version=1, issued_at=START, expires_at=FAR)
        token: str = self._services.tokens.sign(claims)
        return token
