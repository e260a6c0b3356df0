"""The orders of the account as this session knows them: what is newest, what was told, what is owed.

Pushes come out of order and tell no trades; queries tell trades and may be older than the last push. So
every sight of an order, from either, passes through here: an older one changes nothing, an end is held
until the fills it counts were told, and each trade is told once by its id.
"""

from collections import OrderedDict
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.longbridge.records import Execution, Seen, fill_of, update_of
from engine.messages.venue import OrderUpdate, UpdateKind
from engine.model.enums import Side
from engine.model.money import ZERO

ORDERS_MAX: Final = 5_000
"""Orders remembered; of more the ended ones are forgotten first, the oldest before the others."""


@attrs.define(eq=False)
class Followed:
    """One order."""

    venue_order_id: str
    client_order_id: str = ""
    symbol: str = ""
    side: Side | None = None
    seen: Seen | None = None
    told: dict[str, Decimal] = attrs.field(factory=dict)
    """Quantity by trade id of the fills that were told."""
    last: tuple[object, ...] = ()
    """What the last update said, so that it is not said twice."""
    held: bool = False
    """The end is known and waits for its fills."""
    missed: bool = False
    """It stood in no list, and the venue refused to show it by its id."""

    @property
    def filled(self) -> Decimal:
        """Sum of the fills that were told."""
        return sum(self.told.values(), ZERO)

    @property
    def owes_fills(self) -> bool:
        """Whether the venue claims more than was told."""
        return self.seen is not None and self.seen.executed > self.filled

    @property
    def ended(self) -> bool:
        """Whether the venue has shown its end."""
        return self.seen is not None and self.seen.status.ended


class Following:
    """All orders of the account that this session has heard of."""

    def __init__(self) -> None:
        self._orders: OrderedDict[str, Followed] = OrderedDict()
        self._names: dict[str, str] = {}

    # --- asking -------------------------------------------------------------------------------

    def get(self, venue_order_id: str) -> Followed | None:
        """The order with this id of the venue."""
        return self._orders.get(venue_order_id)

    def named(self, client_order_id: str) -> Followed | None:
        """The order with this id of ours."""
        return self._orders.get(self._names.get(client_order_id, ""))

    def find(self, client_order_id: str, venue_order_id: str) -> Followed | None:
        """By the venue's id, else by ours."""
        return self.get(venue_order_id) or self.named(client_order_id)

    def working(self, symbol: str = "") -> list[Followed]:
        """Orders not known to have ended; of one symbol when it is named."""
        return [
            order
            for order in self._orders.values()
            if not order.ended and symbol in ("", order.symbol)
        ]

    # --- news ---------------------------------------------------------------------------------

    def taken(self, client_order_id: str, venue_order_id: str, symbol: str, side: Side) -> Followed:
        """The venue has given an order of ours its id."""
        order = self._of(venue_order_id)
        self._name(order, client_order_id)
        order.symbol, order.side = symbol, side
        return order

    def shown(self, seen: Seen, *, asked: bool = False) -> list[OrderUpdate]:
        """The venue has shown an order: the news in that, none when they are old or wait for fills.

        Args:
            seen: as it was shown.
            asked: somebody waits for an answer: what is known is told again, even if it was told.
        """
        order = self._of(seen.venue_order_id)
        if not self._learned(order, seen) and not asked:
            return []
        if order.ended and order.owes_fills:
            order.held = True
            return []
        return self._news(order, asked=asked)

    def traded(self, executions: Iterable[Execution]) -> list[object]:
        """Trades that a query showed: the fills that were not told yet, then the ends they held up."""
        effects: list[object] = []
        touched: dict[str, Followed] = {}
        for execution in executions:
            order = self._orders.get(execution.venue_order_id)
            if order is None or execution.trade_id in order.told:
                continue
            side = execution.side or order.side
            if side is None:
                continue
            order.told[execution.trade_id] = execution.quantity
            effects.append(fill_of(execution, order.client_order_id, side))
            touched[order.venue_order_id] = order
        for order in touched.values():
            if order.held and not order.owes_fills:
                effects += self.released(order)
        return effects

    def released(self, order: Followed) -> list[OrderUpdate]:
        """The end that was held back, told now."""
        if not order.held:
            return []
        order.held = False
        return self._news(order, asked=True)

    def counted(self, seen: Iterable[Seen], executions: Iterable[Execution]) -> None:
        """A reconciliation tells these orders and trades itself: nothing of it is to be told again."""
        for each in seen:
            self._learned(self._of(each.venue_order_id), each)
        for execution in executions:
            known = self._orders.get(execution.venue_order_id)
            if known is not None:
                known.told[execution.trade_id] = execution.quantity

    # --- small things -------------------------------------------------------------------------

    def _learned(self, order: Followed, seen: Seen) -> bool:
        """Take over what is not older than what is known."""
        if order.seen is not None and is_older(seen, order.seen):
            return False
        order.seen, order.missed = seen, False
        order.symbol, order.side = seen.symbol, seen.side
        self._name(order, seen.client_order_id)
        return True

    def _news(self, order: Followed, *, asked: bool) -> list[OrderUpdate]:
        if order.seen is None:
            return []
        news = attrs.evolve(update_of(order.seen), client_order_id=order.client_order_id)
        if order.seen.status.cancels and not asked:
            news = attrs.evolve(news, kind=UpdateKind.CANCEL_PENDING)
        said = (news.kind, news.cum_qty, news.price, news.quantity)
        known = 2 if order.seen.status.changing else len(said)
        if said[:known] == order.last[:known] and not asked:
            return []
        order.last = said
        return [news]

    def _of(self, venue_order_id: str) -> Followed:
        order = self._orders.get(venue_order_id)
        if order is None:
            if len(self._orders) >= ORDERS_MAX:
                self._forget_one()
            order = self._orders[venue_order_id] = Followed(venue_order_id)
        return order

    def _name(self, order: Followed, client_order_id: str) -> None:
        """A remark that was lost on the way does not make an order a stranger's."""
        if client_order_id and not order.client_order_id:
            order.client_order_id = client_order_id
            self._names[client_order_id] = order.venue_order_id

    def _forget_one(self) -> None:
        ended = (name for name, order in self._orders.items() if order.ended and not order.held)
        gone = self._orders.pop(next(ended, next(iter(self._orders))))
        self._names.pop(gone.client_order_id, None)


def is_older(seen: Seen, known: Seen) -> bool:
    """Whether a sight of an order is older than what is known: nothing follows from it then.

    What was executed only grows, and nothing comes after an end but more executed quantity.
    """
    if seen.executed != known.executed:
        return seen.executed < known.executed
    if known.status.ended or seen.status.ended:
        return known.status.ended
    if seen.updated_ns != known.updated_ns:
        return seen.updated_ns < known.updated_ns
    return seen.status.rank < known.status.rank
