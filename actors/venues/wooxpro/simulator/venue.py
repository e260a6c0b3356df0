"""The venue itself: exchange, accounts, trigger orders, market and subscribers put together; pure.

Every call carries its `Moment`. What the exchange answers goes through `publish`, which books fills,
tells subscribers in the order in which things happened, and lets trigger orders fire. The REST
handlers (`trading.py`, `inquiries.py`, `public.py`) and the connections stand on this object.
"""

from collections import deque
from collections.abc import Iterable
from itertools import count
from typing import Final

import attrs

from actors.venues.wooxpro.simulator import payloads
from actors.venues.wooxpro.simulator.admission import CODES
from actors.venues.wooxpro.simulator.display import Display
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.faults import Faults
from actors.venues.wooxpro.simulator.hub import Hub, Sink
from actors.venues.wooxpro.simulator.market import Market, listed_contracts
from actors.venues.wooxpro.simulator.orders import (
    ACTION_CANCEL,
    ACTION_SUBMIT,
    Preset,
    Terms,
    Ticket,
)
from actors.venues.wooxpro.simulator.positions import (
    BUY_CLOSE,
    SELL_CLOSE,
    Account,
    closes_kind,
    is_buy,
    is_close,
)
from actors.venues.wooxpro.simulator.private import PrivateDesk
from actors.venues.wooxpro.simulator.settings import SimulatorSettings
from actors.venues.wooxpro.simulator.symbols import SymbolState
from actors.venues.wooxpro.simulator.topics import Channel, Topic
from actors.venues.wooxpro.simulator.triggers import (
    STOP_LOSS,
    TAKE_PROFIT,
    Triggers,
    Waiting,
    trigger_entry,
    way_of_exit,
)
from actors.venues.wooxpro.simulator.witness import Testimony
from engine.errors import InvariantViolation
from engine.exchange.events import (
    BookChanged,
    BookTop,
    Event,
    OrderAccepted,
    OrderRefused,
    TradePrinted,
)
from engine.exchange.exchange import Exchange
from engine.exchange.model import Order
from engine.simulator.frames import text_frame
from engine.simulator.moment import MS, NS, Moment
from engine.simulator.witnesslog import WitnessLog

TRIGGER_IDS_ABOVE: Final = 4_000_000_000_000_000
TRADE_IDS_ABOVE: Final = 6_000_000_000_000_000
"""Ids of trigger orders and of trades lie so far above those of orders; all stay below 2**53."""
FIRINGS_MAX: Final = 100
"""Trigger orders that one event may set off through their own fills; beyond it is a loop."""


