"""A plant with the scene in it, and one request that is asked again and again while one thing fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from controlplane.api.routes import Access
from controlplane.storage.codec import Item
from controlplane.storage.schema import Key
from tests.events.case import Case, request_of
from tests.events.fixed import START, CountedIds
from tests.events.scene import SceneBuilder
from tests.events.stage import FULL
from tests.faults.faulty import Fault, Line, VirtualTime
from tests.faults.invariants import broken_invariants
from tests.faults.plant import Answer, Event, Plant
from tests.faults.states import State, made_equal, state_of
from tests.faults.wire_memory import WireMemory

ABANDONED_SECONDS = 40  # after which a request with an Idempotency-Key can no longer be running
UNAVAILABLE = 503


class BenchClock:
    """The fixed clock of the scene, moved by hand."""

    def __init__(self) -> None:
        self.seconds = START

    def now(self) -> int:
        """Return the time."""
        return self.seconds

    def now_ms(self) -> int:
        """Return the time in milliseconds."""
        return self.seconds * 1000


@dataclass(frozen=True)
class Cell:
    """One place of the table of faults: what fails, at which request to the table, once or from then on."""

    fault: Fault
    first: int
    lasting: bool

    def __str__(self) -> str:
        return f"request {self.first}{' and all after' if self.lasting else ''}: {self.fault.value}"


@dataclass(frozen=True)
class Run:
    """What one try of a request gave."""

    answer: Answer
    state: State
    problems: tuple[str, ...]
    seconds: float
    asked: tuple[str, ...]

    @property
    def shown(self) -> tuple[int, str]:
        """Return status and body without what is new in every run."""
        return self.answer.status, made_equal(self.answer.text)


class Bench:
    """Holds the states that every try starts from."""

    def __init__(self, folder: Path) -> None:
        self.engine, self.time, self.clock = WireMemory(), VirtualTime(), BenchClock()
        self.line, self.gate_line = Line(self.engine.call, self.time), Line(self.engine.call, self.time)
        self.ids = CountedIds()
        self.plant = Plant(self.line, self.gate_line, folder, clock=self.clock, ids=self.ids)
        issued = self.plant.services.first_boot.issue_bootstrap_key()
        self.states: dict[str, dict[Key, Item]] = {"first boot": dict(self.engine.items)}
        self.scene = SceneBuilder(self.plant.services, operator_key=issued.raw).build()
        self.states[FULL] = dict(self.engine.items)
        self._sound: set[tuple[str, State]] = set()

    def event_of(self, case: Case, *, idempotency_key: str = "") -> Event:
        """Return what the gateway sends to the function for a request."""
        self.start(case.state)
        event = self.plant.event_of(request_of(case, self.scene))
        if idempotency_key:
            event["headers"] = {**(event["headers"] or {}), "Idempotency-Key": idempotency_key}
            event["multiValueHeaders"] = {**(event["multiValueHeaders"] or {}), "Idempotency-Key": [idempotency_key]}
        return event

    def tries(self, case: Case, event: Event) -> Tries:
        """Return the tries of one request."""
        return Tries(self, case, event)

    def run(self, state: str, event: Event) -> Run:
        """Try the event once with whatever fails now, then let what deletions left be cleaned up."""
        began = self.time.seconds
        answer = self.plant.run(event)
        seconds, asked = self.time.seconds - began, tuple(self.line.asked)
        problems = self._problems(state)
        self.line.heal()
        self.plant.services.cleaning.clean(seconds=5)
        problems += self._problems(state)
        now = state_of(self.engine.items, before=self.states[state])
        return Run(answer, now, problems, seconds, asked)

    def start(self, state: str) -> None:
        """Put everything back, so that a try begins as every other one did."""
        self.engine.put_back(self.states[state])
        self.line.heal()
        self.gate_line.heal()
        self.clock.seconds, self.ids._count = START, 1000

    def _problems(self, state: str) -> tuple[str, ...]:
        """Check the invariants, unless a state equal to this was checked before."""
        known = state, state_of(self.engine.items, before=self.states[state])
        if known in self._sound:
            return ()
        found = tuple(broken_invariants(self.engine.items.values()))
        if not found:
            self._sound.add(known)
        return found


class Tries:
    """One request: as it is answered when nothing fails, and when something does."""

    def __init__(self, bench: Bench, case: Case, event: Event) -> None:
        self._bench, self._case, self._event = bench, case, event
        bench.start(case.state)
        self.first = bench.run(case.state, event)
        self.second = bench.run(case.state, event)
        self.untouched: State = ()

    @property
    def operation(self) -> str:
        """Return the name of the operation that is tried."""
        return self._case.operation

    def cells(self) -> Iterator[Cell]:
        """Yield everything that can fail at any request to the table that the event makes."""
        for number, operation in enumerate(self.first.asked, start=1):
            for fault in Fault:
                if fault.concerns(operation):
                    yield Cell(fault, number, lasting=False)
                    yield Cell(fault, number, lasting=True)

    def wrong_in(self, cell: Cell, *, keyed: bool, budget: float) -> list[str]:
        """Try under one fault, then again without; return what should not have been."""
        bench, line = self._bench, self._bench.line
        bench.start(self._case.state)
        line.fault, line.first, line.lasting = cell.fault, cell.first, cell.lasting
        tried = bench.run(self._case.state, self._event)
        wrong = [*tried.problems]
        if tried.seconds > budget:
            wrong.append(f"took {tried.seconds:.1f} seconds")
        wrong += self._wrong_answer(tried, lasting=cell.lasting)
        bench.clock.seconds += ABANDONED_SECONDS if keyed else 0
        again = bench.run(self._case.state, self._event)
        wrong += [*again.problems, *self._wrong_repetition(tried, again, keyed=keyed)]
        return [f"{self._case.operation}, {cell}: {one}" for one in wrong]

    def _wrong_answer(self, tried: Run, *, lasting: bool) -> Iterator[str]:
        """A success happened and says so in full; anything else says that it may be tried again, and when."""
        if tried.answer.status == self.first.answer.status:
            if tried.state != self.first.state:
                yield f"answered {tried.answer.status}, but it did not happen"
            if tried.shown != self.first.shown:
                yield f"answered {tried.shown}"
            return
        if not lasting:
            yield f"one failure was not overcome: {tried.shown}"
        told = tried.answer.body or {}
        if (tried.answer.status, told.get("retryable"), tried.answer.headers.get("Retry-After")) != (503, True, "1"):
            yield f"answered {tried.shown}, {dict(tried.answer.headers)}"
        if tried.state not in (self.untouched, self.first.state):
            yield "only a part of it happened"

    def _wrong_repetition(self, tried: Run, again: Run, *, keyed: bool) -> Iterator[str]:
        """A repetition does what did not happen; where it had happened, it is answered as any second request is."""
        happened = tried.state == self.first.state and self.first.state != self.untouched
        if keyed and happened:  # exactly once: the reply of the time, or word that it was lost
            if again.state != self.first.state or again.answer.status not in (self.first.answer.status, 409):
                yield f"a repetition under its key gave {again.shown}"
            return
        wanted = self.second if happened else self.first
        if (again.answer.status, again.state) != (wanted.answer.status, wanted.state):
            yield f"a repetition gave {again.shown}; after the failure it {'had' if happened else 'had not'} happened"


def takes_key(case: Case) -> bool:
    """Tell whether an Idempotency-Key means something to the operation."""
    return case.route.method == "POST" and case.route.access is not Access.PUBLIC

