"""Reading what a client wants of an order: each field checked without account and market prices.

Prices become whole ticks here, so that everything behind compares and adds exactly. What cannot be
read, or is none of the kinds the sheet's table allows, is a `Refusal`; of which sort, decides how
the venue tells it.
"""

from enum import StrEnum
from typing import Any, Final, TypeVar

import attrs

from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.ordercodes import (
    BRACKETS,
    LIMITED,
    STOPS,
    TOUCHED,
    TRIGGERED_AS,
    Activation,
    BuySell,
    OrderLink,
    PriceType,
    TimeType,
)
from actors.venues.t4.simulator.prices import ticks_of
from engine.simulator.moment import MS, NS

VOLUME_MAX: Final = 1_000_000
TAG_MAX: Final = 256
DELAY_MS_MAX: Final = 86_400_000 * 30
SECONDS_MAX: Final = 253_402_300_799
"""The last second that a Timestamp of protobuf may name."""

_Code = TypeVar("_Code", PriceType, TimeType, Activation, BuySell, OrderLink)


class Sort(StrEnum):
    """Who refuses."""

    FAILED = "failed"  # it could not be processed
    RISK = "risk"  # the account may not
    EXCHANGE = "exchange"  # the market would not


class Refusal(Exception):
    """A request that is not carried out; the text is for the client."""

    def __init__(self, text: str, sort: Sort = Sort.FAILED) -> None:
        super().__init__(text)
        self.sort = sort
        self.text = text


@attrs.frozen(kw_only=True)
class Terms:
    """When an order is to begin, and when to end, beside its prices.

    Attributes:
        submit_ns: wall time at which it begins; 0 for none.
        submit_delay_ns: or so long after it came.
        cancel_ns: wall time at which it is pulled.
        cancel_delay_ns: or so long after it came.
        held_cancel_ns: wall time at which it is pulled if it has not begun.
        held_cancel_delay_ns: or so long after it came.
        mode: of the market at which it begins.
        ticks: price at which it begins.
        volume: that has to stand there.
        bid_offer: on which side of the book; 0: the side it would trade with.
    """

    submit_ns: int = 0
    submit_delay_ns: int = 0
    cancel_ns: int = 0
    cancel_delay_ns: int = 0
    held_cancel_ns: int = 0
    held_cancel_delay_ns: int = 0
    mode: int = 0
    ticks: int | None = None
    volume: int = 0
    bid_offer: int = 0


NO_TERMS: Final = Terms()


@attrs.frozen(kw_only=True)
class Ticket:
    """One order as it was asked for; prices in ticks, None where not given."""

    side: BuySell
    price_type: PriceType
    time_type: TimeType
    volume: int
    limit: int | None = None
    stop: int | None = None
    trail: int | None = None
    max_show: int = 0
    max_volume: int = 0
    tag: str = ""
    activation: Activation = Activation.IMMEDIATE
    terms: Terms = NO_TERMS


@attrs.frozen(kw_only=True)
class Wanted:
    """What a revision asks for; None leaves as it is."""

    volume: int | None = None
    max_show: int | None = None
    max_volume: int | None = None
    limit: int | None = None
    stop: int | None = None
    trail: int | None = None
    tag: str | None = None
    queue_submit: bool = False


def read_link(number: int) -> OrderLink:
    """The link of a submission; Refusal for those that are not carried out."""
    return _code(OrderLink, number, "order_link")


def read_orders(
    link: OrderLink, orders: Any, listing: Listing, price_format: int
) -> list[Ticket | Refusal]:
    """The orders of a submission, each read or refused on its own.

    Raises:
        Refusal: they do not make up what their link promises.
    """
    if not len(orders):
        raise Refusal("the submission has no orders")
    if link is not OrderLink.NONE and len(orders) < 2:
        raise Refusal(f"order_link {link.name} needs two orders or more")
    read: list[Ticket | Refusal] = []
    for place, each in enumerate(orders):
        is_child = link in BRACKETS and place > 0
        relative = is_child and link is OrderLink.AUTO_OCO
        try:
            read.append(_read_order(each, listing, price_format, child=is_child, relative=relative))
        except Refusal as refusal:
            read.append(refusal)
    if link in BRACKETS:
        _check_bracket(read)
    return read


