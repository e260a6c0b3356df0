"""An exchange with one instrument and short words for what tests do to it."""

from decimal import Decimal
from typing import TypeVar

from engine.exchange.events import (
    BookTop,
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRefused,
    TradePrinted,
)
from engine.exchange.exchange import Exchange
from engine.exchange.feeds import LevelSet, OutsideTrade, TopSet
from engine.exchange.model import (
    CancelReason,
    ExchangeInstrument,
    NewOrder,
    Order,
    OrderKind,
    RefusalReason,
    Side,
    TimeInForce,
)

SYMBOL = "XY"
BUY, SELL = Side.BUY, Side.SELL
_Kind = TypeVar("_Kind")


def instrument(symbol: str = SYMBOL, **changes: object) -> ExchangeInstrument:
    """Tick 0.5, lot 1, contract size 0.1, maker fee 1 bp, taker fee 5 bp."""
    terms: dict[str, object] = {
        "symbol": symbol,
        "price_increment": Decimal("0.5"),
        "lot": Decimal(1),
        "contract_size": Decimal("0.1"),
        "currency": "USD",
        "min_quantity": Decimal(1),
        "max_quantity": Decimal(10_000),
        "maker_fee_rate": Decimal("0.0001"),
        "taker_fee_rate": Decimal("0.0005"),
        "reference_price": Decimal(100),
    }
    return ExchangeInstrument(**{**terms, **changes})


def of(events: list[Event], kind: type[_Kind]) -> list[_Kind]:
    """The events of one class, in order."""
    return [event for event in events if isinstance(event, kind)]


class Pit:
    """One exchange; prices in ticks, quantities in lots, a clock that counts the calls."""

    def __init__(self, *instruments: ExchangeInstrument, **options: bool) -> None:
        self.exchange = Exchange(instruments or [instrument()], **options)
        self.now_ns = 0

    def order(self, side: Side, lots: int, ticks: int | None, **terms: object) -> NewOrder:
        """A limit order, or a market order without ticks."""
        given: dict[str, object] = {
            "account": "ann",
            "symbol": SYMBOL,
            "side": side,
            "kind": OrderKind.MARKET if ticks is None else OrderKind.LIMIT,
            "quantity": Decimal(lots),
            "price": None if ticks is None else Decimal("0.5") * ticks,
        }
        return NewOrder(**{**given, **terms})

    def submit(
        self, side: Side, lots: int, ticks: int | None = None, **terms: object
    ) -> list[Event]:
        """Submit an order of account ann unless told otherwise."""
        self.now_ns += 1
        return self.exchange.submit(self.order(side, lots, ticks, **terms), self.now_ns)

    def rest(self, side: Side, lots: int, ticks: int, **terms: object) -> Order:
        """Submit an order that must come to rest in full."""
        events = self.submit(side, lots, ticks, **terms)
        accepted = of(events, OrderAccepted)
        assert len(accepted) == 1, events
        assert not of(events, OrderFilled), events
        assert not of(events, OrderCancelled), events
        return accepted[0].order

    def top(
        self, bid: tuple[int, int] | None, ask: tuple[int, int] | None, **terms: bool
    ) -> list[Event]:
        """The feed quotes (ticks, lots) on both sides."""
        self.now_ns += 1
        bid_ticks, bid_lots = bid or (None, 0)
        ask_ticks, ask_lots = ask or (None, 0)
        event = TopSet(SYMBOL, bid_ticks, bid_lots, ask_ticks, ask_lots, self.now_ns, **terms)
        return self.exchange.market(event, self.now_ns)

    def levels(self, *levels: tuple[Side, int, int], **terms: bool) -> list[Event]:
        """The feed sets levels."""
        self.now_ns += 1
        event = LevelSet(SYMBOL, levels, self.now_ns, **terms)
        return self.exchange.market(event, self.now_ns)

    def prints(
        self, ticks: int, lots: int, aggressor: Side | None, trade_id: int | None = None
    ) -> list[Event]:
        """The feed prints a trade."""
        self.now_ns += 1
        event = OutsideTrade(SYMBOL, ticks, lots, aggressor, trade_id, self.now_ns)
        return self.exchange.market(event, self.now_ns)

    def bids(self) -> tuple[tuple[int, int], ...]:
        """Published bids."""
        return self.exchange.book(SYMBOL).bids

    def asks(self) -> tuple[tuple[int, int], ...]:
        """Published asks."""
        return self.exchange.book(SYMBOL).asks


def fills(events: list[Event]) -> list[tuple[str, Decimal, Decimal]]:
    """(account, price, quantity) of every fill, in order."""
    return [(e.fill.account, e.fill.price, e.fill.quantity) for e in of(events, OrderFilled)]


def printed(events: list[Event]) -> list[tuple[int, int, Side | None]]:
    """(ticks, lots, aggressor) of every print, in order."""
    return [(e.price_ticks, e.lots, e.aggressor) for e in of(events, TradePrinted)]


def tops(events: list[Event]) -> list[tuple[int | None, int, int | None, int]]:
    """Every published top, in order."""
    return [(e.bid_ticks, e.bid_lots, e.ask_ticks, e.ask_lots) for e in of(events, BookTop)]


def cancels(events: list[Event]) -> list[tuple[int, CancelReason]]:
    """(order id, reason) of every cancel, in order."""
    return [(e.order.order_id, e.reason) for e in of(events, OrderCancelled)]


def refusal(events: list[Event]) -> RefusalReason:
    """The reason of the only event, which must be a refusal."""
    (event,) = events
    assert isinstance(event, OrderRefused), event
    return event.reason


IOC, FOK, POST_ONLY = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY
