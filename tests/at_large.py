"""Every secret of a whole run, searched at its end in everything that was stored, logged, refused or printed.

Servers, ledgers and terminals tell what they issued and what they said; `hits` is what should not be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_HEX = re.compile(r"[0-9a-f]{32}")
_RUN = re.compile(r"[0-9a-f]{32,}")
_KEY = re.compile(r"if(?:key|platform)_[0-9a-f]{32}")
_SHOWN = re.compile(r'^Key: .*$|"key": ?"if[^"]*"', re.MULTILINE)  # the one line, the one field
_SIZE, _REFUSED = 32, 400


@dataclass
class Run:
    """What one process of the test run was told and has seen; texts by the kind of place."""

    secrets: set[str] = field(default_factory=set)
    texts: dict[str, list[str]] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)

    def said(self, place: str, *texts: str) -> None:
        """Note what stood somewhere."""
        self.texts.setdefault(place, []).extend(text for text in texts if text)

    def printed(self, text: str) -> None:
        """Note what the command line printed: a key on its line is a secret from then on, and stands there rightly."""
        for shown in _SHOWN.findall(text):
            self.secrets.update(_KEY.findall(shown))
        self.said("command line", _SHOWN.sub("", text))

    def answered(self, status: int, body: bytes) -> None:
        """Note a reply: a success may show a secret, a refusal may not."""
        if status < _REFUSED:
            self.secrets.update(_KEY.findall(body.decode(errors="replace")))
        else:
            self.said("refusals", body.decode(errors="replace"))

    def stored(self, folder: Path) -> None:
        """Note that a server or a store kept its database there, and perhaps its first key beside it."""
        self.folders.add(folder)
        if (first := folder / ".ironflow_bootstrap_key.json").exists():
            self.secrets.add(json.loads(first.read_text())["key"])

    def hits(self) -> dict[str, list[str]]:
        """Return, for each kind of place, the secrets that stand there."""
        bare = {match[0]: secret for secret in self.secrets if (match := _HEX.search(secret))}
        plain = [secret for secret in self.secrets if not _HEX.search(secret)]
        found: dict[str, list[str]] = {}
        for place, text in self._everything():
            hit = [bare[one] for one in _hex_in(text) if one in bare] + [one for one in plain if one in text]
            found.setdefault(place, []).extend(hit)
        return found

    @property
    def megabytes(self) -> int:
        """Return how much there is to search."""
        return sum(len(text) for _, text in self._everything()) // 2**20

    def _everything(self) -> Iterator[tuple[str, str]]:
        for place, texts in self.texts.items():
            yield place, "\n".join(texts)
        for folder in self.folders:
            for file in folder.glob("*.db*"):
                yield "database files", file.read_bytes().decode("latin-1")


def _hex_in(text: str) -> Iterable[str]:
    """Return all places of 32 hex digits, also those within longer rows of them."""
    return {run[at : at + _SIZE] for run in set(_RUN.findall(text)) for at in range(len(run) - _SIZE + 1)}


RUN = Run()
