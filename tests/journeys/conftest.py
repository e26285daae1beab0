"""What the journeys ask for."""

from __future__ import annotations

from tests.journeys.product import product

__all__ = ["product"]
