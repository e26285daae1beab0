"""`python -m reference` writes the reference anew; `make docs` does it."""

from __future__ import annotations

from reference.pages import FOLDER, pages

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
