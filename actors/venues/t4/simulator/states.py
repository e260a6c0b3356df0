"""What is kept of each market: its mode, its market by order, and the day's statistics; pure."""

from decimal import Decimal
from typing import Final

import attrs

from actors.venues.t4.simulator.codes import BidOffer, MarketMode
from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.orderbook import Change, OrderBook
from actors.venues.t4.simulator.tradedays import as_number, trade_day
from engine.exchange.events import TradePrinted
from engine.exchange.model import ExchangeInstrument, Side
from engine.simulator.moment import NS

LIMIT_SHARE: Final = Decimal("0.07")
"""How far from the settlement price the price limits are."""
VOLUMES_MAX: Final = 1_000
"""Single orders that one print names."""


@attrs.frozen
class Matched:
    """An order in the book that a print filled, and by how much."""

    order_id: int
    side: Side
    lots: int


@attrs.frozen
class Print:
    """One trade as it is told.

    Attributes:
        ticks: price.
        lots: volume.
        aggressor: seen from the book: `BID` when a bid was hit.
        total: the day's volume with it.
        number: its place in the day's count.
        at_ns: market time.
        volumes: of the single orders that were matched.
        matched: the same with their ids, where they are known.
    """

    ticks: int
    lots: int
    aggressor: BidOffer
    total: int
    number: int
    at_ns: int
    volumes: tuple[int, ...]
    matched: tuple[Matched, ...] = ()


@attrs.define
class Day:
    """Statistics of the trade date; ticks are None before the first trade."""

    open: int | None = None
    high: int | None = None
    low: int | None = None
    total: int = 0
    number: int = 0
    at_last_price: int = 0


@attrs.define
class Moved:
    """What happened to one market in one step, for those who tell it.

    Attributes:
        prints: trades, in order.
        changes: of its market by order.
        book: whether sizes of levels changed.
        extremes: whether the day's open, high or low changed.
        mode: whether its mode or flags changed.
        at_ns: market time.
    """

    prints: list[Print] = attrs.field(factory=list)
    changes: list[Change] = attrs.field(factory=list)
    book: bool = False
    extremes: bool = False
    mode: bool = False
    at_ns: int = 0


class MarketState:
    """One market.

    Args:
        listing: see there.
        reference: its price before the first trade, REAL.
        at_ns: market time of birth.

    Attributes:
        mode: trading state.
        flags: sum of flags.
        orders: its market by order.
        sequence: of the last update of it.
        outside: whether recorded orders are in the exchange's book (not during an auction).
        last: the newest print.
        day: statistics.
        settlement: price in ticks.
        limit_ticks: distance of the price limits from it.
        trade_date: YYYYMMDD.
        changed_ns: market time of the last change of the book.
    """

    def __init__(self, listing: Listing, reference: Decimal, at_ns: int) -> None:
        self.listing = listing
        self.instrument: ExchangeInstrument = listing.instrument()
        self.mode = MarketMode.EXPIRED if listing.expired else MarketMode.OPEN
        self.flags = 0
        self.orders = OrderBook()
        self.sequence = 0
        self.outside = True
        self.last: Print | None = None
        self.day = Day()
        self.settlement = int(reference // listing.price_increment)
        self.limit_ticks = max(1, int(self.settlement * LIMIT_SHARE))
        self.settled_ns = at_ns
        self.changed_ns = at_ns
        self.trade_date = as_number(trade_day(at_ns // NS))

    @property
    def market_id(self) -> str:
        """Its id."""
        return self.listing.market_id

    @property
    def last_ticks(self) -> int:
        """Price of the last print, or where the price started."""
        return self.settlement if self.last is None else self.last.ticks

    def printed(self, trade: TradePrinted, matched: tuple[Matched, ...], moved: Moved) -> Print:
        """Take a trade into the day."""
        day, ticks, lots = self.day, trade.price_ticks, trade.lots
        day.total += lots
        day.number += 1
        same = self.last is not None and self.last.ticks == ticks
        day.at_last_price = day.at_last_price + lots if same else lots
        if day.open is None or day.high is None or day.low is None:
            day.open = day.high = day.low = ticks
            moved.extremes = True
        elif not day.low <= ticks <= day.high:
            day.low, day.high = min(day.low, ticks), max(day.high, ticks)
            moved.extremes = True
        fits = sum(each.lots for each in matched) == lots
        volumes = tuple(each.lots for each in matched[:VOLUMES_MAX]) if fits else (lots,)
        self.last = Print(
            ticks,
            lots,
            _HIT.get(trade.aggressor, BidOffer.UNDEFINED),
            day.total,
            day.number,
            trade.at_ns,
            volumes,
            matched,
        )
        moved.prints.append(self.last)
        return self.last


_HIT: Final[dict[Side | None, BidOffer]] = {Side.BUY: BidOffer.OFFER, Side.SELL: BidOffer.BID}
"""A buyer takes the offer."""
