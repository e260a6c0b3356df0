"""The venue's rows about orders and trades, read strictly and without a guess.

An enum outside the documented range does not break a session: the gateway sends garbage there for what
other terminals do (and says so before, code 3). Such a row is `Unreadable`, with as much of its identity
as could be read; what it leaves unknown is the caller's affair. Ids are kept as they came, blanks and all.
"""

from enum import IntEnum
from typing import Any, Final

import attrs

from actors.venues.webctp.legs import Offset
from actors.venues.webctp.wire import count, integer, text
from engine.errors import RemoteProtocolError
from engine.model.enums import Side
from engine.session.values import Object, malformed, shorten

LOTS_MAX: Final = 1_000_000
"""In one order; no exchange takes nearly as many."""

_SIDES: Final = {0: Side.BUY, 1: Side.SELL}


class Status(IntEnum):
    """`order_status`."""

    ALL_TRADED = 0
    PART_TRADED_QUEUEING = 1
    PART_TRADED_NOT_QUEUEING = 2
    NOT_TRADED_QUEUEING = 3
    NOT_TRADED_NOT_QUEUEING = 4
    CANCELED = 5
    UNKNOWN = 6
    """Taken by CTP, not yet confirmed by the exchange."""
    NOT_TOUCHED = 7
    TOUCHED = 8

    @property
    def ended(self) -> bool:
        """Whether nothing more can trade."""
        return self in (0, 2, 4, 5)


INSERT_REJECTED: Final = 4
"""`order_submit_status` that makes of "canceled" a refusal by the exchange."""


class PriceType(IntEnum):
    """`price_type`."""

    LIMITED = 0
    MARKET = 1
    LAST = 2


@attrs.frozen
class OrderKey:
    """What names a CTP order for the trading day."""

    exchange: str
    order_local_id: str

    @property
    def is_blank(self) -> bool:
        """Whether the counter has not said its part yet: then it names nothing."""
        return not self.order_local_id.strip()


@attrs.frozen(kw_only=True)
class OrderRow:
    """One order as a push or a query shows it. `memo` is None where the message has none."""

    key: OrderKey
    ref: str
    order_sys_id: str
    symbol: str
    side: Side
    offset: Offset
    price_type: PriceType
    immediate: bool
    status: Status
    rejected: bool
    traded: int
    remaining: int
    status_text: str
    time_text: str
    memo: str | None = None

    @property
    def quantity(self) -> int:
        """As it was placed."""
        return self.traded + self.remaining


@attrs.frozen(kw_only=True)
class TradeRow:
    """One trade."""

    key: OrderKey
    ref: str
    order_sys_id: str
    trade_id: str
    side: Side
    offset: Offset
    quantity: int


@attrs.frozen
class Unreadable:
    """A row with an enum that nobody documents; whose it is, as far as that can be read."""

    key: OrderKey
    ref: str
    what: str


def order_row(info: Object) -> OrderRow | Unreadable:
    """ORDER_INSERTED, ORDER_DELETED or QUERY_ORDER.

    Raises:
        RemoteProtocolError: a field is missing or of another type.
    """
    key, ref = _key(info), text(info, "ref")
    side = _SIDES.get(integer(info, "direction"))
    offset = _member(Offset, integer(info, "offset"))
    price_type = _member(PriceType, integer(info, "price_type"))
    time_condition = integer(info, "time_condition")
    status = _member(Status, integer(info, "order_status"))
    submitted = integer(info, "order_submit_status")
    for name, value in (
        ("direction", side),
        ("offset", offset),
        ("order_status", status),
    ):
        if value is None:
            return Unreadable(key, ref, f"order with {name} {integer(info, name)}")
    assert side is not None and offset is not None and status is not None  # noqa: S101, PT018
    return OrderRow(
        key=key,
        ref=ref,
        order_sys_id=text(info, "order_sys_id"),
        symbol=text(info, "instrument_id"),
        side=side,
        offset=offset,
        # Odd kinds of others' orders: what they are matters to nobody but their owner.
        price_type=PriceType.LIMITED if price_type is None else price_type,
        immediate=time_condition == 0,
        status=status,
        rejected=status is Status.CANCELED and submitted == INSERT_REJECTED,
        traded=count(info, "volume_traded"),
        remaining=count(info, "volume_total"),
        status_text=shorten(info.get("status_msg"), 80),
        time_text=_time_text(info),
        memo=text(info, "order_memo") if "order_memo" in info else None,
    )


def trade_row(info: Object) -> TradeRow | Unreadable:
    """ORDER_TRADED.

    Raises:
        RemoteProtocolError: a field is missing or of another type.
    """
    key, ref = _key(info), text(info, "ref")
    side = _SIDES.get(integer(info, "direction"))
    offset = _member(Offset, integer(info, "offset"))
    if side is None or offset is None:
        return Unreadable(key, ref, f"trade {text(info, 'trade_id').strip()}")
    quantity = count(info, "volume")
    trade_id = text(info, "trade_id")
    if not quantity or not trade_id.strip():
        malformed("a trade", "one of at least one lot with an id")
    return TradeRow(
        key=key,
        ref=ref,
        order_sys_id=text(info, "order_sys_id"),
        trade_id=trade_id,
        side=side,
        offset=offset,
        quantity=quantity,
    )


# --- values ------------------------------------------------------------------------------------


def _key(info: Object) -> OrderKey:
    key = OrderKey(text(info, "exchange_id"), text(info, "order_local_id"))
    if not key.exchange.strip():
        raise RemoteProtocolError("the venue sent an order without its exchange")
    return key


def _member(kind: Any, value: int) -> Any:
    try:
        return kind(value)
    except ValueError:
        return None


def _time_text(info: Object) -> str:
    for field in ("update_time", "insert_time"):
        value = info.get(field)
        if type(value) is str and value:
            return value[:8]
    return ""
