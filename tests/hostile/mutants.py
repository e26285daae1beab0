"""What can be changed in a module: one small thing at a time, each with a name that does not depend on line numbers."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from types import CodeType
from typing import Any

_SHOWN = 120
_MARK = "XX"
_CACHES = ("cache", "lru_cache", "property", "classmethod", "staticmethod", "dataclass")
_DECLARED = ("TYPE_CHECKING", "__slots__", "__all__")
_OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_NOT_CODE = ("annotation", "returns", "type_comment", "type_params", "op", "ops", "format_spec", "decorator_list")
Place = tuple[Any, str, int | None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: its name, the function or method that it is in (empty: the module's own lines), and the code."""

    name: str
    function: str
    code: CodeType


def mutants_of(source: str, *, file: str) -> Iterator[Mutant]:
    """Yield every mutant of a module's source; one that does not compile is none."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for function, place, node in list(_walk(tree, "")):
        for new in _variants(node):
            name = f"{function or 'module'}: {_told(node)} -> {_told(new)}"
            seen[name] += 1
            if seen[name] > 1:
                name = f"{name} ({seen[name]})"
            _put(place, ast.copy_location(new, node))
            try:
                yield Mutant(name, function, compile(ast.fix_missing_locations(tree), file, "exec"))
            finally:
                _put(place, node)


def functions_of(source: str) -> dict[tuple[int, int], str]:
    """Return the name of each outermost function or method by its first and last line, decorators included."""
    found = {}
    for owner, node in _outermost(ast.parse(source), ""):
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        found[first, node.end_lineno or first] = owner
    return found


def _outermost(tree: ast.AST, owner: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{owner}{node.name}", node
        else:
            yield from _outermost(node, f"{node.name}." if isinstance(node, ast.ClassDef) else owner)


def _walk(node: ast.AST, function: str) -> Iterator[tuple[str, Place, Any]]:
    """Yield each place that code stands in, with its node; what only checkers and readers see is left out."""
    for field, value in ast.iter_fields(node):
        if field in _NOT_CODE:
            continue
        for number, one in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(one, ast.AST) or _is_declaration(one) or _is_text(one):
                continue
            place = (node, field, number if isinstance(value, list) else None)
            inside = function
            if isinstance(one, ast.FunctionDef | ast.ClassDef) and (not function or function.endswith(".")):
                inside = f"{function}{one.name}" + ("." if isinstance(one, ast.ClassDef) else "")
            yield inside.rstrip("."), place, one
            if not isinstance(one, ast.JoinedStr):
                yield from _walk(one, inside)
            else:
                yield from (found for part in one.values if isinstance(part, ast.FormattedValue)
                            for found in _walk(part, inside))  # fmt: skip


def _is_declaration(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in ("TYPE_CHECKING", "not TYPE_CHECKING")
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return isinstance(target, ast.Name) and target.id in _DECLARED
    return False


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _put(place: Place, node: Any) -> None:
    owner, field, number = place
    if number is None:
        setattr(owner, field, node)
    else:
        getattr(owner, field)[number] = node


def _variants(node: Any) -> Iterator[Any]:  # noqa: C901 - a table of what can be changed
    match node:
        case ast.Compare():
            yield from (_with(node, ops=_swapped(node.ops, at)) for at in range(len(node.ops)))
        case ast.BoolOp():
            yield from (_without(node, at) for at in range(len(node.values)))
        case ast.BinOp() if _holds_text(node):
            yield node.left
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _OTHER:
            yield _with(node, op=_OTHER[type(node.op)]())
        case ast.UnaryOp():
            if isinstance(node.op, ast.Not | ast.USub):
                yield node.operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value):
            yield ast.Constant(_MARK + value)
        case ast.Constant(value=bytes() as value):
            yield ast.Constant(_MARK.encode() + value)
        case ast.JoinedStr():
            yield ast.Constant(_MARK)
        case ast.If() | ast.IfExp():
            yield from (_with(node, test=ast.Constant(value)) for value in (True, False))
        case ast.While():
            yield _with(node, test=ast.Constant(False))
        case ast.comprehension():
            yield from (_with(node, ifs=[one for one in node.ifs if one is not gone]) for gone in node.ifs)
        case ast.Raise():
            yield ast.Raise(ast.Call(ast.Name("SystemError", ast.Load()), [], []), None)
            yield ast.Pass()
        case ast.Return() if node.value is not None and not _is_none(node.value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.ExceptHandler(type=ast.Tuple(elts=kinds)):
            for gone in kinds:
                left = ast.Tuple([one for one in kinds if one is not gone], ast.Load())
                yield _with(node, type=left)
        case ast.FunctionDef(decorator_list=decorators):
            for gone in decorators:
                if not ast.unparse(gone).split("(")[0].endswith(_CACHES):
                    yield _with(node, decorator_list=[one for one in decorators if one is not gone])


def _holds_text(node: ast.BinOp) -> bool:
    """Tell whether the operands are texts, of which no difference can be taken: then the right one is dropped."""
    parts = [one for one in (node.left, node.right) if isinstance(one, ast.Constant | ast.JoinedStr)]
    return any(not isinstance(one, ast.Constant) or isinstance(one.value, str | bytes) for one in parts) or any(
        isinstance(one, ast.BinOp) and _holds_text(one) for one in (node.left, node.right)
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _with(node: Any, **changes: Any) -> Any:
    new = copy(node)
    for field, value in changes.items():
        setattr(new, field, value)
    return new


def _swapped(operators: Sequence[ast.cmpop], at: int) -> list[ast.AST]:
    return [_OTHER[type(one)]() if number == at else one for number, one in enumerate(operators)]


def _without(node: ast.BoolOp, at: int) -> ast.expr:
    left = [value for number, value in enumerate(node.values) if number != at]
    return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _told(node: Any) -> str:
    """Tell a node's first line; of a function, its decorators and name."""
    match node:
        case ast.If() | ast.While():
            text = f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
        case ast.FunctionDef():
            text = " ".join([*(f"@{ast.unparse(one)}" for one in node.decorator_list), f"def {node.name}"])
        case ast.ExceptHandler():
            text = f"except {ast.unparse(node.type) if node.type else ''}"
        case ast.comprehension():
            text = ast.unparse(node).strip()
        case _:
            text = ast.unparse(node)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
