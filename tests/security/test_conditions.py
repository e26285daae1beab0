"""What conditions mean, and which may be saved (contract, section 6)."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from controlplane.domain.errors import InvalidArgument
from controlplane.security.conditions.engine import CelConditions

NOW = 1_773_309_600  # 2026-03-12T10:00:00Z
REQUEST: dict[str, object] = {
    "action": "functions:read",
    "resource": "irn:ironflow:org_1:proj_1:function:env_1:fn_1",
    "environment": "env_1",
    "org_id": "org_1",
    "method": "GET",
    "path": "/api/v1/functions/fn_1",
    "ip": "10.0.0.1",
    "time": NOW,
}
SUBJECT: dict[str, object] = {
    "type": "api_key",
    "id": "ak_1",
    "org": "org_1",
    "roles": ["role_viewer", "role_x"],
    "key_id": "ak_1",
}


@pytest.fixture(scope="module")
def conditions() -> CelConditions:
    """One engine, as in one process."""
    return CelConditions()


def holds(conditions: CelConditions, text: str, **changes: Any) -> bool | None:
    """Evaluate for the request and subject above, with some of `request_…` and `subject_…` replaced."""
    sides = {"request": dict(REQUEST), "subject": dict(SUBJECT)}
    for name, value in changes.items():
        side, _, member = name.partition("_")
        sides[side][member] = value
    return conditions.holds(text, request=sides["request"], subject=sides["subject"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        (" \t\n", True),
        ("true", True),
        ("false", False),
        ('request.time < timestamp("2026-03-12T10:00:01Z")', True),
        ('request.time < timestamp("2026-03-12T10:00:00Z")', False),
        ("request.time.getHours() >= 9 && request.time.getHours() < 17", True),
        ('request.time.getDayOfWeek("Europe/Berlin") == 4', True),
        ('request.time - timestamp("2026-03-12T09:00:00Z") == duration("1h")', True),
        ('"role_x" in subject.roles', True),
        ('"role_y" in subject.roles', False),
        ('subject.roles.exists(r, r.startsWith("role_x"))', True),
        ('subject.roles.all(r, r.startsWith("role_x"))', False),
        ("size(subject.roles) == 2", True),
        ('request.ip == "10.0.0.1"', True),
        ('request.ip.startsWith("10.") || request.ip == "192.0.2.1"', True),
        ('request.method in ["GET", "HEAD"]', True),
        ('request.path.matches("^/api/v1/functions/[a-z0-9_]+$")', True),
        ('request.path.matches("^/api/v2/")', False),
        ('request.resource.endsWith(":fn_1") && request.org_id == subject.org', True),
        ('request.environment == "env_1" ? request.action == "functions:read" : false', True),
        ('subject.type == "api_key" && subject.id == subject.key_id', True),
        ('!(request.method == "DELETE")', True),
        ('request.path == "\U0001f511"', False),
    ],
)
def test_saved_and_answered(conditions: CelConditions, text: str, expected: bool) -> None:
    """Conditions as people write them may be saved, and mean what they say."""
    conditions.check(text)

    assert holds(conditions, text) is expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("request.foo == 'a'", "1:8: undeclared reference to 'request.foo'"),
        ("requst.ip == 'a'", "1:7: undeclared reference to 'requst.ip'"),
        ("true && admin", "1:9: undeclared reference to 'admin'"),
        ("request == subject", "1:1: undeclared reference to 'request'"),
        (
            "request.time == 5",
            "1:14: found no matching overload for '_==_' applied to '(google.protobuf.Timestamp, int)'",
        ),
        ("subject.roles == 'admin'", "1:15: found no matching overload for '_==_' applied to '(list(string), string)'"),
        ("request.ip ==", "1:14: Syntax error"),
        ("request.ip.replace('a', 'b') == ''", "1:19: undeclared reference to 'replace'"),
        ("a || b", "1:1: undeclared reference to 'a'; 1:6: undeclared reference to 'b'"),
        ("'é\U0001f511' == a", "1:9: undeclared reference to 'a'"),
        ("for == 1", "1:1: reserved identifier: for"),
    ],
)
def test_compile_error_names_position_and_reason(conditions: CelConditions, text: str, reason: str) -> None:
    """Who saves a mistake is told the line, the column and what is wrong there."""
    with pytest.raises(InvalidArgument) as refusal:
        conditions.check(text)

    assert refusal.value.sentence.startswith(f"condition does not compile: {reason}")
    assert holds(conditions, text) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("request.ip", "condition must be boolean, not STRING"),
        ("1 + 1", "condition must be boolean, not INT"),
        ("subject.roles", "condition must be boolean, not LIST"),
        ("dyn(true)", "condition must be boolean, not DYN"),
        ("null", "condition must be boolean, not NULL"),
        (f"'{'x' * 1020}' == ''", "condition has more than 1024 characters"),
        ("||".join(["1==1"] * 140), "condition has more than 512 parts"),
        ("&&".join(["[1].all(a,a==1)"] * 4), "condition has more than 3 comprehensions"),
        ("request.ip == 'a\0b'", "condition contains a control character"),
        ("true ||\n false", "condition contains a control character"),
        ("request.ip == '\ud800'", "condition contains a control character"),
        (r"request.ip == 'admin\u0000x'", "condition contains NUL"),
        (r"b'\x00' == b''", "condition contains NUL"),
        ("request.path.matches(request.ip)", "condition matches a pattern that is not a literal"),
        ("matches(request.path, 'a' + 'b')", "condition matches a pattern that is not a literal"),
    ],
)
def test_guards_on_save(conditions: CelConditions, text: str, sentence: str) -> None:
    """What compiles but may not be run is refused with its reason, and grants nothing where it is stored already."""
    with pytest.raises(InvalidArgument) as refusal:
        conditions.check(text)

    assert refusal.value.sentence.startswith(sentence)
    assert holds(conditions, text) is None


def test_the_limits_themselves_may_be_saved(conditions: CelConditions) -> None:
    """1,024 characters and three comprehensions are within the limits."""
    longest = f"request.ip != '{'x' * 1008}'"
    assert len(longest) == 1024

    conditions.check(longest)
    conditions.check("&&".join(["[1].all(a,a==1)"] * 3))


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0 == 1",
        "9223372036854775807 + 1 == 1",
        "subject.roles[7] == 'a'",
        "timestamp('x') < request.time",
        "duration('1') == duration('1s')",
        "request.ip.matches('(')",
        "int(request.ip) == 1",
        "{'a': 1}['b'] == 1",
    ],
)
def test_evaluation_errors_are_none(conditions: CelConditions, text: str) -> None:
    """An error while evaluating is neither true nor false, and never an exception."""
    conditions.check(text)

    assert holds(conditions, text) is None


@pytest.mark.parametrize(
    "name", sorted(f"request.{name}" for name in REQUEST) + sorted(f"subject.{n}" for n in SUBJECT)
)
def test_a_missing_value_fails_only_where_it_is_needed(conditions: CelConditions, name: str) -> None:
    """A variable without value makes a condition fail that needs it, and no other."""
    side, _, member = name.partition(".")
    given = {"request": dict(REQUEST), "subject": dict(SUBJECT)}
    del given[side][member]

    assert conditions.holds(f"{name} == {name}", **given) is None
    assert conditions.holds(f"true || {name} == {name}", **given) is True
    assert conditions.holds("true", request={}, subject={}) is True


@pytest.mark.parametrize(
    "changes",
    [
        {"request_path": "/api\0/v1"},
        {"request_path": "x" * 1025},
        {"request_path": "é" * 513},
        {"request_path": "\ud800"},
        {"request_path": b"/api"},
        {"request_path": None},
        {"request_path": 5},
        {"request_time": True},
        {"request_time": "2026-03-12T10:00:00Z"},
        {"request_time": 1.5},
        {"request_time": -1},
        {"request_time": 10**12},
        {"subject_roles": ["r"] * 101},
        {"subject_roles": ["r\0x"]},
        {"subject_roles": ["r" * 1025]},
        {"subject_roles": [None]},
        {"subject_roles": "role_x"},
        {"subject_roles": {"role_x": 1}},
        {"subject_id": ["ak_1"]},
    ],
    ids=str,
)
def test_input_that_the_engine_could_misread_is_none(conditions: CelConditions, changes: dict[str, Any]) -> None:
    """A NUL, which cuts a text, and values of another type or size never reach the engine."""
    assert holds(conditions, "request.method == 'GET'", **changes) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"request_path": "x" * 1024},
        {"request_path": "é" * 512},
        {"subject_roles": ["r" * 1024] * 100},
        {"subject_roles": ("a", "b")},
        {"request_time": 0},
        {"request_time": 253_402_300_799},
        {"request_other": None},
    ],
    ids=lambda changes: ",".join(changes),
)
def test_input_at_the_limits_is_read(conditions: CelConditions, changes: dict[str, Any]) -> None:
    """The limits belong to what is permitted; a name that conditions do not know is not looked at."""
    assert holds(conditions, "request.method == 'GET' && size(subject.roles) >= 2", **changes) is True


def test_a_nul_does_not_cut(conditions: CelConditions) -> None:
    """`admin`, NUL and anything is not `admin`."""
    assert holds(conditions, "subject.id == 'admin'", subject_id="admin\0x") is None


def test_compiled_once(conditions: CelConditions, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text is compiled when it is first met, and remembered, a refused one too."""
    compiled: list[str] = []
    compile_text = CelConditions._compiled

    def count(self: CelConditions, text: str) -> Any:
        compiled.append(text)
        return compile_text(self, text)

    monkeypatch.setattr(CelConditions, "_compiled", count)
    texts = ["request.ip == '1' || true", "request.unknown == '1'"]

    for _ in range(3):
        assert [holds(conditions, text) for text in texts] == [True, None]

    assert compiled == texts


def test_memory_of_programs_is_bounded() -> None:
    """Any number of distinct conditions keeps a bounded number of programs."""
    conditions = CelConditions()

    for number in range(600):
        assert holds(conditions, f"{number} == 0") is (number == 0)

    assert conditions._programs.cache_info().currsize == 512


def test_nothing_imported_without_a_condition() -> None:
    """A process that never meets a condition does not load the engine, and one that does needs no protobuf."""
    code = """
import sys
from controlplane.security.conditions.engine import CelConditions
conditions = CelConditions()
conditions.check("")
assert conditions.holds(" ", request={}, subject={}) is True
before = [name for name in sys.modules if name.startswith(("cel_expr", "google", "controlplane.security.conditions."))]
conditions.check("request.ip == 'a'")
print(before, "cel_expr_python" in sys.modules, any(name.startswith("google") for name in sys.modules))
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    ours = ["controlplane.security.conditions.variables", "controlplane.security.conditions.engine"]  # names alone
    assert done.stdout.strip() == f"{ours} True False"
