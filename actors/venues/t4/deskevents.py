"""Events of orders, from the stream and from snapshots alike: folded, told, and doubted where they do not fit."""

from collections.abc import Iterable
from typing import Any, Final

import attrs

from actors.venues.t4.deskcommands import OrderCommands
from actors.venues.t4.deskdoubts import Doubts
from actors.venues.t4.orderimages import Order, Step
from actors.venues.t4.ordernews import counted, news_of, state_of
from actors.venues.t4.orderrecords import PricingOf, bust_of
from actors.venues.t4.orders import Orders
from actors.venues.t4.orderstates import Meaning, Standing
from actors.venues.t4.proto import enums_pb2
from engine.errors import RemoteProtocolError
from engine.messages.venue import OrderUpdate, ReplaceOrder, UpdateKind
from engine.model.enums import Pending
from engine.session.contract import Note, Now
from engine.session.values import shorten

KINDS: Final = (
    "order_update",
    "order_update_status",
    "order_update_trade",
    "order_update_trade_leg",
    "order_update_failed",
)
"""The events of an order, by the name of their field."""


class OrderEvents:
    """What the venue says of orders.

    Args:
        orders: keeps them.
        commands: what was asked for.
        doubts: where to turn with what does not fit.
        pricing_of: how prices are written.
        currency: of fees, of which there are none.
    """

    def __init__(
        self,
        orders: Orders,
        commands: OrderCommands,
        doubts: Doubts,
        *,
        pricing_of: PricingOf,
        currency: str,
    ) -> None:
        self._orders = orders
        self._commands = commands
        self._doubts = doubts
        self._pricing_of = pricing_of
        self._currency = currency
        self.whole = True
        """Whether all of the last snapshot could be read."""

    # --- the stream -----------------------------------------------------------------------------

    def several(self, updates: Iterable[Any], now: Now) -> list[object]:
        """Events of one market; the full image of an order that is new comes before its others."""
        effects: list[object] = []
        for update in sorted(updates, key=self._is_no_beginning):
            kind = update.WhichOneof("payload")
            if kind is not None:
                effects += self.one(kind, getattr(update, kind), now)
        return effects

    def one(self, kind: str, message: Any, now: Now) -> list[object]:
        """One event.

        Raises:
            RemoteProtocolError: an event that cannot be.
        """
        if kind == "order_update_trade_leg":
            return self._doubts.once("legs_are_not_counted", shorten(message.market_id, 60))
        step = self._step(kind, message, now)
        if step is None:
            # The order is older than what we were shown, or its beginning was lost.
            return self._doubts.doubted(f"{kind} of an order that was never shown", now)
        effects = self.news(step, now)
        if step.doubt:
            effects += self._doubts.doubted(f"{_name(step.order)}: {step.doubt}", now)
        return effects

    def _is_no_beginning(self, update: Any) -> bool:
        is_image = update.WhichOneof("payload") == "order_update"
        return not (is_image and self._orders.get(update.order_update.unique_id) is None)

    def _step(self, kind: str, message: Any, now: Now) -> Step | None:
        if kind == "order_update":
            return self._orders.shown(message, now.wall_ns)
        if kind == "order_update_status":
            return self._orders.status(message, now.wall_ns)
        if kind == "order_update_trade":
            return self._orders.traded(message, now.wall_ns)
        return self._orders.failed(message, now.wall_ns)

    # --- snapshots ------------------------------------------------------------------------------

    def begin_snapshot(self) -> None:
        """The orders of a snapshot follow."""
        self.whole = True

    def listed(self, update: Any, now: Now) -> tuple[list[Step], list[object]]:
        """One of a snapshot's orders: what cannot be read must not hide all others."""
        kind = update.WhichOneof("payload")
        if kind is None or kind == "order_update_trade_leg":
            return [], []
        if kind == "order_update" and self._orders.is_over(update.order_update):
            return [], []
        try:
            step = self._step(kind, getattr(update, kind), now)
        except RemoteProtocolError as error:
            self.whole = False
            return [], self._doubts.once("order_unreadable", str(error))
        if step is None:
            return [], []
        doubt = f"{_name(step.order)}: {step.doubt}"
        return [step], self._doubts.once("order_in_doubt", doubt) if step.doubt else []

    def not_listed(
        self, listed: set[str], *, day_began_ns: int, asked_ns: int
    ) -> tuple[list[Step], list[object]]:
        """Orders that work and are not in a snapshot: their ends, as far as these can be known.

        What was heard of after the snapshot was asked for may be newer than it. An order for the day
        ended with its day. What became of others nobody says: they are forgotten, and their absence in
        the next answer is for the router to judge.
        """
        steps: list[Step] = []
        effects: list[object] = []
        for order in self._orders.unlisted(listed):
            if order.heard_ns >= asked_ns:
                continue
            if order.time_type == enums_pb2.TIME_TYPE_NORMAL and order.updated_ns < day_began_ns:
                order.standing, order.meaning = Standing.FINISHED, Meaning.ROLLED
                steps.append(Step(order=order, meaning=Meaning.ROLLED))
            else:
                self._orders.forget(order)
                effects.append(Note("order_not_listed", _name(order), alert=True))
        return steps, effects

    def silently(self, steps: Iterable[Step]) -> list[object]:
        """A login's first snapshot: the reconciliation that follows tells all but what was taken back."""
        effects: list[object] = []
        for step in steps:
            effects += [bust_of(step.order, t, step.order.updated_ns) for t in step.busted]
            counted(step.order, self._pricing_of)
        return effects

    # --- news -------------------------------------------------------------------------------------

    def news(self, step: Step, now: Now) -> list[object]:
        """The news of an event, with what they settle."""
        asked = self._commands.requests.find(Pending.REPLACE, _name(step.order))
        news = news_of(step, self._pricing_of, self._currency)
        if isinstance(asked, ReplaceOrder):
            news = [_as_replaced(each, asked) for each in news]
        if any(isinstance(n, OrderUpdate) and n.kind is UpdateKind.REPLACED for n in news):
            self._commands.requests.answered(Pending.REPLACE, step.order)
        return [*news, *self._commands.seen(step.order, step.meaning, now)]

    def asked(self, order: Order) -> list[object]:
        """The state of an order that somebody waits for, whether it was told before or not."""
        return list(state_of(order, self._pricing_of, asked=True))


def _name(order: Order) -> str:
    return order.tag or order.unique_id


def _as_replaced(news: object, asked: ReplaceOrder) -> object:
    """A working order that shows the terms we asked for has been changed, whatever it calls it."""
    if not isinstance(news, OrderUpdate) or news.kind is not UpdateKind.ACCEPTED:
        return news
    if news.quantity != asked.quantity or asked.price not in (None, news.price):
        return news
    return attrs.evolve(news, kind=UpdateKind.REPLACED)
