"""What both audit trails share: columns, one page, and following as events come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ironflow.output import columns, safe, table
from ironflow.problems import Failure, Refused, Unreachable
from ironflow.session import Session

COLUMNS = columns({"ID": "id", "EVENT_TYPE": "event_type", "SCOPE": "scope", "CREATED_AT": "created_at"})
_WIDTHS = (26, 28, 8, 20)  # of an id, of most types; lines that come one by one cannot be measured first
POLL_SECONDS = 2.0
LONGEST_PAUSE = 30.0
PAGE = 1000
_TRANSIENT = (429, 500, 502, 503, 504)

Event = Mapping[str, Any]


def show_page(session: Session, operation: str, query: Mapping[str, Any]) -> None:
    """Print one page of a trail; where it goes on stands on stderr."""
    asked = {**query, "limit": session.flags.limit, "cursor": session.flags.cursor}
    reply = session.call(operation, query=asked)
    session.answer(reply, lambda page: _show(session, page))


def follow(session: Session, operation: str, query: Mapping[str, Any]) -> None:
    """Print a trail's events, oldest first, and new ones as they come, until interrupted.

    Without a start in `query` it begins after the newest event there is. With --json each event is one line.
    """
    try:
        _print_forever(session, _new_events(session, operation, query))
    except KeyboardInterrupt:
        session.world.stdout.flush()


def _show(session: Session, page: Any) -> None:
    session.show_rows(COLUMNS, _events(page))
    if following := page.get("next_cursor"):
        session.note(f"There is more: --cursor {safe(str(following))}")


def _line(session: Session, event: Event) -> str:
    if session.flags.as_json:
        return json.dumps(event, ensure_ascii=False)
    return table(COLUMNS, [event], least=_WIDTHS)[1]


def _print_forever(session: Session, events: Iterator[Event]) -> None:
    if not session.flags.as_json:
        session.say(*table(COLUMNS, [], least=_WIDTHS))
        session.world.stdout.flush()
    for event in events:
        session.say(_line(session, event))
        session.world.stdout.flush()


def _new_events(session: Session, operation: str, query: Mapping[str, Any]) -> Iterator[Event]:
    start, known = _start(session, operation, query)
    cursor, last = session.flags.cursor, known
    while True:
        page = _ask(session, operation, {**start, "order": "asc", "limit": PAGE, "cursor": cursor})
        events = _events(page)
        new = [event for event in events if event.get("id") not in last]
        yield from new
        cursor, last = page.get("next_cursor") or cursor, known | {event.get("id") for event in events}
        if not (new and page.get("next_cursor")):
            session.world.sleep(POLL_SECONDS)


def _start(session: Session, operation: str, query: Mapping[str, Any]) -> tuple[dict[str, Any], set[Any]]:
    """Find where to begin: as asked, or behind the newest event, which is then known and not shown."""
    if session.flags.cursor or query.get("from"):
        return dict(query), set()
    newest = _events(_ask(session, operation, {**query, "limit": PAGE}))
    if not newest:
        return dict(query), set()
    return {**query, "from": newest[0]["created_at"]}, {event.get("id") for event in newest}


def _ask(session: Session, operation: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask for a page, waiting out a server that is away for a while."""
    pause = POLL_SECONDS
    while True:
        try:
            found = session.call(operation, query=query).json()
            break
        except (Unreachable, Refused) as failure:
            if isinstance(failure, Refused) and failure.status not in _TRANSIENT:
                raise
            session.note(f"{failure}; trying again in {pause:.0f} s")
            session.world.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
    return found if isinstance(found, dict) else {}


def _events(page: Any) -> list[Event]:
    events = page.get("events") if isinstance(page, dict) else None
    if not isinstance(events, list):
        raise Failure("the server's answer holds no events: is it an Ironflow server?")
    return events
