"""Tables and values as they are printed."""

from __future__ import annotations

import pytest

from ironflow.output import cell, columns, details, safe, table
from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

HOSTILE = "Acme\x1b[2J\x9b\r\n\u202eCorp\u2028"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("", "-"),
        ([], "-"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (["a", "b"], "a,b"),
        ({"a": "é"}, '{"a": "é"}'),
        ([1], "[1]"),
        ("é 日本 👩\u200d🚀", "é 日本 👩\u200d🚀"),
    ],
)
def test_a_value_is_shown_as(value: object, shown: str) -> None:
    """Nothing is `-`, lists are comma-separated, letters of any language stay."""
    assert shown == cell(value)


def test_control_characters_are_spelled_out() -> None:
    """No name can move the cursor, clear the screen, break the line or turn the writing round."""
    assert "Acme\\x1b[2J\\x9b\\r\\n\\u202eCorp\\u2028" == safe(HOSTILE)


def test_columns_are_aligned_by_what_a_terminal_shows() -> None:
    """Wide letters take two places, combining marks none; no line ends in blanks."""
    lines = table(columns({"NAME": "name", "X": "x"}), [{"name": "日本", "x": "1"}, {"name": "e\u0301", "x": ""}])

    assert ["NAME  X", "日本  1", "e\u0301     -"] == lines


def test_details_line_up() -> None:
    """A field to a line, values in one column."""
    assert ["id:       1", "is_admin: true"] == details({"id": "1", "is_admin": True})


def test_a_hostile_name_is_harmless_wherever_it_is_printed(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Tables, sentences, details and errors all spell it out."""
    tenant = {"id": "org_1", "name": HOSTILE}
    server.answers("list_tenants", [tenant])
    server.answers("get_tenant", tenant)
    server.answers("create_tenant", tenant)
    server.refuses("delete_tenant", 400, HOSTILE, required=HOSTILE, request_id=HOSTILE)

    for arguments in (("list",), ("get", "org_1"), ("provision", "x"), ("delete", HOSTILE)):
        ran = ironflow("platform", "tenants", *arguments)

        printed = (ran.out + ran.err).replace("\n", "")
        assert "Acme\\x1b[2J" in printed
        assert printed.isprintable()


def test_a_terminal_gets_a_bold_heading_and_a_pipe_does_not(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """Colour is for people; NO_COLOR is respected."""
    server.answers("list_orgs", [])

    printed = [
        ironflow("org", "list", terminal=True).out,
        ironflow("org", "list", terminal=True, environ={"NO_COLOR": "1"}).out,
        ironflow("org", "list").out,
    ]

    assert ["\x1b[1mID  NAME  CREATED\x1b[0m\n", "ID  NAME  CREATED\n", "ID  NAME  CREATED\n"] == printed


def test_json_on_a_terminal_ends_its_line(ironflow: CommandLine, server: FakeControlPlane) -> None:
    """The prompt does not stick to the closing bracket."""
    server.answers("list_orgs", b"[]")

    assert "[]\n" == ironflow("org", "list", "--json", terminal=True).out
