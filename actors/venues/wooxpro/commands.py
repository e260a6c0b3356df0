"""The router's order commands on their way through REST, and what follows from their answers.

Owns the calls of commands under way, the cancels that wait for their orders, the checks that answers
leave behind. Each command becomes at most one call; nothing here ever sends an order twice.
"""

from collections import OrderedDict
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.wooxpro.account import Account
from actors.venues.wooxpro.bodies import Body, cancel_body, modify_body, submit_body
from actors.venues.wooxpro.errors import DUPLICATE_CLIENT_ORDER_ID, Verdict
from actors.venues.wooxpro.lookups import Lookups
from actors.venues.wooxpro.outcomes import Command, needs_query, not_sent, outcome
from actors.venues.wooxpro.pushes import OrderPush
from actors.venues.wooxpro.records import CurrencyOf
from actors.venues.wooxpro.rest import Answer, Path, Rest
from actors.venues.wooxpro.symbols import symbol_at_venue
from engine.errors import CredentialsRejected, LocalProtocolError
from engine.messages.venue import (
    CancelOrder,
    OrderUpdate,
    QueryOrder,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
)
from engine.session.checks import Check, Checks
from engine.session.contract import CallKind, Effects, GiveUp, Note, Now, Withdraw
from engine.session.jobs import Jobs
from engine.session.submitting import Submitting

CALLS_MAX: Final = 1_000
"""Order calls under way; the driver lets far fewer wait, so reaching this is a fault."""
UNKNOWN_QUERY_S: Final = 0.5
"""An order with unknown outcome is asked for after this: the venue needs a moment to show it."""
CONFIRM_CANCEL_S: Final = 3.0
"""An acknowledged cancel without a push after this is asked for."""
ENDED_MAX: Final = 1_000
"""Orders remembered as ended, to recognise answers that come after the push."""
REPLACES_MAX: Final = 1_000
"""Changes whose confirmation by push is awaited."""

_PERHAPS_WORKING: Final = (UpdateKind.ACCEPTED, UpdateKind.UNKNOWN)
"""News of a new order after which a cancel of it makes sense."""


@attrs.frozen
class _Sent:
    command: Command
    symbol: str


