"""THE TABLE: every operation, its path, its function, and what a caller must be granted.

The template, the authorizer, the binder, the CLI, the OpenAPI document and the permission matrix are held to
this table or derived from it (contract, sections 3 to 5). The authorizer imports it, so it imports nothing heavy.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

from controlplane.domain.values import dataclass


class Access(Enum):
    """Who may reach an operation, before grants are looked at."""

    PUBLIC = "public"  # no credential; the gateway calls no authorizer
    AUTHENTICATED = "authenticated"  # any valid credential
    TENANT = "tenant"  # inside an organization: its own credentials, or platform ones that impersonate it
    PLATFORM = "platform"  # platform credentials only
    KEYS = "keys"  # tenant keys and platform keys on one path (contract, section 3)
    OPERATOR = "operator"  # the operator organization's admins only
    SELF = "self"  # the user named in the path, or a tenant caller with the action
    SESSION = "session"  # a platform user's token
    PLATFORM_ONLY_ELSEWHERE = "platform_only_elsewhere"  # always refused; the operation lives under /platform


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: `access` and `action` decide, `body` names a type of api.bodies, `reply` one of api.views."""

    method: str
    path: str
    operation: str
    function: str
    access: Access
    action: str = ""
    platform_action: str = ""
    body: str = ""
    reply: str = ""
    success: int = 200
    errors: tuple[int, ...] = ()
    query: tuple[str, ...] = ()
    summary: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The pair by which a gateway finds the route."""
        return self.method, self.path


V1 = "/api/v1"
PLATFORM = "/api/v1/platform"
UNKNOWN_PATH = "/api/v1/{proxy+}"
UNKNOWN_OPERATION = "unknown_path"
PAGE = ("limit", "cursor")
_P, _T, _K, _O = Access.PLATFORM, Access.TENANT, Access.KEYS, Access.OPERATOR


def _system() -> tuple[Route, ...]:
    public = Access.PUBLIC
    return (
        Route("GET", "/health", "get_health", "system", public, reply="Health", summary="Is the process alive"),
        Route("GET", "/ready", "get_ready", "system", public, reply="Ready", errors=(503,), summary="Can it serve"),
        Route("GET", "/metrics", "get_metrics", "system", public, reply="text", summary="Prometheus figures"),
        Route("GET", f"{V1}/capabilities", "get_capabilities", "system", public, reply="Capabilities",
              summary="What this server can do"),
        Route("GET", f"{V1}/openapi.json", "get_openapi", "system", Access.AUTHENTICATED, reply="object",
              summary="This document"),
        Route("ANY", UNKNOWN_PATH, UNKNOWN_OPERATION, "system", Access.AUTHENTICATED, errors=(404,),
              summary="Anything that is not served"),
    )


def _auth() -> tuple[Route, ...]:
    public = Access.PUBLIC
    return (
        Route("GET", f"{V1}/auth/validate", "validate_credential", "auth", public, reply="Validation",
              errors=(400, 401, 403, 404), summary="Who does this credential belong to"),
        Route("POST", f"{V1}/auth/login", "login_user", "login", public, body="Login", reply="Login",
              errors=(400, 401, 403, 429), summary="Log a tenant user in"),
        Route("POST", f"{PLATFORM}/auth/login", "login_platform_user", "login", public, body="Login",
              reply="Login", errors=(400, 401, 403, 429), summary="Log a platform user in"),
        Route("POST", f"{PLATFORM}/auth/logout", "logout_platform_user", "auth", Access.SESSION, success=204,
              summary="End this session"),
        Route("POST", f"{PLATFORM}/bootstrap", "bootstrap_platform", "login", _O, body="BootstrapPlatform",
              reply="BootstrappedAdmin", success=201, errors=(400, 409), summary="Create the first platform user"),
    )


def _apikeys() -> tuple[Route, ...]:
    path, one = f"{V1}/apikeys", f"{V1}/apikeys/{{key_id}}"
    read, manage = ("apikeys:read", "platform:keys:read"), ("apikeys:manage", "platform:keys:manage")
    return (
        Route("GET", path, "list_keys", "apikeys", _K, *read, reply="list[Key]",
              query=("platform", "expiring", *PAGE), errors=(400,), summary="List API keys"),
        Route("POST", path, "create_key", "apikeys", _K, *manage, body="CreateKey", reply="IssuedKey", success=201,
              errors=(400, 404), summary="Create an API key; its value is shown once"),
        Route("GET", one, "get_key", "apikeys", _K, *read, reply="Key", errors=(404,), summary="Get an API key"),
        Route("DELETE", one, "delete_key", "apikeys", _K, *manage, success=204, errors=(404,),
              summary="Revoke an API key"),
        Route("POST", f"{one}/rotate", "rotate_key", "apikeys", _K, *manage, reply="IssuedKey",
              errors=(400, 404, 409), summary="Replace an API key by a new one"),
        Route("PUT", f"{one}/roles", "set_key_roles", "apikeys", _K, *manage, body="SetKeyRoles", reply="Key",
              errors=(400, 404), summary="Replace the roles of an API key"),
    )


def _crud(  # noqa: PLR0913 - the columns of the table
    path: str, id_name: str, noun: str, plural: str, function: str, access: Access, actions: tuple[str, str], *,
    kind: str, update: str, label: str, in_use: tuple[int, ...] = (),
) -> tuple[Route, ...]:
    read, manage = actions
    one = f"{path}/{{{id_name}}}"
    return (
        Route("GET", path, f"list_{plural}", function, access, read, reply=f"list[{kind}]", query=PAGE,
              errors=(400,), summary=f"List {label}s"),
        Route("POST", path, f"create_{noun}", function, access, manage, body=f"Create{shown_type(noun)}", reply=kind,
              success=201, errors=(400, 404, 409), summary=f"Create a {label}"),
        Route("GET", one, f"get_{noun}", function, access, read, reply=kind, errors=(404,), summary=f"Get a {label}"),
        Route(update, one, f"update_{noun}", function, access, manage, body=f"Update{shown_type(noun)}", reply=kind,
              errors=(400, 404, 409), summary=f"Update a {label}"),
        Route("DELETE", one, f"delete_{noun}", function, access, manage, success=204, errors=(400, 404, *in_use),
              summary=f"Delete a {label}"),
    )


def shown_type(noun: str) -> str:
    """Spell an operation's noun as a type name: `platform_user` → `PlatformUser`."""
    return "".join(part.capitalize() for part in noun.split("_"))


