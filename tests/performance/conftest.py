"""The authorizer's small world, for counting what a request does."""

from tests.authorizer.conftest import clock, gate, lean_client, line, parts, world

__all__ = ["clock", "gate", "lean_client", "line", "parts", "world"]