class Commands:
    """Order commands of one trade session.

    Args:
        rest: builds and numbers the calls.
        account: knows side numbers and terms.
        jobs: runs look-ups.
        currency_of: fee currency of a symbol, for fills that a look-up finds.
    """

    def __init__(
        self, rest: Rest, account: Account, jobs: Jobs[Answer], currency_of: CurrencyOf
    ) -> None:
        self._rest = rest
        self._account = account
        self._lookups = Lookups(rest, jobs, currency_of)
        self._sent: dict[int, _Sent] = {}
        self._checks = Checks()
        self._replacing: dict[str, tuple[Decimal | None, Decimal]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._submitting = Submitting()

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """One call, or `not_sent` with the reason why none could be made."""
        symbol = symbol_at_venue(command.instrument)
        if fault := self._account.fault():
            return [not_sent(command, fault, now, code="position_mode")]
        code = self._account.side_code(
            symbol,
            command.side,
            command.quantity,
            command.position_quantity,
            reduce_only=command.reduce_only,
        )
        try:
            body = submit_body(command, symbol, code, self._account.terms(symbol))
        except LocalProtocolError as error:
            return self._cannot(command, error, now)
        self._account.touch(symbol)
        self._account.working(command.client_order_id, symbol, code, command.quantity)
        return self._send(command, symbol, Path.SUBMIT, body, now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """One call that names the order; the body cannot be built without a name.

        While the order itself is still on its way, a cancel would overtake it and find nothing: the
        order is withdrawn if it still waits for its turn, else the cancel follows its answer.
        """
        submitting = self._submitting.hold(command, now)
        if submitting is not None:
            return [Withdraw(submitting)]
        return self._cancel(command, now)

    def _cancel(self, command: CancelOrder, now: Now) -> Effects:
        symbol = symbol_at_venue(command.instrument)
        try:
            body = cancel_body(command, symbol)
        except LocalProtocolError as error:
            return self._cannot(command, error, now)
        return self._send(command, symbol, Path.CANCEL, body, now)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """One call with price and total size; none while the order itself is still on its way."""
        if self._submitting.has(command.client_order_id) and not command.venue_order_id:
            why = "the order itself is still on its way: change it when it has arrived"
            return [not_sent(command, why, now, code="local")]
        symbol = symbol_at_venue(command.instrument)
        try:
            body = modify_body(command, symbol)
        except LocalProtocolError as error:
            return self._cannot(command, error, now)
        if len(self._replacing) < REPLACES_MAX:
            self._replacing[command.client_order_id] = (command.price, command.quantity)
        return self._send(command, symbol, Path.MODIFY, body, now)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """A look-up; it ends with the order's fills and state, or with nothing."""
        symbol = symbol_at_venue(command.instrument)
        if not symbol or not (command.client_order_id or command.venue_order_id):
            return [Note("query_without_name", command.instrument, alert=True)]
        return self._lookups.start(symbol, command.client_order_id, command.venue_order_id, now)

    def withdraw_all(self, instrument: str) -> list[object]:
        """Orders that still wait for their turn do not go; of one instrument when it is named."""
        return [Withdraw(call_id) for call_id in self._submitting.calls(instrument)]

    def _cannot(self, command: Command, error: Exception, now: Now) -> Effects:
        note = Note("order_cannot_be_written", str(error), alert=True)
        return [not_sent(command, str(error), now, code="local"), note]

    def _send(self, command: Command, symbol: str, path: Path, body: Body, now: Now) -> Effects:
        if len(self._sent) >= CALLS_MAX:
            self._account.ended(command.client_order_id)
            return [not_sent(command, f"{CALLS_MAX} order calls are under way", now)]
        call = self._rest.post(
            path,
            body,
            now,
            kind=CallKind.CANCEL if isinstance(command, CancelOrder) else CallKind.ORDER,
            order=command.client_order_id,
            expires_mono_ns=command.expires_mono_ns,
        )
        self._sent[call.call_id] = _Sent(command, symbol)
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
        command, known_end = sent.command, sent.command.client_order_id in self._ended
        news = outcome(command, answer, now)
        followed = self._follow_up(news, now) if _is_new(command) else []
        if news.kind in (UpdateKind.NOT_SENT, UpdateKind.REJECTED) and _is_new(command):
            self._account.ended(news.client_order_id)
        if isinstance(command, ReplaceOrder) and news.kind is not UpdateKind.REPLACE_UNKNOWN:
            self._replacing.pop(news.client_order_id, None)
        if not known_end and needs_query(command, answer):
            self._check_later(sent, news.venue_order_id, answer, now)
        if known_end and news.kind is UpdateKind.CANCEL_PENDING:
            return []  # the push was quicker than the answer
        return [news, *_remarks(command, answer), *followed]

    def _follow_up(self, news: OrderUpdate, now: Now) -> Effects:
        """The cancel that waited for this news of its order, unless the order is over without it."""
        held = self._submitting.over(news.client_order_id)
        if held is None or news.kind not in _PERHAPS_WORKING:
            return []
        return self._cancel(attrs.evolve(held, venue_order_id=news.venue_order_id), now)

    def _check_later(self, sent: _Sent, venue_order_id: str, answer: Answer, now: Now) -> None:
        delay_s = CONFIRM_CANCEL_S if answer.ok else UNKNOWN_QUERY_S
        until_end = isinstance(sent.command, CancelOrder)
        self._checks.add(
            Check(
                sent.symbol,
                sent.command.client_order_id,
                venue_order_id,
                until_end,
                now.mono_ns + int(delay_s * 1e9),
            )
        )

    # --- pushes -------------------------------------------------------------------------------

    def seen(self, push: OrderPush, now: Now) -> Effects:
        """What an order push says, completed by what was asked of the order."""
        self._account.touch(push.symbol)
        self._account.working(push.client_order_id, push.symbol, push.side_code, push.leaves)
        effects: list[object] = [] if push.fill is None else [push.fill]
        if push.update is not None:
            effects.append(self.completed(push.update))
        # The order has arrived, whatever its answer says: its cancel need not wait longer.
        held = self._submitting.over(push.client_order_id)
        if held is not None and (push.update is None or push.update.kind in _PERHAPS_WORKING):
            effects += self._cancel(attrs.evolve(held, venue_order_id=push.venue_order_id), now)
        if push.doubtful:
            due_ns = now.mono_ns + int(UNKNOWN_QUERY_S * 1e9)
            self._checks.add(
                Check(
                    push.symbol,
                    push.client_order_id,
                    push.venue_order_id,
                    until_end=True,
                    due_ns=due_ns,
                )
            )
        return effects

    def completed(self, news: OrderUpdate) -> OrderUpdate:
        """News of a push or a look-up: what it settles, and "replaced" where it shows that."""
        client_order_id = news.client_order_id
        if news.kind is UpdateKind.ACCEPTED:
            self._checks.shown(client_order_id, news.venue_order_id)
            return self._as_replaced(news)
        self._account.ended(client_order_id)
        self._replacing.pop(client_order_id, None)
        self._checks.ended(client_order_id, news.venue_order_id)
        if client_order_id:
            if len(self._ended) >= ENDED_MAX:
                self._ended.popitem(last=False)
            self._ended[client_order_id] = None
        return news

    def _as_replaced(self, news: OrderUpdate) -> OrderUpdate:
        """A working order that shows the price and size we asked for has been replaced."""
        asked = self._replacing.get(news.client_order_id)
        if asked is None or not news.client_order_id:
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
        times = (check_ns, self._submitting.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Ask for the orders whose time has come, and send the cancels that waited long enough."""
        effects: list[object] = []
        for command in self._submitting.take(now):
            effects += self._cancel(command, now)
        while not self._lookups.are_full and (check := self._checks.take(now)) is not None:
            effects += self._lookups.start(
                check.symbol, check.client_order_id, check.venue_order_id, now
            )
        return effects


def _is_new(command: Command) -> bool:
    return isinstance(command, SubmitOrder)


def _remarks(command: Command, answer: Answer) -> list[object]:
    """What an operator should know of an answer beyond the update."""
    detail = f"{answer.code_text} {answer.text}"
    if answer.verdict is Verdict.AUTH:
        return [GiveUp(CredentialsRejected(f"the venue refuses the API key: {detail}"))]
    if answer.verdict in (Verdict.PERMISSION, Verdict.OURS, Verdict.MAINTENANCE):
        return [Note(f"order_refused_{answer.verdict}", detail, alert=True)]
    if answer.code == DUPLICATE_CLIENT_ORDER_ID:
        return [Note("client_order_id_repeated", command.client_order_id, alert=True)]
    return []
