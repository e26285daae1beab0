"""The audit trails, read: the platform's and each organization's own (contract, section 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from controlplane.domain.errors import InvalidArgument
from controlplane.domain.moments import first_ms, last_ms
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.records import AuditEvent
from controlplane.domain.values import contents, dataclass
from controlplane.ports import AuditFilter, Count, Store

DEFAULT_LIMIT = 100
PLATFORM_FILTERS = ("event_type", "platform_key_id", "impersonated_org_id")
TENANT_FILTERS = ("api_key_id", "action", "event_type")
_LONGEST_FILTER = 200
_ORDERS = ("", "asc", "desc")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """A parsed query; `scope` is what a cursor is bound to besides the trail."""

    which: AuditFilter
    ascending: bool

    @property
    def scope(self) -> str:
        """Return the filters and the order as one text."""
        values = [f"{name}={value}" for name, value in contents(self.which).items()]
        return "\x1f".join([*values, f"ascending={self.ascending}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPage:
    """A page of a trail: its events with the repeats of collapsed denials, and how many match in all."""

    events: Sequence[AuditEvent]
    repeats: Mapping[str, int]
    next: str
    total: Count


def parse_query(parameters: Mapping[str, str], *, trail: str) -> AuditQuery:
    """Return the query of a trail; raise InvalidArgument for a bad time, order or filter.

    The platform's own trail and an organization's take different filters; others are ignored.
    """
    names = PLATFORM_FILTERS if trail == PLATFORM_ORG else TENANT_FILTERS
    wanted = {name: _filter(parameters, name) for name in names}
    order = parameters.get("order", "")
    if order not in _ORDERS:
        raise InvalidArgument("order must be asc or desc")
    start, end = parameters.get("from", ""), parameters.get("to", "")
    which = AuditFilter(
        trail=trail, from_ms=first_ms(start, name="from") if start else 0,
        to_ms=last_ms(end, name="to") if end else 0, **wanted,
    )
    return AuditQuery(which=which, ascending=order == "asc")


def _filter(parameters: Mapping[str, str], name: str) -> str:
    value = parameters.get(name, "")
    if len(value) > _LONGEST_FILTER or not (value.isascii() and value.isprintable()):
        raise InvalidArgument(f"{name} is not a value that an event can have")
    return value


class AuditService:
    """Reads trails; nothing here writes, and nothing anywhere changes an event."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def query(self, query: AuditQuery, *, limit: int, after: str) -> TrailPage:
        """Return one page in the query's order, and the count of all that matches, exact up to 10,000."""
        page = self._store.events(query.which, limit=limit, after=after, ascending=query.ascending)
        return TrailPage(events=page.items, repeats=self._store.repeats(page.items), next=page.next,
                         total=self._store.count_events(query.which))
