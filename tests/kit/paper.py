"""A paper venue on a bench: one clock turned by hand, a journal in a list, news in the order told."""

from decimal import Decimal
from typing import Any

import attrs

from engine.messages.market import Book, InstrumentDefinition, Quote, Trade
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    Fill,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import Mode, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.paper import Answer, PaperRules, PaperVenue, news_of, to_bytes
from engine.paper.records import from_bytes
from engine.session.contract import Effects, Now
from tests.kit.market import BTC, btc, definition

D = Decimal
MS = 1_000_000
WALL_NS = 1_700_000_000_000_000_000
CASH = {"USDT": D(10_000)}
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
BUY, SELL = Side.BUY, Side.SELL
LIMIT, MARKET = OrdType.LIMIT, OrdType.MARKET


def command(client_order_id: str = "c1", **changes: Any) -> SubmitOrder:
    """A buy limit order; a price of None makes it a market order."""
    given: dict[str, Any] = {
        "session_boot": 500,
        "router_boot": 900,
        "expires_mono_ns": 1 << 62,
        "mode": Mode.PAPER,
        "client_order_id": client_order_id,
        "instrument": BTC,
        "side": BUY,
        "ord_type": LIMIT,
        "quantity": D(5),
        "price": D(100),
        "stop_price": None,
        "time_in_force": GTC,
        "post_only": False,
        "reduce_only": False,
        "position_quantity": D(0),
        "tick_mono_ns": 0,
        "intent_mono_ns": 0,
        "routed_mono_ns": 0,
    }
    given |= changes
    if given["price"] is None:
        given["ord_type"] = changes.get("ord_type", MARKET)
    for name in ("quantity", "price"):
        if isinstance(given[name], int | str):
            given[name] = D(given[name])
    return SubmitOrder(**given)


