"""What a template deploys, as frozen values: the only thing that the gateway knows about the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Function:
    """An AWS::Lambda::Function whose code is a folder of this tree."""

    name: str
    arn: str
    code: Path
    handler: str
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    timeout: float
    memory: int
    log_format: str


@dataclass(frozen=True)
class Authorizer:
    """A REQUEST authorizer: its function, how long its answer is kept, and what a request must bring."""

    name: str
    function: Function
    ttl: int
    identity_sources: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """One method of one resource: who answers it, and who must allow it first."""

    resource: str
    method: str
    function: Function
    authorizer: Authorizer | None
    resource_id: str


@dataclass(frozen=True)
class GatewayResponse:
    """How the gateway words one kind of refusal; `status` None keeps the kind's own."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """An AWS::DynamoDB::Table under the name that the functions are given."""

    name: str
    definition: Mapping[str, Any]


@dataclass(frozen=True)
class Deployment:
    """Everything the template says."""

    region: str
    account: str
    api_id: str
    stage: str
    stage_variables: Mapping[str, str]
    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    gateway_responses: Mapping[str, GatewayResponse]
    binary_media_types: frozenset[str]
    tables: tuple[Table, ...]
    scheduled: tuple[Function, ...] = ()
