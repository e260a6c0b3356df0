"""Everything the account holds, asked for over HTTP, as the parts of one reconciliation.

Today's orders and the order history as one, today's executions and theirs likewise, positions, balances.
The history lists are cut at a number of rows and say so (`has_more`): they are read from the newest
backwards in spans of seconds, and where that takes too long less is claimed (`since_ns`). Nobody says
whether the history is by time of entry or of change, so open orders are asked for as far back as the
venue goes, and orders that rested at the last reconciliation and are in no list one by one.
"""

from collections.abc import Callable, Generator
from typing import Any, Final, TypeVar

import attrs

from actors.venues.longbridge.errors import Verdict
from actors.venues.longbridge.fields import flag, rows
from actors.venues.longbridge.following import Following, is_older
from actors.venues.longbridge.records import (
    Execution,
    Seen,
    balances_in,
    executions_in,
    order_of,
    positions_in,
    seen_in_row,
    venue_fill_of,
)
from actors.venues.longbridge.rest import Answer, Path, Rest
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.statuses import OPEN
from engine.errors import RemoteProtocolError
from engine.messages.venue import (
    ReconcileRequest,
    VenueFill,
)
from engine.session.contract import HttpCall, Note, Now
from engine.session.findings import Findings, failed_part, parts_of
from engine.session.jobs import Job, Pause, Reply, Step
from engine.session.spans import Spans
from engine.session.values import Object, obj

SPAN_S_MAX: Final = 90 * 86_400
"""The longest span of the histories; nothing older is claimed."""
ROWS_LIMIT: Final = 1_000
"""Rows at which the venue cuts its history lists."""
PAGES_MAX: Final = 12
"""Pages of histories, but for the first of each: half of what the rate limit allows in its 30 s."""
SINGLES_MAX: Final = 20
"""Orders asked for one by one."""
ATTEMPTS_MAX: Final = 3
"""Tries per query: they change nothing."""
AHEAD_S: Final = 60
"""How much the venue's clock may be ahead of ours for its newest rows to be included."""

_FINAL: Final = (Verdict.AUTH, Verdict.EXPIRED, Verdict.PERMISSION, Verdict.REFUSED, Verdict.OURS)

T = TypeVar("T")
Asking = Generator[Step, Reply[Answer], T]
Query = tuple[tuple[str, str], ...]


class _Failed(Exception):
    def __init__(self, what: str, answer: Answer) -> None:
        super().__init__(f"{what}: {answer.words}")
        self.verdict = answer.verdict


def reconcile(
    request: ReconcileRequest, now: Now, settings: Settings, rest: Rest, following: Following
) -> Job:
    """A job that ends with the `ReconcilePart`s; what it tells is not told again by pushes."""
    work = _Work(request, now, settings, rest, following)
    try:
        found = yield from work.gather()
    except (_Failed, RemoteProtocolError) as error:
        return [failed_part(request, str(error))]
    return [*work.notes, *parts_of(request, found)]


