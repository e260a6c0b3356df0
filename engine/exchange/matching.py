"""The book of one instrument and how orders match in it: price, then place in the queue.

`InstrumentBook` collects the events of one call until `flush` hands them out, with the changed
levels and the top behind them. What the outside market does to the book is in `outside`.
"""

from __future__ import annotations

from engine.exchange.clearing import Clearing
from engine.exchange.events import BookChanged, BookTop, Event, TradePrinted
from engine.exchange.ladder import Ladder
from engine.exchange.model import (
    CancelReason,
    ExchangeInstrument,
    Liquidity,
    OrderKind,
    SelfTrade,
    Side,
    TimeInForce,
)
from engine.exchange.tape import Tape
from engine.exchange.working import WorkingOrder

Top = tuple[int | None, int, int | None, int]
"""Bid ticks, bid lots, ask ticks, ask lots; a missing side is (None, 0)."""

NO_TOP: Top = (None, 0, None, 0)


class InstrumentBook:
    """Both sides of one instrument's book, its tape, and the events of the running call."""

    def __init__(self, instrument: ExchangeInstrument, clearing: Clearing) -> None:
        self.instrument = instrument
        self.bids = Ladder(Side.BUY)
        self.asks = Ladder(Side.SELL)
        self.tape = Tape(instrument.symbol)
        self.halted = False
        self.events: list[Event] = []
        self._clearing = clearing
        self._published: Top = NO_TOP

    # --- reading --------------------------------------------------------------------------

    def own_side(self, side: Side) -> Ladder:
        """The ladder on which orders of a side rest."""
        return self.bids if side is Side.BUY else self.asks

    def top(self) -> Top:
        """The published top of the book."""
        return (*self.bids.best(), *self.asks.best())

    def mark_ticks(self) -> int:
        """A price to value positions at: mid of the book, else the last print, else the reference."""
        bid, _, ask, _ = self.top()
        if bid is not None and ask is not None:
            return (bid + ask) // 2
        last = self.tape.last()
        if last is not None:
            return last.price_ticks
        instrument = self.instrument
        return int(instrument.reference_price // instrument.price_increment)

    # --- clients' orders ------------------------------------------------------------------

    def enter(self, order: WorkingOrder, now_ns: int) -> None:
        """Match an accepted (or changed) order and rest or cancel what is left of it."""
        other = self.own_side(order.side.opposite)
        limit = None if order.ticks is None else other.sign * order.ticks
        blocked = self._blocked(order, other, limit)
        if blocked is not None:
            self.withdraw(order, blocked, now_ns)
            return
        while order.leaves and other.keys and (limit is None or other.keys[-1] >= limit):
            self._take_level(other, other.keys[-1], order, now_ns)
        if not order.leaves:
            return
        if order.terms.kind is OrderKind.MARKET:
            self.withdraw(order, CancelReason.NO_LIQUIDITY, now_ns)
        elif order.terms.time_in_force is TimeInForce.IOC:
            self.withdraw(order, CancelReason.IOC, now_ns)
        else:
            self.rest(order)

    def rest(self, order: WorkingOrder) -> None:
        """Put a limit order at the end of the queue of its price."""
        ladder = self.own_side(order.side)
        ladder.join(_key(order, ladder), order)
        order.resting = True

    def withdraw(self, order: WorkingOrder, reason: CancelReason, now_ns: int) -> None:
        """Cancel an open order, wherever it is."""
        self.lift(order)
        self.events.append(self._clearing.close(order, reason, now_ns))

    def lift(self, order: WorkingOrder) -> None:
        """Take an order out of its queue, if it stands in one."""
        if order.resting:
            ladder = self.own_side(order.side)
            ladder.leave(_key(order, ladder), order, order.leaves)
            order.resting = False

    def shrink(self, order: WorkingOrder, lots: int) -> None:
        """A resting order gives up so many lots and keeps its place."""
        ladder = self.own_side(order.side)
        order.leaves -= lots
        ladder.lower(_key(order, ladder), lots)

    def _blocked(
        self, order: WorkingOrder, other: Ladder, limit: int | None
    ) -> CancelReason | None:
        """Why the order must not match at all."""
        time_in_force = order.terms.time_in_force
        if time_in_force is TimeInForce.POST_ONLY:
            crosses = limit is not None and other.keys and other.keys[-1] >= limit
            return CancelReason.POST_ONLY if crosses else None
        if time_in_force is TimeInForce.FOK and not _fillable(order, other, limit):
            return CancelReason.FOK
        return None

    def _take_level(self, other: Ladder, key: int, taker: WorkingOrder, now_ns: int) -> None:
        """Consume the queue at one price from the front until the order or the level is done."""
        while taker.leaves:
            queue = other.queues.get(key)
            head = queue[0] if queue else None
            free = other.outside.get(key, 0) if head is None else head.ahead
            if free:
                lots = min(free, taker.leaves)
                other.consume_outside(key, lots)
                self.execute(other, key, lots, now_ns, taker=taker)
            elif head is None:
                return
            elif head.account == taker.account:
                self._prevent_self_trade(head, taker, now_ns)
            else:
                lots = min(head.leaves, taker.leaves)
                self.execute(other, key, lots, now_ns, maker=head, taker=taker)

    def _prevent_self_trade(self, maker: WorkingOrder, taker: WorkingOrder, now_ns: int) -> None:
        rule = taker.self_trade
        if rule is not SelfTrade.CANCEL_TAKER:
            self.withdraw(maker, CancelReason.SELF_TRADE, now_ns)
        if rule is not SelfTrade.CANCEL_MAKER:
            self.withdraw(taker, CancelReason.SELF_TRADE, now_ns)

    # --- executions -----------------------------------------------------------------------

    def execute(
        self,
        resting_side: Ladder,
        key: int,
        lots: int,
        now_ns: int,
        *,
        maker: WorkingOrder | None = None,
        taker: WorkingOrder | None = None,
    ) -> None:
        """One trade at a key of the resting side; None stands for the outside market."""
        ticks = key * resting_side.sign
        trade_id = self._clearing.next_trade_id()
        if maker is not None:
            self._fill_maker(resting_side, key, maker, lots, trade_id=trade_id, now_ns=now_ns)
        if taker is not None:
            self.events.append(
                self._clearing.fill(
                    taker, ticks, lots, liquidity=Liquidity.TAKER, trade_id=trade_id, now_ns=now_ns
                )
            )
        self.print_trade(
            TradePrinted(
                self.instrument.symbol,
                trade_id,
                ticks,
                lots,
                resting_side.side.opposite,
                now_ns,
                None if maker is None else maker.order_id,
                None if taker is None else taker.order_id,
            )
        )
        for order in (maker, taker):
            if order is not None:
                self._trim_reduce_only(order, now_ns)

    def print_trade(self, trade: TradePrinted) -> None:
        """Put a print on the tape."""
        self.tape.add(trade)
        self.events.append(trade)

    def _fill_maker(
        self,
        ladder: Ladder,
        key: int,
        maker: WorkingOrder,
        lots: int,
        *,
        trade_id: int,
        now_ns: int,
    ) -> None:
        if lots == maker.leaves:
            ladder.leave(key, maker, lots)
            maker.resting = False
        else:
            ladder.lower(key, lots)
        ticks = key * ladder.sign
        self.events.append(
            self._clearing.fill(
                maker, ticks, lots, liquidity=Liquidity.MAKER, trade_id=trade_id, now_ns=now_ns
            )
        )

    def _trim_reduce_only(self, order: WorkingOrder, now_ns: int) -> None:
        """Cancel reduce-only orders, newest first, until the position covers the rest."""
        while (surplus := self._clearing.surplus(order)) is not None:
            self.withdraw(surplus, CancelReason.REDUCE_ONLY, now_ns)

    # --- publishing -----------------------------------------------------------------------

    def flush(self, at_ns: int, *, top: bool | None = None) -> list[Event]:
        """The events of this call, then changed levels, then the top.

        The top is published when it changed; True publishes it in any case, False not at all.
        """
        symbol = self.instrument.symbol
        events, self.events = self.events, []
        changes = self.bids.take_changes() + self.asks.take_changes()
        if changes:
            events.append(BookChanged(symbol, tuple(changes), at_ns))
        if top is False:
            return events
        now = self.top()
        if top or now != self._published:
            self._published = now
            events.append(BookTop(symbol, *now, at_ns))
        return events


def _key(order: WorkingOrder, ladder: Ladder) -> int:
    """Where a limit order stands on its own side."""
    if order.ticks is None:
        raise ValueError(f"order {order.order_id} has no price and cannot rest")
    return order.ticks * ladder.sign


def _fillable(taker: WorkingOrder, other: Ladder, limit: int | None) -> bool:
    """Whether the order can be filled in full right now.

    Reduce-only orders of others do not count: an earlier fill may cancel them while the order is
    still matching, and a FOK must not end half filled.
    """
    wanted = taker.leaves
    for key in reversed(other.keys):
        if limit is not None and key < limit:
            return False
        for order, lots in other.portions(key):
            if order is not None and order.account == taker.account:
                if taker.self_trade is SelfTrade.CANCEL_MAKER:
                    continue
                return False
            if order is None or not order.terms.reduce_only:
                wanted -= lots
            if wanted <= 0:
                return True
    return False
