"""The orders of the account as this session knows them: full images, what has changed since, and trades.

The venue tells an order by one full image and then by what changes (status, trade, failure), each with a
number that grows per order. So every event passes through here: an older one changes nothing of the
state, a trade counts once whatever its place, and an event of an order that was never shown is left to
whoever can ask. Prices stay the venue's texts until somebody tells them: reading them takes the market's
details, which may come later.
"""

from collections import OrderedDict
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.orderstates import (
    Awaited,
    Meaning,
    Standing,
    awaited_of,
    lifecycle_of,
    meaning_of,
    standing_of,
)
from actors.venues.t4.proto import enums_pb2
from engine.model.enums import Lifecycle, Side
from engine.session.values import malformed, shorten

ORDERS_MAX: Final = 10_000
"""Orders remembered; of more the ended ones are forgotten first, the oldest before the others."""
TRADES_MAX: Final = 10_000
"""Trades of one order; a contract a trade, far beyond what an account may hold."""
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


@attrs.frozen(kw_only=True)
class Traded:
    """A trade of an order.

    Attributes:
        sequence: the order's number at the trade; with the order's id it is the trade's name.
        price: the venue's text.
        trade_id: the exchange's, empty where it tells none; legs of a spread may share one.
        total: filled of the order after it, None where that was not told.
    """

    sequence: int
    volume: int
    price: str
    trade_id: str
    ts_ns: int
    total: int | None = None


