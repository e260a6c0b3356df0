"""What the quote gateway pushes: quotes and trades as they happen, depth and brokers at their pace."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from actors.venues.longbridge.simulator import bodies
from actors.venues.longbridge.simulator.hub import Hub, Sink, SubType
from actors.venues.longbridge.simulator.market import Market
from actors.venues.longbridge.simulator.symbols import Print, SymbolState
from engine.simulator.jsontext import plain
from engine.simulator.moment import MS, NS, Moment

BROKER_LEVELS: Final = 5
BROKERS_INTERVAL_NS: Final = NS
_FAR: Final = 1 << 62


class Display:
    """Renders bodies and pushes them through the hub.

    Args:
        market: what is shown; the display makes itself its listener.
        hub: where subscribers are.
        levels: positions of the book on each side.
        depth_interval_ms: shortest time between two depth pushes of a symbol.
        first_sequence: sequences start here, above those of an earlier run.
    """

    def __init__(
        self,
        market: Market,
        hub: Hub,
        *,
        levels: int,
        depth_interval_ms: int,
        first_sequence: int,
    ) -> None:
        self._market = market
        self._hub = hub
        self._levels = levels
        self._interval_ns = {
            SubType.DEPTH: depth_interval_ms * MS,
            SubType.BROKERS: BROKERS_INTERVAL_NS,
        }
        self._first_sequence = first_sequence
        self._sequences: Counter[tuple[str, SubType]] = Counter()
        self._dirty: dict[tuple[str, SubType], int] = {}
        self._pushed_ns: dict[tuple[str, SubType], int] = {}
        market.print_listeners.append(self.on_prints)
        market.watchers.append(self.on_change)

    # --- bodies ---------------------------------------------------------------------------

    def depth(self, symbol: str) -> tuple[list[Any], list[Any]]:
        """(asks, bids) as messages, best first."""
        book = self._market.book(symbol, self._levels)
        state = self._market.states[symbol]
        return _positions(state, book.asks), _positions(state, book.bids)

    def brokers(self, symbol: str) -> tuple[list[Any], list[Any]]:
        """(asks, bids) as messages: queues of made-up brokers, for Hong Kong alone."""
        state = self._market.states[symbol]
        if state.listing.market != "HK":
            return [], []
        book = self._market.book(symbol, BROKER_LEVELS)
        return _brokers(book.asks), _brokers(book.bids)

    def trade(self, printed: Print) -> Any:
        """One print as a message."""
        return bodies.Trade(
            price=plain(printed.price),
            volume=printed.shares,
            timestamp=printed.at_s,
            direction=printed.direction,
            trade_session=printed.session,
        )

    def _sequence(self, symbol: str, kind: SubType) -> int:
        self._sequences[symbol, kind] += 1
        return self._first_sequence + self._sequences[symbol, kind]

    def _quote_body(self, state: SymbolState, prints: Sequence[Print]) -> bytes:
        symbol, day = state.listing.symbol, state.day
        body: bytes = bodies.PushQuote(
            symbol=symbol,
            sequence=self._sequence(symbol, SubType.QUOTE),
            last_done=plain(state.last),
            open=plain(day.open or state.last),
            high=plain(day.high or state.last),
            low=plain(day.low or state.last),
            timestamp=state.last_s,
            volume=day.shares,
            turnover=plain(day.turnover),
            trade_session=state.session,
            current_volume=sum(each.shares for each in prints),
            current_turnover=plain(sum((each.price * each.shares for each in prints), Decimal(0))),
        ).SerializeToString()
        return body

    def _body(self, symbol: str, kind: SubType) -> bytes:
        """The whole present state as a push."""
        body: bytes
        if kind is SubType.QUOTE:
            return self._quote_body(self._market.states[symbol], ())
        sequence = self._sequence(symbol, kind)
        if kind is SubType.DEPTH:
            asks, bids = self.depth(symbol)
            body = bodies.PushDepth(
                symbol=symbol, sequence=sequence, ask=asks, bid=bids
            ).SerializeToString()
        else:
            asks, bids = self.brokers(symbol)
            body = bodies.PushBrokers(
                symbol=symbol, sequence=sequence, ask_brokers=asks, bid_brokers=bids
            ).SerializeToString()
        return body

    # --- pushes ---------------------------------------------------------------------------

    def first(self, sink: Sink, symbol: str, kinds: Sequence[SubType], now: Moment) -> None:
        """The present state to a new subscriber; trades have none."""
        for kind in kinds:
            if kind is not SubType.TRADE:
                self._hub.push_to(sink, symbol, kind, self._body(symbol, kind), now)

    def on_prints(self, symbol: str, prints: Sequence[Print], now: Moment) -> None:
        """Trades happened."""
        if self._hub.wanted(symbol, SubType.TRADE):
            body = bodies.PushTrade(
                symbol=symbol,
                sequence=self._sequence(symbol, SubType.TRADE),
                trade=[self.trade(each) for each in prints],
            )
            self._hub.push(symbol, SubType.TRADE, body.SerializeToString(), now)
        if self._hub.wanted(symbol, SubType.QUOTE):
            body = self._quote_body(self._market.states[symbol], prints)
            self._hub.push(symbol, SubType.QUOTE, body, now)

    def on_change(self, symbol: str, now: Moment) -> None:
        """The book or a price changed: depth and brokers at once, or when their time has come."""
        for kind, interval_ns in self._interval_ns.items():
            key = (symbol, kind)
            if key in self._dirty or not self._hub.wanted(symbol, kind):
                continue
            self._dirty[key] = self._pushed_ns.get(key, -_FAR) + interval_ns
        self._push_due(now)

    def next_deadline_ns(self) -> int:
        """When the next conflated push is due."""
        return min(self._dirty.values(), default=_FAR)

    def advance(self, now: Moment) -> None:
        """Push what is due."""
        self._push_due(now)

    def _push_due(self, now: Moment) -> None:
        for key, due_ns in list(self._dirty.items()):
            if due_ns <= now.mono_ns:
                del self._dirty[key]
                self._pushed_ns[key] = now.mono_ns
                symbol, kind = key
                if self._hub.wanted(symbol, kind):
                    self._hub.push(symbol, kind, self._body(symbol, kind), now)


def _positions(state: SymbolState, levels: Sequence[tuple[int, int]]) -> list[Any]:
    instrument = state.instrument
    return [
        bodies.Depth(
            position=place,
            price=plain(instrument.price(ticks)),
            volume=int(instrument.quantity(lots)),
            order_num=1 + lots // 50,
        )
        for place, (ticks, lots) in enumerate(levels, 1)
    ]


def _brokers(levels: Sequence[tuple[int, int]]) -> list[Any]:
    return [
        bodies.Brokers(
            position=place,
            broker_ids=[
                BROKER_IDS[(ticks + step) % len(BROKER_IDS)] for step in range(1 + ticks % 3)
            ],
        )
        for place, (ticks, _) in enumerate(levels, 1)
    ]


BROKER_IDS: Final = (3440, 4973, 7732, 6996, 1799, 5998, 8725, 2040, 9055, 4085)
"""The made-up brokers of the queues."""