class Venue:
    """One simulated venue.

    Args:
        settings: see there.
        now: time of birth; ids are made from it, so a restarted simulator reuses none.
    """

    def __init__(self, settings: SimulatorSettings, now: Moment) -> None:
        self.settings = settings
        self.contracts = listed_contracts(settings)
        self.market = Market(settings, self.contracts)
        self.symbols = {each.symbol: SymbolState(each) for each in self.contracts}
        first_id = now.wall_ns // NS * 1_000_000
        self.exchange = Exchange(
            [state.instrument for state in self.symbols.values()],
            order_ids_from=first_id,
            trade_ids_from=first_id + TRADE_IDS_ABOVE,
        )
        self.triggers = Triggers(count(first_id + TRIGGER_IDS_ABOVE))
        self.faults = Faults()
        self.log = WitnessLog()
        self.testimony = Testimony(settings.witness_file)
        self.display = Display(settings, self.exchange, self.symbols, self.faults)
        self.hub = Hub(self.display.render, self.faults)
        opening_ms = self.market.time_ns(now) // MS
        self.accounts = {
            each.api_key: Account(
                each.api_key, settings.balance, settings.position_mode, opening_ms
            )
            for each in settings.credentials
        }
        self.private = PrivateDesk(
            self.exchange,
            self.accounts,
            self.symbols,
            self.hub,
            self.log,
            push_interval_ns=int(settings.position_push_interval_s * NS),
        )
        self._missing = set(settings.hold_for)
        if not self.market.held:
            self.market.start(now)

    def time_ms(self, now: Moment) -> int:
        """Market time in ms: what the venue stamps on everything."""
        return self.market.time_ns(now) // MS

    # --- subscribers ----------------------------------------------------------------------

    def subscribe(
        self, sink: Sink, topic: Topic, now: Moment, *, late_ack: bytes | None = None
    ) -> None:
        """Deliver a topic to the sink, its present state first where the channel has one."""
        channel = topic.channel
        wanted = self.private.feeds(sink, topic) if channel.private else self.display.feeds(topic)
        market_ns = self.market.time_ns(now)
        for feed in self.hub.subscribe(sink, wanted, late_ack=late_ack):
            if not channel.private and channel is not Channel.TRADE:
                if not feed.dirty and len(feed.sinks) == 1:
                    feed.pushed_ns = now.mono_ns
                for text in self.display.render(feed, market_ns, first=True):
                    self.hub.push(feed, text, now.mono_ns, only=sink)
        if not channel.private:
            self._release(topic, now)

    def _release(self, topic: Topic, now: Moment) -> None:
        """Start a held market as soon as everything it waits for is subscribed."""
        self._missing.discard(topic.text)
        if not self._missing:
            self.market.start(now)

    def unsubscribe(self, sink: Sink, topic: Topic) -> None:
        """Deliver a topic no more."""
        self.hub.unsubscribe(sink, topic.text)

    def request(self, sink: Sink, topic: Topic, now: Moment) -> None:
        """Deliver the current value of a topic once, without a subscription."""
        for feed in self.display.feeds(topic):
            for text in self.display.render(feed, self.market.time_ns(now), first=True):
                sink.push(text_frame(text))

    # --- time -----------------------------------------------------------------------------

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        due = min(self.hub.next_deadline_ns(), self.private.next_deadline_ns())
        market = self.market.next_deadline_ns()
        return due if market is None else min(due, market)

    def advance(self, now: Moment) -> None:
        """Move the market (by a batch at most), timed pushes and dead-man timers to now."""
        for event in self.market.advance(now):
            self.publish(self.exchange.market(event, event.at_ns), now)
        market_ns = self.market.time_ns(now)
        timed_out = self.private.advance(now, market_ns)
        if timed_out:
            self.publish(timed_out, now)
        self.hub.advance(now.mono_ns, market_ns)

    # --- orders ---------------------------------------------------------------------------

    def place(self, account: Account, ticket: Ticket, now: Moment) -> tuple[Order, list[Event]]:
        """Submit an order; the caller publishes the events.

        Raises:
            Refusal: with the venue's code; nothing happened then.
        """
        terms = self.private.admission.admit(account, ticket)
        new = ticket.new_order(account.name, terms)
        events = self.exchange.submit(new, self.market.time_ns(now))
        first = events[0]
        if isinstance(first, OrderAccepted):
            return first.order, events
        if isinstance(first, OrderRefused):
            raise Refusal(CODES[first.reason], first.text)
        raise InvariantViolation(f"the exchange answered a new order with {first}")

    def _fire(self, symbol: str, now: Moment) -> list[list[Event]]:
        """Submit what the trigger orders that the present prices set off stand for."""
        state = self.symbols[symbol]
        events = []
        for waiting in self.triggers.firing(symbol, state.last, state.mark):
            self.triggers.finish(waiting, self.time_ms(now))
            account = self.accounts[waiting.account]
            try:
                order, more = self.place(account, self._ticket(account, waiting), now)
            except Refusal as refusal:
                self.log.append(
                    "trigger_refused", now, order_id=waiting.order_id, code=refusal.code
                )
                self.private.push_entry(account.name, trigger_entry(ACTION_CANCEL, waiting), now)
                continue
            waiting.executed = order.order_id
            self.private.push_entry(account.name, trigger_entry(ACTION_SUBMIT, waiting), now)
            events.append(more)
        return events

    def _ticket(self, account: Account, waiting: Waiting) -> Ticket:
        size = waiting.size
        if is_close(waiting.side):
            kind = closes_kind(waiting.side)
            frozen = self.private.admission.frozen(account, waiting.symbol, kind)
            left = int(account.volume(waiting.symbol, kind) - frozen)
            size = min(size, left) if size else left
        return Ticket(
            contract=self.symbols[waiting.symbol].contract,
            side=waiting.side,
            type="market" if waiting.executive_price is None else "limit",
            size=max(size, 1),
            price=waiting.executive_price,
            mode=waiting.mode,
            leverage=waiting.leverage,
            open_type=waiting.open_type,
            client_order_id="",
            stp_mode=1,
            plan_order_id=str(waiting.order_id),
        )

    def _arm_presets(self, now: Moment) -> None:
        """Turn the presets of orders that are done into waiting orders for what was filled."""
        finished, self.private.finished = self.private.finished, []
        for order in finished:
            terms: Terms = order.tag
            side = SELL_CLOSE if is_buy(terms.side) else BUY_CLOSE
            for preset in terms.presets:
                waiting = Waiting(
                    order_id=self.triggers.next_id(),
                    client_order_id="",
                    account=order.account,
                    symbol=order.symbol,
                    kind=preset.kind,
                    side=side,
                    size=int(order.cumulative),
                    way=way_of_exit(preset.kind, side),
                    trigger_price=preset.price,
                    price_type=preset.price_type,
                    executive_price=None,
                    leverage=terms.leverage,
                    open_type=terms.open_type,
                    position_mode=terms.position_mode,
                    plan_category=1,
                    created_ms=self.time_ms(now),
                    updated_ms=self.time_ms(now),
                )
                self.add_waiting(waiting, now)

    def _drop_idle_exits(self, now: Moment) -> None:
        """Cancel take-profits and stop-losses whose position is gone."""
        for account in self.accounts.values():
            for waiting in self.triggers.waiting(account.name):
                exits = waiting.kind in (TAKE_PROFIT, STOP_LOSS) and is_close(waiting.side)
                if exits and not account.volume(waiting.symbol, closes_kind(waiting.side)):
                    self.drop_waiting(waiting, now)

    def add_waiting(self, waiting: Waiting, now: Moment) -> None:
        """Let a trigger order wait, and announce it."""
        self.triggers.add(waiting)
        self.show_waiting(waiting, now)

    def show_waiting(self, waiting: Waiting, now: Moment) -> None:
        """Announce a trigger order as it stands."""
        self.private.push_entry(waiting.account, trigger_entry(ACTION_SUBMIT, waiting), now)

    def drop_waiting(self, waiting: Waiting, now: Moment) -> None:
        """Cancel a trigger order, and announce it."""
        self.triggers.finish(waiting, self.time_ms(now))
        self.private.push_entry(waiting.account, trigger_entry(ACTION_CANCEL, waiting), now)

    def change_presets(self, order: Order, presets: tuple[Preset, ...], now: Moment) -> None:
        """Give an open order other presets."""
        terms = attrs.evolve(order.tag, presets=presets)
        market_ns = self.market.time_ns(now)
        self.publish(
            self.exchange.modify(order.account, market_ns, order_id=order.order_id, tag=terms), now
        )

    # --- events ---------------------------------------------------------------------------

    def publish(self, events: Iterable[Event], now: Moment) -> None:
        """Tell the world what the exchange did, and what that sets off.

        What fires submits further orders whose events are published in the same call.
        """
        fired = 0
        queue = deque([events])
        while queue:
            for symbol in self._publish_once(queue.popleft(), now):
                if self.triggers.any(symbol) and fired < FIRINGS_MAX:
                    fired += 1
                    queue.extend(self._fire(symbol, now))
            if self.private.filled:
                self.private.filled = False
                queue.append(self.private.excess_reductions(self.market.time_ns(now)))
                self._arm_presets(now)
                self._drop_idle_exits(now)

    def _publish_once(self, events: Iterable[Event], now: Moment) -> list[str]:
        """Push one list of events; returns the symbols whose prices moved."""
        prints: list[TradePrinted] = []
        moved: dict[str, None] = {}
        for event in events:
            if type(event) is BookTop:
                moved[event.symbol] = None
                self._on_top(event, now)
            elif type(event) is TradePrinted:
                moved[event.symbol] = None
                prints.append(event)
            elif type(event) is BookChanged:
                self._on_book(event)
            else:
                self.testimony.event(event, now)
                self.private.on_event(event, now)
        if prints:
            self._on_prints(prints, now)
        self.private.flush(now)
        return list(moved)

    def _on_top(self, top: BookTop, now: Moment) -> None:
        symbol, state = top.symbol, self.symbols[top.symbol]
        state.on_top(top.bid_ticks, top.ask_ticks, top.at_ns)
        for feed in self.hub.feeds(Channel.BOOKTICKER, symbol):
            self.hub.push(feed, payloads.bookticker(feed.group, state, top), now.mono_ns)
        self.hub.touch(Channel.TICKER, symbol)
        self.hub.touch(Channel.MARK_KLINE, symbol)

    def _on_book(self, changed: BookChanged) -> None:
        for channel in (Channel.DEPTH, Channel.DEPTH_ALL, Channel.DEPTH_INCREASE):
            self.hub.touch(channel, changed.symbol)

    def _on_prints(self, prints: list[TradePrinted], now: Moment) -> None:
        """All prints of one event list are of one symbol: the exchange answers per book."""
        by_symbol: dict[str, list[TradePrinted]] = {}
        for one in prints:
            by_symbol.setdefault(one.symbol, []).append(one)
        for symbol, some in by_symbol.items():
            state, settings = self.symbols[symbol], self.settings
            for one in some:
                state.on_trade(one.price_ticks, one.lots, one.at_ns)
            for feed in self.hub.feeds(Channel.TRADE, symbol):
                text = payloads.trades(
                    feed.group, state, some, with_m=settings.trade_m, with_way=settings.trade_way
                )
                self.hub.push(feed, text, now.mono_ns)
            self.hub.touch(Channel.TICKER, symbol)
            self.hub.touch(Channel.KLINE, symbol)
