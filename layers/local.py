"""Turn a build into one for `sam local`: its functions find the table and the token secret on this machine.

SAM merges the routes of one path and function, and keeps the authorizer of the last: an OPTIONS without authorizer
would open all of them. So a local API answers no preflight.

`python local.py .aws-sam/local --secret-file .ironflow/.ironflow_jwt_secret`. SAM passes on only those variables
that the template declares, and nothing of this machine belongs into the template that is deployed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from devserver.function_environment import CLOUD_ONLY
from devserver.template import load_template

SECRET_FILE = "local/jwt_secret"  # noqa: S105 - the name of a file
EVENT = re.compile(r"^ {8}\w+:\n(?: {10}.*\n)+", re.MULTILINE)
TABLE = "        IRONFLOW_TABLE:\n          Ref: Table\n"
VARIABLES = {
    "IRONFLOW_JWT_SECRET_FILE": f"/opt/{SECRET_FILE}",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://host.docker.internal:8000",
}


def remove_preflights(text: str) -> str:
    """Remove the events of OPTIONS; each stands at eight spaces, with its lines further in."""
    return EVENT.sub(lambda block: "" if "            Method: OPTIONS\n" in block[0] else block[0], text)


def declare_variables(text: str, *, table: str) -> str:
    """Declare what only a local function is given, and empty what names things of an account; twice is as once."""
    for name in CLOUD_ONLY:
        text = re.sub(rf"^( +){name}:\n +Ref: \w+\n", rf"\g<1>{name}: ''\n", text, flags=re.MULTILINE)
    rows = "".join(f"        {name}: {value}\n" for name, value in VARIABLES.items())
    return text if rows in text else text.replace(TABLE, f"{rows}        IRONFLOW_TABLE: {table}\n", 1)


def main(argv: list[str]) -> int:
    """Change the build in place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("--secret-file", type=Path, required=True)
    wanted = parser.parse_args(argv)
    inside = wanted.build / "ControlplaneLayer" / SECRET_FILE
    inside.parent.mkdir(exist_ok=True)
    inside.unlink(missing_ok=True)
    shutil.copyfile(wanted.secret_file, inside)
    inside.chmod(0o600)
    template = wanted.build / "template.yaml"
    table = load_template(template).tables[0].name  # what the development server calls it
    text = remove_preflights(template.read_text(encoding="utf-8"))
    template.write_text(declare_variables(text, table=table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
