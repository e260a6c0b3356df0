"""The sessions' desk: hellos, states, news of orders and fills, definitions and reference prices.

Everything a session says carries its boot and a number. News of another boot is void; a hole in the
numbers means news was lost, and the account is compared with the venue before orders go on.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs

from engine.messages.venue import (
    Fill,
    InstrumentUpdate,
    OrderUpdate,
    ReconcilePart,
    ReferencePrice,
    RouterHeartbeat,
    SessionHeartbeat,
    SessionHello,
    SessionRole,
    SessionState,
    SessionWelcome,
    UpdateKind,
    VenueFill,
)
from engine.model.enums import (
    Certainty,
    Pending,
    TradingStateWord,
    VenueStateWord,
)
from engine.model.instrument import venue_of
from engine.model.money import ZERO
from engine.orders import records as r
from engine.orders.commands import Commands
from engine.orders.cumulative import follows, is_old
from engine.orders.exposure import reserved_quantity
from engine.orders.kernel import Kernel
from engine.orders.link import CONFLICTS_MAX, CONNECTED, Feed, Link
from engine.orders.news import (
    event_of,
    external_order_of_fill,
    fill_record,
    is_unasked,
    order_event,
    repeats,
)
from engine.orders.order import Order
from engine.orders.plausible import fault_of
from engine.orders.reconciling import Reconciler
from engine.orders.state import Event, Verdict
from engine.risk.killswitch import is_stricter, strategy_scope
from engine.risk.rates import NS
from engine.risk.view import Reference

ROUTER = "router"

DELAY_NS_MAX = 3600 * NS
"""Longer delays between request and answer are stragglers, not the venue's pace."""

_LOST = {
    Pending.NEW: Event.UNKNOWN,
    Pending.CANCEL: Event.CANCEL_UNKNOWN,
    Pending.REPLACE: Event.REPLACE_UNKNOWN,
}


_ANSWERS = frozenset(
    {
        UpdateKind.ACCEPTED,
        UpdateKind.REJECTED,
        UpdateKind.CANCELLED,
        UpdateKind.EXPIRED,
        UpdateKind.FILLED,
    }
)
"""What a venue says first of a new order; one that is filled or expires at once may never be accepted."""


