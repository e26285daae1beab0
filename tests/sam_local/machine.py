"""This machine, as SAM names it: what `make test-sam-local` builds for, and the image that SAM will look for."""

from __future__ import annotations

import platform
import subprocess
import sys

from tests.events.stage import ROOT

SAM = ROOT / ".venv-sam" / "bin" / "sam"
BUILD = ROOT / ".aws-sam" / "local"
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
_ASK = (
    "import sys; from samcli.local.docker.lambda_image import LambdaImage as image, Runtime as runtime; "
    "print(f'{image._INVOKE_REPO_PREFIX}/{runtime.get_image_name_tag(*sys.argv[1:])}')"
)


def image_name() -> str:
    """Return the name of the base image, as this very release of SAM asks for it."""
    command = [str(SAM.with_name("python")), "-c", _ASK, RUNTIME, ARCHITECTURE]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
