"""Keep what the SAM translator made of a template: it takes longer than everything else of a start together."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

KEPT = ".translated_template.json"
_TRANSLATING = Path(__file__).with_name("template.py")  # another version of it may make something else

Translation = dict[str, Any]


def translate_once(
    translate: Callable[[], Translation], *, template: bytes, parameters: Mapping[str, str], region: str, folder: Path
) -> Translation:
    """Return the translation that `folder` holds of this very template, else make it and leave it there."""
    made_of = [version("aws-sam-translator"), sorted(parameters.items()), region, _TRANSLATING.read_text("utf-8")]
    digest = sha256(json.dumps(made_of).encode() + b"\n" + template).hexdigest()
    with suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads((folder / KEPT).read_bytes())
        if kept["of"] == digest:
            return dict(kept["translation"])
    translation = translate()
    with suppress(OSError):  # a folder that cannot be written to costs the next start its haste
        _replace(folder / KEPT, json.dumps({"of": digest, "translation": translation}))
    return translation


def _replace(file: Path, text: str) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
