"""The tests of the pages notice what is wrong on a page."""

from __future__ import annotations

from tests.docs.console import Glossary, read_steps


def test_an_id_on_a_page_means_one_thing() -> None:
    """The tests of the pages tell a page that shows another object's id from one that shows the same."""
    first, second = (f"ak_01a203e9-f5ad-72b4-816c-{number:012d}" for number in (1, 2))
    (step,) = read_steps(f"```console\n$ rotate {first}\nOld: {first}\nNew: {second}\n```\n")

    assert Glossary().recognise(step.printed, [f"Old: {second}", f"New: {first}"])
    assert not Glossary().recognise(step.printed, [f"Old: {second}", "New: none"])
    assert not Glossary({first: second}).recognise(step.printed, [f"Old: {first}", f"New: {second}"])
