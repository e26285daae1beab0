"""Frozen values for code that a cold start waits for: dataclasses without the import of `dataclasses`.

That import alone takes as long as a quarter of an empty function's start, and every class that it makes another
hundredth. Checkers see the standard library's decorator; at run time the same name makes a class in microseconds.
A class of which many values are made gets an initializer as `dataclasses` would have written it: compiling one takes as
long as a hundred calls of the general one, so that a cold start, which makes few values, goes without.
`dataclasses.replace`, `fields` and `asdict` work on these values too: what they look for is made when they ask.
"""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import dataclass, field, replace
    from typing import Any

__all__ = ["MISSING", "contents", "dataclass", "field", "replace", "restored", "specification"]
MISSING: Any = type("MISSING", (), {})()
_OFTEN = 200


class _Field:
    """A field that is not a plain one: made by a factory, kept out of what is printed, or derived and not given.

    What is derived is no part of the value: it is neither shown nor compared.
    """

    def __init__(
        self, *, default_factory: Any = MISSING, init: bool = True, repr: bool = True, compare: bool = True
    ) -> None:
        if compare != init or (repr and not init):
            raise TypeError("a derived field is neither shown nor compared, and every other is compared")
        self.default_factory, self.init, self.repr = default_factory, init, repr

    default = MISSING


class _Plan:
    """The fields of a class, in order, as `dataclasses` would understand them."""

    def __init__(self, kind: Any, *, kw_only: bool) -> None:
        self.annotations: dict[str, Any] = kind.__annotations__
        self.kw_only = kw_only
        self.set_fields: Callable[[Any, dict[str, Any]], None] = kind.__dict__["__dict__"].__set__
        self.special: dict[str, _Field] = {}
        self.defaults: dict[str, Any] = {}
        self.factories: dict[str, Callable[[], Any]] = {}
        names, required = [], []
        for name in self.annotations:
            default = kind.__dict__.get(name, MISSING)
            if default.__class__ is _Field:
                self.special[name] = default
                if not default.init:
                    continue
                default = MISSING if default.default_factory is MISSING else default
            names.append(name)
            if default is MISSING:
                required.append(name)
            elif default.__class__ is _Field:
                self.factories[name] = default.default_factory
            else:
                self.defaults[name] = default
        self.names, self.required = tuple(names), frozenset(required)
        self.derives = len(names) < len(self.annotations)
        self.shown = [name for name in names if name not in self.special or self.special[name].repr]


class _StandardFields:
    """What the functions of `dataclasses` look for on a class, made by `dataclasses` itself when they look."""

    def __get__(self, _instance: object, owner: Any) -> Any:
        import dataclasses

        plan: _Plan = owner.__plan__
        special = {name: dataclasses.field(init=one.init, repr=one.repr, compare=one.init, **_factory(one))
                   for name, one in plan.special.items()}
        body = {"__annotations__": plan.annotations, **plan.defaults, **special}
        twin: Any = dataclasses.dataclass(frozen=True, kw_only=plan.kw_only)(type(owner.__name__, (), body))
        owner.__dataclass_fields__ = twin.__dataclass_fields__
        return twin.__dataclass_fields__


@cache
def specification(kind: Any) -> tuple[tuple[str, str, Any], ...]:
    """Return name, annotation and default (or MISSING) of each field of a value's class."""
    plan: _Plan = kind.__plan__
    made = {name: make() for name, make in plan.factories.items()}
    return tuple([(name, plan.annotations[name], (plan.defaults | made).get(name, MISSING)) for name in plan.names])


def contents(value: Any) -> dict[str, Any]:
    """Return the fields of a value by their names; what they hold is not copied."""
    return {name: value.__dict__[name] for name in value.__plan__.names}


def _factory(one: _Field) -> Mapping[str, Any]:
    return {} if one.default_factory is MISSING else {"default_factory": one.default_factory}


def restored(kind: Any, values: dict[str, Any]) -> Any:
    """Return a value of a class without `__post_init__`; the dictionary, now its own, holds exactly its fields."""
    value = kind.__new__(kind)
    kind.__plan__.set_fields(value, values)
    return value


