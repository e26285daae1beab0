"""What is asked: every operation of the route table once, as it should be, and the failures worth keeping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controlplane.api.routes import ROUTES
from tests.events.case import NO_CONTEXT, Case
from tests.events.scene import BUSINESS_HOURS, PASSWORD
from tests.events.stage import FIRST_BOOT

_NEW_PASSWORD = "another made-up one"
_POLICY = {"name": "may list functions", "effect": "allow", "actions": "functions:list", "resources": "*"}
_PLATFORM_POLICY = {**_POLICY, "name": "may read tenants", "actions": "platform:tenants:read"}
_ENVIRONMENT = {"name": "preview", "project_id": "{project}", "color": "#ffaa00"}

# The bodies, and what else is not usual, of each operation's success.
_USUAL: Mapping[str, Mapping[str, Any]] = {
    "validate_credential": {"by": "tenant"},
    "login_user": {"body": {"email": "user@example.com", "password": PASSWORD}},
    "login_platform_user": {"body": {"email": "platform_user@example.com", "password": PASSWORD}},
    "bootstrap_platform": {
        "body": {"email": "first@example.com", "password": PASSWORD, "name": "first"}, "state": FIRST_BOOT},
    "create_key": {"body": {"name": "deploy", "role_ids": ["role_viewer"], "env_id": "{environment}"}},
    "set_key_roles": {"body": {"role_ids": ["role_developer"]}},
    "create_platform_user": {"body": {
        "email": "new@example.com", "password": PASSWORD, "name": "new", "role_ids": ["role_platform_viewer"]}},
    "update_platform_user": {"body": {"name": "renamed"}},
    "create_platform_role": {"body": {"name": "auditors", "policy_ids": ["{platform_policy}"]}},
    "update_platform_role": {"body": {"name": "renamed"}},
    "create_platform_policy": {"body": _PLATFORM_POLICY},
    "update_platform_policy": {"body": {"actions": "platform:tenants:read"}},
    "explain_platform_decision": {
        "body": {"principal": {"user_id": "{platform_user}"}, "action": "platform:users:manage"}},
    "create_tenant": {"body": {"name": "second"}},
    "update_tenant": {"body": {"suspended": True}},
    "create_platform_org": {"body": {"name": "bare"}},
    "create_org": {"status": 403, "body": {"name": "mine"}},
    "update_org": {"body": {"name": "renamed"}},
    "provision_tenant": {"body": {"org_name": "third", "env_name": "production"}},
    "create_project": {"body": {"name": "app", "description": "On a telephone"}},
    "update_project": {"body": {"description": "What everybody sees"}},
    "create_environment": {"body": _ENVIRONMENT},
    "update_environment": {"body": {"color": "#000000"}},
    "create_environment_alias": {"body": _ENVIRONMENT},
    "update_environment_alias": {"body": {"color": "#000000"}},
    "register_function": {
        "headers": {"X-Ironflow-Environment": "staging"},
        "body": {"name": "crop", "endpoint_url": "https://example.com/crop"}},
    "create_user": {"body": {"email": "new@example.com", "password": PASSWORD, "roles": ["viewer"]}},
    "update_user": {"body": {"name": "renamed"}},
    "change_password": {"body": {"current_password": PASSWORD, "new_password": _NEW_PASSWORD}},
    "create_role": {"body": {"name": "operators", "policy_ids": ["{policy}"]}},
    "update_role": {"body": {"name": "renamed"}},
    "list_role_policies": {"path": {"role_id": "{role}"}},
    "attach_policy": {"body": {"policy_id": "{spare_policy}"}},
    "detach_policy": {"path": {"role_id": "{role}"}},
    "create_policy": {"body": _POLICY},
    "update_policy": {"body": {"condition": ""}},
    "delete_policy": {"path": {"policy_id": "{spare_policy}"}},
    "dry_run_policy": {"body": {"condition": BUSINESS_HOURS, "request": {"time": "2026-01-01T12:00:00Z"}}},
    "explain_decision": {"body": {"principal": {"key_id": "{conditional_key}"}, "action": "apikeys:read"}},
    "unknown_path": {"status": 404},
}

SUCCESSES: tuple[Case, ...] = tuple(
    Case(**{"operation": route.operation, "status": route.success, **_USUAL.get(route.operation, {})})
    for route in ROUTES
)

FAILURES: tuple[Case, ...] = (
    Case(operation="validate_credential", name="nobody", status=401, by=""),
    Case(operation="login_user", name="wrong_password", status=401,
         body={"email": "user@example.com", "password": "not the password"}),
    Case(operation="login_user", name="no_json", status=400, raw='{"email": "user@example.com"'),
    Case(operation="login_platform_user", name="unknown_email", status=401,
         body={"email": "nobody@example.com", "password": PASSWORD}),
    Case(operation="bootstrap_platform", name="twice", status=409,
         body={"email": "second@example.com", "password": PASSWORD, "name": "second"}),
    Case(operation="bootstrap_platform", name="refused", status=403, by="tenant",
         body={"email": "second@example.com", "password": PASSWORD, "name": "second"}),
    Case(operation="change_password", name="wrong_password", status=401,
         body={"current_password": "not the password", "new_password": _NEW_PASSWORD}),
    Case(operation="list_keys", name="no_context", status=401, by=NO_CONTEXT),
    Case(operation="list_keys", name="platform", status=200, by="platform", query="platform=true&limit=1"),
    Case(operation="list_keys", name="bad_limit", status=400, query="limit=all"),
    Case(operation="create_key", name="refused", status=403, by="viewer", body={"name": "deploy"}),
    Case(operation="create_key", name="no_body", status=400),
    Case(operation="create_key", name="unknown_role", status=400, body={"name": "deploy", "role_ids": ["role_none"]}),
    Case(operation="create_key", name="unknown_environment", status=404,
         body={"name": "deploy", "env_id": "env_none"}),
    Case(operation="create_key", name="impersonating", status=201, by="platform",
         headers={"X-Ironflow-Org": "{organization}"}, body={"name": "first", "role_ids": ["role_admin"]}),
    Case(operation="get_key", name="unknown", status=404, path={"key_id": "ak_{nothing}"}),
    Case(operation="rotate_key", name="expired", status=400, path={"key_id": "{expired_key}"}),
    Case(operation="query_audit", name="one_key", status=200, query="api_key_id={viewer_key}&order=asc"),
    Case(operation="query_audit", name="bad_time", status=400, query="from=yesterday"),
    Case(operation="create_environment", name="taken", status=409, body={"name": "staging"}),
    Case(operation="create_environment", name="unknown_project", status=404,
         body={"name": "preview", "project_id": "proj_{nothing}"}),
    Case(operation="get_function", name="unknown", status=404, path={"function_id": "fn_{nothing}"}),
    Case(operation="get_org", name="foreign", status=404, path={"org_id": "{suspended}"}),
    Case(operation="delete_org", name="operator", status=400, by="operator", path={"org_id": "org_default"}),
    Case(operation="create_policy", name="bad_condition", status=400, body={**_POLICY, "condition": "1 +"}),
    Case(operation="delete_policy", name="in_use", status=409),
    Case(operation="rollback_policy", name="unknown_version", status=404, path={"version": "9"}),
    Case(operation="create_project", name="taken", status=409, body={"name": "website"}),
    Case(operation="delete_role", name="built_in", status=400, path={"role_id": "role_admin"}),
    Case(operation="get_tenant", name="refused", status=403, by="tenant"),
    Case(operation="create_tenant", name="taken", status=409, body={"name": "organization"}),
    Case(operation="create_user", name="taken", status=409,
         body={"email": "USER@example.com", "password": PASSWORD, "roles": []}),
    Case(operation="delete_platform_user", name="unknown", status=404, path={"user_id": "puser_{nothing}"}),
)

# Asked of the authorizer: file name → the request. `status` is what the gateway or the handler makes of the answer.
AUTHORIZATIONS: Mapping[str, Case] = {
    "tenant_key": Case(operation="list_projects", status=200),
    "platform_key": Case(operation="list_tenants", status=200),
    "operator_key": Case(operation="list_tenants_as_operator", status=200),
    "session_token": Case(operation="change_password", status=204),
    "platform_session_token": Case(operation="logout_platform_user", status=204),
    "condition_holds": Case(operation="list_keys", status=200, by="conditional"),
    "condition_is_not_enough": Case(operation="create_key", status=403, by="conditional"),
    "impersonating": Case(operation="list_users", status=200, by="platform",
                          headers={"X-Ironflow-Org": "{organization}"}),
    "no_credential": Case(operation="list_projects", status=401, by=""),
    "unknown_key": Case(operation="list_projects", status=401, by="",
                        headers={"Authorization": "Bearer ifkey_ffffffffffffffffffffffffffffffff"}),
    "expired_key": Case(operation="list_projects", status=401, by="expired"),
    "forged_token": Case(operation="list_projects", status=401, by="",
                         headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ."}),
    "suspended_organization": Case(operation="list_projects", status=403, by="suspended"),
    "insufficient_permissions": Case(operation="create_project", status=403, by="viewer"),
    "platform_only": Case(operation="list_tenants", status=403, by="tenant"),
    "unknown_path": Case(operation="unknown_path", status=404),
}

# Functions that no request reaches: file name → what invokes them. Such a case has no route, and no status.
TASKS: Mapping[str, tuple[Case, Mapping[str, Any]]] = {
    "sweep/sweep.json": (Case(operation="sweep", status=0), {}),
    "bootstrap/bootstrap.json": (Case(operation="bootstrap", status=0, name="again"), {}),
    "bootstrap/bootstrap.reset.json": (Case(operation="bootstrap", status=0, name="reset"), {"reset": True}),
}