def _platform() -> tuple[Route, ...]:
    users = ("platform:users:read", "platform:users:manage")
    roles = ("platform:roles:read", "platform:roles:manage")
    policies = ("platform:policies:read", "platform:policies:manage")
    tenants = ("platform:tenants:read", "platform:tenants:manage")
    return (
        *_crud(f"{PLATFORM}/users", "user_id", "platform_user", "platform_users", "users", _P, users,
               kind="PlatformUser", update="PUT", label="platform user", in_use=(409,)),
        *_crud(f"{PLATFORM}/roles", "role_id", "platform_role", "platform_roles", "roles", _P, roles,
               kind="Role", update="PUT", label="platform role"),
        *_crud(f"{PLATFORM}/policies", "policy_id", "platform_policy", "platform_policies", "policies", _P, policies,
               kind="Policy", update="PUT", label="platform policy", in_use=(409,)),
        Route("POST", f"{PLATFORM}/policies/explain", "explain_platform_decision", "policies", _P,
              "platform:policies:read", body="Explain", reply="Explanation", errors=(400, 404),
              summary="Explain a platform decision"),
        *_crud(f"{PLATFORM}/tenants", "tenant_id", "tenant", "tenants", "tenants", _P, tenants,
               kind="Organization", update="PUT", label="tenant"),
        Route("POST", f"{PLATFORM}/orgs", "create_platform_org", "tenants", _P, "platform:tenants:manage",
              body="CreateTenant", reply="Organization", success=201, errors=(400, 409),
              summary="Create an organization without project, environment or key"),
        Route("GET", f"{PLATFORM}/audit", "query_platform_audit", "audit", _P, "platform:audit:read",
              reply="PlatformAuditPage", errors=(400,), summary="Query the platform's audit trail",
              query=("event_type", "from", "to", "platform_key_id", "impersonated_org_id", "order", *PAGE)),
    )


