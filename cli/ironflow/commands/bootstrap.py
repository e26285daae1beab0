"""`ironflow bootstrap`: the first key of a deployed stack (contract, sections 2 and 9)."""

from __future__ import annotations

from pathlib import Path

import click

from ironflow.flags import Command
from ironflow.key_file import KeyFile, reserved
from ironflow.output import safe
from ironflow.problems import Failure
from ironflow.session import Session, with_session
from ironflow.stack import FUNCTION_OUTPUT, URL_OUTPUT, Stack

DEFAULT_FILE = ".ironflow_bootstrap_key.json"


@click.command("bootstrap", cls=Command)
@click.option("--stack", required=True, metavar="NAME", help="The CloudFormation stack.")
@click.option("--bootstrap-key-file", "file", type=click.Path(path_type=Path), default=DEFAULT_FILE, metavar="PATH",
              help=f"Where the key is written, once, with mode 0400.  [{DEFAULT_FILE}]")
@click.option("--region", metavar="REGION", help="The stack's region.  [as AWS tools find it]")
@click.option("--reset", is_flag=True, help="Replace the key: the old one is dead, and the trail says so.")
@with_session
def bootstrap(session: Session, *, stack: str, file: Path, region: str | None, reset: bool) -> None:
    """Issue the bootstrap key of a deployed stack, with your own AWS credentials.

    It needs the right to describe the stack and to invoke its bootstrap function, which is not reachable over HTTP.
    The key itself goes into the file and is never printed.
    """
    file = file.absolute()
    with reserved(file, replace=reset) as key_file:
        deployed = Stack(stack, region=region)
        outputs = deployed.outputs()
        reply = deployed.invoke(outputs[FUNCTION_OUTPUT], {"reset": reset, "file_path": str(file)})
        _keep(reply, key_file, file)
    session.say(f"Bootstrap key: {file}")
    session.note(f"Use it: export IRONFLOW_SERVER_URL={safe(outputs.get(URL_OUTPUT, 'https://...'))}")
    session.note("        export IRONFLOW_API_KEY=...  (the file's \"key\")")


def _keep(reply: dict[str, object], key_file: KeyFile, file: Path) -> None:
    document = reply.get("document")
    if not isinstance(document, dict):
        prefix = safe(str(reply.get("prefix", "")))
        shown = f" ({prefix}…)" if prefix else ""
        raise Failure(f"the bootstrap key was issued before{shown}", "--reset replaces it; the old one is then dead.")
    try:
        key_file.write(document)
    except OSError as error:
        raise Failure(f"cannot write {file}: {error.strerror}; the key is lost",
                      "Mend that and run the command again with --reset.") from None