def _check_bracket(read: list[Ticket | Refusal]) -> None:
    """The exits of a bracket stand on the other side of its trigger."""
    trigger = read[0]
    if isinstance(trigger, Refusal):
        return
    if trigger.time_type is TimeType.COMPLETE_VOLUME and trigger.max_show:
        read[0] = Refusal("a bracket's trigger cannot be hidden and whole at once")
    for place, child in enumerate(read[1:], 1):
        if isinstance(child, Ticket) and child.side is trigger.side:
            read[place] = Refusal("a held order of a bracket is on the trigger's side")


def _read_order(
    order: Any, listing: Listing, price_format: int, *, child: bool, relative: bool
) -> Ticket:
    side = _code(BuySell, order.buy_sell, "buy_sell")
    price_type = _code(PriceType, order.price_type, "price_type")
    time_type = _code(TimeType, order.time_type, "time_type")
    limit = _ticks(order, "limit_price", listing, price_format, signed=relative)
    stop = _ticks(order, "stop_price", listing, price_format, signed=relative)
    trail = _ticks(order, "trail_distance", listing, price_format)
    activation = _activation(order, child=child)
    terms = NO_TERMS
    if order.HasField("activation_data"):
        terms = _read_terms(order.activation_data, listing, price_format)
    ticket = Ticket(
        side=side,
        price_type=price_type,
        time_type=time_type,
        volume=_volume(order.volume, child=child),
        limit=limit,
        stop=stop,
        trail=trail,
        max_show=_optional_volume(order, "max_show") or 0,
        max_volume=_optional_volume(order, "max_volume") or 0,
        tag=_tag(order) or "",
        activation=activation,
        terms=terms,
    )
    _check_whole(ticket)
    return ticket


def _check_whole(ticket: Ticket) -> None:
    """What its kind needs is there, and nothing contradicts it."""
    kind = ticket.price_type
    if kind in LIMITED and ticket.limit is None:
        raise Refusal(f"{kind.name} needs limit_price")
    if kind in TOUCHED and ticket.stop is None and ticket.trail is None:
        raise Refusal(f"{kind.name} needs stop_price")
    if ticket.trail is not None and (kind not in STOPS or ticket.trail <= 0):
        raise Refusal("trail_distance is a positive distance of a stop order")
    if ticket.max_volume and ticket.max_volume < ticket.volume:
        raise Refusal("max_volume is below volume")
    if ticket.time_type in (TimeType.MARKET_ON_OPEN, TimeType.MARKET_ON_CLOSE) and kind not in (
        PriceType.MARKET,
        PriceType.LIMIT,
    ):
        raise Refusal(f"{kind.name} cannot wait for the open or the close")
    _check_activation(ticket)


def _check_activation(ticket: Ticket) -> None:
    needs_price = ticket.activation in (
        Activation.AT_OR_ABOVE_TICKS,
        Activation.AT_OR_BELOW_TICKS,
        Activation.AT_OR_ABOVE_TRADE_TICKS,
        Activation.AT_OR_BELOW_TRADE_TICKS,
    )
    terms = ticket.terms
    if needs_price and terms.ticks is None:
        raise Refusal(f"{ticket.activation.name} needs a price in activation_data")
    if ticket.activation is Activation.ON_MARKET_MODE and not terms.mode:
        raise Refusal("ON_MARKET_MODE needs a mode in activation_data")
    if ticket.activation is Activation.AT_OR_AFTER_TIME and not (
        terms.submit_ns or terms.submit_delay_ns
    ):
        raise Refusal("AT_OR_AFTER_TIME needs submit_time or submit_delay_ms")


def _activation(order: Any, *, child: bool) -> Activation:
    if not order.HasField("activation_type"):
        return Activation.HOLD if child else Activation.IMMEDIATE
    activation = _code(Activation, order.activation_type, "activation_type")
    if child and activation is not Activation.HOLD:
        raise Refusal("the held orders of a bracket need activation_type HOLD")
    if activation is not Activation.IMMEDIATE and activation not in TRIGGERED_AS:
        raise Refusal(f"activation_type {activation.name} is told, not asked for")
    return activation


