"""What a run found, kept for docs/assurance.md: one JSON file for each kind of attack."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def keep(name: str, **figures: Any) -> None:
    """Write down a run's figures in the folder that `IRONFLOW_FIGURES` names; without one, nowhere."""
    folder = os.environ.get("IRONFLOW_FIGURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.json").write_text(json.dumps(figures, sort_keys=True) + "\n")
