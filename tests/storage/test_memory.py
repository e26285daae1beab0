"""The bounded memory of a running environment."""

from __future__ import annotations

from controlplane.storage.memory import Memory


def test_the_oldest_entry_goes_first() -> None:
    """However many callers an environment sees, it remembers a bounded number of them."""
    memory: Memory[str, int] = Memory(2)

    for number, name in enumerate(("a", "b", "a", "c", "c")):
        memory.put(name, number)

    assert [2, None, 4] == [memory.get(name) for name in "abc"]
