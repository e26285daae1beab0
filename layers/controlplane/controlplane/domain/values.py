"""Frozen values for code that a cold start waits for: dataclasses without the import of `dataclasses`.

That import alone takes as long as a quarter of an empty function's start, and every class that it makes another
hundredth. Checkers see the standard library's decorator; at run time the same name makes a class in microseconds.
`dataclasses.replace`, `fields` and `asdict` work on these values too: what they look for is made when they ask.
"""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import dataclass, field, replace
    from typing import Any

__all__ = ["MISSING", "dataclass", "field", "replace", "specification"]
MISSING: Any = type("MISSING", (), {})()


class _Field:
    """A field that is not a plain one: made by a factory, or not given but derived, and then no part of the value."""

    def __init__(self, *, default_factory: Any = MISSING, init: bool = True, **shown: bool) -> None:
        if any(shown.values()):
            raise TypeError("a derived field is neither shown nor compared")
        self.default_factory, self.init = default_factory, init

    default = MISSING


class _Plan:
    """The fields of a class, in order, as `dataclasses` would understand them."""

    def __init__(self, kind: Any, *, kw_only: bool) -> None:
        self.annotations: dict[str, Any] = kind.__annotations__
        self.kw_only = kw_only
        self.special = {name: one for name, one in kind.__dict__.items() if isinstance(one, _Field)}
        self.names = tuple([name for name in self.annotations if name not in self.special or self.special[name].init])
        self.defaults = {name: kind.__dict__[name] for name in self.names
                         if name in kind.__dict__ and name not in self.special}
        self.factories = {name: one.default_factory for name, one in self.special.items()
                          if one.default_factory is not MISSING}
        self.required = frozenset([name for name in self.names
                                   if name not in self.defaults and name not in self.factories])


class _StandardFields:
    """What the functions of `dataclasses` look for on a class, made by `dataclasses` itself when they look."""

    def __get__(self, _instance: object, owner: Any) -> Any:
        import dataclasses

        plan: _Plan = owner.__plan__
        special = {name: dataclasses.field(init=one.init, repr=one.init, compare=one.init, **_factory(one))
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


def _factory(one: _Field) -> Mapping[str, Any]:
    return {} if one.default_factory is MISSING else {"default_factory": one.default_factory}


def _initializer(plan: _Plan, kind: Any) -> Callable[..., None]:
    owner, post_init, set_fields = kind.__name__, kind.__dict__.get("__post_init__"), kind.__dict__["__dict__"].__set__
    names, required, defaults, factories = plan.names, plan.required, plan.defaults, plan.factories
    count, positions = len(names), 0 if plan.kw_only else len(names)

    def initialize(self: Any, /, *args: Any, **given: Any) -> None:
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


def _repr(self: Any) -> str:
    shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in self.__plan__.names])
    return f"{type(self).__qualname__}({shown})"


def _eq(self: Any, other: Any) -> bool:
    return self.__dict__ == other.__dict__ if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(tuple([getattr(self, name) for name in self.__plan__.names]))


def _refuse(_self: Any, name: str, _value: object = None) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _made(kind: Any, *, kw_only: bool) -> Any:
    plan = _Plan(kind, kw_only=kw_only)
    for name in plan.special:
        delattr(kind, name)
    init = _initializer(plan, kind)
    methods = {"__init__": init, "__repr__": _repr, "__eq__": _eq, "__hash__": _hash}
    more = {"__setattr__": _refuse, "__delattr__": _refuse, "__plan__": plan, "__match_args__": plan.names}
    own = frozenset(kind.__dict__)
    for name, one in (methods | more | {"__dataclass_fields__": _StandardFields()}).items():
        if name not in own or (name == "__hash__" and kind.__dict__[name] is None):
            setattr(kind, name, one)
    return kind


if not TYPE_CHECKING:
    field = _Field

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy with some fields changed."""
        return type(value)(**{name: value.__dict__[name] for name in value.__plan__.names} | changes)

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool = False) -> Callable[[type], type]:
        """Make a class of frozen values; the words mean what they mean to `dataclasses`, but nothing has slots."""
        if not (frozen and slots):
            raise TypeError("a value is frozen")
        return lambda kind: _made(kind, kw_only=kw_only)
