"""The truth about orders at a made-up venue, with a bad line to it: for state machines.

The venue itself never errs. What errs is the way to it (commands get lost or arrive late) and from it
(news get lost, doubled, reordered), and whether anybody is connected.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs

from engine.messages.venue import (
    CancelOrder,
    Fill,
    OrderUpdate,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
    VenueFill,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import TERMINAL, Lifecycle, Liquidity, OrdType, Side, TimeInForce
from engine.model.money import ZERO

D = Decimal


@attrs.define(eq=False)
class Truth:
    """One order as it really is."""

    client_order_id: str
    venue_order_id: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal
    lifecycle: Lifecycle = Lifecycle.OPEN
    cum_qty: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def leaves(self) -> Decimal:
        return self.quantity - self.cum_qty

    @property
    def is_open(self) -> bool:
        return self.lifecycle not in TERMINAL


class VenueModel:
    """Orders, fills and positions; every change returns the news of it."""

    def __init__(self) -> None:
        self.orders: dict[str, Truth] = {}
        self.fills: list[VenueFill] = []
        self.seen: list[str] = []

    # --- commands ----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, *, reject: bool, ts_ns: int) -> list[Any]:
        self.seen.append(command.client_order_id)
        order = Truth(
            command.client_order_id,
            f"v{command.client_order_id}",
            command.instrument,
            command.side,
            command.quantity,
            command.price or D(100),
        )
        self.orders[order.client_order_id] = order
        if reject:
            order.lifecycle = Lifecycle.REJECTED
            return [self.update(order, UpdateKind.REJECTED, ts_ns)]
        return [self.update(order, UpdateKind.ACCEPTED, ts_ns)]

    def cancel(self, command: CancelOrder, ts_ns: int) -> list[Any]:
        order = self.orders.get(command.client_order_id)
        if order is None or not order.is_open:
            return [self.refused(command.client_order_id, UpdateKind.CANCEL_REJECTED, ts_ns)]
        order.lifecycle = Lifecycle.CANCELLED
        return [self.update(order, UpdateKind.CANCELLED, ts_ns)]

    def replace(self, command: ReplaceOrder, ts_ns: int) -> list[Any]:
        order = self.orders.get(command.client_order_id)
        possible = order is not None and order.is_open and command.quantity > order.cum_qty
        if order is None or not possible:
            return [self.refused(command.client_order_id, UpdateKind.REPLACE_REJECTED, ts_ns)]
        order.quantity = command.quantity
        order.price = order.price if command.price is None else command.price
        order.lifecycle = self._working(order)
        return [self.update(order, UpdateKind.REPLACED, ts_ns)]

    # --- the market --------------------------------------------------------------------------

    def fill(self, order: Truth, quantity: Decimal, ts_ns: int) -> list[Any]:
        order.cum_qty += quantity
        order.cost += quantity * order.price
        order.lifecycle = self._working(order)
        key = f"t{len(self.fills) + 1}"
        fill = VenueFill(
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=order.instrument,
            side=order.side,
            fill_key=key,
            trade_id=key,
            last_qty=quantity,
            last_px=order.price,
            fee=D("0.01"),
            fee_currency="USDT",
            liquidity=Liquidity.TAKER,
            ts_ns=ts_ns,
        )
        self.fills.append(fill)
        news: list[Any] = [Fill(session="", boot=0, sequence=0, cum_qty=None, **_shallow(fill))]
        if order.lifecycle is Lifecycle.FILLED:
            news.append(self.update(order, UpdateKind.FILLED, ts_ns))
        return news

    def expire(self, order: Truth, ts_ns: int) -> list[Any]:
        order.lifecycle = Lifecycle.EXPIRED
        return [self.update(order, UpdateKind.EXPIRED, ts_ns)]

    @staticmethod
    def _working(order: Truth) -> Lifecycle:
        if order.cum_qty >= order.quantity:
            return Lifecycle.FILLED
        return Lifecycle.PARTLY_FILLED if order.cum_qty else Lifecycle.OPEN

    # --- answers -----------------------------------------------------------------------------

    def update(self, order: Truth, kind: UpdateKind, ts_ns: int) -> OrderUpdate:
        return OrderUpdate(
            session="",
            boot=0,
            sequence=0,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            kind=kind,
            cum_qty=order.cum_qty,
            price=order.price,
            quantity=order.quantity,
            code="",
            text="",
            ts_ns=ts_ns,
        )

    def refused(self, client_order_id: str, kind: UpdateKind, ts_ns: int) -> OrderUpdate:
        return OrderUpdate(
            session="",
            boot=0,
            sequence=0,
            client_order_id=client_order_id,
            venue_order_id="",
            kind=kind,
            cum_qty=None,
            price=None,
            quantity=None,
            code="REFUSED",
            text="",
            ts_ns=ts_ns,
        )

    def query(self, client_order_id: str, ts_ns: int) -> list[Any]:
        """The answer to a question about one order: its present state, or nothing."""
        order = self.orders.get(client_order_id)
        if order is None:
            return []
        kinds = {
            Lifecycle.FILLED: UpdateKind.FILLED,
            Lifecycle.CANCELLED: UpdateKind.CANCELLED,
            Lifecycle.REJECTED: UpdateKind.REJECTED,
            Lifecycle.EXPIRED: UpdateKind.EXPIRED,
        }
        return [self.update(order, kinds.get(order.lifecycle, UpdateKind.ACCEPTED), ts_ns)]

    def all_orders(self) -> tuple[VenueOrder, ...]:
        return tuple(
            VenueOrder(
                client_order_id=order.client_order_id,
                venue_order_id=order.venue_order_id,
                instrument=order.instrument,
                side=order.side,
                ord_type=OrdType.LIMIT,
                time_in_force=TimeInForce.GTC,
                quantity=order.quantity,
                price=order.price,
                cum_qty=order.cum_qty,
                avg_px=order.cost / order.cum_qty if order.cum_qty else D(0),
                lifecycle=order.lifecycle,
                ts_ns=0,
            )
            for order in self.orders.values()
        )

    def positions(self) -> tuple[VenuePosition, ...]:
        sums: dict[str, Decimal] = {}
        for fill in self.fills:
            signed = fill.last_qty * fill.side.sign
            sums[fill.instrument] = sums.get(fill.instrument, D(0)) + signed
        return tuple(
            VenuePosition(instrument=name, quantity=quantity, avg_px=D(0))
            for name, quantity in sums.items()
        )


def _shallow(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
