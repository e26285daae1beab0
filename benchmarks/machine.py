"""What was measured on: a line for every section."""

from __future__ import annotations

import os
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_LIBRARIES = ("awslambdaric", "boto3", "pynamodb", "aws-lambda-powertools", "pyjwt")


def describe_machine() -> str:
    """Return date, processor, load, interpreter and versions in one line."""
    load = os.getloadavg()[0]
    parts = [
        datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d %H:%M UTC"),
        f"{os.cpu_count()} × {_processor()}", platform.platform(terse=True),
        f"load {load:.1f} at the end", f"Python {platform.python_version()}",
        *(f"{name} {_version(name)}" for name in _LIBRARIES),
    ]
    return ", ".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(absent)"
