"""What a session says when the venue takes a fill back or changes it."""

from __future__ import annotations

from typing import Any

import attrs

from engine.messages.venue import FillBust, FillCorrection
from engine.model.enums import Liquidity
from engine.orders.order import Order
from tests.kit.orders import D


def bust(order: Order, key: str, **changes: Any) -> FillBust:
    made = FillBust(
        session="",
        boot=0,
        sequence=0,
        client_order_id=order.client_order_id,
        venue_order_id=f"v{order.client_order_id}",
        fill_key=key,
        last_qty=None,
        text="notice 17",
        ts_ns=1,
    )
    return attrs.evolve(made, **changes)


def correction(order: Order, key: str, quantity: str, price: str, **changes: Any) -> FillCorrection:
    made = FillCorrection(
        session="",
        boot=0,
        sequence=0,
        corrects=key,
        client_order_id=order.client_order_id,
        venue_order_id=f"v{order.client_order_id}",
        instrument=order.instrument,
        side=order.side,
        fill_key=key,
        trade_id=key,
        last_qty=D(quantity),
        last_px=D(price),
        cum_qty=None,
        fee=D("0.02"),
        fee_currency="USDT",
        liquidity=Liquidity.MAKER,
        text="wrong price",
        ts_ns=1,
    )
    return attrs.evolve(made, **changes)
