"""The search at the end of the run finds what there is to find, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.at_large import Run

SECRET = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
KEY = f"ifkey_{SECRET}"


@pytest.mark.parametrize("text", [KEY, SECRET, f"ff{SECRET}00", f'{{"name":"{SECRET}"}}', f"Name: {KEY}\n"])
@pytest.mark.parametrize("secret", [KEY, SECRET])
def test_a_secret_is_found_in_any_row_of_letters(text: str, secret: str) -> None:
    """It need not stand alone: the bytes beside it in a database may be hex digits as well."""
    for place in ("logs", "refusals"):
        run = Run(secrets={secret})
        run.said(place, "before", text, "after")

        assert {place: [secret]} == run.hits()


def test_a_password_and_a_token_are_found_too(tmp_path: Path) -> None:
    """What is no hex is searched as it is, in the files of a database as well."""
    (tmp_path / "ironflow.db").write_bytes(b"\x00\xffCorrect-Horse-2026\x00")
    run = Run(secrets={"Correct-Horse-2026", "eyJh.eyJz.c2ln"})
    run.stored(tmp_path)
    run.said("logs", "a token: eyJh.eyJz.c2ln")

    assert {"database files": ["Correct-Horse-2026"], "logs": ["eyJh.eyJz.c2ln"]} == run.hits()


@pytest.mark.parametrize("shown", [f"Key: {KEY}", f'{{"id": "ak_1", "key": "{KEY}"}}'])
def test_the_one_line_that_shows_a_key_is_no_leak(shown: str) -> None:
    """There it becomes known as a secret; on any other line it is one that leaked."""
    run = Run()
    run.printed(f"Created API Key: n\n{shown}\n")
    once = run.hits()

    run.printed(f"> DELETE /api/v1/apikeys/{KEY}\n")

    assert ({"command line": []}, {"command line": [KEY]}) == (once, run.hits())


def test_a_reply_that_succeeds_may_show_a_key_and_a_refusal_may_not() -> None:
    """What a success showed is searched in what was refused."""
    run = Run()
    run.answered(201, f'{{"key":"{KEY}"}}'.encode())
    run.answered(404, f'{{"error":"no {KEY}"}}'.encode())

    assert {"refusals": [KEY]} == run.hits()
