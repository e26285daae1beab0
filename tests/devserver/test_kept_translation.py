"""The translated template, kept from one start to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devserver.kept_translation import KEPT, translate_once
from devserver.template import load_template
from tests.devserver.conftest import FIXTURE


class Translator:
    """Counts how often it was needed."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> dict[str, Any]:
        """Make a new translation."""
        self.asked += 1
        return {"Resources": {"n": self.asked}}


def _translate(folder: Path, translator: Translator, **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"template": b"t", "parameters": {"Stage": "dev"}, "region": "us-east-1"}
    return translate_once(translator, folder=folder, **given | changed)


def test_a_template_is_translated_once(tmp_path: Path) -> None:
    """The next start takes what the last one made."""
    translator = Translator()

    assert _translate(tmp_path, translator) == _translate(tmp_path, translator)
    assert 1 == translator.asked


@pytest.mark.parametrize("changed", [{"template": b"T"}, {"parameters": {"Stage": "prod"}}, {"region": "eu-west-1"}])
def test_whatever_it_was_made_of_makes_it_anew(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Another text, parameter or region is never served by an old translation, and the old one is not kept."""
    translator = Translator()
    _translate(tmp_path, translator)

    assert {"Resources": {"n": 2}} == _translate(tmp_path, translator, **changed)
    assert {"Resources": {"n": 3}} == _translate(tmp_path, translator)


@pytest.mark.parametrize("left", [b"", b"[]", b"{}", b'{"of": 1}', b"\xff"])
def test_a_broken_file_is_made_anew(tmp_path: Path, left: bytes) -> None:
    """A start that was cut short, or somebody's editor, does not keep the server from starting."""
    translator = Translator()
    (tmp_path / KEPT).write_bytes(left)

    assert {"Resources": {"n": 1}} == _translate(tmp_path, translator) == _translate(tmp_path, translator)


def test_a_folder_that_cannot_be_written_to_only_costs_time(tmp_path: Path) -> None:
    """Nothing depends on the file."""
    assert {"Resources": {"n": 1}} == _translate(tmp_path / "absent", Translator())


def test_a_kept_translation_deploys_the_same(tmp_path: Path) -> None:
    """Routes, functions and tables are those of the template, whether it was translated now or before."""
    template = FIXTURE / "template.yaml"

    deployments = [load_template(template, keep=keep) for keep in (None, tmp_path, tmp_path)]

    assert deployments[0] == deployments[1] == deployments[2]
