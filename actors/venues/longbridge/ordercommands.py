"""The router's order commands on their way through HTTP, and what follows from their answers and pushes.

Owns the calls of commands under way, the cancels that wait, and the checks that answers leave behind.
Each command becomes at most one call; nothing here ever sends an order twice.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.longbridge.advice import Advice
from actors.venues.longbridge.errors import DUPLICATE_REQUEST, RULES, WRONG_TICK, Verdict
from actors.venues.longbridge.executions import Executions
from actors.venues.longbridge.following import Followed, Following
from actors.venues.longbridge.lookup import Lookups
from actors.venues.longbridge.orderbodies import CannotSay, Terms, replace_body, submit_body
from actors.venues.longbridge.outcomes import Command, needs_query, not_sent, outcome
from actors.venues.longbridge.records import Seen
from actors.venues.longbridge.rest import Answer, Rest
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.symbols import symbol_at_venue
from actors.venues.longbridge.waiting import WaitingCancels
from engine.messages.venue import (
    CancelOrder,
    OrderUpdate,
    QueryOrder,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
)
from engine.session.checks import Check, Checks
from engine.session.contract import Effects, HttpCall, Note, Now, Withdraw
from engine.session.submitting import Submitting

CALLS_MAX: Final = 1_000
"""Order calls under way; the driver lets far fewer wait, so reaching this is a fault."""
UNKNOWN_QUERY_S: Final = 0.5
"""An order with unknown outcome is asked for after this: the venue needs a moment to show it."""
CONFIRM_S: Final = 3.0
"""A cancel or change that was taken and shows no effect after this is asked for."""
REPLACES_MAX: Final = 1_000
"""Changes whose effect is awaited."""

_PERHAPS_WORKING: Final = (UpdateKind.ACCEPTED, UpdateKind.UNKNOWN)
"""News of a new order after which a cancel of it makes sense."""

_ENDS: Final = (
    UpdateKind.FILLED,
    UpdateKind.CANCELLED,
    UpdateKind.REJECTED,
    UpdateKind.EXPIRED,
)

TermsOf = Callable[[str], Terms]
"""What the market asks of an order's numbers, by symbol."""


@attrs.frozen
class _Sent:
    command: Command
    venue_order_id: str


