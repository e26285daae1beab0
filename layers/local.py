"""Turn a build into one for `sam local`: its functions find the table and the token secret on this machine.

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

SECRET_FILE = "local/jwt_secret"  # noqa: S105 - the name of a file
FIRST = "        IRONFLOW_TABLE:\n"
VARIABLES = {
    "IRONFLOW_JWT_SECRET_FILE": f"/opt/{SECRET_FILE}",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://host.docker.internal:8000",
}


def declare_variables(template: Path) -> None:
    """Declare what only a local function is given, and empty what names things of an account; twice is as once."""
    text = template.read_text(encoding="utf-8")
    for name in CLOUD_ONLY:
        text = re.sub(rf"^( +){name}:\n +Ref: \w+\n", rf"\g<1>{name}: ''\n", text, flags=re.MULTILINE)
    rows = "".join(f"        {name}: {value}\n" for name, value in VARIABLES.items())
    text = text if rows in text else text.replace(FIRST, rows + FIRST, 1)
    template.write_text(text, encoding="utf-8")


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
    declare_variables(wanted.build / "template.yaml")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