def _read_terms(data: Any, listing: Listing, price_format: int) -> Terms:
    """The activation data of an order."""
    bid_offer = data.bid_offer if data.HasField("bid_offer") else 0
    if bid_offer not in (-1, 0, 1):
        raise Refusal("activation_data.bid_offer is unknown")
    return Terms(
        submit_ns=_time_ns(data, "submit_time"),
        submit_delay_ns=_delay_ns(data, "submit_delay_ms"),
        cancel_ns=_time_ns(data, "cancel_time"),
        cancel_delay_ns=_delay_ns(data, "cancel_delay_ms"),
        held_cancel_ns=_time_ns(data, "activation_cancel_time"),
        held_cancel_delay_ns=_delay_ns(data, "activation_cancel_delay_ms"),
        mode=data.mode if data.HasField("mode") else 0,
        ticks=_ticks(data, "price", listing, price_format),
        volume=data.volume if data.HasField("volume") else 0,
        bid_offer=bid_offer,
    )


def read_wanted(revision: Any, listing: Listing, price_format: int) -> Wanted:
    """What a revision changes; Refusal for what cannot be read."""
    data = revision.activation_data if revision.HasField("activation_data") else None
    return Wanted(
        volume=_optional_volume(revision, "volume"),
        max_show=_optional_volume(revision, "max_show"),
        max_volume=_optional_volume(revision, "max_volume"),
        limit=_ticks(revision, "limit_price", listing, price_format),
        stop=_ticks(revision, "stop_price", listing, price_format),
        trail=_ticks(revision, "trail_price", listing, price_format),
        tag=_tag(revision),
        queue_submit=data is not None and bool(data.queue_submit),
    )


def _code(kind: type[_Code], number: int, field: str) -> _Code:
    try:
        return kind(number)
    except ValueError:
        raise Refusal(f"{field} {number} is not supported") from None


def _volume(volume: int, *, child: bool) -> int:
    if child:
        if volume:
            raise Refusal("the held orders of a bracket have volume 0")
        return 0
    if not 0 < volume <= VOLUME_MAX:
        raise Refusal(f"volume {volume} is not from 1 to {VOLUME_MAX}")
    return volume


def _optional_volume(message: Any, field: str) -> int | None:
    if not message.HasField(field):
        return None
    volume = int(getattr(message, field))
    if not 0 <= volume <= VOLUME_MAX:
        raise Refusal(f"{field} {volume} is not from 0 to {VOLUME_MAX}")
    return volume


def _ticks(
    message: Any, field: str, listing: Listing, price_format: int, *, signed: bool = False
) -> int | None:
    """A price in ticks; a difference may be below zero."""
    if not message.HasField(field):
        return None
    text = getattr(message, field).value
    try:
        ticks = ticks_of(listing, text, price_format)
    except ValueError as error:
        raise Refusal(f"{field} {text!r}: {error}", Sort.EXCHANGE) from None
    if ticks <= 0 and not signed and not listing.legs:
        raise Refusal(f"{field} {text!r} is not above zero", Sort.EXCHANGE)
    return ticks


def _tag(message: Any) -> str | None:
    if not message.HasField("tag"):
        return None
    tag = str(message.tag)
    if len(tag) > TAG_MAX:
        raise Refusal(f"tag is longer than {TAG_MAX}")
    return tag


def _time_ns(data: Any, field: str) -> int:
    if not data.HasField(field):
        return 0
    stamp = getattr(data, field)
    if not (0 < stamp.seconds <= SECONDS_MAX and 0 <= stamp.nanos < NS):
        raise Refusal(f"activation_data.{field} is no time")
    return int(stamp.seconds * NS + stamp.nanos)


def _delay_ns(data: Any, field: str) -> int:
    if not data.HasField(field):
        return 0
    delay = int(getattr(data, field))
    if not 0 <= delay <= DELAY_MS_MAX:
        raise Refusal(f"activation_data.{field} is not from 0 to {DELAY_MS_MAX}")
    return delay * MS