def _organizations() -> tuple[Route, ...]:
    one = f"{V1}/orgs/{{org_id}}"
    return (
        Route("GET", f"{V1}/orgs", "list_orgs", "orgs", _T, "orgs:read", reply="list[Organization]", query=PAGE,
              errors=(400,), summary="List the caller's organization"),
        Route("POST", f"{V1}/orgs", "create_org", "orgs", Access.PLATFORM_ONLY_ELSEWHERE,
              summary="Always refused: organizations are created under /platform"),
        Route("GET", one, "get_org", "orgs", _T, "orgs:read", reply="Organization", errors=(404,),
              summary="Get an organization"),
        Route("PATCH", one, "update_org", "orgs", _T, "orgs:manage", body="UpdateOrg", reply="Organization",
              errors=(400, 404, 409), summary="Rename an organization"),
        Route("DELETE", one, "delete_org", "orgs", _T, "orgs:manage", success=204, errors=(400, 404),
              summary="Delete an organization and everything in it"),
        Route("GET", f"{V1}/tenants", "list_tenants_as_operator", "tenants", _O, reply="list[TenantSummary]",
              query=PAGE, errors=(400,), summary="List tenants with their counts"),
        Route("POST", f"{V1}/tenants/provision", "provision_tenant", "tenants", _O, body="ProvisionTenant",
              reply="ProvisionedTenant", success=201, errors=(400, 409),
              summary="Create a tenant with an environment and an admin key"),
    )


def _projects() -> tuple[Route, ...]:
    path, one = f"{V1}/projects", f"{V1}/projects/{{project_id}}"
    read, manage = "projects:read", "projects:manage"
    return (
        Route("GET", path, "list_projects", "projects", _T, read, reply="list[Project]", query=PAGE, errors=(400,),
              summary="List projects"),
        Route("POST", path, "create_project", "projects", _T, manage, body="CreateProject", reply="Project",
              success=201, errors=(400, 409), summary="Create a project"),
        Route("PUT", one, "update_project", "projects", _T, manage, body="UpdateProject", reply="Project",
              errors=(400, 404, 409), summary="Update a project"),
        Route("DELETE", one, "delete_project", "projects", _T, manage, reply="Deleted", errors=(404,),
              summary="Delete a project and its environments"),
    )


def _environments(base: str, suffix: str) -> tuple[Route, ...]:
    path, one = f"{V1}/{base}", f"{V1}/{base}/{{env_id}}"
    read, manage = "environments:read", "environments:manage"
    return (
        Route("GET", path, f"list_environments{suffix}", "environments", _T, read, reply="list[Environment]",
              query=PAGE, errors=(400,), summary="List environments"),
        Route("POST", path, f"create_environment{suffix}", "environments", _T, manage, body="CreateEnvironment",
              reply="Environment", success=201, errors=(400, 404, 409), summary="Create an environment"),
        Route("PUT", one, f"update_environment{suffix}", "environments", _T, manage, body="UpdateEnvironment",
              reply="Environment", errors=(400, 404, 409), summary="Update an environment"),
        Route("DELETE", one, f"delete_environment{suffix}", "environments", _T, manage, reply="StatusDeleted",
              errors=(404,), summary="Delete an environment and its keys"),
    )


def _functions() -> tuple[Route, ...]:
    path, one = f"{V1}/functions", f"{V1}/functions/{{function_id}}"
    return (
        Route("GET", path, "list_functions", "functions", _T, "functions:list", reply="list[Function]", query=PAGE,
              errors=(400,), summary="List registered functions"),
        Route("POST", path, "register_function", "functions", _T, "functions:register", body="RegisterFunction",
              reply="Function", success=201, errors=(400,), summary="Register a function"),
        Route("GET", one, "get_function", "functions", _T, "functions:read", reply="Function", errors=(404,),
              summary="Get a function"),
        Route("DELETE", one, "delete_function", "functions", _T, "functions:register", success=204, errors=(404,),
              summary="Remove a function"),
    )


