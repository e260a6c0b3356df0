"""The orders of the account as this session knows them: full images, what has changed since, and trades.

The venue tells an order by one full image and then by what changes (status, trade, failure), each with a
number that grows per order. So every event passes through here: an older one changes nothing of the
state, a trade counts once whatever its place, and an event of an order that was never shown is left to
whoever can ask.
"""

from collections import OrderedDict
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from actors.venues.t4 import wire
from actors.venues.t4.orderimages import (
    Order,
    Step,
    Traded,
    change_state,
    is_old,
    keep_terms,
    mark,
    take_terms_of_image,
    take_terms_of_status,
)
from actors.venues.t4.orderstates import Meaning, meaning_of
from actors.venues.t4.ordertrades import (
    compare_sums,
    count,
    named_by,
    take_back,
    traded_in,
    traded_in_image,
)
from actors.venues.t4.proto import enums_pb2
from engine.model.enums import Side
from engine.session.values import malformed

ORDERS_MAX: Final = 50_000
"""Orders remembered, more than a snapshot can hold; of more the ended ones are forgotten first, the
oldest before the others."""
EXPECTED_MAX: Final = 1_000
"""Ids that were told before their orders."""
TAG_CHARS_MAX: Final = 64

_E = enums_pb2
_SIDES: Final = {_E.BUY_SELL_BUY: Side.BUY, _E.BUY_SELL_SELL: Side.SELL}
_TRIGGERED: Final[Mapping[int, int]] = {
    _E.PRICE_TYPE_STOP_LIMIT: _E.PRICE_TYPE_LIMIT,
    _E.PRICE_TYPE_STOP_SAME_LIMIT: _E.PRICE_TYPE_LIMIT,
    _E.PRICE_TYPE_STOP_MARKET: _E.PRICE_TYPE_MARKET,
}
"""A stop that trades has been triggered: the venue's clients call it so from then on."""