class _Work:
    def __init__(
        self,
        request: ReconcileRequest,
        now: Now,
        settings: Settings,
        rest: Rest,
        following: Following,
    ) -> None:
        self._settings = settings
        self._rest = rest
        self._following = following
        self._now = now
        self._cut = False
        self._pages = 0
        self._covered_from_s = 0
        self._end_s = now.wall_ns // 1_000_000_000 + AHEAD_S
        asked_s = min(request.since_ns // 1_000_000_000, self._end_s - AHEAD_S)
        self._start_s = max(asked_s, self._end_s - SPAN_S_MAX)
        self._since_ns = max(request.since_ns, self._start_s * 1_000_000_000)
        self.notes: list[object] = []

    def gather(self) -> Asking[Findings]:
        """Positions first and trades last: a trade meanwhile shows as a fill, and is counted."""
        resting = [order.venue_order_id for order in self._following.working() if order.seen]
        positions = positions_in((yield from self._ask(Path.POSITIONS, (), "positions")).data)
        balances = balances_in((yield from self._ask(Path.BALANCES, (), "balances")).data)
        orders = yield from self._orders()
        executions = yield from self._executions()
        wanted = dict.fromkeys((*resting, *(each.venue_order_id for each in executions)))
        unlisted = [name for name in wanted if name not in orders]
        unlisted.sort(key=self._was_missed)  # those that may be shown first
        for venue_order_id in unlisted[:SINGLES_MAX]:
            orders.update((yield from self._single(venue_order_id)))
        for venue_order_id in unlisted[SINGLES_MAX:]:
            self._cut |= venue_order_id in resting and not self._was_missed(venue_order_id)
        fills = [fill for each in executions if (fill := self._fill(each, orders)) is not None]
        self._following.counted(orders.values(), executions)
        return Findings(
            orders=tuple(order_of(self._named(seen)) for seen in orders.values()),
            fills=tuple(fills),
            positions=positions,
            balances=balances,
            complete=not self._cut,
            since_ns=max(self._since_ns, self._covered_from_s * 1_000_000_000),
        )

    def _named(self, seen: Seen) -> Seen:
        """A remark that was lost at the venue does not make an order a stranger's."""
        known = self._following.get(seen.venue_order_id)
        if seen.client_order_id or known is None:
            return seen
        return attrs.evolve(seen, client_order_id=known.client_order_id)

    def _fill(self, execution: Execution, orders: dict[str, Seen]) -> VenueFill | None:
        """None for a trade whose side nobody tells; then the answer is not complete."""
        order = orders.get(execution.venue_order_id)
        side = execution.side or (None if order is None else order.side)
        if side is None:
            self._cut = True
            detail = f"execution of {execution.venue_order_id}, an order that is in no list"
            self.notes.append(Note("execution_without_order", detail, alert=True))
            return None
        name = "" if order is None else self._named(order).client_order_id
        return venue_fill_of(execution, name, side)

    # --- orders -------------------------------------------------------------------------------

    def _orders(self) -> Asking[dict[str, Seen]]:
        """Of one order in several lists the newest sight counts."""
        found: list[Object] = []
        overlap_s = self._settings.history_overlap_s
        start_s = max(self._start_s - overlap_s, self._end_s - SPAN_S_MAX, 0)
        found += yield from self._windowed(Path.ORDER_HISTORY, (), start_s, "orders")
        still_open = tuple(("status", str(status)) for status in OPEN)
        oldest_s = max(self._end_s - SPAN_S_MAX, 0)
        found += yield from self._windowed(
            Path.ORDER_HISTORY, still_open, oldest_s, "orders", open_only=True
        )
        today = yield from self._ask(Path.TODAY_ORDERS, (), "today's orders")
        found += _listed(today.data, "orders")
        orders: dict[str, Seen] = {}
        for seen in map(seen_in_row, found):
            known = orders.get(seen.venue_order_id)
            if known is None or not is_older(seen, known):
                orders[seen.venue_order_id] = seen
        return orders

    def _single(self, venue_order_id: str) -> Asking[dict[str, Seen]]:
        """An order that no list shows, perhaps because it is too old.

        Only a refusal says that it cannot be shown; where there was no answer nothing is claimed.
        """
        try:
            query = (("order_id", venue_order_id),)
            answer = yield from self._ask(Path.ORDER, query, "an order")
        except _Failed as error:
            refused = error.verdict in (Verdict.REFUSED, Verdict.OURS)
            self._cut |= not refused
            order = self._following.get(venue_order_id)
            if order is not None and refused:
                order.missed = True
            return {}
        seen = seen_in_row(obj(answer.data, "an order"))
        return {seen.venue_order_id: seen} if seen.venue_order_id == venue_order_id else {}

    def _was_missed(self, venue_order_id: str) -> bool:
        order = self._following.get(venue_order_id)
        return order is not None and order.missed

    def _executions(self) -> Asking[list[Execution]]:
        """Each once, oldest first."""
        path, what = Path.EXECUTION_HISTORY, "executions"
        pages: list[Object] = yield from self._windowed(path, (), self._start_s, what)
        today = yield from self._ask(Path.TODAY_EXECUTIONS, (), "today's executions")
        found = executions_in({"trades": [*pages, *_listed(today.data, "trades")]})
        return list({(each.venue_order_id, each.trade_id): each for each in found}.values())

    # --- lists --------------------------------------------------------------------------------

    def _windowed(
        self, path: Path, query: Query, start_s: int, what: str, *, open_only: bool = False
    ) -> Asking[list[Object]]:
        """All rows of a time span, or of its newest part when it takes too many pages."""
        field = "trades" if path is Path.EXECUTION_HISTORY else "orders"
        found: list[Object] = []
        spans, first = Spans(start_s, self._end_s, ROWS_LIMIT), True
        while (span := spans.next()) is not None:
            if not first and self._pages >= PAGES_MAX:
                self._shortened(spans.covered_from_s, open_only=open_only)
                break
            self._pages += not first
            first = False
            times = (("start_at", str(span[0])), ("end_at", str(span[1])))
            data = obj((yield from self._ask(path, (*query, *times), what)).data, what)
            page, more = _listed(data, field), flag(data, "has_more")
            if spans.take(ROWS_LIMIT if more else min(len(page), ROWS_LIMIT - 1)):
                self._cut = self._cut or more  # more in one second than the venue shows
                found += page
        return found

    def _shortened(self, covered_from_s: int, *, open_only: bool) -> None:
        """Not all was read: less is claimed, and of open orders nothing at all."""
        if open_only:
            self._cut = True
        else:
            self._covered_from_s = max(self._covered_from_s, covered_from_s)

    def _ask(self, path: Path, query: Query, what: str) -> Asking[Answer]:
        attempt = 1
        while True:
            make: Callable[[Now], HttpCall] = lambda now: self._rest.get(path, now, query)  # noqa: E731
            (answer,), self._now = yield (make(self._now),)
            if answer.ok:
                return answer
            if attempt >= ATTEMPTS_MAX or answer.verdict in _FINAL:
                raise _Failed(what, answer)
            _, self._now = yield Pause(float(attempt))
            attempt += 1


def _listed(data: Any, field: str) -> list[Object]:
    return rows(obj(data, field).get(field), field)
