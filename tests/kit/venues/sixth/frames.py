"""The frames that the sixth venue sends: one JSON object each, told apart by `ev`."""

from decimal import Decimal
from typing import Any, TypeVar

import attrs

from engine.errors import ConfigError, RemoteProtocolError
from engine.model.enums import Lifecycle, OrdType, Side
from engine.session.strictjson import loads
from engine.settings.converter import structure

NS_MAX = 1 << 62
T = TypeVar("T")


def _number(_instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not 0 <= value < 10**12:
        raise ValueError(f"{attribute.name} is no number of a market")


def _time(_instance: object, attribute: "attrs.Attribute[Any]", value: int) -> None:
    if not 0 <= value < NS_MAX:
        raise ValueError(f"{attribute.name} is no time")


def _name(_instance: object, attribute: "attrs.Attribute[Any]", value: str) -> None:
    if not 0 < len(value) <= 64 or not value.isascii() or not value.isprintable():
        raise ValueError(f"{attribute.name} is no name")


@attrs.frozen(kw_only=True)
class Row:
    """An instrument of a listing."""

    symbol: str = attrs.field(validator=_name)
    tick: Decimal = attrs.field(validator=attrs.validators.gt(Decimal(0)))
    currency: str = attrs.field(validator=_name)


@attrs.frozen(kw_only=True)
class Listing:
    rows: tuple[Row, ...]


@attrs.frozen(kw_only=True)
class Watching:
    symbols: tuple[str, ...]


@attrs.frozen(kw_only=True)
class QuoteFrame:
    symbol: str = attrs.field(validator=_name)
    bid: Decimal = attrs.field(validator=_number)
    ask: Decimal = attrs.field(validator=_number)
    t: int = attrs.field(validator=_time)


@attrs.frozen(kw_only=True)
class TradeFrame:
    symbol: str = attrs.field(validator=_name)
    no: int = attrs.field(validator=_time)
    price: Decimal = attrs.field(validator=_number)
    size: Decimal = attrs.field(validator=_number)
    t: int = attrs.field(validator=_time)


@attrs.frozen(kw_only=True)
class Pong:
    pass


@attrs.frozen(kw_only=True)
class Welcome:
    pass


@attrs.frozen(kw_only=True)
class Refused:
    """Of a login when `id` is empty, else of what was asked of that order."""

    why: str
    id: str = ""


@attrs.frozen(kw_only=True)
class OrderFrame:
    id: str = attrs.field(validator=_name)
    no: str = attrs.field(validator=_name)
    symbol: str = attrs.field(validator=_name)
    side: Side
    type: OrdType
    qty: Decimal = attrs.field(validator=_number)
    price: Decimal | None
    done: Decimal = attrs.field(validator=_number)
    avg: Decimal = attrs.field(validator=_number)
    state: Lifecycle
    t: int = attrs.field(validator=_time)


@attrs.frozen(kw_only=True)
class FillFrame:
    id: str = attrs.field(validator=_name)
    no: str = attrs.field(validator=_name)
    symbol: str = attrs.field(validator=_name)
    side: Side
    trade: str = attrs.field(validator=_name)
    qty: Decimal = attrs.field(validator=_number)
    price: Decimal = attrs.field(validator=_number)
    t: int = attrs.field(validator=_time)


@attrs.frozen(kw_only=True)
class State:
    q: int = attrs.field(validator=_time)
    orders: tuple[OrderFrame, ...]
    fills: tuple[FillFrame, ...]
    positions: dict[str, Decimal]
    cash: Decimal


KINDS: dict[str, type] = {
    "listing": Listing,
    "watching": Watching,
    "quote": QuoteFrame,
    "trade": TradeFrame,
    "pong": Pong,
    "welcome": Welcome,
    "refused": Refused,
    "order": OrderFrame,
    "fill": FillFrame,
    "state": State,
}


def read(data: str | bytes) -> Any:
    """The frame. Raises RemoteProtocolError for what the venue may not send."""
    value = loads(data, exact=True)
    if not isinstance(value, dict) or not isinstance(value.get("ev"), str):
        raise RemoteProtocolError("a frame is an object with `ev`")
    kind = KINDS.get(value.pop("ev"))
    if kind is None:
        raise RemoteProtocolError("an unknown kind of frame")
    try:
        return structure(value, kind)
    except ConfigError as error:
        raise RemoteProtocolError(f"a malformed frame: {str(error)[:200]}") from None
