"""The authorizer, every request to the table that it makes, everything that can happen to that request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.records import AuditEvent
from controlplane.gateway.authorizer.authorizer import Authorizer
from tests.events.case import Case, request_of
from tests.events.cases import AUTHORIZATIONS
from tests.faults.bench import Bench, Cell
from tests.faults.faulty import Fault
from tests.faults.invariants import Contents, broken_invariants
from tests.faults.plant import Event
from tests.hostile.figures import keep

BUDGET = 4.8  # of the template's Timeout of 5 seconds
UNAVAILABLE = "503"
IMPERSONATED, DENIED = "platform.impersonated", "authz.decision.denied"


@dataclass(frozen=True)
class Said:
    """What the authorizer made of a request, and the events that stand of it."""

    answer: tuple[str, ...]
    events: tuple[str, ...]
    seconds: float
    asked: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def served(self) -> bool:
        """Tell whether the request goes on to its function with nothing against it."""
        return self.answer[1:2] == ("allow",)


class Asking:
    """One request to an authorizer that has just started (`cold`), or one that has seen its like before."""

    def __init__(self, bench: Bench, case: Case, *, cold: bool) -> None:
        self._bench, self._case, self._cold = bench, case, cold
        bench.start(case.state)
        self.event = bench.plant.authorizer_event_of(request_of(case, bench.scene))
        self._warm = bench.plant.new_authorizer()
        self._warm.authorize(self.event)
        self.usual = self.ask(self._authorizer())

    def cells(self) -> Iterator[Cell]:
        """Yield everything that can fail."""
        for number, operation in enumerate(self.usual.asked, start=1):
            for fault in Fault:
                if fault.concerns(operation):
                    yield Cell(fault, number, lasting=False)
                    yield Cell(fault, number, lasting=True)

    def wrong_in(self, cell: Cell) -> Iterator[str]:
        """Ask under one fault, then the same request again without; yield what should not have been."""
        line, authorizer = self._bench.gate_line, self._authorizer()
        line.fault, line.first, line.lasting = cell.fault, cell.first, cell.lasting
        said = self.ask(authorizer)
        yield from said.problems
        if said.seconds > BUDGET:
            yield f"{cell}: took {said.seconds:.1f} seconds"
        if said.answer != self.usual.answer and (not cell.lasting or said.answer[-1] != UNAVAILABLE):
            yield f"{cell}: said {said.answer}"
        if said.served and IMPERSONATED in self.usual.events and IMPERSONATED not in said.events:
            yield f"{cell}: served an impersonation without its event"
        again = self.ask(authorizer)
        if again.answer != self.usual.answer or set(again.events) != set(self.usual.events):
            yield f"{cell}: then said {again.answer} {again.events}"
        if again.events.count(IMPERSONATED) > 1 or again.events.count(DENIED) > 1:
            yield f"{cell}: one request left {again.events}"

    def ask(self, authorizer: Authorizer) -> Said:
        """Ask with whatever fails now."""
        bench = self._bench
        began, answer = bench.time.seconds, _told(authorizer, self.event)
        seconds, asked = bench.time.seconds - began, tuple(bench.gate_line.asked)
        bench.gate_line.heal()
        items = bench.engine.items
        known = {event.id for event in Contents(bench.states[self._case.state].values()).all(AuditEvent)}
        events = [event for event in Contents(items.values()).all(AuditEvent) if event.id not in known]
        return Said(answer, tuple(sorted(event.event_type for event in events)), seconds, asked,
                    tuple(broken_invariants(items.values())))

    def _authorizer(self) -> Authorizer:
        self._bench.start(self._case.state)
        return self._bench.plant.new_authorizer() if self._cold else self._warm


def _told(authorizer: Authorizer, event: Event) -> tuple[str, ...]:
    """Return what counts of the reply; the gateway makes a 503 of an authorizer that failed."""
    try:
        reply: dict[str, Any] = authorizer.authorize(event)
    except StoreUnavailable:
        return (UNAVAILABLE,)
    context = reply["context"]
    effect = reply["policyDocument"]["Statement"][0]["Effect"]
    status = (context["status"],) if "status" in context else ()
    return (effect, context.get("decision", ""), context.get("sentence", ""), *status)


@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
@pytest.mark.parametrize("name", list(AUTHORIZATIONS))
def test_an_answer_under_any_single_fault(bench: Bench, name: str, cold: bool) -> None:
    """The answer is the usual one or 503, never a wider one, in time; an impersonation is on record before it acts."""
    asking = Asking(bench, AUTHORIZATIONS[name], cold=cold)

    cells = list(asking.cells())
    wrong = [one for cell in cells for one in asking.wrong_in(cell)]

    keep(f"faults-authorizer-{name}-{cold}", authorizer_cells=len(cells), wrong=len(wrong))
    assert [] == wrong[:10]


def test_the_cases_leave_what_is_attacked_here(bench: Bench) -> None:
    """One case impersonates, one is denied, and every cold one asks: otherwise the table above shows nothing."""
    askings = {name: Asking(bench, case, cold=True) for name, case in AUTHORIZATIONS.items()}

    left = {name: asking.usual.events for name, asking in askings.items() if asking.usual.events}
    assert (IMPERSONATED,) == left["impersonating"]
    assert (DENIED,) == left["insufficient_permissions"]
    assert {"no_credential", "forged_token"} == {name for name, asking in askings.items() if not asking.usual.asked}
    assert 500 < sum(len(list(asking.cells())) for asking in askings.values())
