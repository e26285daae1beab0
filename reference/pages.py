"""Every generated page by its file's name."""

from __future__ import annotations

import json
from pathlib import Path

from controlplane.api.openapi import document
from reference.access_patterns import access_patterns_page
from reference.command_line import command_line_page
from reference.errors import errors_page
from reference.operations import operations_page
from reference.permissions import permissions_page

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


def pages() -> dict[str, str]:
    """Return the text of each page as it has to stand in docs/reference."""
    return {
        "api.md": operations_page(),
        "permissions.md": permissions_page(),
        "access-patterns.md": access_patterns_page(),
        "cli.md": command_line_page(),
        "errors.md": errors_page(),
        "openapi.json": json.dumps(document(), indent=1, ensure_ascii=False) + "\n",
    }
