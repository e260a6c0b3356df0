"""The trade desk: the account's subscription, its orders, the router's commands and questions.

The order half of a session without its connection, which `private` and `panic` have. Everything that the
venue says of accounts and orders comes in by `heard`; what leaves are effects. A snapshot of the account
is the answer to every question here: to a reconciliation, to a query, and to what does not fit.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import attrs

from actors.venues.t4.accountfeed import AccountFeed, Send
from actors.venues.t4.accounts import Account, choose
from actors.venues.t4.deskcommands import OrderCommands
from actors.venues.t4.deskdoubts import Doubts
from actors.venues.t4.deskevents import KINDS, OrderEvents
from actors.venues.t4.deskrequests import Command, name_of
from actors.venues.t4.orderbodies import CannotSay, Terms
from actors.venues.t4.orderimages import Step
from actors.venues.t4.orders import Orders
from actors.venues.t4.orderspreads import REQUESTS_MAX, Leg, spread_in, spread_message, told
from actors.venues.t4.prices import Pricing
from actors.venues.t4.proto import enums_pb2
from actors.venues.t4.reconcile import Coverage, TradingDay, findings
from actors.venues.t4.settings import Settings
from actors.venues.t4.symbols import market_of
from engine.errors import (
    ConfigError,
    ConnectionLost,
    PeerSilent,
    PermissionMissing,
    RemoteProtocolError,
)
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    OrderUpdate,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
)
from engine.model.enums import VenueStateWord
from engine.session.contract import Drop, GiveUp, Note, Now, SetState
from engine.session.findings import failed_part, parts_of
from engine.session.values import shorten

QUERIES_MAX: Final = 256
"""Orders that wait for one snapshot."""


class Facts(Protocol):
    """What the desk has to know of markets."""

    def pricing_of(self, market_id: str) -> Pricing | None:
        """How its prices are written, None while they cannot be read."""
        ...

    def terms_of(self, market_id: str) -> Terms | None:
        """What it asks of an order's numbers, None while its prices cannot be written."""
        ...

    def details_told(self, details: Any, now: Now) -> Sequence[object]:
        """`MarketDetails` that came with an account."""
        ...


@attrs.frozen
class _Waiting:
    request: ReconcileRequest
    number: int
    end_ns: int