class OrderCommands:
    """Order commands of one trade session.

    Args:
        settings: how orders are written.
        rest: builds the calls.
        following: the account's orders.
        executions: asks for fills.
        lookups: asks for single orders.
        advice: asks what would have been possible.
        terms_of: lots and ticks.
    """

    def __init__(
        self,
        settings: Settings,
        rest: Rest,
        *,
        following: Following,
        executions: Executions,
        lookups: Lookups,
        advice: Advice,
        terms_of: TermsOf,
    ) -> None:
        self._settings = settings
        self._rest = rest
        self._following = following
        self._executions = executions
        self._lookups = lookups
        self._advice = advice
        self._terms_of = terms_of
        self._sent: dict[int, _Sent] = {}
        self._checks = Checks()
        self._submitting = Submitting()
        self._waiting = WaitingCancels()
        self._replacing: dict[str, tuple[Decimal | None, Decimal]] = {}

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """One call, or `not_sent` with the reason why none could be made."""
        try:
            terms = self._terms_of(symbol_at_venue(command.instrument))
            body = submit_body(command, self._settings, terms)
        except CannotSay as error:
            return [not_sent(command, str(error), now, code=error.code)]
        call = self._rest.submit(body, now, command.client_order_id, command.expires_mono_ns)
        return self._send(command, "", call, now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """One call, now or when the order can be cancelled.

        While the order itself is still on its way, a cancel would overtake it and find nothing: the
        order is withdrawn if it still waits for its turn, else the cancel follows its answer.
        """
        submitting = self._submitting.hold(command, now)
        if submitting is not None:
            return [Withdraw(submitting)]
        order = self._following.find(command.client_order_id, command.venue_order_id)
        if _is_busy(order) and self._waiting.hold(command, now):
            return []
        return self._cancel(command, now)

    def _cancel(self, command: CancelOrder, now: Now) -> Effects:
        """By the venue's id. Where only ours is known, the order is looked for first."""
        symbol = symbol_at_venue(command.instrument)
        order = self._following.find(command.client_order_id, command.venue_order_id)
        venue_order_id = command.venue_order_id or ("" if order is None else order.venue_order_id)
        if not venue_order_id and not (symbol and command.client_order_id):
            return [not_sent(command, "nothing names the order", now, code="local")]
        if not venue_order_id:
            return self._find_and_cancel(command, symbol, now)
        call = self._rest.cancel(
            venue_order_id, now, command.client_order_id, command.expires_mono_ns
        )
        return self._send(command, venue_order_id, call, now)

    def _find_and_cancel(self, command: CancelOrder, symbol: str, now: Now) -> Effects:
        """Where the order is being looked for already, the cancel follows from what that finds."""

        def then(seen: Seen | None, later: Now) -> list[object]:
            if seen is None:
                why = "the venue shows no order with this id in its remark"
                return [not_sent(command, why, later, code="order_id_unknown")]
            effects = self.seen(seen, later, asked=True)
            if seen.status.ended:
                return effects
            return [*effects, *self.cancel(_named(command, seen.venue_order_id), later)]

        name = command.client_order_id
        if self._lookups.joined(name, then):
            return []
        if self._lookups.are_full or self._lookups.has(name):
            return [not_sent(command, "too many orders are looked up", now, code="local")]
        return self._lookups.start(symbol, name, "", now, then)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """One call with price and total quantity; none while the order is in no state for it."""
        order = self._following.find(command.client_order_id, command.venue_order_id)
        venue_order_id = command.venue_order_id or ("" if order is None else order.venue_order_id)
        if not venue_order_id:
            why = "the order itself is still on its way: change it when it has arrived"
            return [not_sent(command, why, now, code="local")]
        try:
            terms = self._terms_of(symbol_at_venue(command.instrument))
            seen = None if order is None else order.seen
            body = replace_body(command, venue_order_id, seen, terms)
        except CannotSay as error:
            return [not_sent(command, str(error), now, code=error.code)]
        if len(self._replacing) < REPLACES_MAX:
            self._replacing[command.client_order_id] = (command.price, command.quantity)
        call = self._rest.replace(body, now, command.client_order_id, command.expires_mono_ns)
        return self._send(command, venue_order_id, call, now)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """A look-up; it ends with the order's fills and state, or with nothing."""
        symbol = symbol_at_venue(command.instrument)
        if not (command.client_order_id or command.venue_order_id):
            return [Note("query_without_name", command.instrument, alert=True)]
        return self._look_up(symbol, command.client_order_id, command.venue_order_id, now)

    def withdraw_all(self, instrument: str) -> list[object]:
        """Orders that still wait for their turn do not go; of one instrument when it is named."""
        return [Withdraw(call_id) for call_id in self._submitting.calls(instrument)]

    def _send(self, command: Command, venue_order_id: str, call: HttpCall, now: Now) -> Effects:
        if len(self._sent) >= CALLS_MAX:
            return [not_sent(command, f"{CALLS_MAX} order calls are under way", now)]
        self._sent[call.call_id] = _Sent(command, venue_order_id)
        if isinstance(command, SubmitOrder):
            self._submitting.begin(command, call.call_id)
        return [call]

    # --- answers ------------------------------------------------------------------------------

    def mine(self, call_id: int) -> bool:
        """Whether this call carries a command."""
        return call_id in self._sent

    def ended(self, call_id: int, answer: Answer, now: Now) -> Effects:
        """The call came to an end: the update, and what else follows."""
        sent = self._sent.pop(call_id)
        command = sent.command
        news = outcome(command, answer, now)
        if news is not None and not news.venue_order_id:
            news = attrs.evolve(news, venue_order_id=sent.venue_order_id)
        effects: list[object] = [] if news is None or self._is_stale(command, news) else [news]
        effects += _remarks(command, answer)
        if isinstance(command, SubmitOrder):
            effects += self._submitted(command, news, now)
            if answer.verdict is Verdict.REFUSED and answer.code not in (None, *RULES):
                symbol = symbol_at_venue(command.instrument)
                effects += self._advice.ask(command, symbol, now)
        elif isinstance(command, ReplaceOrder) and not answer.ok and answer.verdict.known:
            self._replacing.pop(command.client_order_id, None)
        if needs_query(command, answer):
            self._check_later(sent, answer, now)
        return effects

    def _submitted(self, command: SubmitOrder, news: OrderUpdate | None, now: Now) -> Effects:
        """The order has its id; a cancel that waited for that goes, or waits for a better state."""
        if news is not None and news.venue_order_id:
            symbol = symbol_at_venue(command.instrument)
            name, venue_name = command.client_order_id, news.venue_order_id
            self._following.taken(name, venue_name, symbol, command.side)
        held = self._submitting.over(command.client_order_id)
        if held is None or news is None or news.kind not in _PERHAPS_WORKING:
            return []
        return self.cancel(_named(held, news.venue_order_id), now)

    def _is_stale(self, command: Command, news: OrderUpdate) -> bool:
        """Pushes may be quicker than answers: of an order that has ended no answer is news."""
        order = self._following.find(command.client_order_id, news.venue_order_id)
        quiet = (UpdateKind.ACCEPTED, UpdateKind.CANCEL_PENDING)
        return order is not None and order.ended and news.kind in quiet

    def _check_later(self, sent: _Sent, answer: Answer, now: Now) -> None:
        command = sent.command
        order = self._following.find(command.client_order_id, sent.venue_order_id)
        if order is not None and order.ended:
            return
        taken = answer.ok and not isinstance(command, SubmitOrder)
        delay_s = CONFIRM_S if taken else UNKNOWN_QUERY_S
        # A change that was taken is answered by the order with its new terms, whatever its state.
        until_end = isinstance(command, CancelOrder)
        self._check(
            symbol_at_venue(command.instrument),
            command.client_order_id,
            sent.venue_order_id,
            now.mono_ns + int(delay_s * 1e9),
            until_end=until_end,
        )

    def _check(
        self, symbol: str, client_order_id: str, venue_order_id: str, at_ns: int, *, until_end: bool
    ) -> None:
        check = Check(symbol, client_order_id, venue_order_id, until_end=until_end, due_ns=at_ns)
        self._checks.add(check)

    # --- what the venue shows -----------------------------------------------------------------

    def seen(self, seen: Seen, now: Now, *, asked: bool = False) -> list[object]:
        """An order by push or look-up: its news, the question for its trades, cancels that waited."""
        news: list[object] = list(self._following.shown(seen, asked=asked))
        order = self._following.get(seen.venue_order_id)
        if order is None or order.seen is None:
            return news
        self._executions.want(order, now)
        if seen.status.ended and not order.ended:
            # It contradicts itself: ended with less than was executed. The venue is asked.
            due_ns = now.mono_ns + int(UNKNOWN_QUERY_S * 1e9)
            self._check(
                seen.symbol, order.client_order_id, order.venue_order_id, due_ns, until_end=True
            )
        return [*news, *self._released(order, now)]

    def _released(self, order: Followed, now: Now) -> Effects:
        """The order has arrived, whatever its answer says: its cancel need not wait longer."""
        held = self._submitting.over(order.client_order_id) if order.client_order_id else None
        if order.ended:
            self._waiting.release(order.client_order_id, order.venue_order_id)
            return []
        if held is not None:
            return self.cancel(_named(held, order.venue_order_id), now)
        if _is_busy(order):
            return []
        waiting = self._waiting.release(order.client_order_id, order.venue_order_id)
        return [] if waiting is None else self._cancel(_named(waiting, order.venue_order_id), now)

    def completed(self, news: OrderUpdate) -> OrderUpdate:
        """News of a push or a query on their way out: what they settle, and "replaced" if they show it."""
        name, venue_name = news.client_order_id, news.venue_order_id
        if news.kind in (UpdateKind.ACCEPTED, UpdateKind.CANCEL_PENDING):
            news = self._as_replaced(news)
            if name not in self._replacing:
                self._checks.shown(name, venue_name)
        elif news.kind in _ENDS:
            self._replacing.pop(name, None)
            self._checks.ended(name, venue_name)
        return news

    def _as_replaced(self, news: OrderUpdate) -> OrderUpdate:
        """A working order that shows the price and quantity we asked for has been replaced."""
        asked = self._replacing.get(news.client_order_id)
        if asked is None or not news.client_order_id or news.kind is not UpdateKind.ACCEPTED:
            return news
        price, quantity = asked
        if news.quantity != quantity or (price is not None and news.price != price):
            return news
        del self._replacing[news.client_order_id]
        return attrs.evolve(news, kind=UpdateKind.REPLACED)

    # --- time ---------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When the next order is to be asked for, or the next cancel waits no longer."""
        check_ns = None if self._lookups.are_full else self._checks.deadline()
        times = (check_ns, self._submitting.deadline(), self._waiting.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Ask for the orders whose time has come, and send the cancels that waited long enough."""
        effects: list[object] = []
        for command in (*self._submitting.take(now), *self._waiting.take(now)):
            effects += self._cancel(command, now)
        while not self._lookups.are_full and (check := self._checks.take(now)) is not None:
            effects += self._look_up(check.symbol, check.client_order_id, check.venue_order_id, now)
        return effects

    def _look_up(self, symbol: str, name: str, venue_name: str, now: Now) -> list[object]:
        order = self._following.find(name, venue_name)
        known = venue_name or ("" if order is None else order.venue_order_id)

        def then(seen: Seen | None, later: Now) -> list[object]:
            return [] if seen is None else self.seen(seen, later, asked=True)

        return self._lookups.start(symbol, name, known, now, then)


def _is_busy(order: Followed | None) -> bool:
    """Between two states, as an order is that has an id and was not shown yet."""
    return order is not None and (order.seen is None or order.seen.status.busy)


def _named(command: CancelOrder, venue_order_id: str) -> CancelOrder:
    return attrs.evolve(command, venue_order_id=venue_order_id or command.venue_order_id)


def _remarks(command: Command, answer: Answer) -> list[object]:
    """What an operator should know of an answer beyond the update."""
    if answer.verdict in (Verdict.PERMISSION, Verdict.OURS) or answer.code == WRONG_TICK:
        return [Note(f"order_refused_{answer.verdict}", answer.words, alert=True)]
    if answer.code == DUPLICATE_REQUEST:
        return [Note("request_repeated", command.client_order_id, alert=True)]
    return []
