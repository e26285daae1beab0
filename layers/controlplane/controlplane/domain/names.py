"""Identifiers that the contract fixes (contract, section 2)."""

from __future__ import annotations

OPERATOR_ORG = "org_default"
PLATFORM_ORG = "org_platform"
DEFAULT_ENVIRONMENT = "env_default"
DEFAULT_ENVIRONMENT_NAME = "default"
OWN_ENVIRONMENT = "current"  # the caller's own, whichever that is; no environment is called so
DEFAULT_PROJECT_NAME = "default"
OPERATOR_PROJECT = "proj_default_default"
BOOTSTRAP_KEY = "ak_admin_bootstrap"

TENANT_KEY_PREFIX = "ifkey_"
PLATFORM_KEY_PREFIX = "ifplatform_"
COOKIE = "ironflow_dashboard_token"
