"""One target under the fuzzer: `python -m tests.fuzz.one TARGET [options of libFuzzer]`; it ends the process itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol, cast


class Fuzzer(Protocol):
    """What is used of atheris, which is installed for `make fuzz` only."""

    def instrument_imports(self, *, include: list[str]) -> AbstractContext:
        """Count the branches of modules that are imported inside."""

    def Setup(self, argv: list[str], target: Callable[[bytes], None]) -> list[str]:  # noqa: N802
        """Take the options."""

    def Fuzz(self) -> None:  # noqa: N802
        """Try inputs until time is over or one is a find."""


class AbstractContext(Protocol):
    """A context without a value."""

    def __enter__(self) -> object: ...
    def __exit__(self, *raised: object) -> bool | None: ...


def main(argv: list[str]) -> None:
    """Fuzz one target; branches are counted in the core, and not in the promises that are checked."""
    import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

    fuzzer = cast(Fuzzer, atheris)
    with fuzzer.instrument_imports(include=["controlplane"]):
        from tests.fuzz.targets import TARGETS
    fuzzer.Setup(argv, TARGETS[argv.pop(1)].holds)
    fuzzer.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
