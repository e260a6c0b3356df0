"""The simulated market: exchange, contracts and who listens to them; pure, time handed in.

Whoever places or takes orders calls `exchange` and hands the returned events to `publish` at once.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, TypeAlias

from actors.venues.webctp.simulator import tradingdays
from actors.venues.webctp.simulator.feeds import Feeds
from actors.venues.webctp.simulator.listings import Listing
from actors.venues.webctp.simulator.settings import SimulatorSettings
from actors.venues.webctp.simulator.symbols import SymbolState
from actors.venues.webctp.simulator.ticks import Tick
from engine.exchange.events import (
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
from engine.simulator.moment import Moment

TRADE_IDS_FROM: Final = 1_000_000
LATE_TRADE_IDS_FROM: Final = 900_000_000
"""Of fills that a fault makes up."""
_ORDER_EVENTS: Final = (OrderAccepted, OrderFilled, OrderCancelled, OrderReplaced, OrderRefused)

OrderListener: TypeAlias = Callable[[OrderEvent, Moment], None]
Watcher: TypeAlias = Callable[[str, bool, Moment], None]


class Market:
    """All contracts of one simulator.

    Attributes:
        exchange: the matching core.
        states: what is kept of each contract.
        feeds: the outside market.
        order_listeners: called with every order event.
        watchers: called once for each contract that changed, and whether it is to be shown at once.
    """

    trade_ids_from = TRADE_IDS_FROM

    def __init__(self, settings: SimulatorSettings, listings: list[Listing], now: Moment) -> None:
        self._always_open = settings.trading_hours == "open"
        self._recorded_times = settings.timestamps == "recorded"
        self.feeds = Feeds(settings, listings)
        self.listings = self.feeds.listings
        self.exchange = Exchange(
            [each.instrument() for each in self.listings],
            trade_ids_from=TRADE_IDS_FROM,
        )
        self.states = {
            each.symbol: SymbolState(each, settings.seed, self.feeds.time_ns(now))
            for each in self.listings
        }
        self.order_listeners: list[OrderListener] = []
        self.watchers: list[Watcher] = []
        self._late_ids = LATE_TRADE_IDS_FROM

    def next_trade_id(self) -> int:
        """A trade id for a fill that the exchange does not know of."""
        self._late_ids += 1
        return self._late_ids

    def time_ns(self, now: Moment) -> int:
        """Market time."""
        return self.feeds.time_ns(now)

    def is_open(self, state: SymbolState, now: Moment) -> bool:
        """Whether the contract trades now."""
        return self._always_open or tradingdays.is_open(state.listing, self.time_ns(now))

    def advance(self, now: Moment) -> None:
        """Take what is due of the outside market; a closed market hears nothing."""
        for event in self.feeds.advance(now):
            state = self.states[event.symbol]
            if isinstance(event, Tick):
                self._show(state, event, now)
            elif self.is_open(state, now):
                self.publish(self.exchange.market(event, now.wall_ns), now)

    def _show(self, state: SymbolState, tick: Tick, now: Moment) -> None:
        """A recorded row: what it does to the market, and itself as the next snapshot."""
        for event in tick.events:
            self.publish(self.exchange.market(event, now.wall_ns), now, quiet=True)
        shown = "recorded" if self._recorded_times else "now"
        state.recorded = {**tick.row, "shown": shown}
        state.recorded_last = Decimal(repr(tick.row["last_price"]))
        state.at_ns = tick.at_ns
        self._changed([state.listing.symbol], now, at_once=True)

    def publish(self, events: Iterable[Event], now: Moment, *, quiet: bool = False) -> None:
        """Tell everybody what the exchange answered, in the order in which it happened."""
        changed: dict[str, None] = {}
        for event in events:
            if isinstance(event, TradePrinted):
                self.states[event.symbol].on_trade(event.price_ticks, event.lots, self.time_ns(now))
                changed[event.symbol] = None
            elif isinstance(event, BookTop):
                self.states[event.symbol].at_ns = self.time_ns(now)
                changed[event.symbol] = None
            elif isinstance(event, _ORDER_EVENTS):
                for listener in self.order_listeners:
                    listener(event, now)
        if not quiet:
            self._changed(changed, now, at_once=False)

    def _changed(self, symbols: Iterable[str], now: Moment, *, at_once: bool) -> None:
        for symbol in symbols:
            if not at_once and self.states[symbol].recorded is not None:
                continue  # a recording is shown as it is
            for watcher in self.watchers:
                watcher(symbol, at_once, now)
