"""All data of one market: messages in, market messages out, and how far each kind is believed.

A kind is doubted when the connection was lost, its book stays crossed, a number is missing, it fell silent
or it is delayed; it is believed again with the first data that is whole.
"""

from collections.abc import Iterable
from typing import Any

import attrs

from actors.venues.t4.bars import ChartBars
from actors.venues.t4.depth import DepthBook
from actors.venues.t4.details import MarketInfo
from actors.venues.t4.orderbook import Gap, OrderBook
from actors.venues.t4.prices import Pricing
from actors.venues.t4.settings import LEVELS, Settings
from actors.venues.t4.statistics import Statistics
from actors.venues.t4.symbols import stream_word
from actors.venues.t4.trades import TradeTape
from engine.messages.market import Bar, Book, MarketStale, Quote, Ticker, Trade
from engine.session.contract import Now

DELAYED = "the venue delivers delayed data: get real-time data, or set delayed_accepted"


@attrs.define
class Belief:
    """In one kind of message."""

    stale: bool = False
    had_data: bool = False


class MarketStreams:
    """One market.

    Args:
        info: what is known of it.
        settings: what is published.
    """

    def __init__(self, info: MarketInfo, settings: Settings) -> None:
        self.info = info
        self.statistics = Statistics(info.id)
        self.kinds: frozenset[type] = frozenset()
        self.fed_ns = 0
        self.open_ns = 0
        self.crossed_ns = 0
        self.orders_crossed_ns = 0
        self._settings = settings
        self._by_order = settings.book_source == "market_by_order"
        self._beliefs: dict[type, Belief] = {}
        self._depth = DepthBook(info.id, LEVELS[settings.depth_levels][1], implied=settings.implied)
        self._orders = OrderBook(info.id, settings.book_levels)
        self._tape = TradeTape(info.id)
        self._bars = ChartBars(info.id, settings)

    def want(self, kinds: frozenset[type]) -> None:
        """Exactly these kinds are wanted."""
        if Bar in kinds and Bar not in self.kinds:
            self._bars.restart()  # its trades may not have been kept
        self.kinds = kinds
        ordered = sorted(kinds, key=stream_word)
        self._beliefs = {kind: self._beliefs.get(kind, Belief()) for kind in ordered}

    @property
    def wants_orders(self) -> bool:
        """Whether every single order is needed."""
        return self._by_order and Book in self.kinds

    @property
    def wants_chart(self) -> bool:
        """Whether a chart is to be asked for."""
        return Bar in self.kinds and self._bars.waits and self.info.pricing is not None

    # --- belief -----------------------------------------------------------------------------------

    def fed(self, kind: type) -> list[object]:
        """Data of this kind is whole: what is to be told before it."""
        belief = self._beliefs.get(kind)
        if belief is None:
            return []
        belief.had_data = True
        if not belief.stale:
            return []
        belief.stale = False
        return [self._marked(kind, fresh=True)]

    def doubt(self, kinds: Iterable[type], reason: str) -> list[object]:
        """Data of these kinds is not to be trusted."""
        out: list[object] = []
        for kind in kinds:
            belief = self._beliefs.get(kind)
            if belief is not None and not belief.stale:
                belief.stale = True
                out.append(self._marked(kind, fresh=False, reason=reason))
        return out

    def doubt_all(self, reason: str) -> list[object]:
        """The same of every kind that is wanted."""
        return self.doubt(tuple(self._beliefs), reason)

    def depth_doubted(self, reason: str) -> list[object]:
        """What is made of depth is not to be trusted: it is withheld."""
        return self.doubt((Quote,) if self._by_order else (Quote, Book), reason)

    def lost(self, reason: str) -> list[object]:
        """The connection is gone: what had data is stale, what was kept is joined to nothing."""
        self._depth.restart()
        self._orders.restart()
        self._tape.restart()
        self._bars.restart()
        self.crossed_ns = self.orders_crossed_ns = self.fed_ns = self.open_ns = 0
        return self.doubt([kind for kind, b in self._beliefs.items() if b.had_data], reason)

    def _marked(self, kind: type, *, fresh: bool, reason: str = "") -> MarketStale:
        return MarketStale(
            instrument=self.info.id,
            boot=0,
            sequence=0,
            stream=stream_word(kind),
            fresh=fresh,
            reason=reason,
        )

    def _refuses(self, message: Any) -> bool:
        return bool(message.delayed) and not self._settings.delayed_accepted

    # --- depth and trades -------------------------------------------------------------------------

    def depth_told(self, message: Any, pricing: Pricing, now: Now) -> list[object]:
        """A `MarketDepth`. Raises RemoteProtocolError."""
        if self._refuses(message):
            return self.doubt_all(DELAYED)
        out: list[object] = []
        if message.HasField("trade_data"):
            tells = not self._settings.tells_trades
            trades = self._tape.repeated(message.trade_data, pricing, now, tells=tells)
            out += self._traded(trades)
            out += self._ticker(now)
        if not self._depth.told(message, pricing, now):
            self.crossed_ns = self.crossed_ns or now.mono_ns
            return out
        self.crossed_ns = 0
        if Quote in self.kinds:
            always = self._beliefs[Quote].stale or not self._beliefs[Quote].had_data
            quote = self._depth.quote(now, always=always)
            if quote is not None:
                out += [*self.fed(Quote), quote]
        if Book in self.kinds and not self._by_order:
            out += [*self.fed(Book), self._depth.book(now)]
        return out

    def trade_told(self, message: Any, pricing: Pricing, now: Now) -> list[object]:
        """A `MarketDepthTrade`. Raises RemoteProtocolError."""
        if self._refuses(message):
            return self.doubt_all(DELAYED)
        trades = self._tape.told(message, pricing, now)
        return [*self._traded(trades), *self._ticker(now)]

    def past_trade_told(self, message: Any, pricing: Pricing, now: Now) -> list[object]:
        """The same in a snapshot: it was traded before we came. Raises RemoteProtocolError."""
        if not self._refuses(message):
            self._tape.told(message, pricing, now)
        return self._ticker(now)

    def _traded(self, trades: list[Trade]) -> list[object]:
        out: list[object] = []
        if trades and Trade in self.kinds:
            out += [*self.fed(Trade), *trades]
        if trades and Bar in self.kinds:
            out += self._bars.traded(trades)
        return out

    def trades_live(self) -> list[object]:
        """The subscription is live again: trades from here on are all there."""
        belief = self._beliefs.get(Trade)
        return self.fed(Trade) if belief is not None and belief.stale else []

    # --- statistics -------------------------------------------------------------------------------

    def statistics_changed(self, now: Now) -> list[object]:
        """Range, limits or settlement were told."""
        return self._ticker(now)

    def _ticker(self, now: Now) -> list[object]:
        if Ticker not in self.kinds or not self._tape.last_price:
            return []
        belief = self._beliefs[Ticker]
        always = belief.stale or not belief.had_data
        tape = self._tape
        made = self.statistics.ticker(
            tape.last_price, tape.last_ts_ns, tape.total, now, always=always
        )
        return [] if made is None else [*self.fed(Ticker), made]

    # --- market by order --------------------------------------------------------------------------

    def orders_told(self, message: Any, pricing: Pricing, now: Now) -> list[object]:
        """A `MarketByOrderSnapshot`. Raises RemoteProtocolError."""
        self._orders.snapshot(message, pricing, now)
        return self._orders_book(now)

    def orders_changed(self, message: Any, pricing: Pricing, now: Now) -> list[object] | Gap:
        """A `MarketByOrderUpdate`. Raises RemoteProtocolError."""
        seen = self._orders.update(message, pricing, now)
        if isinstance(seen, Gap):
            return seen
        return self._orders_book(now) if seen else []

    def orders_doubted(self, reason: str) -> list[object]:
        """Single orders are worthless until their next snapshot."""
        self._orders.restart()
        self.orders_crossed_ns = 0
        return self.doubt((Book,), reason)

    def _orders_book(self, now: Now) -> list[object]:
        book = self._orders.book(now)
        if book is None:
            self.orders_crossed_ns = self.orders_crossed_ns or now.mono_ns
            return []
        self.orders_crossed_ns = 0
        return [*self.fed(Book), book] if self.wants_orders else []

    # --- bars -------------------------------------------------------------------------------------

    def chart_told(self, data: Any, now: Now) -> list[object]:
        """A chart. Raises RemoteProtocolError."""
        pricing = self.info.pricing
        if pricing is None or Bar not in self.kinds:
            return []
        bars = self._bars.chart_told(data, self.info.market_id, pricing, now)
        return [*self.fed(Bar), *bars]

    def chart_refused(self) -> list[object]:
        """No chart to be had: bars begin with the next trade."""
        self._bars.refused()
        return self.fed(Bar)
