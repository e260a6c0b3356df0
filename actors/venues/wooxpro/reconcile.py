"""Everything the account holds, asked for over REST, as the parts of one reconciliation.

Open orders, fills, order history of every symbol that matters, positions and balances. The lists are
cut at a number of rows and take times in seconds, and the venue answers few such questions: they are
read from the newest backwards, and where that takes too long less is claimed (`since_ns`). Orders that
rested at the last reconciliation and are in no list are asked for one by one.
"""

from collections.abc import Callable, Generator, Iterable
from typing import Final, TypeVar

import attrs

from actors.venues.wooxpro.account import MODE_WORDS, Account
from actors.venues.wooxpro.errors import Verdict
from actors.venues.wooxpro.lookup import OPEN_ORDERS_LIMIT
from actors.venues.wooxpro.records import (
    CurrencyOf,
    balance_of,
    fill_of,
    order_of,
    positions_of,
    side_code_in,
    symbol_in,
    terms_of,
)
from actors.venues.wooxpro.rest import Answer, Path, Rest
from actors.venues.wooxpro.settings import Settings
from actors.venues.wooxpro.symbols import symbol_at_venue
from actors.venues.wooxpro.wire import rows, text_or_empty
from engine.errors import CredentialsRejected, RemoteProtocolError
from engine.messages.venue import (
    ReconcileRequest,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import TERMINAL
from engine.model.instrument import Instrument
from engine.session.contract import GiveUp, HttpCall, Note, Now
from engine.session.findings import Findings, failed_part, parts_of
from engine.session.jobs import Job, Pause, Reply, Step
from engine.session.spans import Spans
from engine.session.values import Object, identifier, obj

SPAN_S_MAX: Final = 90 * 86_400
"""The longest span of the order history; nothing older is claimed."""
ROWS_LIMIT: Final = 200
"""Rows of order-history and trades at which the venue cuts."""
PAGES_MAX: Final = 30
"""Pages of lists, but for the first of each: 15 s at two a second; routers wait for 20 s."""
GONE_MAX: Final = 100
"""Orders asked for one by one: as many as the venue shows open."""
ATTEMPTS_MAX: Final = 3
"""Tries per query: they change nothing, and the venue has a known 404 flake."""
AHEAD_S: Final = 60
"""How much the venue's clock may be ahead of ours for its newest rows to be included."""

_FINAL: Final = (Verdict.AUTH, Verdict.PERMISSION, Verdict.REFUSED, Verdict.ABSENT)

T = TypeVar("T")
Asking = Generator[Step, Reply[Answer], T]


class _Failed(Exception):
    def __init__(self, what: str, answer: Answer) -> None:
        super().__init__(f"{what}: {answer.code_text} {answer.text}")
        self.verdict = answer.verdict


@attrs.frozen(kw_only=True)
class Sources:
    """What a reconciliation asks and teaches.

    Attributes:
        account: learns mode and terms.
        instruments: the loaded table, by id.
    """

    rest: Rest
    settings: Settings
    account: Account
    currency_of: CurrencyOf
    instruments: dict[str, Instrument]


def reconcile(request: ReconcileRequest, now: Now, sources: Sources) -> Job:
    """A job that ends with the `ReconcilePart`s; it teaches the account its mode and terms."""
    work = _Work(request, now, sources)
    try:
        found = yield from work.gather()
        notes = yield from work.apply_leverage(found.positions)
    except _Failed as error:
        effects: list[object] = [failed_part(request, str(error))]
        if error.verdict is Verdict.AUTH:
            effects.append(GiveUp(CredentialsRejected(str(error))))
        return effects
    except RemoteProtocolError as error:
        return [failed_part(request, str(error))]
    if fault := sources.account.fault():
        return [failed_part(request, fault)]
    return [*notes, *parts_of(request, found)]


class _Work:
    def __init__(self, request: ReconcileRequest, now: Now, sources: Sources) -> None:
        self._request = request
        self._rest = sources.rest
        self._settings = sources.settings
        self._account = sources.account
        self._currency_of = sources.currency_of
        self._instruments = sources.instruments
        self._cut = False
        self._pages = 0
        self._covered_from_s = 0
        self._end_s = now.wall_ns // 1_000_000_000 + AHEAD_S
        asked_s = min(request.since_ns // 1_000_000_000, self._end_s - AHEAD_S)
        self._start_s = max(asked_s, self._end_s - SPAN_S_MAX)
        self._since_ns = max(request.since_ns, self._start_s * 1_000_000_000)

    def gather(self) -> Asking[Findings]:
        for instrument in self._request.instruments:
            self._account.touch(symbol_at_venue(instrument))
        mode = yield from self._mode()
        held = yield from self._rows(Path.POSITIONS, {}, "positions")
        self._learn(mode, held)
        opened = yield from self._open_orders()
        trades = yield from self._windowed(Path.TRADES, {}, self._start_s, "trades")
        for row in (*held, *opened, *trades):
            self._account.touch(symbol_in(row))
        orders = yield from self._orders(opened)
        names = {order.venue_order_id: order.client_order_id for order in orders}
        fills = {f.fill_key: f for f in (fill_of(r, names, self._currency_of) for r in trades)}
        assets = yield from self._rows(Path.ASSETS, {}, "balances")
        return Findings(
            orders=tuple(orders),
            fills=tuple(sorted(fills.values(), key=lambda fill: fill.ts_ns)),
            positions=positions_of(held),
            balances=tuple(map(balance_of, assets)),
            complete=not self._cut,
            since_ns=max(self._since_ns, self._covered_from_s * 1_000_000_000),
        )

    def _orders(self, opened: list[Object]) -> Asking[list[VenueOrder]]:
        """Open orders and history as one. The history came later and is the newer witness."""
        orders = {order.venue_order_id: order for order in map(order_of, opened)}
        for row in opened:
            self._remember(row, orders[identifier(row.get("order_id"), "order_id")])
        for symbol in list(self._account.touched):
            history = yield from self._history(symbol)
            orders.update((order.venue_order_id, order) for order in map(order_of, history))
        gone = [item for item in self._account.resting.items() if item[0] not in orders]
        for venue_order_id, symbol in gone[:GONE_MAX]:
            orders.update((yield from self._single(venue_order_id, symbol)))
        for order in orders.values():
            if order.lifecycle in TERMINAL:
                self._account.ended(order.client_order_id)
        self._account.resting = {
            order.venue_order_id: symbol_at_venue(order.instrument)
            for order in orders.values()
            if order.lifecycle not in TERMINAL
        }
        return list(orders.values())

    def _single(self, venue_order_id: str, symbol: str) -> Asking[dict[str, VenueOrder]]:
        """An order that ended although the history does not show it, perhaps for it is too old."""
        query = {"symbol": symbol, "order_id": venue_order_id}
        try:
            answer = yield from self._ask(lambda: self._rest.get(Path.ORDER, query), "order")
        except _Failed as error:
            if error.verdict in (Verdict.AUTH, Verdict.PERMISSION):
                raise
            return {}
        order = order_of(obj(answer.data, "order"))
        return {order.venue_order_id: order} if order.venue_order_id == venue_order_id else {}

    def _remember(self, row: Object, order: VenueOrder) -> None:
        """After a restart the account does not know which orders are closing positions."""
        code, leaves = side_code_in(row), order.quantity - order.cum_qty
        self._account.working(order.client_order_id, symbol_in(row), code, leaves)

    # --- the account's mode and terms ---------------------------------------------------------

    def _mode(self) -> Asking[str]:
        """The query is the sibling's; where it does not answer, other evidence has to do."""
        try:
            answer = yield from self._ask(
                lambda: self._rest.get(Path.POSITION_MODE), "mode", attempts_max=1
            )
        except _Failed as error:
            if error.verdict in (Verdict.AUTH, Verdict.PERMISSION):
                raise
            return ""
        return MODE_WORDS.get(text_or_empty(obj(answer.data, "mode"), "position_mode"), "")

    def _learn(self, mode: str, held: list[Object]) -> None:
        for row in held:
            mode = mode or MODE_WORDS.get(text_or_empty(row, "position_mode"), "")
        mode = mode or self._account.mode or self._account.expects
        if not mode:
            unknown = "the venue does not tell the position mode: set position_mode"
            raise RemoteProtocolError(unknown)
        self._account.learn_mode(mode)
        self._account.learn_terms(terms_of(held))

    def apply_leverage(self, positions: Iterable[VenuePosition]) -> Asking[list[object]]:
        """Set the configured leverage once per session where no position stands in the way."""
        if not self._settings.apply_leverage:
            return []
        held = {position.instrument for position in positions}
        notes: list[object] = []
        for instrument in self._request.instruments:
            symbol = symbol_at_venue(instrument)
            if instrument in held or instrument not in self._instruments:
                continue
            if symbol not in self._account.leverage_applied:
                notes += yield from self._set_leverage(symbol)
        return notes

    def _set_leverage(self, symbol: str) -> Asking[list[object]]:
        terms = self._account.terms(symbol)
        body = {"symbol": symbol, "leverage": terms.leverage, "open_type": terms.open_type}
        _, now = yield Pause(0.0)
        (answer,), _ = yield (self._rest.post(Path.LEVERAGE, body, now),)
        if answer.ok:
            self._account.leverage_applied.add(symbol)
            return []
        detail = f"{symbol}: {answer.code_text} {answer.text}"
        return [Note("leverage_not_set", detail, alert=True)]

    # --- lists --------------------------------------------------------------------------------

    def _open_orders(self) -> Asking[list[Object]]:
        """All at once, or symbol by symbol when that list is cut."""
        query = {"order_state": "all", "limit": str(OPEN_ORDERS_LIMIT)}
        found = yield from self._rows(Path.OPEN_ORDERS, query, "open orders")
        if len(found) < OPEN_ORDERS_LIMIT:
            return found
        self._cut = True  # symbols that we do not know of may be behind the cut
        for row in found:
            self._account.touch(symbol_in(row))
        for symbol in list(self._account.touched):
            found += yield from self._rows(
                Path.OPEN_ORDERS, {**query, "symbol": symbol}, f"open orders of {symbol}"
            )
        return found

    def _history(self, symbol: str) -> Asking[list[Object]]:
        start_s = max(self._start_s - self._settings.history_overlap_s, self._end_s - SPAN_S_MAX, 0)
        query = {"symbol": symbol}
        return (
            yield from self._windowed(Path.ORDER_HISTORY, query, start_s, f"history of {symbol}")
        )

    def _windowed(
        self, path: Path, query: dict[str, str], start_s: int, what: str
    ) -> Asking[list[Object]]:
        """All rows of a time span, or of its newest part when it takes too many pages."""
        found: list[Object] = []
        spans, first = Spans(start_s, self._end_s, ROWS_LIMIT), True
        while (span := spans.next()) is not None:
            if not first and self._pages >= PAGES_MAX:
                self._covered_from_s = max(self._covered_from_s, spans.covered_from_s)
                break
            self._pages += not first
            first = False
            times = {"start_time": str(span[0]), "end_time": str(span[1])}
            page = yield from self._rows(path, {**query, **times}, what)
            if spans.take(len(page)):
                self._cut = self._cut or len(page) >= ROWS_LIMIT
                found += page
        return found

    def _rows(self, path: Path, query: dict[str, str], what: str) -> Asking[list[Object]]:
        answer = yield from self._ask(lambda: self._rest.get(path, query), what)
        return rows(answer.data, what)

    def _ask(
        self, make: Callable[[], HttpCall], what: str, *, attempts_max: int = ATTEMPTS_MAX
    ) -> Asking[Answer]:
        attempt = 1
        while True:
            (answer,), _ = yield (make(),)
            if answer.ok:
                return answer
            if attempt >= attempts_max or answer.verdict in _FINAL:
                raise _Failed(what, answer)
            yield Pause(float(attempt))
            attempt += 1
