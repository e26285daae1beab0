"""The REQUEST authorizer of every route: who is asking, and may they."""

from __future__ import annotations

import os
from functools import cache

import controlplane.start  # noqa: F401 - first: what follows then comes from one file
from controlplane.authorizer_bootstrap import authorizer_parts
from controlplane.gateway.authorizer.authorizer import Authorizer
from controlplane.gateway.authorizer.outcome import logged
from controlplane.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@cache
def _authorizer() -> Authorizer:
    """Put the authorizer together once per environment, from its settings."""
    return Authorizer(authorizer_parts(Settings.from_environment(os.environ)))


@logged
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the policy and context for one request (design, a request)."""
    return _authorizer().authorize(event)