@attrs.define(eq=False, kw_only=True)
class Order:
    """One order.

    Attributes:
        unique_id: the venue's.
        tag: our client order id, empty for what cannot be one.
        volume, limit, stop: the terms that hold, as the exchange has confirmed them.
        new_volume, new_limit, new_stop: the terms that were asked for last.
        filled: the venue's own count.
        accepted: whether the exchange (or, of a held order, the venue) has taken it.
        sequence: number of the newest event.
        trades: by number; `busted` those that were taken back.
        said: what the last update told, so that it is not told twice.
        untold: numbers of trades that were counted here and not told yet.
    """

    unique_id: str
    account_id: str
    market_id: str
    side: Side
    tag: str = ""
    price_type: int = _E.PRICE_TYPE_UNDEFINED
    time_type: int = _E.TIME_TYPE_UNDEFINED
    volume: int = 0
    limit: str = ""
    stop: str = ""
    trail: str = ""
    new_volume: int = 0
    new_limit: str = ""
    new_stop: str = ""
    filled: int = 0
    standing: Standing = Standing.WORKING
    meaning: Meaning = Meaning.NOTHING
    awaited: Awaited = Awaited.UNSTATED
    accepted: bool = False
    detail: str = ""
    change: int = 0
    sequence: int = 0
    trade_date: int = 0
    updated_ns: int = 0
    last: tuple[object, ...] = ()
    trades: dict[int, Traded] = attrs.field(factory=dict)
    busted: dict[int, Traded] = attrs.field(factory=dict)
    untold: list[int] = attrs.field(factory=list)
    said: tuple[object, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing of it works any more."""
        return self.standing.ended

    @property
    def whole(self) -> int:
        """Its volume, what was filled included; 0 of a bracket's exit that waits for its entry."""
        return self.volume or self.new_volume

    @property
    def lifecycle(self) -> Lifecycle:
        """Where it is in its life."""
        return lifecycle_of(self.standing, self.meaning, self.whole, self.filled)

    @property
    def counted(self) -> int:
        """Sum of the trades that are known."""
        return sum(trade.volume for trade in self.trades.values())


@attrs.frozen(kw_only=True)
class Step:
    """What an event has brought.

    Attributes:
        order: as it is now.
        meaning: of the event; `NOTHING` when it was old.
        busted: trades that it took back.
        doubt: what does not fit, to be asked for; empty when all does.
    """

    order: Order
    meaning: Meaning
    busted: tuple[Traded, ...] = ()
    doubt: str = ""


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
        old = _is_old(order, update, "image")
        newer_day = update.trade_date > order.trade_date
        meaning = meaning_of(update.change)
        for trade in update.trades:
            _count(order, _traded_in_image(trade, default_ns))
        if old and not newer_day:
            return Step(order=order, meaning=Meaning.NOTHING)
        busted, doubt = _sums(order, update, meaning)
        _state(order, update, meaning, default_ns)
        _terms_of_image(order, update)
        self._name(order, update.tag)
        order.trade_date = max(order.trade_date, update.trade_date)
        order.last = _mark(update, "image")
        return Step(order=order, meaning=meaning, busted=busted, doubt=doubt)

    def status(self, update: Any, default_ns: int) -> Step | None:
        """What changed (`OrderUpdateStatus`); None for an order that was never shown."""
        order = self._orders.get(update.unique_id)
        if order is None:
            return None
        if _is_old(order, update, "status"):
            return Step(order=order, meaning=Meaning.NOTHING)
        meaning = meaning_of(update.change)
        _state(order, update, meaning, default_ns)
        _terms_of_status(order, update, meaning)
        self._name(order, update.tag)
        order.last = _mark(update, "status")
        return Step(order=order, meaning=meaning)

    def failed(self, update: Any, default_ns: int) -> Step | None:
        """A request that could not be carried out (`OrderUpdateFailed`)."""
        order = self._orders.get(update.unique_id)
        if order is None:
            return None
        if _is_old(order, update, "failed"):
            return Step(order=order, meaning=Meaning.NOTHING)
        meaning = meaning_of(update.change)
        _state(order, update, meaning, default_ns)
        if meaning is Meaning.REVISION_REFUSED:
            _keep_terms(order)
        order.last = _mark(update, "failed")
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
        old = _is_old(order, update, "trade")
        doubt = _count(order, _traded(update, default_ns))
        if old:
            return Step(order=order, meaning=Meaning.NOTHING, doubt=doubt)
        order.filled = max(order.filled, update.total_fill_volume, order.counted)
        order.price_type = _TRIGGERED.get(order.price_type, order.price_type)
        order.accepted = True
        _state(order, update, meaning, default_ns)
        order.last = _mark(update, "trade")
        if order.counted < order.filled:
            doubt = doubt or f"{order.counted} traded of {order.filled} filled"
        return Step(order=order, meaning=meaning, doubt=doubt)

    def _busted(self, order: Order, update: Any, default_ns: int) -> Step:
        if _is_old(order, update, "bust"):
            return Step(order=order, meaning=Meaning.NOTHING)
        gone, doubt = _named_by(order, update)
        busted: tuple[Traded, ...] = ()
        if gone is not None and gone.sequence in order.trades:
            busted = (_take_back(order, gone),)
            order.filled = min(update.total_fill_volume, order.filled)
        _state(order, update, Meaning.BUSTED, default_ns)
        order.last = _mark(update, "bust")
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


# --- how an event changes an order ---------------------------------------------------------------


def _mark(update: Any, kind: str) -> tuple[object, ...]:
    return (kind, update.change, update.response_pending, update.status)


def _is_old(order: Order, update: Any, kind: str) -> bool:
    """Older than what is known, or the same once more. Without a number everything is news."""
    number = update.sequence_order
    if not number or number > order.sequence:
        return False
    return number < order.sequence or order.last == _mark(update, kind)


def _state(order: Order, update: Any, meaning: Meaning, default_ns: int) -> None:
    standing = standing_of(update.status, meaning)
    awaited = awaited_of(update.response_pending)
    if not order.ended:  # what comes after the end does not say how it ended
        order.meaning = meaning
    if standing is not Standing.UNSTATED:
        order.standing = standing
    if awaited is not Awaited.UNSTATED:
        order.awaited = awaited
    order.change = update.change
    order.detail = shorten(update.status_detail)
    order.sequence = max(order.sequence, update.sequence_order)
    order.updated_ns = wire.stamp_ns(update, "time", default_ns)
    waiting = meaning is Meaning.SUBMITTING or order.awaited is Awaited.SUBMISSION
    if not (waiting or order.ended):
        order.accepted = True


def _price(update: Any, field: str) -> str:
    return str(getattr(update, field).value) if update.HasField(field) else ""


def _terms_of_image(order: Order, update: Any) -> None:
    order.price_type, order.time_type = update.price_type, update.time_type
    order.volume = wire.volume(update.current_volume, "current_volume")
    order.new_volume = wire.volume(update.new_volume, "new_volume")
    order.limit = _price(update, "current_limit_price")
    order.stop = _price(update, "current_stop_price")
    order.new_limit = _price(update, "new_limit_price")
    order.new_stop = _price(update, "new_stop_price")
    order.trail = _price(update, "trail_price")
    if not order.volume:  # not confirmed by the exchange yet
        order.limit, order.stop = order.limit or order.new_limit, order.stop or order.new_stop
    if not order.new_volume:
        _keep_terms(order)


def _terms_of_status(order: Order, update: Any, meaning: Meaning) -> None:
    """What a status does not tell stays; what was asked for holds once it is confirmed."""
    order.new_volume = update.new_volume or order.new_volume
    order.new_limit = _price(update, "new_limit_price") or order.new_limit
    order.new_stop = _price(update, "new_stop_price") or order.new_stop
    if meaning in (Meaning.SUBMITTED, Meaning.REVISED):
        order.volume = order.new_volume or order.volume
        order.limit = order.new_limit or order.limit
        order.stop = order.new_stop or order.stop
    order.volume = wire.volume(update.current_volume, "current_volume") or order.volume
    order.limit = _price(update, "current_limit_price") or order.limit
    order.stop = _price(update, "current_stop_price") or order.stop
    order.trail = _price(update, "trail_price") or order.trail
    order.price_type = update.price_type or order.price_type
    if meaning is Meaning.REVISION_REFUSED:
        _keep_terms(order)


def _keep_terms(order: Order) -> None:
    order.new_volume, order.new_limit, order.new_stop = order.volume, order.limit, order.stop


# --- trades --------------------------------------------------------------------------------------


def _traded(update: Any, default_ns: int) -> Traded:
    return Traded(
        sequence=update.sequence_order,
        volume=update.volume,
        price=_price(update, "price"),
        trade_id=str(update.exchange_trade_id)[: wire.ID_CHARS_MAX],
        ts_ns=wire.stamp_ns(update, "time", default_ns),
        total=update.total_fill_volume or None,
    )


def _traded_in_image(trade: Any, default_ns: int) -> Traded:
    return Traded(
        sequence=trade.sequence_order,
        volume=trade.volume,
        price=_price(trade, "price"),
        trade_id=str(trade.exchange_trade_id)[: wire.ID_CHARS_MAX],
        ts_ns=wire.stamp_ns(trade, "time", default_ns),
    )


def _count(order: Order, trade: Traded) -> str:
    """Count a trade unless it is known; why it cannot be counted, empty when it can."""
    if trade.volume <= 0:
        return "a trade without volume"
    if not trade.sequence:
        return "a trade without a number"
    if trade.sequence in order.trades or trade.sequence in order.busted:
        return ""
    if len(order.trades) >= TRADES_MAX:
        return f"more than {TRADES_MAX} trades"
    order.trades[trade.sequence] = trade
    order.untold.append(trade.sequence)
    return ""


def _take_back(order: Order, trade: Traded) -> Traded:
    order.busted[trade.sequence] = order.trades.pop(trade.sequence)
    if trade.sequence in order.untold:
        order.untold.remove(trade.sequence)
    return trade


def _named_by(order: Order, update: Any) -> tuple[Traded | None, str]:
    """The trade that a bust is about, by the exchange's id or by being the only one like it."""
    every = [*order.trades.values(), *order.busted.values()]
    trade_id, price = str(update.exchange_trade_id), _price(update, "price")
    named = [t for t in every if trade_id and t.trade_id == trade_id]
    if len(named) != 1:
        alike = (update.volume, price)
        named = [t for t in named or every if (t.volume, t.price) == alike]
    if len(named) == 1:
        return named[0], ""
    return None, f"a trade is taken back and {len(named)} are like it"


def _sums(order: Order, update: Any, meaning: Meaning) -> tuple[tuple[Traded, ...], str]:
    """Compare an image's count with the trades that are known, and take over what it says.

    A count that fell takes trades back only where the image says that this is what happened; else
    it may be the count of another day, and nobody's fills are touched.
    """
    told = wire.volume(update.total_fill_volume, "total_fill_volume")
    if meaning is Meaning.BUSTED and told < order.counted:
        listed = {trade.sequence for trade in update.trades}
        missing = [t for number, t in order.trades.items() if number not in listed]
        if sum(t.volume for t in missing) == order.counted - told:
            order.filled = told
            return tuple(_take_back(order, trade) for trade in missing), ""
        return (), f"{order.counted} traded, {told} left after a bust"
    doubt = "" if told == order.counted else f"{order.counted} traded of {told} filled"
    order.filled = max(order.filled, told, order.counted)
    return (), doubt
