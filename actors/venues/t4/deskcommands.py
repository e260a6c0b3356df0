"""The router's order commands on their way to the venue, and what becomes of those that get no answer.

Each command becomes at most one message; nothing here ever sends an order twice. An order goes only into
an account whose subscription the venue has granted, a cancel or change only with market and the venue's
id: without them the venue drops it silently.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from actors.venues.t4.accountfeed import AccountFeed, Send
from actors.venues.t4.deskrequests import (
    Command,
    Requests,
    answers_in,
    name_of,
    not_sent,
    told_of,
    unknown,
)
from actors.venues.t4.orderbatches import (
    BATCHES_MAX,
    Batch,
    batch_message,
    batch_of,
    named_in,
    reasons_in,
)
from actors.venues.t4.orderbodies import (
    PULLS_MAX,
    CannotSay,
    Terms,
    market_in,
    order_part,
    pull_message,
    revise_message,
    submit_message,
)
from actors.venues.t4.orderimages import Order
from actors.venues.t4.orderlinks import linked_message
from actors.venues.t4.orders import Orders
from actors.venues.t4.orderstates import Meaning
from actors.venues.t4.symbols import market_of
from engine.errors import LimitExceeded
from engine.messages.venue import CancelOrder, ReplaceOrder, SubmitOrder, UpdateKind
from engine.model.enums import Pending
from engine.session.contract import Note, Now
from engine.session.submitting import Submitting

NOT_SUBSCRIBED: Final = "account_not_subscribed"
NO_ID: Final = "order_id_unknown"
"""Codes of what was not sent."""

TermsOf = Callable[[str], Terms | None]
"""What a market asks of an order's numbers; None while its prices cannot be written."""


