"""What the outside market does to a book: level sizes, quotes, prints, resets.

Rules for clients' resting orders. (1) A print beyond an order's price fills it at its own price,
best price first. (2) A print at its price, by an aggressor that could have hit it (or an unknown
one), consumes the queue from the front (see `ladder`). (3) An outside level that meets or crosses
an order's price fills it at the order's price, bounded by the level's size, and that size is used
up until the feed sets the level again. Fills by (1) and (2) are part of the print: each is printed
at its own price and what is left of the recorded size is printed as recorded, so volume adds up.
A print never changes outside levels; the feed does that with its next update.
"""

from __future__ import annotations

from engine.exchange.clearing import Clearing
from engine.exchange.events import Event, TradePrinted
from engine.exchange.feeds import BookReset, LevelSet, MarketEvent, OutsideTrade, TopSet
from engine.exchange.ladder import Ladder
from engine.exchange.matching import InstrumentBook
from engine.exchange.model import Side


class OutsideMarket:
    """Applies the feed of one instrument to its book; remembers the best quote it was fed."""

    def __init__(self, book: InstrumentBook, clearing: Clearing) -> None:
        self._book = book
        self._clearing = clearing
        self._quoted = False
        self._bid_key: int | None = None
        self._ask_key: int | None = None

    def apply(self, event: MarketEvent, now_ns: int) -> list[Event]:
        """Take one event; ValueError, before anything changed, when the feed contradicts itself."""
        match event:
            case TopSet():
                return self._top_set(event, now_ns)
            case LevelSet():
                return self._level_set(event, now_ns)
            case OutsideTrade():
                return self._trade(event, now_ns)
            case BookReset():
                return self._reset(event)

    # --- quotes ---------------------------------------------------------------------------

    def _top_set(self, event: TopSet, now_ns: int) -> list[Event]:
        bid = event.bid_ticks if event.bid_lots else None
        ask = event.ask_ticks if event.ask_lots else None
        if bid is not None and ask is not None and bid > ask:
            raise ValueError(f"{event.symbol}: the feed's quote is crossed ({bid} > {ask} ticks)")
        book = self._book
        self._quoted = True
        self._bid_key = bid
        self._ask_key = None if ask is None else -ask
        _quote(book.bids, self._bid_key, event.bid_lots, keep_depth=event.keep_depth)
        _quote(book.asks, self._ask_key, event.ask_lots, keep_depth=event.keep_depth)
        self._uncross(now_ns)
        return book.flush(event.at_ns, top=True)

    # --- depth ----------------------------------------------------------------------------

    def _level_set(self, event: LevelSet, now_ns: int) -> list[Event]:
        book = self._book
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for side, ticks, lots in event.levels:
            if side is Side.BUY:
                bids[ticks] = lots
            else:
                asks[-ticks] = lots
        beneath = event.beneath_top and self._quoted
        if beneath:
            bids = _beneath(bids, self._bid_key)
            asks = _beneath(asks, self._ask_key)
        _refuse_crossed(event.symbol, bids, asks)
        if event.snapshot:
            _drop_unnamed(book.bids, bids, self._bid_key if beneath else None)
            _drop_unnamed(book.asks, asks, self._ask_key if beneath else None)
        _set_levels(book.bids, bids)
        _set_levels(book.asks, asks)
        _drop_crossed(book.asks, bids, asks)
        _drop_crossed(book.bids, asks, bids)
        self._uncross(now_ns)
        # depth before the first quote must not publish a top: quotes alone make tops then
        silent = event.beneath_top and not self._quoted
        return book.flush(event.at_ns, top=False if silent else None)

    def _uncross(self, now_ns: int) -> None:
        """Fill clients' orders that outside levels meet or cross."""
        book = self._book
        for own, other in ((book.bids, book.asks), (book.asks, book.bids)):
            while own.queues and other.keys:
                key, facing = max(own.queues), other.keys[-1]
                if key + facing < 0:
                    break
                order = own.queues[key][0]
                lots = min(order.leaves, other.outside[facing])
                other.consume_outside(facing, lots)
                book.execute(own, key, lots, now_ns, maker=order)

    # --- prints ---------------------------------------------------------------------------

    def _trade(self, event: OutsideTrade, now_ns: int) -> list[Event]:
        book = self._book
        left = event.lots
        if book.bids.queues or book.asks.queues:
            for ladder in (book.bids, book.asks):
                left = self._print_beyond(ladder, event, left, now_ns)
                left = self._print_at(ladder, event, left, now_ns)
        if left:
            trade_id = event.trade_id
            if trade_id is None:
                trade_id = self._clearing.next_trade_id()
            book.print_trade(
                TradePrinted(
                    event.symbol, trade_id, event.price_ticks, left, event.aggressor, event.at_ns
                )
            )
        return book.flush(event.at_ns)

    def _print_beyond(self, own: Ladder, event: OutsideTrade, left: int, now_ns: int) -> int:
        """Fill orders at better prices than the print; what is left of the print's size."""
        printed = event.price_ticks * own.sign
        while left and own.queues and (key := max(own.queues)) > printed:
            order = own.queues[key][0]
            lots = min(order.leaves, left)
            left -= lots
            self._book.execute(own, key, lots, now_ns, maker=order)
        return left

    def _print_at(self, own: Ladder, event: OutsideTrade, left: int, now_ns: int) -> int:
        """Consume the queue at the print's price; what is left after clients' fills."""
        if event.aggressor is own.side:
            return left
        key = event.price_ticks * own.sign
        passed = 0
        while left and (queue := own.queues.get(key)):
            order = queue[0]
            if order.ahead:
                lots = min(order.ahead, left)
                own.advance_queue(key, lots)
                passed += lots
            else:
                lots = min(order.leaves, left)
                self._book.execute(own, key, lots, now_ns, maker=order)
            left -= lots
        return left + passed

    # --- reset ----------------------------------------------------------------------------

    def _reset(self, event: BookReset) -> list[Event]:
        self._quoted = False
        self._bid_key = self._ask_key = None
        self._book.bids.drop_outside_except(())
        self._book.asks.drop_outside_except(())
        return self._book.flush(event.at_ns)


