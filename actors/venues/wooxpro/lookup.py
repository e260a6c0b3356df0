"""Finding out what became of one order: by its venue id, among the open ones, in the history.

The venue's single-order query wants its own id, so an order of which only our id is known is looked
for in two lists. Fills come before the update that counts them. Nothing found is no news: absence in
these queries is not evidence that an order never arrived.
"""

from collections.abc import Generator, Mapping
from typing import Any, Final

from actors.venues.wooxpro.errors import Verdict
from actors.venues.wooxpro.records import CurrencyOf, fill_of, order_of
from actors.venues.wooxpro.rest import Answer, Fate, Path, Rest
from actors.venues.wooxpro.symbols import id_of
from actors.venues.wooxpro.wire import rows
from engine.errors import RemoteProtocolError
from engine.messages.venue import Fill, OrderUpdate, VenueFill, VenueOrder
from engine.session.contract import CallKind, HttpCall, Note
from engine.session.jobs import Job, Reply, Step
from engine.session.lifewords import kind_of
from engine.session.values import Object, obj

OPEN_ORDERS_LIMIT: Final = 100
"""The venue's longest list of open orders."""


def lookup(
    rest: Rest, symbol: str, client_order_id: str, venue_order_id: str, currency_of: CurrencyOf
) -> Job:
    """A job that ends with fills and one update of the order, or with nothing."""
    try:
        order = yield from _find(rest, symbol, client_order_id, venue_order_id)
        if order is None:
            return []
        fills: list[VenueFill] = []
        if order.cum_qty:
            query = {"symbol": symbol, "order_id": order.venue_order_id}
            answer = yield from _ask(_get(rest, Path.TRADES, query))
            if answer.ok:
                fills = _fills(answer.data, order, currency_of)
    except RemoteProtocolError as error:
        return [Note("order_lookup_unreadable", str(error), alert=True)]
    return [*(fill_message(fill) for fill in fills), order_message(order)]


def _ask(call: HttpCall) -> Generator[Step, Reply[Answer], Answer]:
    (answer,), _ = yield (call,)
    return answer


def _find(
    rest: Rest, symbol: str, client_order_id: str, venue_order_id: str
) -> Generator[Step, Reply[Answer], VenueOrder | None]:
    for call, single in _ways(rest, symbol, client_order_id, venue_order_id):
        answer = yield from _ask(call)
        if answer.ok:
            listed = [obj(answer.data, "order")] if single else rows(answer.data, "orders")
            found = _among(listed, symbol, client_order_id, venue_order_id)
            if found is not None:
                return found
        elif answer.fate is Fate.NOT_SENT or answer.verdict not in (
            Verdict.ABSENT,
            Verdict.REFUSED,
            Verdict.OURS,
        ):
            return None  # the venue cannot be asked now; whoever waits for the answer asks again
    return None


def _ways(
    rest: Rest, symbol: str, client_order_id: str, venue_order_id: str
) -> Generator[tuple[HttpCall, bool], None, None]:
    """One call after the other, quickest first; lazily, so that only calls made get a number."""
    if venue_order_id:
        query = {"symbol": symbol, "order_id": venue_order_id}
        yield _get(rest, Path.ORDER, query), True
    query = {"symbol": symbol, "order_state": "all", "limit": str(OPEN_ORDERS_LIMIT)}
    yield _get(rest, Path.OPEN_ORDERS, query), False
    name = {"order_id": venue_order_id} if venue_order_id else {"client_order_id": client_order_id}
    yield _get(rest, Path.ORDER_HISTORY, {"symbol": symbol, **name}), False


def _get(rest: Rest, path: Path, query: Mapping[str, str]) -> HttpCall:
    """Gives way to the queries of a reconciliation, which draw from the same budgets."""
    return rest.get(path, query, kind=CallKind.LOOKUP)


def _among(
    listed: list[Object], symbol: str, client_order_id: str, venue_order_id: str
) -> VenueOrder | None:
    for row in listed:
        order = order_of(row)
        if order.instrument != id_of(symbol):
            continue
        if venue_order_id and order.venue_order_id == venue_order_id:
            return order
        if client_order_id and order.client_order_id == client_order_id:
            return order
    return None


def _fills(data: Any, order: VenueOrder, currency_of: CurrencyOf) -> list[VenueFill]:
    """Trades of this order only, oldest first, whatever filter the venue applied."""
    ids = {order.venue_order_id: order.client_order_id}
    fills = [fill_of(row, ids, currency_of) for row in rows(data, "trades")]
    fills = [fill for fill in fills if fill.venue_order_id == order.venue_order_id]
    return sorted(fills, key=lambda fill: fill.ts_ns)


def order_message(order: VenueOrder) -> OrderUpdate:
    """The news in an order that a query showed."""
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        kind=kind_of(order.lifecycle),
        cum_qty=order.cum_qty,
        price=order.price,
        quantity=order.quantity,
        code="",
        text="",
        ts_ns=order.ts_ns,
    )


def fill_message(fill: VenueFill) -> Fill:
    """A fill that a query showed."""
    return Fill(
        session="",
        boot=0,
        sequence=0,
        client_order_id=fill.client_order_id,
        venue_order_id=fill.venue_order_id,
        instrument=fill.instrument,
        side=fill.side,
        fill_key=fill.fill_key,
        trade_id=fill.trade_id,
        last_qty=fill.last_qty,
        last_px=fill.last_px,
        cum_qty=None,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
        liquidity=fill.liquidity,
        ts_ns=fill.ts_ns,
    )