class OrderCommands:
    """Order commands of one session.

    Args:
        send: makes the effect that sends.
        feed: the account and its subscription.
        orders: what is known of its orders.
        terms_of: facts of the markets.
        timeout_s: how long the venue has for an answer.
    """

    def __init__(
        self,
        send: Send,
        feed: AccountFeed,
        orders: Orders,
        terms_of: TermsOf,
        timeout_s: float,
    ) -> None:
        self._send = send
        self._feed = feed
        self._orders = orders
        self._terms_of = terms_of
        self.requests = Requests(timeout_s)
        self._submitting = Submitting()
        self._batches: dict[str, Batch] = {}
        self._count = 0

    # --- new orders ---------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> list[object]:
        """One order, once."""

        def message(account_id: str) -> Any:
            market_id = market_in(command.instrument)
            part = order_part(command, self._terms(market_id))
            return submit_message(account_id, market_id, [part])

        return self._place((command,), "order_submit", message, now)

    def submit_linked(
        self, contingency: str, orders: Sequence[SubmitOrder], now: Now
    ) -> list[object]:
        """Orders that depend on each other, in one message."""

        def message(account_id: str) -> Any:
            terms = self._terms(market_in(orders[0].instrument)) if orders else None
            if terms is None:
                raise CannotSay("local", "no orders")
            return linked_message(contingency, orders, account_id, terms)

        return self._place(tuple(orders), "order_submit", message, now)

    def submit_batch(self, orders: Sequence[SubmitOrder], now: Now) -> list[object]:
        """Independent orders that the venue takes or refuses as one."""
        self._count += 1
        batch_id = f"batch{self._count}"

        def message(account_id: str) -> Any:
            if len(self._batches) >= BATCHES_MAX:
                raise CannotSay("local", f"{BATCHES_MAX} batches wait for their answers")
            batch = batch_of(orders)
            made = batch_message(batch_id, batch, account_id, self._terms)
            self._batches[batch_id] = batch
            return made

        return self._place(tuple(orders), "order_batch", message, now)

    def _place(
        self,
        commands: tuple[SubmitOrder, ...],
        kind: str,
        make: Callable[[str], Any],
        now: Now,
    ) -> list[object]:
        if not self._feed.subscribed:
            why = "the account is not subscribed: the venue would refuse its orders"
            return [not_sent(command, why, now, NOT_SUBSCRIBED) for command in commands]
        try:
            message = make(self._feed.account_id)
            frame = self.requests.begin(commands, now)
        except CannotSay as error:
            return [not_sent(command, str(error), now, error.code) for command in commands]
        except LimitExceeded as error:
            return [not_sent(command, str(error), now, "local") for command in commands]
        for command in commands:
            self._submitting.begin(command, 0)
        return [self._send(kind, message, frame)]

    def _terms(self, market_id: str) -> Terms:
        terms = self._terms_of(market_id)
        if terms is None:
            raise CannotSay("market_unknown", f"the venue has not told how {market_id} is priced")
        return terms

    # --- cancels and changes --------------------------------------------------------------------

    def cancel(self, command: CancelOrder, now: Now) -> list[object]:
        """By the venue's id. While the order is on its way its cancel waits for that, bounded."""
        order = self._orders.find(command.client_order_id, command.venue_order_id)
        arrived = order is not None and (order.accepted or order.ended)
        if not arrived and self._submitting.hold(command, now) is not None:
            return []
        return self._pull(command, now)

    def _pull(self, command: CancelOrder, now: Now) -> list[object]:
        order = self._orders.find(command.client_order_id, command.venue_order_id)
        unique_id = command.venue_order_id if order is None else order.unique_id
        market_id = market_of(command.instrument) if order is None else order.market_id
        if not unique_id:
            why = "the venue has not shown the order yet, so it has no id to be cancelled by"
            return [not_sent(command, why, now, NO_ID)]
        if not self._feed.subscribed:
            return [not_sent(command, "the account is not subscribed", now, NOT_SUBSCRIBED)]
        try:
            message = pull_message(self._feed.account_id, market_id, [unique_id])
            frame = self.requests.begin((command,), now)
        except CannotSay as error:
            return [not_sent(command, str(error), now, error.code)]
        except LimitExceeded as error:
            return [not_sent(command, str(error), now, "local")]
        return [self._send("order_pull", message, frame)]

    def cancel_all(self, market_id: str) -> list[object]:
        """Pull every order that works, those of others on the account as well."""
        if not self._feed.subscribed:
            return [Note("cancel_all_failed", "the account is not subscribed", alert=True)]
        by_market: dict[str, list[str]] = {}
        for order in self._orders.working(market_id):
            by_market.setdefault(order.market_id, []).append(order.unique_id)
        return [
            self._send(
                "order_pull",
                pull_message(self._feed.account_id, market, names[start : start + PULLS_MAX]),
                "",
            )
            for market, names in by_market.items()
            for start in range(0, len(names), PULLS_MAX)
        ]

    def replace(self, command: ReplaceOrder, now: Now) -> list[object]:
        """Another total volume or price, of an order that has arrived."""
        order = self._orders.find(command.client_order_id, command.venue_order_id)
        if order is None or not (order.accepted or order.ended):
            why = "the order itself is still on its way: change it when it has arrived"
            return [not_sent(command, why, now, NO_ID)]
        if not self._feed.subscribed:
            return [not_sent(command, "the account is not subscribed", now, NOT_SUBSCRIBED)]
        try:
            message = revise_message(command, order, self._terms(order.market_id))
            frame = self.requests.begin((command,), now)
        except CannotSay as error:
            return [not_sent(command, str(error), now, error.code)]
        except LimitExceeded as error:
            return [not_sent(command, str(error), now, "local")]
        return [self._send("order_revise", message, frame)]

    # --- what becomes of them -------------------------------------------------------------------

    def seen(self, order: Order, meaning: Meaning, now: Now) -> list[object]:
        """An event of an order: what it answers, and the cancel that waited for it."""
        for pending in answers_in(order, meaning):
            self.requests.answered(pending, order)
        if not order.tag or not (order.accepted or order.ended):
            return []
        held = self._submitting.over(order.tag)
        return [] if held is None or order.ended else self._pull(held, now)

    def unsent(self, frame: str, now: Now) -> list[object]:
        """No byte of a frame has left: nothing it carried was sent."""
        effects: list[object] = []
        for command in self.requests.unsent(frame):
            if isinstance(command, SubmitOrder):
                self._submitting.over(command.client_order_id)
            effects.append(not_sent(command, "the connection ended before it left", now))
        return effects

    def lost(self, reason: str, now: Now) -> list[object]:
        """What was under way is unknown; a cancel that still waited here was not sent."""
        why = f"connection lost: {reason[:200]}"
        effects: list[object] = []
        for command in self.requests.lost():
            effects.append(unknown(command, why, now))
            if isinstance(command, SubmitOrder):
                held = self._submitting.over(command.client_order_id)
                effects += [] if held is None else [not_sent(held, why, now)]
        self._batches.clear()
        return effects

    # --- batches --------------------------------------------------------------------------------

    def batch_taken(self, message: Any) -> None:
        """The ids of its orders are known before their events come."""
        batch = self._batches.pop(message.batch_id, None)
        for order, unique_id in named_in(batch, message) if batch is not None else ():
            self._orders.expect(unique_id, order.client_order_id)

    def batch_refused(self, message: Any, now: Now) -> list[object]:
        """None of its orders was taken."""
        batch = self._batches.pop(message.batch_id, None)
        effects: list[object] = []
        for order, why in reasons_in(batch, message) if batch is not None else ():
            if self.requests.find(Pending.NEW, order.client_order_id) is None:
                continue
            self.requests.drop(order)
            self._submitting.over(order.client_order_id)
            effects.append(told_of(order, UpdateKind.REJECTED, now, code="BATCH", text=why))
        return effects

    # --- time -------------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When a command has waited long enough for its answer, or a cancel for its order."""
        times = (self.requests.deadline(), self._submitting.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> tuple[list[object], list[Command]]:
        """What follows from time: effects, and the commands that are unknown from here on."""
        effects: list[object] = []
        for cancel in self._submitting.take(now):
            effects += self._pull(cancel, now)
        overdue = self.requests.due(now)
        for command in overdue:
            effects.append(unknown(command, "the venue has not answered in time", now))
            if isinstance(command, SubmitOrder):
                held = self._submitting.over(name_of(command))
                effects += [] if held is None else self._pull(held, now)
        return effects, overdue