def _quote(ladder: Ladder, key: int | None, lots: int, *, keep_depth: bool) -> None:
    """Make one outside level the best of its side."""
    if keep_depth:
        ladder.drop_better_outside(key)
    elif len(ladder.outside) > 1 or key not in ladder.outside:
        ladder.drop_outside_except((key,))
    if key is not None:
        ladder.set_outside(key, lots)


def _set_levels(ladder: Ladder, levels: dict[int, int]) -> None:
    for key, lots in levels.items():
        ladder.set_outside(key, lots)


def _beneath(levels: dict[int, int], quoted: int | None) -> dict[int, int]:
    """The fed levels beneath the quoted one; a side that the quote says is empty stays empty."""
    if quoted is None:
        return {}
    return {key: lots for key, lots in levels.items() if key < quoted}


def _drop_unnamed(ladder: Ladder, named: dict[int, int], quoted: int | None) -> None:
    """Remove outside levels a snapshot does not name, except the quoted one and better ones."""
    kept = set(named)
    if quoted is not None:
        kept.update(key for key in ladder.outside if key >= quoted)
    ladder.drop_outside_except(kept)


def _refuse_crossed(symbol: str, bids: dict[int, int], asks: dict[int, int]) -> None:
    """ValueError when one update names a bid above an ask."""
    bid = max((key for key, lots in bids.items() if lots), default=None)
    ask = max((key for key, lots in asks.items() if lots), default=None)
    if bid is not None and ask is not None and bid + ask > 0:
        raise ValueError(f"{symbol}: the feed's update is crossed ({bid} > {-ask} ticks)")


def _drop_crossed(ladder: Ladder, facing: dict[int, int], named: dict[int, int]) -> None:
    """Remove outside levels that this update's opposite levels meet, unless it named them itself."""
    best = max((key for key, lots in facing.items() if lots), default=None)
    if best is None:
        return
    met: list[int] = []
    for key in reversed(ladder.keys):
        if key + best < 0:
            break
        if key in ladder.outside and key not in named:
            met.append(key)
    for key in met:
        ladder.set_outside(key, 0)