class Bench:
    """A venue whose every effect is kept; each call moves both clocks by a microsecond."""

    def __init__(
        self,
        journal: list[bytes] | None = None,
        *,
        tag: str = "a",
        instruments: tuple[Instrument, ...] | None = None,
        **rules: Any,
    ) -> None:
        given = {"latency_ms": 0.0, "cash": CASH, **rules}
        self.venue = PaperVenue(PaperRules(**given), tag=tag)
        self.mono_ns = 1_000 * MS
        self.journal: list[bytes] = list(journal or [])
        self.news: list[OrderUpdate | Fill | ReconcilePart] = []
        self.venue.replay([from_bytes(body) for body in self.journal])
        if journal is not None:
            self.take(self.venue.resume(self.now()))
        for instrument in (btc(),) if instruments is None else instruments:
            self.market(definition(instrument))

    def now(self) -> Now:
        """The moment; a little later at each look."""
        self.mono_ns += 1_000
        return Now(self.mono_ns, WALL_NS + self.mono_ns)

    def take(self, effects: Effects) -> list[Any]:
        """Keep effects as the actor would; the news among them."""
        self.journal += [to_bytes(each) for each in effects if not isinstance(each, Answer)]
        news = [told for told in map(news_of, effects) if told is not None]
        self.news += news
        return news

    # --- in --------------------------------------------------------------------------------------

    def market(self, message: InstrumentDefinition | Book | Quote | Trade) -> list[Any]:
        """A market message; hot ones are stamped with the time of the bench."""
        now = self.now()
        if not isinstance(message, InstrumentDefinition):
            message.ts_ns = message.mono_ns = message.recv_ns = now.mono_ns
        return self.take(self.venue.on_market(message, now))

    def book(
        self,
        bids: tuple[tuple[float, float], ...] = ((99.9, 10.0), (99.8, 20.0)),
        asks: tuple[tuple[float, float], ...] = ((100.1, 10.0), (100.2, 20.0)),
        *,
        depth: int = 50,
        instrument: str = BTC,
    ) -> list[Any]:
        """The whole depth, unless `depth` says that the feed shows no more levels."""
        return self.market(Book(instrument, 1, 1, 0, 0, 0, depth, bids, asks))

    def quote(
        self, bid: float = 99.9, ask: float = 100.1, *, size: float = 10.0, instrument: str = BTC
    ) -> list[Any]:
        """A top of both sides."""
        return self.market(Quote(instrument, 1, 1, 0, 0, 0, bid, size, ask, size))

    def trade(
        self, price: float, size: float = 1.0, aggressor: int = -1, *, instrument: str = BTC
    ) -> list[Any]:
        """A print; by default somebody sold."""
        return self.market(Trade(instrument, 1, 1, 0, 0, 0, price, size, aggressor, "t"))

    def submit(self, client_order_id: str = "c1", **changes: Any) -> list[Any]:
        """An order; the news it led to at once."""
        return self.take(self.venue.submit(command(client_order_id, **changes), self.now()))

    def cancel(self, client_order_id: str = "c1", venue_order_id: str = "") -> list[Any]:
        """A cancel."""
        given = CancelOrder(
            session_boot=500,
            router_boot=900,
            expires_mono_ns=1 << 62,
            client_order_id=client_order_id,
            venue_order_id=venue_order_id,
            instrument=BTC,
        )
        return self.take(self.venue.cancel(given, self.now()))

    def replace(
        self, client_order_id: str = "c1", *, quantity: Any = 5, price: Any = None
    ) -> list[Any]:
        """Another quantity or price."""
        given = ReplaceOrder(
            session_boot=500,
            router_boot=900,
            expires_mono_ns=1 << 62,
            mode=Mode.PAPER,
            client_order_id=client_order_id,
            venue_order_id="",
            instrument=BTC,
            quantity=D(quantity),
            price=None if price is None else D(price),
        )
        return self.take(self.venue.replace(given, self.now()))

    def cancel_all(self, instrument: str = "") -> list[Any]:
        """Cancel everything."""
        given = CancelAllOrders(session_boot=500, router_boot=900, instrument=instrument)
        return self.take(self.venue.cancel_all(given, self.now()))

    def query(self, client_order_id: str = "c1") -> list[Any]:
        """Ask for one order."""
        given = QueryOrder(
            session_boot=500,
            router_boot=900,
            client_order_id=client_order_id,
            venue_order_id="",
            instrument=BTC,
        )
        return self.take(self.venue.query(given, self.now()))

    def reconcile(self, since_ns: int = 0, request_id: int = 1) -> list[Any]:
        """Ask for everything."""
        given = ReconcileRequest(
            session_boot=500,
            router_boot=900,
            request_id=request_id,
            since_ns=since_ns,
            instruments=(BTC,),
        )
        return self.take(self.venue.reconcile(given, self.now()))

    def wait(self, milliseconds: float) -> list[Any]:
        """Time passes; what became due in it."""
        self.mono_ns += int(milliseconds * MS)
        return self.take(self.venue.due(self.now()))

    def restart(self, *, tag: str = "b", **rules: Any) -> "Bench":
        """Another process on the same journal, without market data."""
        return Bench(self.journal, tag=tag, instruments=(), **rules)

    # --- out -------------------------------------------------------------------------------------

    @property
    def fills(self) -> list[Fill]:
        """All fills told."""
        return [each for each in self.news if isinstance(each, Fill)]

    def fills_of(self, client_order_id: str) -> list[tuple[Decimal, Decimal]]:
        """(quantity, price) of each fill of an order."""
        found = [each for each in self.fills if each.client_order_id == client_order_id]
        return [(fill.last_qty, fill.last_px) for fill in found]

    def updates(self, client_order_id: str = "c1") -> list[tuple[UpdateKind, str]]:
        """(kind, code) of each update of an order."""
        return [
            (each.kind, each.code)
            for each in self.news
            if isinstance(each, OrderUpdate) and each.client_order_id == client_order_id
        ]

    def position(self, instrument: str = BTC) -> Decimal:
        """Signed position."""
        return self.venue.book.account.quantity(instrument)

    def cash(self) -> Decimal:
        """Exact USDT."""
        return self.venue.book.account.cash()["USDT"]


def dump(venue: PaperVenue) -> dict[str, Any]:
    """The whole journaled state, without what only the market shows."""
    book = venue.book
    seen = {"queue_ahead", "effective_mono_ns"}

    def order(each: Any) -> dict[str, Any]:
        return {k: v for k, v in attrs.asdict(each, recurse=False).items() if k not in seen}

    return {
        "instruments": book.instruments,
        "orders": [order(each) for each in book.orders.values()],
        "working": {
            name: [order.client_order_id for order in book.working(name)]
            for name in sorted(book.working_instruments())
        },
        "finished": [order(each) for each in book.history.finished_since(0)],
        "fills": list(book.history.fills_since(0)),
        "cash": book.account.cash(),
        "positions": book.account.positions(),
    }
