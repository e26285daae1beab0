"""Run sections by name, or all of them; print what was found and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.report import write_report

SECTIONS = {
    "cold": "Cold start of the authorizer",
    "warm": "Warm requests in the authorizer",
    "decision": "The decision alone",
    "path": "The whole path over the dev server",
    "verification": "Key verification beside a peer",
    "growth": "Growth",
    "writes": "Writes",
}
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_LOCAL_AWS = {
    "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
}


def main() -> int:
    """Return 0 when every section ran, whatever it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; default: all")
    parser.add_argument("--large", action="store_true", help="let growth go on to 1,000,000 keys and events")
    parser.add_argument("--no-write", action="store_true", help="print only; leave docs/benchmarks.md alone")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    os.environ.update(_LOCAL_AWS)  # nothing here can reach a real account
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
        os.environ.pop(name, None)
    for name in [name for name in SECTIONS if name in options.sections or not options.sections]:
        began = time.monotonic()
        section = import_module(f"benchmarks.{name}").run(large=options.large)
        machine = describe_machine()
        print(section.markdown(machine), f"({time.monotonic() - began:.0f} s)\n", sep="\n", flush=True)
        if not options.no_write:
            write_report(DOCUMENT, [section], order=list(SECTIONS.values()), machine=machine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
