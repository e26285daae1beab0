"""Let parliament judge the policies on stdin, without its command line, which keeps a copy of them in /tmp.

`python -m tests.template.policies | .venv-template/bin/python tests/template/iam_findings.py .parliament.yaml`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def read_waivers(path: Path) -> frozenset[tuple[str, str]]:
    """Return which issue of which policy may pass."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return frozenset((row["issue"], policy) for row in rows for policy in row["policies"])


def findings(policies: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the issue, the policy and the details of everything that parliament finds, of any severity."""
    import parliament  # type: ignore[import-not-found]

    for name, document in policies.items():
        for finding in parliament.analyze_policy_string(json.dumps(document), name).findings:
            yield finding.issue, name, str(finding.detail)


def main() -> int:
    """Print what is not waived; returns 1 when there is something or nothing was judged, otherwise 0."""
    policies, waived = json.load(sys.stdin), read_waivers(Path(sys.argv[1]))
    found = [row for row in findings(policies) if row[:2] not in waived]
    for issue, name, detail in found:
        sys.stdout.write(f"{name}: {issue} {detail}\n")
    sys.stdout.write(f"parliament: {len(policies)} policies, {len(found)} findings\n")
    return 1 if found or not policies else 0


if __name__ == "__main__":
    sys.exit(main())
