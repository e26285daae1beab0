"""Say what each function weighs unzipped, with its layers, and refuse a weight that slows its start.

`python sizes.py .aws-sam/build/template.yaml`, at the end of `make build`. Lambda's own limit is 250 MB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from devserver.deployment import Function
from devserver.template import load_template

MEGABYTE = 1_000_000
LIMITS = {"AuthorizerFunction": 18.0, "PoliciesFunction": 38.0}
LIMIT = 24.0


def weight(function: Function) -> float:
    """Return the megabytes of a function's code and layers."""
    files = (path for folder in (function.code, *function.layers) for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) / MEGABYTE


def main(argv: list[str]) -> int:
    """Print one line for each function; 1 when one is too heavy."""
    heavy = False
    for function in sorted(load_template(Path(argv[0])).functions, key=weight):
        megabytes, limit = weight(function), LIMITS.get(function.name, LIMIT)
        heavy |= megabytes > limit
        layers = ", ".join(folder.parent.name for folder in function.layers)
        sys.stdout.write(f"{function.name:22} {megabytes:6.1f} MB (at most {limit:g}): its code, {layers}\n")
    return int(heavy)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
