"""What the pages show is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import PLAYED, play
from tests.running_server import ROOT


@pytest.mark.parametrize("page", PLAYED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """A reader who types a page into a new installation sees the page, line by line, ids and times apart."""
    played = play(page.read_text("utf-8"), home=tmp_path)

    for step, code, seen, as_printed in played:
        assert as_printed, f"{page.name}:{step.number}: $ {step.command}\nexit code {code}\n" + "\n".join(
            ["the page says:", *step.printed, "what happens:", *seen]
        )
