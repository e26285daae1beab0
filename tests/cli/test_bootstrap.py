"""`ironflow bootstrap`: the first key of a deployed stack goes into one file and nowhere else (contract, section 2)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, Ran
from tests.cli.fake_aws import FakeAws, running_aws

DOCUMENT = {"key": "ifkey_a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", "key_id": "ak_admin_bootstrap", "org_id": "org_default",
            "role": "admin", "timestamp": "2026-03-12T10:00:00Z"}
ISSUED = {"created": True, "prefix": "ifkey_a1b2c3d4", "document": DOCUMENT}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """An account with the stack `prod`, whose function issues the key."""
    with running_aws() as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        fake.reply = ISSUED
        yield fake


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the key is to go."""
    return tmp_path / "key.json"


def _bootstrap(ironflow: CommandLine, file: Path, *more: str) -> Ran:
    return ironflow("bootstrap", "--stack", "prod", "--bootstrap-key-file", str(file), *more)


def test_the_key_goes_into_the_file_and_only_its_path_is_printed(
    ironflow: CommandLine, aws: FakeAws, file: Path
) -> None:
    """Mode 0400, the contract's five fields, and not a letter of the key on the terminal."""
    ran = _bootstrap(ironflow, file)

    assert (ran.code, ran.out) == (0, f"Bootstrap key: {file}\n")
    assert json.loads(file.read_text()) == DOCUMENT
    assert file.stat().st_mode & 0o777 == 0o400
    assert DOCUMENT["key"][6:] not in ran.out + ran.err
    assert aws.invoked == [("boot", {"reset": False, "file_path": str(file)})]
    assert [path.name for path in file.parent.iterdir() if "key" in path.name] == ["key.json"]


def test_a_key_that_was_issued_before_is_not_issued_again(ironflow: CommandLine, aws: FakeAws, file: Path) -> None:
    """Once: a second call tells the display prefix, and how to break the glass."""
    aws.reply = {"created": False, "prefix": "ifkey_a1b2c3d4"}

    ran = _bootstrap(ironflow, file)

    assert (ran.code, ran.out, file.exists()) == (1, "", False)
    assert ran.err == ("Error: the bootstrap key was issued before (ifkey_a1b2c3d4…)\n"
                       "--reset replaces it; the old one is then dead.\n")


def test_a_reset_replaces_key_and_file(ironflow: CommandLine, aws: FakeAws, file: Path) -> None:
    """The break-glass asks for a new key, and the file holds that one."""
    file.write_text("old")

    ran = _bootstrap(ironflow, file, "--reset")

    assert (ran.code, json.loads(file.read_text())) == (0, DOCUMENT)
    assert aws.invoked == [("boot", {"reset": True, "file_path": str(file)})]


@pytest.mark.parametrize("obstacle", ["exists", "directory", "no folder"])
def test_nothing_is_asked_for_when_the_file_cannot_be_written(
    ironflow: CommandLine, aws: FakeAws, file: Path, obstacle: str
) -> None:
    """A key without a file would be lost, so the file comes first."""
    if obstacle == "exists":
        file.write_text("the key of another stack")
    elif obstacle == "directory":
        file.mkdir()
    else:
        file = file.parent / "missing" / "key.json"

    ran = _bootstrap(ironflow, file)

    assert (ran.code, ran.out, aws.invoked) == (1, "", [])
    assert ran.err.startswith("Error: ")


def test_who_may_not_invoke_the_function_is_told_so(ironflow: CommandLine, aws: FakeAws, file: Path) -> None:
    """IAM decides, and nothing is left behind."""
    aws.status = 403

    ran = _bootstrap(ironflow, file)

    assert (ran.code, ran.out, file.exists()) == (1, "", False)
    assert ran.err.startswith("Error: lambda:InvokeFunction: ")
    assert "AccessDenied" in ran.err


def test_a_failing_function_is_asked_once(ironflow: CommandLine, aws: FakeAws, file: Path) -> None:
    """A repetition could find the key issued by the first try, and its value lost."""
    aws.function_error = "Unhandled"

    ran = _bootstrap(ironflow, file)

    assert (ran.code, ran.err) == (1, "Error: the function boot failed; its log says where\n")
    assert len(aws.invoked) == 1


def test_another_stack_is_not_taken_for_ours(ironflow: CommandLine, aws: FakeAws, file: Path) -> None:
    """Without our output nothing is invoked."""
    aws.outputs = {"Other": "x"}

    ran = _bootstrap(ironflow, file)

    assert (ran.code, aws.invoked) == (1, [])
    assert "is it an Ironflow stack?" in ran.err


def test_without_boto3_the_command_says_how_to_get_it(
    ironflow: CommandLine, aws: FakeAws, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line itself stays small; only this command needs AWS's library."""
    monkeypatch.setitem(sys.modules, "boto3", None)

    ran = _bootstrap(ironflow, file)

    assert (ran.code, ran.err) == (
        1, "Error: this command needs boto3\nInstall it: pip install 'ironflow-platform[aws]'\n")


def test_the_command_explains_itself(ironflow: CommandLine) -> None:
    """`--help` says what it needs and where the key goes."""
    ran = ironflow("bootstrap", "--help")

    assert (ran.code, ran.err) == (0, "")
    assert "--stack" in ran.out
    assert "never printed" in ran.out