class TradeDesk:
    """Accounts and orders of one session.

    Args:
        settings: of the venue.
        send: makes the effect that sends: kind, payload, order.
        facts: of the markets.
    """

    def __init__(self, settings: Settings, send: Send, facts: Facts) -> None:
        self._settings = settings
        self._send = send
        self._facts = facts
        self.orders = Orders()
        self.account = Account()
        self.feed = AccountFeed(send, settings.account_timeout_s)
        self._commands = OrderCommands(
            send, self.feed, self.orders, facts.terms_of, settings.order_timeout_s
        )
        self._doubts = Doubts(self.feed)
        self._events = OrderEvents(
            self.orders,
            self._commands,
            self._doubts,
            pricing_of=facts.pricing_of,
            currency=settings.currency,
        )
        self._day = TradingDay(settings.trading_day_start, settings.trading_day_zone)
        self._coverage = Coverage(self._day)
        self._reconciling: _Waiting | None = None
        self._queries: dict[str, tuple[str, str]] = {}
        self._spreads: dict[str, None] = {}
        self._spread_count = 0
        self._readers: dict[str, Callable[[Any, Now], Sequence[object]]] = {
            "account_subscribe_response": self._subscription_answered,
            "account_snapshot": self._snapshot,
            "account_position": self._position,
            "account_update": self._update,
            "account_profit": self._profit,
            "order_update_multi": self._multi,
            "order_batch_acknowledge": self._batch_taken,
            "order_batch_reject": self._commands.batch_refused,
            "create_uds_response": self._spread_answered,
        }

    # --- the connection -----------------------------------------------------------------------

    def logged_in(self, response: Any, now: Now) -> list[object]:
        """Subscribe the account; one that the login does not list is none to trade on."""
        try:
            account_id = choose(response.accounts, self._settings.account)
        except ConfigError as error:
            return [GiveUp(error)]
        return self.feed.begin(account_id, now)

    def lost(self, reason: str, now: Now) -> list[object]:
        """What was under way is unknown, questions are void; what is known of orders stays."""
        if self.feed.subscribed:
            self._coverage.lost(now.wall_ns)
        self.feed.lost()
        self._doubts.lost()
        self._queries.clear()
        self._spreads.clear()
        return [
            *self._commands.lost(reason, now),
            *self._end_reconciling(f"connection lost: {reason[:200]}"),
        ]

    def heard(self, kind: str, message: Any, now: Now) -> list[object]:
        """A message of the venue on accounts or orders; others are none of ours.

        Raises:
            RemoteProtocolError: what cannot be.
        """
        if kind in KINDS:
            if message.account_id != self.feed.account_id:
                return self._elsewhere(message)
            return self._events.one(kind, message, now)
        reader = self._readers.get(kind)
        return [] if reader is None else list(reader(message, now))

    def deadline(self) -> int | None:
        """The next thing that is due."""
        times = [self._commands.deadline(), self.feed.deadline(), self._doubts.deadline()]
        if self._reconciling is not None:
            times.append(self._reconciling.end_ns)
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Whatever is due."""
        effects, overdue = self._commands.due(now)
        for command in overdue:
            self._will_tell(command)
            effects += self._doubts.doubted(f"no answer on {name_of(command)}", now)
        if self.feed.due(now):
            effects += self._not_shown()
        if self._reconciling is not None and now.mono_ns >= self._reconciling.end_ns:
            limit_s = self._settings.reconcile_timeout_s
            effects += self._end_reconciling(f"not complete within {limit_s:g} s")
        return [*effects, *self._doubts.due(now)]

    def _not_shown(self) -> list[object]:
        """The venue has not answered a subscription."""
        why = "no snapshot of the account in time"
        if not self.feed.subscribed:
            return [Drop(PeerSilent(why))]
        self._queries.clear()
        return [Note("account_not_shown", why), *self._end_reconciling(why)]

    # --- commands -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> list[object]:
        """Send one new order, once."""
        return self._commands.submit(command, now)

    def submit_linked(
        self, contingency: str, orders: Sequence[SubmitOrder], now: Now
    ) -> list[object]:
        """Send orders that depend on each other, once, in one message."""
        return self._commands.submit_linked(contingency, orders, now)

    def submit_batch(self, orders: Sequence[SubmitOrder], now: Now) -> list[object]:
        """Send independent orders that are taken or refused as one."""
        return self._commands.submit_batch(orders, now)

    def cancel(self, command: CancelOrder, now: Now) -> list[object]:
        """Pull an order; of one that has ended the end is told once more."""
        order = self.orders.find(command.client_order_id, command.venue_order_id)
        if order is not None and order.ended:
            return self._events.asked(order)
        effects = self._commands.cancel(command, now)
        if order is None and any(isinstance(each, OrderUpdate) for each in effects):
            why = f"{name_of(command)} is to be cancelled and was never shown"
            effects += self._doubts.doubted(why, now)
        return effects

    def replace(self, command: ReplaceOrder, now: Now) -> list[object]:
        """Change an order."""
        return self._commands.replace(command, now)

    def query(self, command: QueryOrder, now: Now) -> list[object]:
        """Have the account shown anew, and tell the order as it then is."""
        self._will_tell(command)
        return self._doubts.ask(now)

    def _will_tell(self, command: Command | QueryOrder) -> None:
        """The next snapshot tells the order of this command, whether that is news or not."""
        venue_name = "" if isinstance(command, SubmitOrder) else command.venue_order_id
        if len(self._queries) < QUERIES_MAX:
            self._queries[command.client_order_id or venue_name] = (
                command.client_order_id,
                venue_name,
            )

    def cancel_all(self, command: CancelAllOrders) -> list[object]:
        """Pull everything that works; of one instrument when it is named."""
        market_id = market_of(command.instrument)
        if command.instrument and not market_id:
            return [Note("cancel_all_elsewhere", command.instrument, alert=True)]
        return self._commands.cancel_all(market_id)

    def reconcile(self, request: ReconcileRequest, now: Now) -> list[object]:
        """Have the account shown anew; a question still under way is given up for the new one."""
        effects = self._end_reconciling("another reconciliation was asked for")
        if not self.feed.subscribed:
            return [*effects, failed_part(request, "the account is not subscribed")]
        number, asked = self.feed.ask(now)
        end_ns = now.mono_ns + int(self._settings.reconcile_timeout_s * 1e9)
        self._reconciling = _Waiting(request, number, end_ns)
        return [*effects, *asked]

    def create_spread(
        self, legs: Sequence[Leg], strategy_type: int = enums_pb2.STRATEGY_TYPE_GENERIC
    ) -> list[object]:
        """Ask for a market of these legs; a `Note` tells what became of it."""
        if not self.feed.subscribed or len(self._spreads) >= REQUESTS_MAX:
            return [Note("spread_not_created", "not in service, or too many asked for", alert=True)]
        self._spread_count += 1
        request_id = f"uds{self._spread_count}"
        try:
            message = spread_message(request_id, self.feed.account_id, legs, strategy_type)
        except CannotSay as error:
            return [Note("spread_not_created", str(error), alert=True)]
        self._spreads[request_id] = None
        return [self._send("create_uds", message, "")]

    def unsent(self, order: str, now: Now) -> list[object]:
        """No byte of the frame of this name has left."""
        return self._commands.unsent(order, now)

    # --- the account ----------------------------------------------------------------------------

    def _subscription_answered(self, message: Any, now: Now) -> list[object]:
        del now
        was = self.feed.subscribed
        refused = self.feed.answered(message)
        if not refused:
            return []
        detail = f"account refused: {shorten(refused)}"
        error = ConnectionLost(detail) if was else PermissionMissing(detail)
        return [Note("account_refused", detail, alert=True), Drop(error)]

    def _is_ours(self, message: Any) -> bool:
        return bool(message.account_id == self.feed.account_id)

    def _elsewhere(self, message: Any) -> list[object]:
        return self._doubts.once("order_of_another_account", shorten(message.account_id, 40))

    def _position(self, message: Any, now: Now) -> list[object]:
        del now
        if self._is_ours(message):
            self.account.position(message)
        return []

    def _update(self, message: Any, now: Now) -> Sequence[object]:
        del now
        return self.account.update(message) if self._is_ours(message) else []

    def _profit(self, message: Any, now: Now) -> list[object]:
        del now
        if self._is_ours(message):
            self.account.profit(message)
        return []

    # --- snapshots --------------------------------------------------------------------------------

    def _snapshot(self, message: Any, now: Now) -> list[object]:
        """Everything of the account: fold it, tell what is new in it, answer whoever waits for it."""
        first, asked_ns = not self.feed.subscribed, self.feed.asked_wall_ns
        number, effects = self.feed.shown(now) if self._is_ours(message) else (0, [])
        if not self._is_ours(message) or (first and not number):
            return []  # nobody's, or before the subscription is granted
        steps, told_beside = self._fold(message, asked_ns, now)
        effects += told_beside
        if first:
            self._coverage.shown(now.wall_ns)
            effects += self._events.silently(steps)
            return [*effects, SetState(VenueStateWord.RECONCILING, "account subscribed")]
        for step in steps:
            effects += self._events.news(step, now)
        waiting = self._reconciling
        if waiting is not None and 0 < waiting.number <= number:
            self._reconciling = None
            effects += self._answer(waiting.request, now)
        return [*effects, *self._queried()]

    def _fold(self, message: Any, asked_ns: int, now: Now) -> tuple[list[Step], list[object]]:
        """Take everything over: what happened to orders, and what is told beside."""
        self.account.begin()
        self._events.begin_snapshot()
        steps: list[Step] = []
        effects: list[object] = []
        parts = [(part.WhichOneof("payload"), part) for part in message.messages]
        for kind, part in parts:  # prices of orders cannot be read without them
            if kind == "market_details":
                effects += self._facts.details_told(part.market_details, now)
        if message.status:
            effects += self.account.stated(message.status)
        for kind, part in parts:
            if kind == "order_update_multi":
                for update in part.order_update_multi.updates:
                    happened, notes = self._events.listed(update, now)
                    steps += happened
                    effects += notes
            elif kind is not None and kind != "market_details":
                effects += self.heard(kind, getattr(part, kind), now)
        listed = {step.order.unique_id for step in steps}
        day_began_ns = self._day.began_ns(now.wall_ns)
        ended, notes = self._events.not_listed(listed, day_began_ns=day_began_ns, asked_ns=asked_ns)
        return [*steps, *ended], [*effects, *notes]

    def _answer(self, request: ReconcileRequest, now: Now) -> list[object]:
        whole = self._events.whole and not self.orders.forgot_ended
        if self.orders.forgot_ended:
            self._coverage.forgot(now.wall_ns)
            self.orders.forgot_ended = False
        try:
            found = findings(
                request,
                self.orders,
                self.account,
                pricing_of=self._facts.pricing_of,
                currency=self._settings.currency,
                covered_from_ns=self._coverage.from_ns(now.wall_ns),
                whole=whole,
            )
        except RemoteProtocolError as error:
            return [failed_part(request, str(error))]
        return list(parts_of(request, found))

    def _queried(self) -> list[object]:
        queries, self._queries = self._queries, {}
        effects: list[object] = []
        for names in queries.values():
            order = self.orders.find(*names)
            if order is not None:
                effects += self._events.asked(order)
        return effects

    def _end_reconciling(self, why: str) -> list[object]:
        waiting, self._reconciling = self._reconciling, None
        return [] if waiting is None else [failed_part(waiting.request, why)]

    # --- orders, batches, spreads -----------------------------------------------------------------

    def _multi(self, message: Any, now: Now) -> list[object]:
        if message.account_id and not self._is_ours(message):
            return self._elsewhere(message)
        return self._events.several(message.updates, now)

    def _batch_taken(self, message: Any, now: Now) -> list[object]:
        del now
        self._commands.batch_taken(message)
        return []

    def _spread_answered(self, message: Any, now: Now) -> list[object]:
        del now
        if message.request_id not in self._spreads:
            return []
        del self._spreads[message.request_id]
        return [told(spread_in(message))]
