"""Values are dataclasses in all but the import."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from controlplane.domain import values
from controlplane.domain.records import AuditEvent, Organization
from controlplane.domain.values import MISSING, contents, dataclass, field, replace, restored, specification


@dataclass(frozen=True, slots=True)
class Pair:
    """One given by position, one with a default, one made, one derived."""

    first: int
    second: str = "two"
    rest: list[int] = field(default_factory=list)
    double: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", self.first * 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """All by name."""

    one: int
    two: int = 2


@dataclass(frozen=True, slots=True)
class Session:
    """One that is given and not to be shown."""

    user: str
    token: str = field(repr=False)


ANY_PAIR: Any = Pair
ANY_NAMED: Any = Named
ANY_SESSION: Any = Session


@pytest.fixture(params=["new", "often made"], autouse=True)
def initializers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs twice: before and after the classes wrote their initializers out."""
    for kind in (ANY_PAIR, ANY_NAMED, ANY_SESSION):
        general = values._initializer(kind.__plan__, kind)
        written = values._written_out(kind.__plan__, kind.__dict__.get("__post_init__"))
        monkeypatch.setattr(kind, "__init__", general if request.param == "new" else written)


def test_a_value_holds_what_it_is_given_and_its_defaults() -> None:
    """Fields come by position or name, defaults fill in, factories make anew, derived fields follow."""
    one, other = Pair(1), Pair(first=1, second="x", rest=[3])

    one.rest.append(9)

    assert (1, "two", [9], 2) == (one.first, one.second, one.rest, one.double)
    assert (1, "x", [3], 2) == (other.first, other.second, other.rest, other.double)
    assert [] == Pair(1).rest


@pytest.mark.parametrize(
    "make",
    [lambda: ANY_PAIR(), lambda: ANY_PAIR(1, "2", [], 4), lambda: ANY_PAIR(1, first=1), lambda: ANY_NAMED(1),
     lambda: ANY_NAMED(one=1, three=3), lambda: ANY_NAMED(two=1), lambda: ANY_NAMED(two=1, three=3)],
)  # fmt: skip
def test_a_value_refuses_what_it_has_no_field_for(make: Any) -> None:
    """A missing, an unknown, a doubled or a misplaced field is a TypeError, as with dataclasses."""
    with pytest.raises(TypeError):
        make()


def test_a_value_is_frozen() -> None:
    """Nothing can be set, added or deleted."""
    value: Any = Named(one=1)

    for change in (lambda: setattr(value, "one", 2), lambda: setattr(value, "new", 2), lambda: delattr(value, "one")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()

    assert Named(one=1) == value


def test_values_are_equal_by_content_and_class() -> None:
    """Equal content of one class is equal and hashes alike; another class never equals."""
    a, b = Named(one=1), Named(one=1, two=2)

    assert (a, hash(a)) == (b, hash(b))
    assert Named(one=2) != a
    assert ANY_PAIR(1) != a


def test_a_value_shows_its_fields() -> None:
    """The text of a value is the one that dataclasses write."""
    assert "Pair(first=1, second='two', rest=[])" == repr(Pair(1))


def test_what_is_not_to_be_shown_is_part_of_the_value_all_the_same() -> None:
    """A token in a value is given and compared like any field, and stands in no text that is made of the value."""
    value = Session("u", "hunter2")

    assert "Session(user='u')" == repr(value) == str(value)
    assert ("hunter2", True, False) == (value.token, value == Session("u", "hunter2"), value == Session("u", "x"))
    assert [True, False] == [one.repr for one in dataclasses.fields(ANY_SESSION)]
    with pytest.raises(TypeError):
        ANY_SESSION("u")


def test_the_standard_functions_work_on_values() -> None:
    """`replace`, `asdict` and `fields` see what they would see on a dataclass."""
    value = Pair(1)

    assert Pair(5, "two") == dataclasses.replace(value, first=5) == replace(value, first=5)
    assert {"one": 1, "two": 2} == dataclasses.asdict(Named(one=1)) == contents(Named(one=1))
    assert ["first", "second", "rest"] == list(contents(value))
    assert ["first", "second", "rest", "double"] == [one.name for one in dataclasses.fields(value)]
    assert [True, False] == [one.init for one in dataclasses.fields(value)][-2:]


def test_a_specification_names_fields_kinds_and_defaults() -> None:
    """The codec learns the fields of a record from here."""
    assert ("id", "str", MISSING) == specification(Organization)[0]
    assert {"payload": {}, "revision": MISSING} == {
        name: {entry[0]: entry[2] for entry in specification(AuditEvent)}.get(name, MISSING)
        for name in ("payload", "revision")
    }


def test_a_class_made_often_writes_its_initializer_out() -> None:
    """What is made in every request stops looking its fields up, and makes the same values as before."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Often:
        one: int
        two: int = 2

    made: Any = Often
    before, first = made.__init__, made(one=1)

    later = [made(one=1) for _ in range(values._OFTEN)]

    assert made.__init__ is not before
    assert {first} == {*later, made(one=1)}


def test_a_derived_field_is_not_compared() -> None:
    """Two values are equal when what they were given is, however what follows from it is kept."""
    one, other = Pair(1), Pair(1)
    object.__setattr__(other, "double", [2])

    assert one == other


def test_a_value_is_restored_from_its_fields() -> None:
    """The codec, which knows the fields, makes the value that the class would have made."""
    assert Named(one=1, two=3) == restored(Named, {"one": 1, "two": 3})


def test_making_values_imports_no_dataclasses() -> None:
    """What a cold start waits for is not imported before somebody asks for the standard functions."""
    program = "import sys; import controlplane.domain.records; print({'dataclasses', 'inspect'} & set(sys.modules))"
    paths = ";".join(f"sys.path.append({path!r})" for path in sys.path if path)

    ran = subprocess.run([sys.executable, "-S", "-c", f"import sys; {paths}; {program}"],
                         capture_output=True, text=True, check=True)

    assert "set()" == ran.stdout.strip()
