"""The types of request bodies: the single place that says what a field may be (contract, sections 3 to 5).

A missing field, and a null where a value is optional, mean "leave alone"; unknown fields are ignored.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from controlplane.api.body_problems import sentence_of
from controlplane.domain.errors import InvalidArgument

MAX_NAME = 200
_MAX_ID = 128
_MAX_TEXT = 4096
_DESCRIPTION_ONLY = frozenset("\t\n")
_DESCRIPTIONS = frozenset({"description"})

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=_MAX_ID)]
Text = Annotated[str, msgspec.Meta(max_length=_MAX_TEXT)]
Required = Annotated[str, msgspec.Meta(min_length=1, max_length=_MAX_TEXT)]
Secret = Annotated[str, msgspec.Meta(max_length=_MAX_TEXT)]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A request body; its fields are the contract's."""


class CreateKey(Body, frozen=True, kw_only=True):
    name: Name
    env_id: Annotated[str, msgspec.Meta(max_length=_MAX_ID)] | None = None
    expires_in: Text | None = None
    role_ids: list[Id] | None = None
    platform: bool | None = None
    tool_scopes: Annotated[list[Name], msgspec.Meta(max_length=100)] | None = None


class SetKeyRoles(Body, frozen=True, kw_only=True):
    role_ids: list[Id]


class Login(Body, frozen=True, kw_only=True):
    email: Required
    password: Secret


class BootstrapPlatform(Body, frozen=True, kw_only=True):
    email: Required
    password: Secret
    name: Name


class CreatePlatformUser(Body, frozen=True, kw_only=True):
    email: Required
    password: Secret
    name: Name
    role_ids: list[Id] | None = None


class UpdatePlatformUser(Body, frozen=True, kw_only=True):
    name: Name | None = None
    email: Required | None = None
    password: Secret | None = None
    is_active: bool | None = None
    role_ids: list[Id] | None = None


class CreateUser(Body, frozen=True, kw_only=True):
    email: Required
    password: Secret
    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] | None = None
    roles: list[Name] | None = None


class UpdateUser(Body, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] | None = None
    email: Required | None = None
    roles: list[Name] | None = None


class ChangePassword(Body, frozen=True, kw_only=True):
    current_password: Secret
    new_password: Secret


class CreateRole(Body, frozen=True, kw_only=True):
    name: Name
    policy_ids: list[Id] | None = None


class UpdateRole(Body, frozen=True, kw_only=True):
    name: Name | None = None
    policy_ids: list[Id] | None = None


CreatePlatformRole, UpdatePlatformRole = CreateRole, UpdateRole


class AttachPolicy(Body, frozen=True, kw_only=True):
    policy_id: Id


class CreatePolicy(Body, frozen=True, kw_only=True):
    name: Name
    effect: str
    actions: Text
    resources: Text
    condition: Text | None = None


class UpdatePolicy(Body, frozen=True, kw_only=True):
    name: Name | None = None
    effect: str | None = None
    actions: Text | None = None
    resources: Text | None = None
    condition: Text | None = None


CreatePlatformPolicy, UpdatePlatformPolicy = CreatePolicy, UpdatePolicy


class DryRun(Body, frozen=True, kw_only=True):
    condition: Text | None = None
    policy_id: Id | None = None
    request: dict[str, Any] | None = None
    subject: dict[str, Any] | None = None


class PrincipalRef(Body, frozen=True, kw_only=True):
    key_id: Id | None = None
    user_id: Id | None = None


class Explain(Body, frozen=True, kw_only=True):
    principal: PrincipalRef
    action: Required
    resource: Text | None = None
    environment: Text | None = None
    request: dict[str, Any] | None = None


class CreateTenant(Body, frozen=True, kw_only=True):
    name: Name


class UpdateTenant(Body, frozen=True, kw_only=True):
    name: Name | None = None
    suspended: bool | None = None


class UpdateOrg(Body, frozen=True, kw_only=True):
    name: Name | None = None


class ProvisionTenant(Body, frozen=True, kw_only=True):
    org_name: Name
    env_name: Name | None = None


class CreateProject(Body, frozen=True, kw_only=True):
    name: Name
    description: Text | None = None


class UpdateProject(Body, frozen=True, kw_only=True):
    name: Name | None = None
    description: Text | None = None


class CreateEnvironment(Body, frozen=True, kw_only=True):
    name: Name
    project_id: Id | None = None
    color: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] | None = None


class UpdateEnvironment(Body, frozen=True, kw_only=True):
    name: Name | None = None
    color: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] | None = None


class RegisterFunction(Body, frozen=True, kw_only=True):
    name: Name
    description: Text | None = None
    endpoint_url: Text | None = None


def build(body_name: str, members: dict[str, Any]) -> Body:
    """Return the typed body of a route; raise InvalidArgument naming the field that is missing or wrong."""
    kind: type[Body] = globals()[body_name]
    known = {field: members[field] for field in kind.__struct_fields__ if field in members}
    for field, value in known.items():
        _check_texts(value, allowed=_DESCRIPTION_ONLY if field in _DESCRIPTIONS else frozenset(), field=field)
    try:
        return msgspec.convert(known, kind, strict=True)
    except msgspec.ValidationError as error:
        raise InvalidArgument(sentence_of(str(error))) from None


def _check_texts(value: Any, *, allowed: frozenset[str], field: str) -> None:
    if isinstance(value, str):
        if any(not _fits(sign, allowed) for sign in value):
            raise InvalidArgument(f"{field} contains a character that is not allowed")
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_texts(key, allowed=allowed, field=field)
            _check_texts(member, allowed=allowed, field=field)
    elif isinstance(value, list):
        for member in value:
            _check_texts(member, allowed=allowed, field=field)


def _fits(sign: str, allowed: frozenset[str]) -> bool:
    """Refuse control characters (C0, DEL, C1) and lone surrogates."""
    code = ord(sign)
    if sign in allowed:
        return True
    return code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF
