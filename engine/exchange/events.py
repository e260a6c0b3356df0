"""What the exchange answers and publishes: order events (private) and market data (public).

Every call of the exchange returns a list of these in the order in which they happened: order
events and prints as matching went along, then one `BookChanged` with every level that differs
from before the call, then `BookTop`. Order events carry Decimals and the whole order after the
change; market data carries whole ticks and lots (see `model.ExchangeInstrument`).
"""

from __future__ import annotations

from typing import TypeAlias

import attrs

from engine.exchange.model import CancelReason, Fill, NewOrder, Order, RefusalReason, Side


@attrs.frozen(slots=True)
class OrderAccepted:
    """The order has an id and stands (or is about to match: its fills follow)."""

    order: Order
    at_ns: int


@attrs.frozen(slots=True)
class OrderFilled:
    """The order was filled in part or in full; `order` is its state after this fill."""

    order: Order
    fill: Fill
    at_ns: int


@attrs.frozen(slots=True)
class OrderCancelled:
    """What was left of the order is gone; `order.cumulative` stays."""

    order: Order
    reason: CancelReason
    at_ns: int


@attrs.frozen(slots=True)
class OrderReplaced:
    """Price or quantity changed; `order` holds the new terms, `kept_priority` says whether its place in the queue stayed."""

    order: Order
    previous: Order
    kept_priority: bool
    at_ns: int


@attrs.frozen(slots=True)
class OrderRefused:
    """A request (submit, cancel or modify) was not accepted and changed nothing.

    `request` is the new order that was refused, None for a cancel or modify; `order` is the
    order a cancel or modify named, where it is known.
    """

    account: str
    reason: RefusalReason
    text: str
    at_ns: int
    request: NewOrder | None = None
    order: Order | None = None
    order_id: int | None = None
    client_order_id: str | None = None


@attrs.frozen(slots=True)
class BookTop:
    """Best prices of the published book, whole ticks and lots; a missing side is (None, 0)."""

    symbol: str
    bid_ticks: int | None
    bid_lots: int
    ask_ticks: int | None
    ask_lots: int
    at_ns: int


@attrs.frozen(slots=True)
class BookChanged:
    """Levels whose published size changed: (side, price in ticks, absolute size in lots; 0 = gone)."""

    symbol: str
    changes: tuple[tuple[Side, int, int], ...]
    at_ns: int


@attrs.frozen(slots=True)
class TradePrinted:
    """One print of the public tape.

    `aggressor` is None where a recording does not know it. Order ids are None for the outside
    market. A client's fill carries the same `trade_id` as its print.
    """

    symbol: str
    trade_id: int
    price_ticks: int
    lots: int
    aggressor: Side | None
    at_ns: int
    maker_order_id: int | None = None
    taker_order_id: int | None = None


OrderEvent: TypeAlias = OrderAccepted | OrderFilled | OrderCancelled | OrderReplaced | OrderRefused
MarketDataEvent: TypeAlias = BookTop | BookChanged | TradePrinted
Event: TypeAlias = OrderEvent | MarketDataEvent
