"""The reference is what the code says now."""

from __future__ import annotations

from reference.pages import FOLDER, pages


def test_the_reference_is_up_to_date() -> None:
    """Nobody reads of an operation, a permission or a flag that is not there; `make docs` writes the pages anew."""
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}

    assert [] == sorted(name for name in {*written, *pages()} if written.get(name) != pages().get(name))