def _tenant_access() -> tuple[Route, ...]:
    roles, policies, users = f"{V1}/roles", f"{V1}/policies", f"{V1}/users"
    role_policies, one_policy = f"{roles}/{{role_id}}/policies", f"{policies}/{{policy_id}}"
    manage_roles, read_policies, manage_policies = "roles:manage", "policies:read", "policies:manage"
    return (
        *_crud(users, "user_id", "user", "users", "users", _T, ("users:read", "users:manage"), kind="User",
               update="PATCH", label="user"),
        Route("PATCH", f"{users}/{{user_id}}/password", "change_password", "login", Access.SELF, "users:manage",
              body="ChangePassword", success=204, errors=(400, 404, 429), summary="Change a user's password"),
        *_crud(roles, "role_id", "role", "roles", "roles", _T, ("roles:read", manage_roles), kind="Role",
               update="PATCH", label="role"),
        Route("GET", role_policies, "list_role_policies", "roles", _T, "roles:read", reply="RolePolicies",
              query=PAGE, errors=(400, 404), summary="List a role's policies"),
        Route("POST", role_policies, "attach_policy", "roles", _T, manage_roles, body="AttachPolicy", success=204,
              errors=(400, 404, 409), summary="Attach a policy to a role"),
        Route("DELETE", f"{role_policies}/{{policy_id}}", "detach_policy", "roles", _T, manage_roles, success=204,
              errors=(400, 404), summary="Detach a policy from a role"),
        *_crud(policies, "policy_id", "policy", "policies", "policies", _T, (read_policies, manage_policies),
               kind="Policy", update="PATCH", label="policy", in_use=(409,)),
        Route("POST", f"{policies}/dry-run", "dry_run_policy", "policies", _T, read_policies, body="DryRun",
              reply="DryRunResult", errors=(400, 404), summary="Try a condition on a request"),
        Route("POST", f"{policies}/explain", "explain_decision", "policies", _T, read_policies, body="Explain",
              reply="Explanation", errors=(400, 404), summary="Explain a decision"),
        Route("GET", f"{one_policy}/versions", "list_policy_versions", "policies", _T, read_policies, query=PAGE,
              reply="list[PolicyVersion]", errors=(400, 404), summary="List a policy's versions, newest first"),
        Route("POST", f"{one_policy}/rollback/{{version}}", "rollback_policy", "policies", _T, manage_policies,
              reply="Policy", errors=(400, 404), summary="Save an old version as the newest"),
        Route("GET", f"{V1}/audit", "query_audit", "audit", _T, "audit:read", reply="AuditPage", errors=(400,),
              query=("api_key_id", "action", "event_type", "from", "to", "order", *PAGE),
              summary="Query the organization's audit trail"),
    )


ROUTES: tuple[Route, ...] = (
    *_system(), *_auth(), *_apikeys(), *_platform(), *_organizations(), *_projects(),
    *_environments("environments", ""), *_environments("envs", "_alias"), *_functions(), *_tenant_access(),
)

BY_KEY: dict[tuple[str, str], Route] = {route.key: route for route in ROUTES}
BY_OPERATION: dict[str, Route] = {route.operation: route for route in ROUTES}
PREFLIGHT, _ASKING = "preflight", "OPTIONS"


@cache
def preflights() -> tuple[Route, ...]:
    """Return one row for each path, answered by the path's own function.

    On one function alone, the permissions that let the gateway call it would outgrow Lambda's limit of 20 KB.
    """
    return tuple(
        Route(_ASKING, path, PREFLIGHT, function, Access.PUBLIC, success=204, summary="What a browser's page may ask")
        for path, function in {route.path: route.function for route in ROUTES}.items()
    )


def find_route(method: str, resource: str) -> Route | None:
    """Return the row for an API Gateway resource, or None; `ANY` rows serve every method of their resource."""
    if method == _ASKING:  # which no authorizer is asked, so its start need not make them
        return next((route for route in preflights() if route.path == resource), None)
    return BY_KEY.get((method, resource)) or BY_KEY.get(("ANY", resource))
