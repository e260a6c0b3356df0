"""One order as the venue has shown it, and how an event changes its state and terms.

Prices stay the venue's texts until somebody tells them: reading them takes the market's details, which
may come later. Trades are `ordertrades`, the account's orders together `orders`.
"""

from typing import Any

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.orderstates import (
    Awaited,
    Meaning,
    Standing,
    awaited_of,
    lifecycle_of,
    standing_of,
)
from actors.venues.t4.proto import enums_pb2
from engine.model.enums import Lifecycle, Side
from engine.session.values import shorten

_E = enums_pb2


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
        updated_ns, heard_ns: when its newest event was by the venue's clock, and when it came here.
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
    heard_ns: int = 0
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


def mark(update: Any, kind: str) -> tuple[object, ...]:
    """By what a repeated event is known."""
    return (kind, update.change, update.response_pending, update.status)


def is_old(order: Order, update: Any, kind: str) -> bool:
    """Older than what is known, or the same once more. Without a number everything is news."""
    number = update.sequence_order
    if not number or number > order.sequence:
        return False
    return number < order.sequence or order.last == mark(update, kind)


def change_state(order: Order, update: Any, meaning: Meaning, default_ns: int) -> None:
    """Take over status, pending response and number of an event that came at `default_ns`.

    Raises:
        RemoteProtocolError: a time that cannot be.
    """
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
    order.heard_ns = default_ns
    waiting = meaning is Meaning.SUBMITTING or order.awaited is Awaited.SUBMISSION
    if not (waiting or order.ended):
        order.accepted = True


def price_in(update: Any, field: str) -> str:
    """The text of a price, empty where there is none."""
    return str(getattr(update, field).value) if update.HasField(field) else ""


def take_terms_of_image(order: Order, update: Any) -> None:
    """Everything that an image says replaces what was known. Raises RemoteProtocolError."""
    order.price_type, order.time_type = update.price_type, update.time_type
    order.volume = wire.volume(update.current_volume, "current_volume")
    order.new_volume = wire.volume(update.new_volume, "new_volume")
    order.limit = price_in(update, "current_limit_price")
    order.stop = price_in(update, "current_stop_price")
    order.new_limit = price_in(update, "new_limit_price")
    order.new_stop = price_in(update, "new_stop_price")
    order.trail = price_in(update, "trail_price")
    if not order.volume:  # not confirmed by the exchange yet
        order.limit, order.stop = order.limit or order.new_limit, order.stop or order.new_stop
    if not order.new_volume:
        keep_terms(order)


def take_terms_of_status(order: Order, update: Any, meaning: Meaning) -> None:
    """What a status does not tell stays; what was asked for holds once it is confirmed."""
    order.new_volume = update.new_volume or order.new_volume
    order.new_limit = price_in(update, "new_limit_price") or order.new_limit
    order.new_stop = price_in(update, "new_stop_price") or order.new_stop
    if meaning in (Meaning.SUBMITTED, Meaning.REVISED):
        order.volume = order.new_volume or order.volume
        order.limit = order.new_limit or order.limit
        order.stop = order.new_stop or order.stop
    order.volume = wire.volume(update.current_volume, "current_volume") or order.volume
    order.limit = price_in(update, "current_limit_price") or order.limit
    order.stop = price_in(update, "current_stop_price") or order.stop
    order.trail = price_in(update, "trail_price") or order.trail
    order.price_type = update.price_type or order.price_type
    if meaning is Meaning.REVISION_REFUSED:
        keep_terms(order)


def keep_terms(order: Order) -> None:
    """What was asked for is forgotten: the terms that hold go on."""
    order.new_volume, order.new_limit, order.new_stop = order.volume, order.limit, order.stop
