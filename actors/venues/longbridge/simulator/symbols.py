"""What the simulator keeps of one security beyond its book: the day, the bars, the newest prints."""

from collections import Counter, deque
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.longbridge.simulator.bars import Bars
from actors.venues.longbridge.simulator.hours import TradeSession, TradingClock, local
from actors.venues.longbridge.simulator.listings import Listing
from engine.exchange.events import TradePrinted
from engine.exchange.model import Side
from engine.simulator.moment import NS

TRADES_MAX: Final = 1_000
"""Prints kept: as many as may be asked for at once."""
LARGE: Final = 100_000
MEDIUM: Final = 20_000
"""From so much money on a trade counts as large, as medium."""


@attrs.frozen
class Print:
    """One trade as the venue shows it; direction 0 neutral, 1 down, 2 up."""

    price: Decimal
    shares: int
    at_s: int
    direction: int
    session: TradeSession


@attrs.define
class Day:
    """Open, high, low and what traded on one day of the exchange."""

    ordinal: int
    prev_close: Decimal
    open: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    low: Decimal = Decimal(0)
    shares: int = 0
    turnover: Decimal = Decimal(0)

    def take(self, price: Decimal, shares: int) -> None:
        """One trade."""
        if not self.shares:
            self.open = self.high = self.low = price
        self.high, self.low = max(self.high, price), min(self.low, price)
        self.shares += shares
        self.turnover += price * shares


class SymbolState:
    """Prices of one security; pure.

    Until it trades the reference price stands for the last one.
    """

    def __init__(
        self, listing: Listing, reference_price: Decimal, wall_ns: int, clock: TradingClock
    ) -> None:
        self.listing = listing
        self.instrument = listing.instrument()
        self.last = reference_price
        self.last_s = wall_ns // NS
        self.reference_price = reference_price
        self.day = Day(self._ordinal(wall_ns), reference_price)
        self.trades: deque[Print] = deque(maxlen=TRADES_MAX)
        self.session = TradeSession.NORMAL
        self.bars = Bars(listing, reference_price, self.last_s, clock)
        self.bought: Counter[str] = Counter()
        self.sold: Counter[str] = Counter()

    def _ordinal(self, wall_ns: int) -> int:
        return local(self.listing.market, wall_ns).toordinal()

    def on_trade(self, event: TradePrinted, session: TradeSession, wall_ns: int) -> Print:
        """A print; a new day of the exchange begins with its first one."""
        price = self.instrument.price(event.price_ticks)
        shares = int(self.instrument.quantity(event.lots))
        printed = Print(price, shares, wall_ns // NS, self._direction(event, price), session)
        ordinal = self._ordinal(wall_ns)
        if ordinal != self.day.ordinal:
            self.day = Day(ordinal, self.last)
        self.day.take(price, shares)
        self.last, self.last_s, self.session = price, printed.at_s, session
        self.trades.append(printed)
        self.bars.take(price, shares, printed.direction, printed.at_s, session)
        self._count_flow(printed)
        return printed

    def _count_flow(self, printed: Print) -> None:
        """Money by size of trade: large, medium and small; whole units of the currency."""
        worth = int(printed.price * printed.shares)
        size = "large" if worth >= LARGE else "medium" if worth >= MEDIUM else "small"
        if printed.direction == 2:
            self.bought[size] += worth
        elif printed.direction == 1:
            self.sold[size] += worth

    def _direction(self, event: TradePrinted, price: Decimal) -> int:
        if event.aggressor is not None:
            return 2 if event.aggressor is Side.BUY else 1
        return 0 if price == self.last else (2 if price > self.last else 1)