class Orders:
    """All orders of the account that this session has been shown."""

    def __init__(self) -> None:
        self._orders: OrderedDict[str, Order] = OrderedDict()
        self._names: dict[str, str] = {}
        self._expected: OrderedDict[str, str] = OrderedDict()
        self.forgot_ended = False
        """Whether an order had to be forgotten: then memory proves nothing about what it lacks."""

    def __iter__(self) -> Iterator[Order]:
        return iter(list(self._orders.values()))

    def __len__(self) -> int:
        return len(self._orders)

    def get(self, unique_id: str) -> Order | None:
        """The order with this id of the venue."""
        return self._orders.get(unique_id)

    def find(self, client_order_id: str, venue_order_id: str) -> Order | None:
        """By the venue's id, else by ours."""
        known = self._orders.get(venue_order_id) if venue_order_id else None
        return known or self._orders.get(self._names.get(client_order_id, ""))

    def working(self, market_id: str = "") -> list[Order]:
        """Orders that have not ended; of one market when it is named."""
        return [o for o in self._orders.values() if not o.ended and market_id in ("", o.market_id)]

    def is_over(self, update: Any) -> bool:
        """Whether an image is of an order that had ended and to which nothing has happened since.

        Most of a day's orders are such in every snapshot: they need not be looked at again.
        """
        order = self._orders.get(update.unique_id)
        if order is None or not order.ended or order.untold or order.counted != order.filled:
            return False
        return bool(0 < update.sequence_order == order.sequence)

    def expect(self, unique_id: str, client_order_id: str) -> None:
        """The venue has told the id of an order before it shows it."""
        order = self._orders.get(unique_id)
        if order is not None:
            self._name(order, client_order_id)
            return
        self._expected[unique_id] = client_order_id
        if len(self._expected) > EXPECTED_MAX:
            self._expected.popitem(last=False)

    def unlisted(self, listed: Container[str]) -> list[Order]:
        """Working orders that a snapshot does not list: they work no more, and nobody says why."""
        return [order for order in self.working() if order.unique_id not in listed]

    def forget(self, order: Order) -> None:
        """The venue does not list it any more, and nobody has told its end."""
        self._orders.pop(order.unique_id, None)
        if self._names.get(order.tag) == order.unique_id:
            del self._names[order.tag]

    # --- events -------------------------------------------------------------------------------

    def shown(self, update: Any, default_ns: int) -> Step:
        """A full image (`OrderUpdate`): it replaces what is known, unless it is older.

        Raises:
            RemoteProtocolError: an image that cannot be.
        """
        order = self._orders.get(update.unique_id)
        if order is None:
            order = self._begin(update)
        old = is_old(order, update, "image")
        known = 0 < update.sequence_order == order.sequence
        meaning = meaning_of(update.change)
        doubts = [count(order, traded_in_image(trade, default_ns)) for trade in update.trades]
        if old and update.trade_date > order.trade_date:  # numbers begin anew with the day
            order.sequence = 0
        elif old:
            return Step(order=order, meaning=Meaning.NOTHING)
        busted, doubt = compare_sums(order, update, meaning)
        doubt = next(filter(None, [*doubts, doubt]), "")
        change_state(order, update, meaning, default_ns)
        take_terms_of_image(order, update)
        self._name(order, update.tag)
        order.trade_date = max(order.trade_date, update.trade_date)
        order.last = mark(update, "image")
        # What it says has happened last was told by the event of this number.
        told = Meaning.NOTHING if known and not busted else meaning
        return Step(order=order, meaning=told, busted=busted, doubt=doubt)

    def status(self, update: Any, default_ns: int) -> Step | None:
        """What changed (`OrderUpdateStatus`); None for an order that was never shown."""
        order = self._orders.get(update.unique_id)
        if order is None:
            return None
        if is_old(order, update, "status"):
            return Step(order=order, meaning=Meaning.NOTHING)
        meaning = meaning_of(update.change)
        change_state(order, update, meaning, default_ns)
        take_terms_of_status(order, update, meaning)
        self._name(order, update.tag)
        order.last = mark(update, "status")
        return Step(order=order, meaning=meaning)

    def failed(self, update: Any, default_ns: int) -> Step | None:
        """A request that could not be carried out (`OrderUpdateFailed`)."""
        order = self._orders.get(update.unique_id)
        if order is None:
            return None
        if is_old(order, update, "failed"):
            return Step(order=order, meaning=Meaning.NOTHING)
        meaning = meaning_of(update.change)
        change_state(order, update, meaning, default_ns)
        if meaning is Meaning.REVISION_REFUSED:
            keep_terms(order)
        order.last = mark(update, "failed")
        doubt = "a failure that is not named" if meaning is Meaning.FAILURE else ""
        return Step(order=order, meaning=meaning, doubt=doubt)

    def traded(self, update: Any, default_ns: int) -> Step | None:
        """A trade, or one that is taken back (`OrderUpdateTrade`)."""
        order = self._orders.get(update.unique_id)
        if order is None:
            return None
        meaning = meaning_of(update.change)
        if meaning is Meaning.BUSTED:
            return self._busted(order, update, default_ns)
        old = is_old(order, update, "trade")
        doubt = count(order, traded_in(update, default_ns))
        if old:
            return Step(order=order, meaning=Meaning.NOTHING, doubt=doubt)
        order.filled = max(order.filled, update.total_fill_volume, order.counted)
        order.price_type = _TRIGGERED.get(order.price_type, order.price_type)
        order.accepted = True
        change_state(order, update, meaning, default_ns)
        order.last = mark(update, "trade")
        if order.counted < order.filled:
            doubt = doubt or f"{order.counted} traded of {order.filled} filled"
        return Step(order=order, meaning=meaning, doubt=doubt)

    def _busted(self, order: Order, update: Any, default_ns: int) -> Step:
        if is_old(order, update, "bust"):
            return Step(order=order, meaning=Meaning.NOTHING)
        gone, doubt = named_by(order, update)
        busted: tuple[Traded, ...] = ()
        if gone is not None and gone.sequence in order.trades:
            busted = (take_back(order, gone),)
            order.filled = min(max(update.total_fill_volume, 0), order.filled)
        change_state(order, update, Meaning.BUSTED, default_ns)
        order.last = mark(update, "bust")
        return Step(order=order, meaning=Meaning.BUSTED, busted=busted, doubt=doubt)

    # --- small things -------------------------------------------------------------------------

    def _begin(self, update: Any) -> Order:
        side = _SIDES.get(update.buy_sell)
        if side is None:
            malformed("buy_sell", "buy or sell")
        order = Order(
            unique_id=wire.identifier(update.unique_id, "unique_id"),
            account_id=wire.identifier(update.account_id, "account_id"),
            market_id=wire.identifier(update.market_id, "market_id"),
            side=side,
        )
        if len(self._orders) >= ORDERS_MAX:
            self._forget_one()
        self._orders[order.unique_id] = order
        self._name(order, self._expected.pop(order.unique_id, ""))
        return order

    def _name(self, order: Order, tag: str) -> None:
        """A tag that was lost on the way does not make an order a stranger's."""
        if order.tag or not is_client_order_id(tag):
            return
        order.tag = tag
        self._names[tag] = order.unique_id

    def _forget_one(self) -> None:
        ended = (name for name, order in self._orders.items() if order.ended)
        self.forget(self._orders[next(ended, next(iter(self._orders)))])
        self.forgot_ended = True


def is_client_order_id(tag: str) -> bool:
    """Whether a tag can be one of ours: letters and digits; a person's words are none."""
    return 0 < len(tag) <= TAG_CHARS_MAX and tag.isascii() and tag.isalnum()