def _initializer(plan: _Plan, kind: Any) -> Callable[..., None]:
    owner, post_init, set_fields = kind.__name__, kind.__dict__.get("__post_init__"), plan.set_fields
    names, required, defaults, factories = plan.names, plan.required, plan.defaults, plan.factories
    count, positions, made = len(names), 0 if plan.kw_only else len(names), 0

    def initialize(self: Any, /, *args: Any, **given: Any) -> None:
        nonlocal made
        made += 1
        if made == _OFTEN:
            kind.__init__ = _written_out(plan, post_init)
        if args:
            named = len(given)
            given.update(zip(names, args, strict=False))
            if len(args) > positions or len(given) != named + len(args):
                raise TypeError(f"{owner}() is given a field twice, or by position")
        values = defaults | given
        if factories:
            values = {name: make() for name, make in factories.items()} | values
        if len(values) != count or not given.keys() >= required:
            raise TypeError(f"{owner}() lacks a field, or has none of this name: {values.keys() ^ set(names)}")
        set_fields(self, values)
        if post_init is not None:
            post_init(self)

    return initialize


def _written_out(plan: _Plan, post_init: Callable[[Any], None] | None) -> Callable[..., None]:
    """Compile the initializer of one class; it takes and refuses what the general one does."""
    taken = [f"{name}=_defaults[{name!r}]" if name in plan.defaults
             else f"{name}=_missing" if name in plan.factories else name for name in plan.names]
    fields = [f"{name!r}: _factories[{name!r}]() if {name} is _missing else {name}" if name in plan.factories
              else f"{name!r}: {name}" for name in plan.names]
    text = (f"def __init__(_self, /, {'*, ' if plan.kw_only and taken else ''}{', '.join(taken)}):\n"
            f" _set_fields(_self, {{{', '.join(fields)}}})\n" + (" _post_init(_self)\n" if post_init else ""))
    known: dict[str, Any] = {"_set_fields": plan.set_fields, "_post_init": post_init, "_defaults": plan.defaults,
                             "_factories": plan.factories, "_missing": MISSING}
    exec(text, known)  # noqa: S102 # nosec B102 - made of fields' names alone
    written: Callable[..., None] = known["__init__"]
    return written


def _repr(self: Any) -> str:
    shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in self.__plan__.shown])
    return f"{type(self).__qualname__}({shown})"


def _eq(self: Any, other: Any) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    if self.__plan__.derives:
        return all(self.__dict__[name] == other.__dict__[name] for name in self.__plan__.names)
    return bool(self.__dict__ == other.__dict__)


def _hash(self: Any) -> int:
    return hash(tuple([getattr(self, name) for name in self.__plan__.names]))


def _refuse(_self: Any, name: str, _value: object = None) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _made(kind: Any, *, kw_only: bool) -> Any:
    plan = _Plan(kind, kw_only=kw_only)
    for name in plan.special:
        delattr(kind, name)
    kind.__plan__ = plan
    setattr(kind, "__match_args__", plan.names)  # noqa: B010 - a checker takes an assignment for a declaration
    if "__init__" not in kind.__dict__:
        kind.__init__ = _initializer(plan, kind)
    for name, one in _METHODS:
        if kind.__dict__.get(name) is None:  # a class that compares in its own way has None for its hash
            setattr(kind, name, one)
    return kind


_METHODS = (
    ("__repr__", _repr), ("__eq__", _eq), ("__hash__", _hash), ("__setattr__", _refuse), ("__delattr__", _refuse),
    ("__dataclass_fields__", _StandardFields()),
)


if not TYPE_CHECKING:
    field = _Field

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy with some fields changed."""
        return type(value)(**contents(value) | changes)

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool = False) -> Callable[[type], type]:
        """Make a class of frozen values; the words mean what they mean to `dataclasses`, but nothing has slots."""
        if not (frozen and slots):
            raise TypeError("a value is frozen")
        return lambda kind: _made(kind, kw_only=kw_only)
