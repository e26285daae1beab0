"""What a condition can cost at most, from its tree and the sizes of its inputs; known before it is ever run.

The engine stops after 10,000 iterations but has no clock and no memory limit: a text may still double itself, or
match a huge pattern in every iteration. One unit is about a nanosecond, or a byte that is copied or compared.
"""

from __future__ import annotations

from functools import reduce

from controlplane.domain.values import dataclass, field
from controlplane.security.conditions.patterns import expanded_size
from controlplane.security.conditions.variables import LONGEST_TEXT, MOST_ROLES, ROLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from controlplane.security.conditions.tree import Node

AFFORDABLE = 20_000_000
_STEP = 100
_LIST_ITEM = 32
_MOST_ITERATIONS = 10_000
_PATTERN_STATE = 8_000
_MATCH_STEP = 16
_COMPARISONS = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
_TRUTHS = _COMPARISONS | {"@in", "_&&_", "_||_", "!_", "@not_strictly_false", "startsWith", "endsWith", "contains"}


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a value can be: characters of a text, or items of a list or map and the largest of them."""

    length: int = 8
    item: Shape | None = None

    @property
    def weight(self) -> int:
        """Return the bytes that comparing or copying it all touches."""
        return self.length * (1 + self.item.weight) if self.item else self.length


@dataclass(frozen=True, slots=True)
class Sizes:
    """The largest inputs that are assumed."""

    roles: int
    role_text: int


USUAL = Sizes(roles=40, role_text=64)  # 20 roles, each by id and by name
LARGEST = Sizes(roles=MOST_ROLES, role_text=LONGEST_TEXT)


def cost_of(tree: Node, sizes: Sizes) -> int:
    """Return the most that evaluating the tree can cost with inputs of these sizes."""
    roles = Shape(sizes.roles, Shape(sizes.role_text))
    return _estimate(tree, {ROLES: roles}).cost


@dataclass(frozen=True, slots=True)
class _Estimate:
    cost: int
    shape: Shape = field(default_factory=Shape)


def _estimate(node: Node, known: Mapping[str, Shape]) -> _Estimate:
    if node.kind == "comprehension":
        return _comprehension(node, known)
    if node.kind == "ident":
        return _Estimate(_STEP, known.get(node.names[0], Shape(LONGEST_TEXT)))
    if node.kind == "constant":
        return _Estimate(_STEP, Shape(max(8, len(node.text))))
    children = [_estimate(child, known) for child in node.children]
    shapes = [child.shape for child in children]
    below = _STEP + sum(child.cost for child in children)
    if node.kind in ("list", "struct"):
        return _Estimate(below + _LIST_ITEM * len(shapes), Shape(len(shapes), reduce(_join, shapes, Shape())))
    if node.kind == "call":
        return _Estimate(below + _call_cost(node, shapes), _call_shape(node, shapes))
    return _Estimate(below, _item_of(shapes[0]) if shapes else Shape())


def _comprehension(node: Node, known: Mapping[str, Shape]) -> _Estimate:
    """Estimate a macro: each iteration adds to the accumulator what the first one adds, and copies what is there."""
    over, start = (_estimate(child, known) for child in node.children[:2])
    item, accumulator = node.names
    inside = {**known, item: _item_of(over.shape)}
    first = _estimate(node.children[3], {**inside, accumulator: start.shape}).shape
    times = min(over.shape.length, _MOST_ITERATIONS)
    growth = max(0, first.length - start.shape.length)
    final = Shape(start.shape.length + times * growth, _join_items(start.shape, first))
    condition, step = (_estimate(child, {**inside, accumulator: final}) for child in node.children[2:4])
    result = _estimate(node.children[4], {**known, accumulator: final})
    cost = over.cost + start.cost + times * (condition.cost + step.cost) + result.cost
    return _Estimate(_STEP + cost, result.shape)


def _call_cost(node: Node, shapes: list[Shape]) -> int:
    function = node.names[0]
    if function in _COMPARISONS:
        return min(shape.weight for shape in shapes)
    if function == "@in":
        return shapes[1].length * (_LIST_ITEM + min(shapes[0].weight, _item_of(shapes[1]).weight))
    if function == "matches":
        return _match_cost(node.children[-1], shapes[0])
    if function == "_+_":
        return sum(shape.length * (_LIST_ITEM if shape.item else 1) for shape in shapes)
    if function in ("_[_]", "_?_:_", "_&&_", "_||_"):
        return 0
    return sum(shape.weight for shape in shapes)


def _match_cost(pattern: Node, text: Shape) -> int:
    """Estimate one match; the engine builds the pattern anew each time, and one that is not literal could be any."""
    if pattern.kind != "constant":
        return AFFORDABLE + 1
    states = expanded_size(pattern.text.decode(errors="replace"))
    return states * (_PATTERN_STATE + _MATCH_STEP * text.length)


def _call_shape(node: Node, shapes: list[Shape]) -> Shape:
    function = node.names[0]
    if function in _TRUTHS or not shapes:
        return Shape()
    if function == "_[_]":
        return _item_of(shapes[0])
    if function == "_?_:_":
        return _join(shapes[1], shapes[2])
    length = sum(shape.length for shape in shapes)
    return Shape(max(64, length) if function != "_+_" else length, reduce(_join_items_of, shapes, None))


def _item_of(shape: Shape) -> Shape:
    return shape.item or shape


def _join(one: Shape, other: Shape) -> Shape:
    return Shape(max(one.length, other.length), _join_items(one, other))


def _join_items(one: Shape, other: Shape) -> Shape | None:
    if one.item and other.item:
        return _join(one.item, other.item)
    return one.item or other.item


def _join_items_of(item: Shape | None, shape: Shape) -> Shape | None:
    return _join(item, shape.item) if item and shape.item else item or shape.item
