"""What the environment says, read once and checked; nothing else of the core reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

from controlplane.domain.values import dataclass

DEVELOPMENT = "dev"
_DEFAULT_PASSWORD_COST = 12


class ConfigurationError(Exception):
    """The deployment is wrong: the sentence names the setting, never its value; nobody's request can mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one function; the template's parameters, or the dev server's, by environment variable."""

    table: str
    region: str
    endpoint: str = ""
    secrets_endpoint: str = ""
    ca_bundle: str = ""
    stage: str = DEVELOPMENT
    jwt_secret_file: str = ""
    jwt_secret_arn: str = ""
    seal_secret_arn: str = ""
    extra_actions: tuple[str, ...] = ()
    deny_at_gateway: bool = False
    attached_routes: str = ""
    password_cost: int = _DEFAULT_PASSWORD_COST
    event_bus: str = ""
    purge_expired_after_days: int = 0

    @property
    def local(self) -> bool:
        """Tell whether this is the local gateway: it speaks plain HTTP, and its token secret is a file."""
        return bool(self.jwt_secret_file)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; raise ConfigurationError when one is missing or cannot be used."""
        return cls(
            table=_required(environ, "IRONFLOW_TABLE"),
            region=environ.get("AWS_REGION") or _required(environ, "AWS_DEFAULT_REGION"),
            endpoint=_endpoint(environ, "DYNAMODB"),
            secrets_endpoint=_endpoint(environ, "SECRETS_MANAGER"),
            ca_bundle=environ.get("AWS_CA_BUNDLE", ""),
            stage=environ.get("IRONFLOW_STAGE", DEVELOPMENT),
            jwt_secret_file=environ.get("IRONFLOW_JWT_SECRET_FILE", ""),
            jwt_secret_arn=environ.get("IRONFLOW_JWT_SECRET_ARN", ""),
            seal_secret_arn=environ.get("IRONFLOW_SEAL_SECRET_ARN", ""),
            extra_actions=_words(environ, "IRONFLOW_EXTRA_ACTIONS"),
            deny_at_gateway=environ.get("DENY_AT_GATEWAY", "").lower() == "true",
            attached_routes=environ.get("IRONFLOW_ROUTES", "").strip(),
            password_cost=_number(environ, "IRONFLOW_PASSWORD_COST", _DEFAULT_PASSWORD_COST),
            event_bus=environ.get("IRONFLOW_EVENT_BUS", ""),
            purge_expired_after_days=_number(environ, "IRONFLOW_PURGE_EXPIRED_AFTER_DAYS", 0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What replies and figures depend on, even those of a deployment whose other settings are broken.

    `figures_dir` is where processes add their figures up; `reports` tells whether there is a CloudWatch to report to;
    `log_level` WARN or ERROR leaves out the line of each request.
    """

    log_level: str = "INFO"
    stage: str = DEVELOPMENT
    cors_origins: tuple[str, ...] = ()
    figures_dir: str = ""
    reports: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Edge:
        """Read what there is; nothing is required."""
        return cls(
            log_level=environ.get("IRONFLOW_LOG_LEVEL", "INFO"),
            stage=environ.get("IRONFLOW_STAGE", DEVELOPMENT),
            cors_origins=_words(environ, "IRONFLOW_CORS_ORIGINS"),
            figures_dir=environ.get("IRONFLOW_FIGURES_DIR", ""),
            reports=bool(environ.get("AWS_LAMBDA_FUNCTION_NAME")) and not environ.get("IRONFLOW_JWT_SECRET_FILE"),
        )


@cache
def edge() -> Edge:
    """Return what this process's environment says of the edge; it is read once."""
    return Edge.from_environment(os.environ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The new versions of two functions, for the check that runs before they serve anybody."""

    authorizer: str
    apikeys: str
    region: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Release:
        """Read the versions' ARNs; raise ConfigurationError when one is missing."""
        return cls(authorizer=_required(environ, "IRONFLOW_NEW_AUTHORIZER"),
                   apikeys=_required(environ, "IRONFLOW_NEW_APIKEYS"), region=_required(environ, "AWS_REGION"))


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise ConfigurationError(f"the environment variable {name} is not set")
    return value


def _endpoint(environ: Mapping[str, str], service: str) -> str:
    """Return where a service is, by the variables that every AWS SDK knows, or an empty text for AWS's own."""
    return environ.get(f"AWS_ENDPOINT_URL_{service}", "") or environ.get("AWS_ENDPOINT_URL", "")


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in environ.get(name, "").split(",") if word.strip())


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdigit():
        raise ConfigurationError(f"the environment variable {name} must be a whole number")
    return int(value)