class VenueDesk:
    """Serves sessions."""

    __slots__ = ("_commands", "_k", "_reconciler", "on_cancel_refused")

    def __init__(self, kernel: Kernel, commands: Commands, reconciler: Reconciler) -> None:
        self._k = kernel
        self._commands = commands
        self._reconciler = reconciler
        self.on_cancel_refused: Callable[[Order], None] = lambda _: None
        """Called with an order that is still open although its cancel was answered: the venue said no."""
        reconciler.take_fill = self.take_fill
        reconciler.follow_up = self.follow_up

    # --- sessions ------------------------------------------------------------------------------

    def hello(self, message: SessionHello, peer: str) -> None:
        """Take a session's boot into service; what the one before had under way becomes unknown."""
        k = self._k
        feed, link = k.feeds.get(peer), k.by_session.get(peer)
        if message.session != peer or (feed is None and link is None):
            k.intruder("impostor", peer, f"says hello as {message.session}")
            return
        if link is not None and (message.venue, message.mode) != (link.venue, link.settings.mode):
            claim = f"says hello for {message.venue} in mode {message.mode}"
            k.intruder("session_mode_mismatch", peer, claim)
            return
        if message.role is SessionRole.DATA:
            link = None
        restarted = link is not None and link.boot not in (0, message.boot)
        if link is not None:
            self._greet(link, message)
        if feed is not None:
            feed.boot = message.boot
        welcome = SessionWelcome(
            session=peer,
            session_boot=message.boot,
            router_boot=k.book.boot.router_boot,
            mode=message.mode,
        )
        k.send(peer, welcome)
        if (
            link is not None and restarted
        ):  # last: it needs the journal, and cancels need the session
            self._part(link, "the session was restarted")

    def _greet(self, link: Link, message: SessionHello) -> None:
        link.greet(message.boot, message.role, self._k.now.mono_ns)
        self._k.set_venue_state(link, VenueStateWord.DISCONNECTED, "the session said hello")

    def state(self, message: SessionState, peer: str) -> None:
        """The session came closer to being ready, or further from it."""
        if self._is_of_feed(message, peer):
            return
        link = self.link_of(message, peer)
        if link is None:
            return
        was_connected = link.is_connected
        link.told = message.state
        if message.state not in CONNECTED:
            link.run = None
            self._k.set_venue_state(link, message.state, message.reason)
            if was_connected:  # last, for it needs the journal
                self._part(link, message.reason or "the venue is not connected")
        elif message.state is VenueStateWord.CLOSED:
            self._k.set_venue_state(link, message.state, message.reason)
        elif link.state is not VenueStateWord.READY or not was_connected:
            self._log_in(link)

    def _log_in(self, link: Link) -> None:
        """The session is logged in: kill what is to be killed, then compare, then trade."""
        k = self._k
        if k.switch.level_for(link.venue, "", link.account) is TradingStateWord.KILLED:
            self._commands.cancel_natively(link)
        doomed = [o for o in k.book.orders.open_of_account(link.account) if self._is_doomed(o)]
        if doomed:
            self._commands.cancel(doomed, by=ROUTER, reason="killed while disconnected")
        self._reconciler.start(link, gating=True)

    def _part(self, link: Link, reason: str) -> None:
        """The session leaves open orders unattended: nobody can cancel them until it is back."""
        self.lose(link, reason)
        unattended = self._k.book.account_exposure.orders(link.account)
        if unattended:
            alarm = r.AlarmRecord(
                kind=r.AlarmKind.SESSION_LOST,
                account=link.account,
                subject=link.session,
                text=f"{unattended} open orders are unattended: {reason}",
                ts_ns=self._k.now.wall_ns,
            )
            self._k.record(alarm)

    def lose(self, link: Link, reason: str) -> None:
        """The session is gone: what was under way with it may or may not have arrived."""
        link.run = None
        link.asked.clear()  # what is answered after this shows how long we were away, not the pace
        orders = [
            order
            for order in self._k.book.orders.open_of_account(link.account)
            if order.pending is not None and order.certainty is Certainty.KNOWN
        ]
        for order in orders:
            event = Event.UNKNOWN if order.is_unanswered else _LOST[order.pending or Pending.NEW]
            self.happen(order, event, reason)

    def happen(self, order: Order, event: Event, why: str) -> None:
        """Record an event that only the router knows of."""
        record = order_event(
            order, event, source=r.Source.ROUTER, ts_ns=self._k.now.wall_ns, text=why
        )
        if record is not None:
            self._k.record(record)

    def heartbeat(self, message: SessionHeartbeat, peer: str) -> None:
        """The session lives; its number shows whether its last news arrived."""
        if self._is_of_feed(message, peer):
            return
        k, link = self._k, self._k.by_session.get(peer)
        if link is None or message.session != peer or message.boot != link.boot:
            self._who_are_you(message, peer)
            return
        link.heard_mono_ns = k.now.mono_ns
        if link.is_silent:
            link.is_silent = False
            if link.told in CONNECTED:
                self._log_in(link)
            else:
                k.set_venue_state(link, link.told, "the session is back")
        if link.sequence is None:
            link.sequence = message.sequence
        elif message.sequence > link.sequence:
            link.sequence = message.sequence
            self._gap(link)

    def silence(self, link: Link) -> None:
        """Nothing was heard from the session for too long."""
        link.is_silent = True
        self._k.set_venue_state(link, VenueStateWord.DISCONNECTED, "the session is silent")
        self._part(link, "the session is silent")

    # --- who is it, and was anything lost ------------------------------------------------------

    def link_of(self, message: Any, peer: str) -> Link | None:
        """The link that news of an account came over; None when they are void, repeated or implausible."""
        link = self._numbered(message, peer)
        fault = "" if link is None else fault_of(message)
        if link is not None and fault:
            self._distrust(link, message, fault)
            return None
        return link

    def _numbered(self, message: Any, peer: str) -> Link | None:
        """The link a numbered message came over; None when it is void or a repetition."""
        k, link = self._k, self._k.by_session.get(peer)
        if link is None or message.session != peer or message.boot != link.boot:
            self._who_are_you(message, peer)
            return None
        link.heard_mono_ns = k.now.mono_ns
        expected = link.sequence
        if expected is not None and message.sequence <= expected:
            k.counters["repeated_message"] += 1
            return None
        link.sequence = message.sequence
        if expected is not None and message.sequence != expected + 1:
            self._gap(link)
        return link

    def _distrust(self, link: Link, message: Any, fault: str) -> None:
        """What cannot be true is not taken in; what is true is asked for."""
        name = type(message).__name__
        self._k.counters["implausible_message"] += 1
        if isinstance(message, ReconcilePart):
            self._reconciler.distrust(link, message, fault)
        else:
            self._reconciler.start(link, gating=False)
        self.alarm_once(link, r.AlarmKind.UNEXPLAINED, name, f"{name} not taken in: {fault}")

    def _gap(self, link: Link) -> None:
        link.gaps += 1
        if link.is_connected:
            self._reconciler.start(link, gating=True)

    def _who_are_you(self, message: Any, peer: str) -> None:
        """A stranger is ignored; a session whose boot we do not know is asked to say hello."""
        k = self._k
        known = message.session == peer and (peer in k.by_session or peer in k.feeds)
        if not known:
            k.intruder("impostor", peer, f"speaks as {message.session}")
        else:
            k.counters["stale_session"] += 1
            k.send(peer, RouterHeartbeat(router_boot=k.book.boot.router_boot))

    def _is_of_feed(self, message: Any, peer: str) -> bool:
        """Whether a data session speaks of itself: nothing here depends on how it is."""
        feed = self._k.feeds.get(peer)
        if feed is None or peer in self._k.by_session:
            return False
        if message.session != peer or message.boot != feed.boot:
            self._who_are_you(message, peer)
        return True

    def _source(self, message: Any, peer: str) -> Feed | Link | None:
        """Who defines instruments and references: a data session, or a trade session as well.

        One that is both numbers all that it says in one row; what it says here concerns no account.
        """
        feed = self._k.feeds.get(peer)
        if feed is None:
            return self.link_of(message, peer)
        if peer in self._k.by_session:
            return self._numbered(message, peer)
        if message.session != peer or message.boot != feed.boot:
            self._who_are_you(message, peer)
            return None
        return feed

    # --- definitions and references ------------------------------------------------------------

    def instrument(self, message: InstrumentUpdate, peer: str) -> None:
        """Journal a definition that is new or changed."""
        source, definition = self._source(message, peer), message.definition
        if source is None or definition.venue != source.venue:
            return
        if self._k.book.instruments.get(definition.id) != definition:
            self._k.record(r.InstrumentRecord(definition=definition, ts_ns=self._k.now.wall_ns))

    def reference(self, message: ReferencePrice, peer: str) -> None:
        """Remember the newest reference price."""
        source = self._source(message, peer)
        if source is None or venue_of(message.instrument) != source.venue:
            return
        if fault_of(message):
            self._k.counters["implausible_message"] += 1
            return
        self._k.references[message.instrument] = Reference(
            message.price, message.bid_price, message.ask_price, message.mono_ns
        )

    # --- news of orders ------------------------------------------------------------------------

    def update(self, message: OrderUpdate, peer: str) -> None:
        """News of one order."""
        link = self.link_of(message, peer)
        if link is None:
            return
        k = self._k
        found = k.book.orders.find(link.account, message.client_order_id, message.venue_order_id)
        if found is None:
            k.counters["update_of_unknown_order"] += 1
            self._reconciler.start(link, gating=False)
            return
        self._measure(link, found, message.kind)
        event, code = event_of(found, message)
        if event is None:
            if message.kind is UpdateKind.REPLACED and is_unasked(found, message):
                self._reconciler.start(link, gating=False)
            return
        record = order_event(
            found,
            event,
            source=r.Source.STREAM,
            ts_ns=k.now.wall_ns,
            update=message,
            code=code,
            text=message.text,
        )
        if record is None:
            return
        k.record(record)
        self.follow_up(found, record.event, record.verdict)
        if message.kind is UpdateKind.CANCEL_REJECTED and not found.is_terminal:
            self.on_cancel_refused(found)
            if not self._commands.query(found):
                self._reconciler.start(link, gating=False)

    def follow_up(self, order: Order, event: Event, verdict: Verdict) -> None:
        """What news of an order calls for: questions, cancels, a halt."""
        k = self._k
        link = k.links.get(order.account)
        if link is None:
            return
        if reserved_quantity(order) and order.venue_cum_qty > order.cum_qty:
            link.owed.add(order.client_order_id)
            link.owed_mono_ns = link.owed_mono_ns or k.now.mono_ns
        if verdict is Verdict.CONTRADICTION and not self._may_query(link, order):
            self._reconciler.start(link, gating=False)
        if verdict is Verdict.OVERFILL and order.strategy:
            self._halt(order)
        if order.is_terminal or order.pending is Pending.CANCEL:
            return
        if verdict is Verdict.ZOMBIE and k.settings.cancel_zombies:
            self._commands.cancel([order], by=ROUTER, reason="back from the dead")
        elif event is Event.CANCEL_REJECTED:
            pass  # answering a refusal at once would hammer the venue: the watchman repeats it
        elif self._is_doomed(order) and not order.is_unanswered:
            self._commands.cancel([order], by=ROUTER, reason="killed")

    def _may_query(self, link: Link, order: Order) -> bool:
        """Ask about an order that contradicts, not faster than doubts do: the answer may again."""
        now_ns, interval_ns = self._k.now.mono_ns, int(self._k.settings.query_interval_s * NS)
        if now_ns < link.contradicted_mono_ns + interval_ns:
            return False
        link.contradicted_mono_ns = now_ns
        return self._commands.query(order)

    def _is_doomed(self, order: Order) -> bool:
        return self._k.is_killed(order)

    def _halt(self, order: Order) -> None:
        """More was filled than asked for: the strategy stops until a person has looked."""
        k, scope = self._k, strategy_scope(order.strategy)
        if is_stricter(TradingStateWord.HALTED, k.switch.level_of(scope)):
            record = r.TradingStateChanged(
                level=TradingStateWord.HALTED,
                scope=scope,
                by=ROUTER,
                reason=f"overfill of {order.client_order_id}",
                ts_ns=k.now.wall_ns,
            )
            k.record(record)
            k.broadcast_trading_state()

    def _measure(self, link: Link, order: Order, kind: UpdateKind) -> None:
        """The venue's pace decides how long an order in doubt is waited for."""
        if order.pending is Pending.NEW and kind in _ANSWERS:
            asked_mono_ns = link.asked.pop(order.client_order_id, None)
            if asked_mono_ns is not None:
                delay_ns = self._k.now.mono_ns - asked_mono_ns
                link.delay_ns_max = max(link.delay_ns_max, min(delay_ns, DELAY_NS_MAX))

    # --- fills ---------------------------------------------------------------------------------

    def fill(self, message: Fill, peer: str) -> None:
        """One execution."""
        link = self.link_of(message, peer)
        if link is not None:
            self.take_fill(link, message, r.Source.STREAM)

    def take_fill(self, link: Link, fill: Fill | VenueFill, source: r.Source) -> bool:
        """Count a fill unless it was counted; whether it was news."""
        k = self._k
        order = k.book.orders.find(link.account, fill.client_order_id, fill.venue_order_id)
        if k.book.fill_keys.is_known(link.account, fill.fill_key):
            counted = k.book.fill_keys.find(link.account, fill.fill_key)
            same = counted is None or repeats(order, fill, counted)
            k.counters["repeated_fill" if same else "conflicting_fill"] += 1
            if not same:
                self._conflict(link, fill, "counted before with other content")
            return False
        if fill.px_estimated and not fill.last_px:
            fill = attrs.evolve(fill, last_px=self._estimate(order, fill))
        if order is None:
            order = self._stranger(link, fill)
        if order.side is not fill.side or order.instrument != fill.instrument:
            self._conflict(link, fill, f"is no fill of {order.side} {order.instrument}")
            return False
        if link.settings.capabilities.fill_key.is_cumulative and not self._continues(
            link, order, fill
        ):
            return False
        record = fill_record(order, fill, source=source, ts_ns=k.now.wall_ns)
        k.record(record)
        if order.cum_qty >= order.venue_cum_qty:
            link.owed.discard(order.client_order_id)
        self.follow_up(order, record.event, record.verdict)
        return True

    def _estimate(self, order: Order | None, fill: Fill | VenueFill) -> Decimal:
        """Of a fill whose price nobody tells: the order's limit, what it was valued at, the reference."""
        if order is not None and (order.price or order.reserve_price):
            return order.price or order.reserve_price
        return self._k.market_price(fill.instrument, fill.side) or ZERO

    def _continues(self, link: Link, order: Order, fill: Fill | VenueFill) -> bool:
        """Whether a fill without an id of its own can be counted; what was missed is asked for."""
        if is_old(order, fill):
            self._k.counters["repeated_fill"] += 1
            return False
        if not follows(order, fill):
            self._k.counters["fill_after_a_hole"] += 1
            self._reconciler.start(link, gating=False)
            return False
        return True

    def _stranger(self, link: Link, fill: Fill | VenueFill) -> Order:
        k = self._k
        record = external_order_of_fill(
            fill, account=link.account, mode=link.settings.mode, ts_ns=k.now.wall_ns
        )
        known = k.book.orders.get(record.client_order_id)
        if known is None:
            k.record(record)
        return k.book.orders.take(record.client_order_id)

    def _conflict(self, link: Link, fill: Fill | VenueFill, problem: str) -> None:
        text = f"{fill.side} {fill.last_qty} {fill.instrument} at {fill.last_px} {problem}"
        if self.alarm_once(link, r.AlarmKind.FILL_CONFLICT, fill.fill_key, text):
            self._reconciler.start(link, gating=False)

    def alarm_once(self, link: Link, kind: r.AlarmKind, subject: str, text: str) -> bool:
        """Alarm each subject once per boot of the router; whether it was done now."""
        if subject in link.conflicts or len(link.conflicts) >= CONFLICTS_MAX:
            return False
        link.conflicts.add(subject)
        alarm = r.AlarmRecord(
            kind=kind,
            account=link.account,
            subject=subject,
            text=text,
            ts_ns=self._k.now.wall_ns,
        )
        self._k.record(alarm)
        return True
