"""The simulated market: exchange, states and who listens to them; pure, time handed in.

Whoever places or takes orders calls `exchange` and hands the returned events to `publish` at once:
order events reach the order listeners, what changed in public reaches the tellers, and then the watchers
hear of every market whose prices changed. A recorded auction stays out of the exchange's book: nothing
trades in it before the open, clients' orders included.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from actors.venues.t4.simulator.codes import MarketMode, UpdateType
from actors.venues.t4.simulator.feeds import Feeds
from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.orderbook import Change
from actors.venues.t4.simulator.settings import SimulatorSettings
from actors.venues.t4.simulator.states import MarketState, Matched, Moved
from engine.exchange.events import (
    BookChanged,
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
from engine.exchange.feeds import BookReset, LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.moment import NS, Moment

if TYPE_CHECKING:
    from actors.venues.t4.simulator.recorded import RecordedEvent, Row

_ORDER_EVENTS: Final = (OrderAccepted, OrderFilled, OrderCancelled, OrderReplaced, OrderRefused)
_TRADING: Final = frozenset({MarketMode.OPEN, MarketMode.RESTRICTED_OPEN, MarketMode.PRE_OPEN})
"""Modes in which orders are taken."""

OrderListener: TypeAlias = Callable[[OrderEvent, Moment], None]
Teller: TypeAlias = Callable[[MarketState, Moved, Moment], None]
Watcher: TypeAlias = Callable[[str, Moment], None]
ModeListener: TypeAlias = Callable[[str, MarketMode, Moment], None]
Levels: TypeAlias = Sequence[tuple[int, int]]
"""(ticks, lots), best first."""


class Market:
    """All markets of one simulator.

    Args:
        settings: see there.
        listings: what is traded.
        now: time of birth; ids are made from it, so a restarted simulator reuses none.

    Attributes:
        exchange: the matching core, in REAL prices; its symbols are market ids.
        states: what is kept of each market, by id.
        feeds: the outside market.
        order_listeners: called with every order event, in order, as `publish` comes to it.
        tellers: called with what changed of one market in public.
        watchers: called after that, once for each market whose prices changed.
        mode_listeners: called with every new mode of a market.
    """

    def __init__(
        self, settings: SimulatorSettings, listings: Sequence[Listing], now: Moment
    ) -> None:
        self.feeds = Feeds(settings, listings)
        first_id = now.wall_ns // NS * 1_000
        self.exchange = Exchange(
            [each.instrument() for each in listings],
            order_ids_from=first_id,
            trade_ids_from=first_id,
        )
        at_ns = self.feeds.time_ns(now)
        self.states = {
            each.market_id: MarketState(each, Decimal(self.feeds.reference_price(each)), at_ns)
            for each in listings
        }
        self.order_listeners: list[OrderListener] = []
        self.tellers: list[Teller] = []
        self.watchers: list[Watcher] = []
        self.mode_listeners: list[ModeListener] = []
        for market_id, recording in self.feeds.recordings.items():
            self._begin(self.states[market_id], recording.opening().rows)

    # --- questions ------------------------------------------------------------------------

    def listing(self, market_id: str) -> Listing | None:
        """A market's terms; None for one that is not listed."""
        state = self.states.get(market_id)
        return None if state is None else state.listing

    def mode(self, market_id: str) -> MarketMode:
        """A market's mode; KeyError for one that is not listed."""
        return self.states[market_id].mode

    def trading(self, market_id: str) -> bool:
        """Whether orders are taken now; KeyError for a market that is not listed."""
        return self.states[market_id].mode in _TRADING

    def book(self, market_id: str, depth: int) -> tuple[Levels, Levels]:
        """(bids, offers) as they are shown, clients' orders included; an auction's may cross."""
        state = self.states[market_id]
        if state.outside:
            view = self.exchange.book(market_id, depth)
            return view.bids, view.asks
        orders = state.orders
        return orders.levels(Side.BUY)[:depth], orders.levels(Side.SELL)[:depth]

    def best(self, market_id: str) -> tuple[Decimal | None, Decimal | None]:
        """Best bid and offer that an order could meet now, REAL; None where there is none."""
        bid, _, ask, _ = self.exchange.top(market_id)
        listing = self.states[market_id].listing
        return (
            None if bid is None else listing.price(bid),
            None if ask is None else listing.price(ask),
        )

    def last(self, market_id: str) -> Decimal:
        """The last price, REAL; before the first trade where the price started."""
        state = self.states[market_id]
        return state.listing.price(state.last_ticks)

    # --- what happens ---------------------------------------------------------------------

    def next_deadline_ns(self) -> int | None:
        """Monotonic time of the next outside event."""
        return self.feeds.next_deadline_ns()

    def advance(self, now: Moment) -> None:
        """Take what is due of the outside market."""
        for event in self.feeds.advance(now):
            if isinstance(event, LevelSet | OutsideTrade | BookReset):
                self.publish(self.exchange.market(event, now.wall_ns), now)
            else:
                self._take(event, now)  # type: ignore[arg-type]

    def list_market(self, listing: Listing, now: Moment) -> None:
        """List a further market, with a generated feed of its own; ValueError for a known id."""
        self.exchange.list_instrument(listing.instrument())
        at_ns = self.feeds.time_ns(now)
        self.states[listing.market_id] = MarketState(listing, listing.reference_price, at_ns)
        self.feeds.add(listing, now)

    def set_mode(self, market_id: str, mode: MarketMode, now: Moment) -> None:
        """Put a market into a mode; in most of them no order is taken."""
        state = self.states[market_id]
        self._enter(state, mode, now)
        self.exchange.halt(market_id, halted=mode not in _TRADING)
        self._tell(state, Moved(mode=True, at_ns=self.feeds.time_ns(now)), now)

    def _enter(self, state: MarketState, mode: MarketMode, now: Moment) -> None:
        state.mode = mode
        for listener in self.mode_listeners:
            listener(state.market_id, mode, now)

    def set_flags(self, market_id: str, flags: int, now: Moment) -> None:
        """Raise a market's flags."""
        self.states[market_id].flags = flags
        moved = Moved(mode=True, at_ns=self.feeds.time_ns(now))
        self._tell(self.states[market_id], moved, now)

    def publish(self, events: Sequence[Event], now: Moment) -> None:
        """Tell everybody what the exchange answered, in the order in which it happened."""
        moved: dict[str, Moved] = {}
        self._collect(events, moved, (), now)
        self._finish(moved, now)

    def _collect(
        self,
        events: Sequence[Event],
        moved: dict[str, Moved],
        matched: tuple[Matched, ...],
        now: Moment,
    ) -> None:
        """Take events into the states; order listeners hear theirs at once."""
        for event in events:
            if isinstance(event, TradePrinted):
                state = self.states[event.symbol]
                step = moved.setdefault(event.symbol, Moved())
                step.at_ns = event.at_ns
                state.printed(event, matched, step)
            elif isinstance(event, BookChanged):
                step = moved.setdefault(event.symbol, Moved())
                step.at_ns = event.at_ns
                self._book_changed(event, step)
            elif isinstance(event, _ORDER_EVENTS):
                for order_listener in self.order_listeners:
                    order_listener(event, now)

    def _book_changed(self, event: BookChanged, moved: Moved) -> None:
        """Keep the market by order in line with the levels."""
        state = self.states[event.symbol]
        printed = {each.ticks for each in moved.prints}
        for side, ticks, lots in event.changes:
            recorded = state.orders.recorded_lots(side, ticks) if state.outside else 0
            shown = max(0, lots - recorded)
            moved.changes += state.orders.show(side, ticks, shown, traded=ticks in printed)
        moved.book = True

    def _finish(self, moved: dict[str, Moved], now: Moment) -> None:
        for market_id, step in moved.items():
            self._tell(self.states[market_id], step, now)
        for market_id in moved:
            for watcher in self.watchers:
                watcher(market_id, now)

    def _tell(self, state: MarketState, moved: Moved, now: Moment) -> None:
        if moved.book:
            state.changed_ns = moved.at_ns
        if moved.changes:
            state.sequence += 1
        for teller in self.tellers:
            teller(state, moved, now)

    # --- recorded events ------------------------------------------------------------------

    def _begin(self, state: MarketState, rows: Sequence["Row"]) -> list[Change]:
        """The state at the beginning of a recording; what was recorded before is forgotten."""
        state.mode, state.outside = MarketMode.PRE_OPEN, False
        state.orders.clear_recorded()
        for row in rows:
            _apply(state, row)
        told = [
            Change(UpdateType.ADD_OR_UPDATE, o.order_id, o.side, o.ticks, o.lots, o.priority)
            for o in state.orders.standing()
        ]
        return [Change(UpdateType.CLEAR), *told]

    def _take(self, event: "RecordedEvent", now: Moment) -> None:
        """One recorded event."""
        state = self.states[event.market_id]
        moved = Moved(at_ns=event.at_ns)
        steps = {event.market_id: moved}
        if event.begins:
            if self._untouched(state):
                return
            state.outside = False
            reset = BookReset(event.market_id, event.at_ns)
            self._collect(self.exchange.market(reset, now.wall_ns), steps, (), now)
            moved.changes = self._begin(state, event.rows)
            self._enter(state, MarketMode.PRE_OPEN, now)
            moved.book = moved.mode = True
            self._finish(steps, now)
            return
        touched = self._apply_rows(state, event, moved, now, steps)
        opens = event.opened and not state.outside
        if opens:
            state.outside = moved.mode = True
            if state.mode is MarketMode.PRE_OPEN:
                self._enter(state, MarketMode.OPEN, now)
        if state.outside and touched:
            self._set_levels(state, touched, event.at_ns, now, steps=steps, snapshot=opens)
        moved.book = moved.book or bool(touched)
        self._finish(steps, now)

    @staticmethod
    def _untouched(state: MarketState) -> bool:
        """Whether the recording has just been opened, so that its state is shown already."""
        return not state.sequence and not state.outside

    def _apply_rows(
        self,
        state: MarketState,
        event: "RecordedEvent",
        moved: Moved,
        now: Moment,
        steps: dict[str, Moved],
    ) -> set[tuple[Side, int]]:
        """Trades to the exchange, orders to the market by order; the levels that changed."""
        touched: set[tuple[Side, int]] = set()
        for place, row in enumerate(event.rows):
            if row.action == "T":
                matched = _matched(event.rows[place + 1 :])
                print_ = OutsideTrade(
                    event.market_id, row.ticks, row.lots, row.side, None, event.at_ns
                )
                self._collect(self.exchange.market(print_, now.wall_ns), steps, matched, now)
            elif row.action != "F":
                change, before = _apply(state, row)
                if change is not None:
                    moved.changes.append(change)
                    touched |= {(change.side, change.ticks), before}
        return touched

    def _set_levels(
        self,
        state: MarketState,
        touched: set[tuple[Side, int]],
        at_ns: int,
        now: Moment,
        *,
        steps: dict[str, Moved],
        snapshot: bool,
    ) -> None:
        orders = state.orders
        if snapshot:
            touched = {(o.side, o.ticks) for o in orders.standing()}
        levels = tuple((side, ticks, orders.recorded_lots(side, ticks)) for side, ticks in touched)
        event = LevelSet(state.market_id, levels, at_ns, snapshot=snapshot)
        self._collect(self.exchange.market(event, now.wall_ns), steps, (), now)


def _apply(state: MarketState, row: "Row") -> tuple[Change | None, tuple[Side, int]]:
    """One row that changes the book, and the level where its order stood."""
    orders = state.orders
    before = orders.orders.get(row.order_id)
    side = row.side or Side.BUY
    level = (side, row.ticks) if before is None else (before.side, before.ticks)
    match row.action:
        case "A":
            return orders.add(row.order_id, side, row.ticks, row.lots), level
        case "M":
            return orders.modify(row.order_id, row.ticks, row.lots), level
        case "C":
            return orders.take(row.order_id, row.lots), level
    return None, level


def _matched(rows: Sequence["Row"]) -> tuple[Matched, ...]:
    """The fills right behind a trade."""
    found = []
    for row in rows:
        if row.action != "F":
            break
        found.append(Matched(row.order_id, row.side or Side.BUY, row.lots))
    return tuple(found)
