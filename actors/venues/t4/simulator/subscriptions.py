"""Who is told what of the markets, and when: buffers, levels and markets by order; pure, time handed in.

A *feed* is one kind of subscription to one market: buffer, levels, price format and delay. All its
sessions hear the same frames. `ALL` tells every change; SMART and FAST buffers tell a change of the best
prices at once and the rest at their pace; SLOW ones keep their pace whatever happens.
"""

from collections.abc import Iterator
from typing import Any, Final

import attrs

from actors.venues.t4.simulator import renderings
from actors.venues.t4.simulator.codes import TRADE_BUFFERS, DepthBuffer, DepthLevels
from actors.venues.t4.simulator.hub import Hub
from actors.venues.t4.simulator.market import Levels, Market
from actors.venues.t4.simulator.messages import MarketSnapshot, MarketSnapshotMessage
from actors.venues.t4.simulator.sessions import Session, Sink
from actors.venues.t4.simulator.settings import SimulatorSettings
from actors.venues.t4.simulator.spreads import implied_top
from actors.venues.t4.simulator.states import MarketState, Moved
from engine.simulator.moment import MS, Moment

ALL_LEVELS: Final = 1_000_000
_FAR: Final = 1 << 62
_SLOW: Final = frozenset({DepthBuffer.SLOW_TRADE, DepthBuffer.SLOW_SMART})
_FAST: Final = frozenset({DepthBuffer.FAST_TRADE, DepthBuffer.FAST_SMART})


@attrs.frozen
class Terms:
    """What tells one feed of a market from another."""

    buffer: DepthBuffer
    levels: DepthLevels
    price_format: int
    late_ns: int = 0

    @property
    def delayed(self) -> bool:
        """Whether it is delayed data."""
        return self.late_ns > 0


@attrs.define(eq=False)
class Feed:
    """The sessions with the same terms for a market.

    Attributes:
        state: the market.
        terms: of the subscription.
        sessions: who is subscribed.
        best: the best prices as last told.
        due_ns: when the next image is to go out; far in the future while nothing changed.
        pushed_ns: when the last one did.
    """

    state: MarketState
    terms: Terms
    sessions: dict[Session, None] = attrs.field(factory=dict)
    best: tuple[Levels, Levels] = ((), ())
    due_ns: int = _FAR
    pushed_ns: int = -_FAR

    def sinks(self) -> Iterator[Sink]:
        """Their outboxes."""
        return (each.sink for each in self.sessions)


