"""A compiled condition as a tree, read from the engine's serialised form (cel/expr/checked.proto).

Only the shape is wanted, so forty lines of wire format stand in for protobuf and its 32 ms of import.
"""

from __future__ import annotations

from controlplane.domain.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ANY_VALUE, _CHECKED_EXPR = 2, 4
_CONSTANT, _IDENT, _SELECT, _CALL, _LIST, _STRUCT, _COMPREHENSION = range(3, 10)
_KINDS = {
    _CONSTANT: "constant",
    _IDENT: "ident",
    _SELECT: "select",
    _CALL: "call",
    _LIST: "list",
    _STRUCT: "struct",
    _COMPREHENSION: "comprehension",
}
_CHILDREN = {_SELECT: (1,), _CALL: (1, 3), _LIST: (1,), _COMPREHENSION: (2, 4, 5, 6, 7)}
_NAMES = {_IDENT: (1,), _CALL: (2,), _COMPREHENSION: (1, 3)}
_ENTRIES, _ENTRY_CHILDREN = 2, (3, 4)
_TEXT_CONSTANTS = (6, 7)


@dataclass(frozen=True, slots=True)
class Node:
    """One expression.

    `names` are the identifier, the function, or a comprehension's item and accumulator; a comprehension's children
    are range, initial accumulator, loop condition, step and result. `text` is the value of a string or bytes constant.
    """

    kind: str
    names: tuple[str, ...] = ()
    text: bytes = b""
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_tree(serialised: bytes) -> Node:
    """Return the tree of an expression that the engine serialised after checking it."""
    checked = _field(serialised, _ANY_VALUE)
    return _node(_field(checked, _CHECKED_EXPR))


def _field(message: bytes, wanted: int) -> bytes:
    return next(value for number, value in _fields(message) if number == wanted)


def _node(message: bytes) -> Node:
    for number, value in _fields(message):
        if number in _KINDS:
            fields = list(_fields(value))
            return Node(
                kind=_KINDS[number],
                names=tuple(field.decode() for key, field in fields if key in _NAMES.get(number, ())),
                text=b"".join(field for key, field in fields if number == _CONSTANT and key in _TEXT_CONSTANTS),
                children=tuple(_children(number, fields)),
            )
    return Node(kind="empty")


def _children(kind: int, fields: list[tuple[int, bytes]]) -> Iterator[Node]:
    for number, value in fields:
        if number in _CHILDREN.get(kind, ()):
            yield _node(value)
        elif kind == _STRUCT and number == _ENTRIES:
            yield from (_node(part) for key, part in _fields(value) if key in _ENTRY_CHILDREN)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the fields of one message; numbers, which nobody asks for, come as empty bytes."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        wire_type, start = tag & 7, position
        if wire_type == 0:
            start = position = _varint(message, position)[1]
        elif wire_type == 2:
            size, start = _varint(message, position)
            position = start + size
        else:
            start = position = position + (8 if wire_type == 1 else 4)
        yield tag >> 3, message[start:position]


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
