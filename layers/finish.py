"""Finish a built layer or function: equal bytes for equal input, byte-code where it can be made, a bound on its size.

`python3 finish.py FOLDER --python-version 3.13 --limit-mb 20`, at the end of every Makefile. A function is
`--installed` elsewhere than a layer; `--start-of` names the function whose start the layer has in one file (bundle.py).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

EPOCH = 315_532_800  # 1980-01-01, the first moment that a zip file can hold
MEGABYTE = 1_000_000
# Written by the installer about this installation; RECORD lists what was removed since.
INSTALLER_NOTES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")


def files_of(folder: Path) -> Iterator[Path]:
    """Yield every file below, in a fixed order."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def remove_traces(folder: Path) -> None:
    """Remove what differs from one machine to the next."""
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    for notes in folder.rglob("*.dist-info"):
        for name in INSTALLER_NOTES:
            (notes / name).unlink(missing_ok=True)
    (folder / "python" / ".lock").unlink(missing_ok=True)


def interpreters(version: str) -> Iterator[str]:
    """Yield where `pythonX.Y` may be: on PATH, or among pyenv's, which are not on PATH unless they are chosen."""
    yield f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}")))


def answers(interpreter: str) -> bool:
    """Tell whether it runs; a name on PATH may be a stand-in for one that is not installed."""
    try:
        return subprocess.run([interpreter, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def interpreter_of(version: str) -> str | None:
    """Return the runtime's own minor version of Python, or None when this machine has none."""
    return next(filter(answers, interpreters(version)), None)


def compile_modules(folder: Path, interpreter: str, *, installed: str) -> None:
    """Compile everything, as it is named where it is installed.

    Byte-code that is trusted unread (PEP 552, "unchecked") needs no look at the source's time, which a layer loses.
    """
    run(interpreter, "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash",
        "-s", str(folder), "-p", installed, str(folder))


def run(interpreter: str, *command: str) -> None:
    """Run Python with nothing of this machine's settings."""
    subprocess.run([interpreter, "-I", "-S", *command], check=True, env={"PATH": os.defpath, "PYTHONHASHSEED": "0"})


def fix_times_and_modes(folder: Path) -> None:
    """Give everything one time and one mode, so that equal content makes equal archives."""
    for path in [*folder.rglob("*"), folder]:
        os.chmod(path, 0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))


def main(argv: list[str]) -> int:
    """Finish one layer; 1 when it is larger than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python-version", required=True)
    parser.add_argument("--limit-mb", type=float, required=True)
    parser.add_argument("--installed", default="/opt", help="where the folder is on Lambda")
    parser.add_argument("--start-of", type=Path, help="a function's folder")
    wanted = parser.parse_args(argv)
    folder = wanted.folder.resolve()
    remove_traces(folder)
    interpreter = interpreter_of(wanted.python_version)
    if interpreter and wanted.start_of:
        bundle = Path(__file__).with_name("bundle.py").resolve()
        run(interpreter, str(bundle), str(folder / "python"), str(wanted.start_of.resolve()))
    if interpreter:
        compile_modules(folder, interpreter, installed=wanted.installed)
    fix_times_and_modes(folder)
    megabytes = sum(path.stat().st_size for path in files_of(folder)) / MEGABYTE
    code = "with byte-code" if interpreter else f"no byte-code: this machine has no python{wanted.python_version}"
    sys.stdout.write(f"{folder.name}: {megabytes:.1f} MB unzipped (at most {wanted.limit_mb:g}), {code}\n")
    return 1 if megabytes > wanted.limit_mb else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
