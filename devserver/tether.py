"""Run as a script: ties a new process to the life of the server, then becomes what it was asked to become.

Usage: tether.py PARENT_PID exec PROGRAM ARG…    or    … module NAME ARG…    or    … script FILE ARG…

On Linux the kernel kills the process when the thread that started it ends, so not even `kill -9` of the server
leaves an orphan. Elsewhere a function's process ends by itself, because its socket's other end is gone.
"""

from __future__ import annotations

import os
import sys

PR_SET_PDEATHSIG = 1
SIGKILL = 9


def tie_to_parent(parent: int) -> None:
    """Ask the kernel to kill this process with its parent; end at once when the parent is gone already."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def main(argv: list[str]) -> None:
    """Tie, then run the program, the module or the script in this very process."""
    parent, kind, target, *arguments = argv[1:]
    tie_to_parent(int(parent))
    if kind == "exec":
        os.execv(target, [target, *arguments])
    import runpy

    sys.path[0] = os.getcwd()
    sys.argv = [target, *arguments]
    if kind == "script":
        runpy.run_path(target, run_name="__main__")
    else:
        runpy.run_module(target, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv)
