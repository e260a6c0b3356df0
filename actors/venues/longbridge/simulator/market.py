"""The simulated market: exchange, securities and who listens to them; pure, time handed in.

Whoever places or takes orders calls `exchange` and hands the returned events to `publish` at once:
prints and book changes reach the quote gateway, order events reach the order listeners, and then
the watchers hear of every security that changed.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

import attrs

from actors.venues.longbridge.simulator.feeds import Feeds
from actors.venues.longbridge.simulator.hours import TradeSession, TradingClock
from actors.venues.longbridge.simulator.listings import Listing
from actors.venues.longbridge.simulator.settings import SimulatorSettings
from actors.venues.longbridge.simulator.symbols import Print, SymbolState
from engine.exchange.events import (
    BookChanged,
    BookTop,
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderFilled,
    OrderRefused,
    OrderReplaced,
    TradePrinted,
)
from engine.exchange.exchange import Exchange
from engine.exchange.queries import BookView
from engine.simulator.moment import NS, Moment

_ORDER_EVENTS: Final = (OrderAccepted, OrderFilled, OrderCancelled, OrderReplaced, OrderRefused)

OrderListener: TypeAlias = Callable[[OrderEvent, Moment], None]
Watcher: TypeAlias = Callable[[str, Moment], None]
PrintListener: TypeAlias = Callable[[str, Sequence[Print], Moment], None]


@attrs.frozen
class Best:
    """Best prices of a security; a side that is empty is None with quantity 0 (in shares)."""

    bid: Decimal | None
    bid_quantity: Decimal
    ask: Decimal | None
    ask_quantity: Decimal
    last: Decimal


class Market:
    """All securities of one simulator.

    Args:
        settings: see there.
        listings: what is traded.
        now: time of birth; ids are made from it, so a restarted simulator reuses none.

    Attributes:
        exchange: the matching core; `quantity` there is in shares and a multiple of the board lot.
        states: what is kept of each security.
        clock: which session it is.
        feeds: the outside market.
        order_listeners: called with every order event, in order, as `publish` comes to it.
        watchers: called after the events, once for each security whose prices changed.
        print_listeners: called with the prints of one security, before the watchers.
    """

    def __init__(
        self, settings: SimulatorSettings, listings: Sequence[Listing], now: Moment
    ) -> None:
        self.clock = TradingClock(settings.trading_hours == "open")
        self.feeds = Feeds(settings, listings)
        first_id = now.wall_ns // NS * 1_000_000_000
        self.exchange = Exchange(
            [each.instrument() for each in listings],
            order_ids_from=first_id,
            trade_ids_from=first_id,
        )
        self.states = {
            each.symbol: SymbolState(
                each, Decimal(self.feeds.reference_price(each)), now.wall_ns, self.clock
            )
            for each in listings
        }
        self.order_listeners: list[OrderListener] = []
        self.watchers: list[Watcher] = []
        self.print_listeners: list[PrintListener] = []

    # --- questions ------------------------------------------------------------------------

    def best(self, symbol: str) -> Best:
        """Best prices; KeyError for a symbol that is not listed."""
        state = self.states[symbol]
        bid, bid_lots, ask, ask_lots = self.exchange.top(symbol)
        instrument = state.instrument
        return Best(
            None if bid is None else instrument.price(bid),
            instrument.quantity(bid_lots),
            None if ask is None else instrument.price(ask),
            instrument.quantity(ask_lots),
            state.last,
        )

    def book(self, symbol: str, depth: int) -> BookView:
        """The levels, best first; prices in ticks, sizes in board lots."""
        return self.exchange.book(symbol, depth)

    def session(self, symbol: str, now: Moment) -> TradeSession | None:
        """The session of the security's market, None while it is closed."""
        return self.clock.session(self.states[symbol].listing.market, now.wall_ns)

    # --- what happens ---------------------------------------------------------------------

    def next_deadline_ns(self) -> int | None:
        """Monotonic time of the next outside event."""
        return self.feeds.next_deadline_ns()

    def advance(self, now: Moment) -> None:
        """Take what is due of the outside market; a closed market hears nothing."""
        for event in self.feeds.advance(now):
            if self.session(event.symbol, now) is not None:
                self.publish(self.exchange.market(event, now.wall_ns), now)

    def publish(self, events: Sequence[Event], now: Moment) -> None:
        """Tell everybody what the exchange answered, in the order in which it happened."""
        changed: dict[str, None] = {}
        prints: dict[str, list[Print]] = {}
        for event in events:
            if isinstance(event, TradePrinted):
                state = self.states[event.symbol]
                session = self.session(event.symbol, now) or TradeSession.NORMAL
                printed = state.on_trade(event, session, now.wall_ns)
                prints.setdefault(event.symbol, []).append(printed)
                changed[event.symbol] = None
            elif isinstance(event, BookTop | BookChanged):
                changed[event.symbol] = None
            elif isinstance(event, _ORDER_EVENTS):
                for order_listener in self.order_listeners:
                    order_listener(event, now)
        for symbol, printed_now in prints.items():
            for listener in self.print_listeners:
                listener(symbol, printed_now, now)
        for symbol in changed:
            for watcher in self.watchers:
                watcher(symbol, now)