class Subscriptions:
    """All market data subscriptions of one simulator.

    Args:
        settings: times of the buffers, levels.
        market: what is told; the subscriptions make themselves its teller.
        hub: the way of every push.
    """

    def __init__(self, settings: SimulatorSettings, market: Market, hub: Hub) -> None:
        self._market = market
        self._hub = hub
        self._normal = settings.normal_levels
        self._pace_ns = {
            **dict.fromkeys(DepthBuffer, int(settings.smart_ms * MS)),
            **dict.fromkeys(_SLOW, int(settings.slow_ms * MS)),
            **dict.fromkeys(_FAST, int(settings.fast_ms * MS)),
            DepthBuffer.ALL: 0,
        }
        self._feeds: dict[str, dict[Terms, Feed]] = {}
        self._mbo: dict[str, dict[Session, None]] = {}
        market.tellers.append(self.on_moved)

    # --- depth ----------------------------------------------------------------------------

    def subscribe(self, session: Session, state: MarketState, terms: Terms, now: Moment) -> None:
        """Deliver a market in these terms, its present state first; they replace earlier ones."""
        self.leave(session, state.market_id)
        feeds = self._feeds.setdefault(state.market_id, {})
        feed = feeds.setdefault(terms, Feed(state, terms))
        feed.sessions[session] = None
        subject = f"{state.market_id}/snapshot"
        snapshot = self._snapshot(feed, now)
        self._hub.send(
            [session.sink], subject, "market_snapshot", snapshot, now, late_ns=terms.late_ns
        )

    def reconnected(self, state: MarketState, now: Moment) -> None:
        """The venue lost the exchange and has it again: everybody gets snapshots anew."""
        for feed in list(self._feeds.get(state.market_id, {}).values()):
            snapshot = self._snapshot(feed, now, due_to_connection=True)
            self._push(feed, "snapshot", "market_snapshot", snapshot, now)
        for session in list(self._mbo.get(state.market_id, {})):
            self._send_mbo(session, state, now)

    def _snapshot(self, feed: Feed, now: Moment, *, due_to_connection: bool = False) -> Any:
        state, terms = feed.state, feed.terms
        price_format, delayed = terms.price_format, terms.delayed
        found: dict[str, Any] = {}
        if terms.buffer is not DepthBuffer.TRADE_ONLY:
            found["market_depth"] = self._image(feed)
        if terms.buffer in TRADE_BUFFERS and state.last is not None:
            found["market_depth_trade"] = renderings.trade(
                state, state.last, price_format, delayed=delayed
            )
        at_ns = self._market.feeds.time_ns(now)
        found["market_high_low"] = renderings.high_low(state, price_format, at_ns, delayed=delayed)
        found["market_price_limits"] = renderings.limits(state, price_format, delayed=delayed)
        found["market_settlement"] = renderings.settlement(state, price_format, delayed=delayed)
        return MarketSnapshot(
            market_id=state.market_id,
            mode=state.mode,
            due_to_connection=due_to_connection,
            delayed=delayed,
            messages=[
                MarketSnapshotMessage(**{name: each})
                for name, each in found.items()
                if each is not None
            ],
        )

    def leave(self, session: Session, market_id: str) -> None:
        """Deliver the market's depth to the session no more."""
        feeds = self._feeds.get(market_id, {})
        for terms, feed in list(feeds.items()):
            if feed.sessions.pop(session, session) is None and not feed.sessions:
                del feeds[terms]
        if not feeds:
            self._feeds.pop(market_id, None)

    # --- markets by order -----------------------------------------------------------------

    def subscribe_mbo(self, session: Session, state: MarketState, now: Moment) -> None:
        """Deliver a market by order, all its orders first."""
        self._mbo.setdefault(state.market_id, {})[session] = None
        self._send_mbo(session, state, now)

    def _send_mbo(self, session: Session, state: MarketState, now: Moment) -> None:
        snapshot = renderings.mbo_snapshot(state, session.price_format)
        subject = f"{state.market_id}/mbo_snapshot"
        self._hub.send([session.sink], subject, "market_by_order_snapshot", snapshot, now)

    def leave_mbo(self, session: Session, market_id: str) -> None:
        """Deliver it no more."""
        sessions = self._mbo.get(market_id, {})
        sessions.pop(session, None)
        if not sessions:
            self._mbo.pop(market_id, None)

    def drop(self, session: Session) -> None:
        """The session is gone."""
        for market_id in list(self._feeds):
            self.leave(session, market_id)
        for market_id in list(self._mbo):
            self.leave_mbo(session, market_id)

    def of(self, session: Session) -> list[str]:
        """What a session is subscribed to, as `hold_for` and faults name it."""
        depth = [
            f"{market_id}/depth"
            for market_id, feeds in self._feeds.items()
            if any(session in feed.sessions for feed in feeds.values())
        ]
        return depth + [f"{name}/mbo" for name, each in self._mbo.items() if session in each]

    # --- what happens ---------------------------------------------------------------------

    def on_moved(self, state: MarketState, moved: Moved, now: Moment) -> None:
        """Something happened to a market."""
        for feed in list(self._feeds.get(state.market_id, {}).values()):
            self._tell(feed, moved, now)
        sessions = self._mbo.get(state.market_id)
        if sessions:
            self._tell_mbo(state, moved, list(sessions), now)

    def _tell(self, feed: Feed, moved: Moved, now: Moment) -> None:
        terms, state = feed.terms, feed.state
        if terms.buffer in TRADE_BUFFERS:
            for each in moved.prints:
                message = renderings.trade(state, each, terms.price_format, delayed=terms.delayed)
                self._push(feed, "trade", "market_depth_trade", message, now)
        if moved.extremes:
            message = renderings.high_low(
                state, terms.price_format, moved.at_ns, delayed=terms.delayed
            )
            self._push(feed, "high_low", "market_high_low", message, now)
        if terms.buffer is DepthBuffer.TRADE_ONLY or not (moved.book or moved.prints or moved.mode):
            return
        if moved.mode or self._at_once(feed):
            self._push_image(feed, now)
        elif feed.due_ns == _FAR:
            feed.due_ns = feed.pushed_ns + self._pace_ns[terms.buffer]
            if feed.due_ns <= now.mono_ns:
                self._push_image(feed, now)

    def _at_once(self, feed: Feed) -> bool:
        """Whether the change is one that the buffer does not hold back."""
        buffer = feed.terms.buffer
        if buffer in _SLOW:
            return False
        return buffer is DepthBuffer.ALL or self._market.book(feed.state.market_id, 1) != feed.best

    def _tell_mbo(
        self, state: MarketState, moved: Moved, sessions: list[Session], now: Moment
    ) -> None:
        market_id = state.market_id
        before = state.sequence - (1 if moved.changes else 0)
        for price_format in sorted({each.price_format for each in sessions}):
            sinks = [each.sink for each in sessions if each.price_format == price_format]
            for print_ in moved.prints:
                message = renderings.mbo_trade(state, print_, price_format, before)
                subject = f"{market_id}/mbo_trade"
                self._hub.send(sinks, subject, "market_by_order_trade", message, now)
            if moved.changes:
                message = renderings.mbo_update(state, moved.changes, price_format, moved.at_ns)
                self._hub.send(sinks, f"{market_id}/mbo", "market_by_order_update", message, now)

    def settled(self, state: MarketState, now: Moment) -> None:
        """A market has a new settlement price, and with it other limits."""
        for feed in list(self._feeds.get(state.market_id, {}).values()):
            price_format, delayed = feed.terms.price_format, feed.terms.delayed
            message = renderings.settlement(state, price_format, delayed=delayed)
            self._push(feed, "settlement", "market_settlement", message, now)
            message = renderings.limits(state, price_format, delayed=delayed)
            self._push(feed, "limits", "market_price_limits", message, now)

    # --- images ---------------------------------------------------------------------------

    def _levels(self, levels: DepthLevels) -> int:
        if levels is DepthLevels.BEST_ONLY:
            return 1
        return ALL_LEVELS if levels is DepthLevels.ALL else self._normal

    def _image(self, feed: Feed) -> Any:
        terms, state = feed.terms, feed.state
        book = self._market.book(state.market_id, self._levels(terms.levels))
        feed.best = (book[0][:1], book[1][:1])
        return renderings.depth(
            state,
            book,
            self._implied(state),
            terms.price_format,
            buffer=terms.buffer,
            levels=terms.levels,
            delayed=terms.delayed,
        )

    def _implied(self, state: MarketState) -> tuple[Levels, Levels]:
        """(bids, offers) of a spread that its legs' best prices add up to."""
        if not state.listing.legs:
            return (), ()
        bid, bid_lots, offer, offer_lots = implied_top(self._market, state.listing)
        return (
            () if bid is None else ((bid, bid_lots),),
            () if offer is None else ((offer, offer_lots),),
        )

    def _push_image(self, feed: Feed, now: Moment) -> None:
        feed.due_ns, feed.pushed_ns = _FAR, now.mono_ns
        self._push(feed, "depth", "market_depth", self._image(feed), now)

    def _push(self, feed: Feed, word: str, name: str, message: Any, now: Moment) -> None:
        subject = f"{feed.state.market_id}/{word}"
        self._hub.send(feed.sinks(), subject, name, message, now, late_ns=feed.terms.late_ns)

    def next_deadline_ns(self) -> int:
        """When `advance` has something to do; far in the future when it has not."""
        return min(
            (feed.due_ns for feeds in self._feeds.values() for feed in feeds.values()),
            default=_FAR,
        )

    def advance(self, now: Moment) -> None:
        """Push the images that are due."""
        for feeds in list(self._feeds.values()):
            for feed in list(feeds.values()):
                if feed.due_ns <= now.mono_ns:
                    self._push_image(feed, now)
