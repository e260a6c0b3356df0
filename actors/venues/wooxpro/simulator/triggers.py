"""Orders that wait for a price: plan orders, take-profit and stop-loss, trailing orders; pure.

A waiting order is no order of the exchange: when its condition holds it fires and the venue submits
what it stands for. Conditions look at the last or the fair (mark) price, as each order says.
"""

from collections import deque
from decimal import Decimal
from itertools import count
from typing import Any, Final

import attrs

from actors.venues.wooxpro.simulator.orders import STATE_FINISHED, STATE_WORKING
from actors.venues.wooxpro.simulator.positions import PositionMode, is_buy
from engine.simulator.jsontext import plain

WAITING_MAX: Final = 50
"""Waiting orders per account and contract; the venue answers 40028 beyond its own limit."""
DONE_MAX: Final = 1_000
"""Finished trigger orders remembered per simulator."""

PLAN: Final = "plan_order"
TRAILING: Final = "trailing_order"
TAKE_PROFIT: Final = "take_profit"
STOP_LOSS: Final = "stop_loss"
UP: Final = 1
DOWN: Final = 2
PRICE_TYPES: Final = {1: "last_price", 2: "fair_price"}


@attrs.define(kw_only=True, eq=False)
class Waiting:
    """One waiting order.

    Attributes:
        kind: plan_order, trailing_order, take_profit, stop_loss.
        way: UP fires at or above the trigger price, DOWN at or below.
        executive_price: limit price of what is submitted, None for market.
        size: contracts; 0 for the whole position at the time of firing.
        callback_rate: trailing only, as a fraction.
        extreme: trailing only: best price since activation, None before it.
        executed: id of the order that was submitted, 0 before.
    """

    order_id: int
    client_order_id: str
    account: str
    symbol: str
    kind: str
    side: int
    size: int
    way: int
    trigger_price: Decimal
    price_type: int
    executive_price: Decimal | None
    leverage: Decimal | None
    open_type: str
    position_mode: PositionMode
    mode: int = 1
    plan_category: int = 0
    callback_rate: Decimal | None = None
    extreme: Decimal | None = None
    state: int = STATE_WORKING
    executed: int = 0
    created_ms: int
    updated_ms: int

    def fires(self, last: Decimal, mark: Decimal) -> bool:
        """Whether these prices set it off; a trailing order moves its extreme along."""
        price = last if self.price_type == 1 else mark
        if self.callback_rate is not None:
            return self._trail(price, self.callback_rate)
        return price >= self.trigger_price if self.way == UP else price <= self.trigger_price

    def _trail(self, price: Decimal, rate: Decimal) -> bool:
        buying = is_buy(self.side)
        if self.extreme is None:
            reached = price <= self.trigger_price if buying else price >= self.trigger_price
            self.extreme = price if reached else None
            return False
        if buying:
            self.extreme = min(self.extreme, price)
            return price >= self.extreme * (1 + rate)
        self.extreme = max(self.extreme, price)
        return price <= self.extreme * (1 - rate)


def way_of_exit(kind: str, side: int) -> int:
    """Which way the price must go for a take-profit or stop-loss of a closing side."""
    closes_long = not is_buy(side)
    return UP if (kind == TAKE_PROFIT) == closes_long else DOWN


class Triggers:
    """All waiting orders of one simulator; ids come from the caller's counter."""

    def __init__(self, ids: "count[int]") -> None:
        self._ids = ids
        self._waiting: dict[int, Waiting] = {}
        self._by_symbol: dict[str, list[Waiting]] = {}
        self.done: deque[Waiting] = deque(maxlen=DONE_MAX)

    def next_id(self) -> int:
        """A fresh order id."""
        return next(self._ids)

    def full(self, account: str, symbol: str) -> bool:
        """Whether the account has as many waiting orders as it may."""
        return len(self.waiting(account, symbol)) >= WAITING_MAX

    def add(self, order: Waiting) -> None:
        """Let it wait."""
        self._waiting[order.order_id] = order
        self._by_symbol.setdefault(order.symbol, []).append(order)

    def waiting(self, account: str, symbol: str = "") -> list[Waiting]:
        """Waiting orders, oldest first."""
        return [
            order
            for order in self._waiting.values()
            if order.account == account and (not symbol or order.symbol == symbol)
        ]

    def find(self, account: str, order_id: int | None, client_order_id: str) -> Waiting | None:
        """A waiting order by either id; the order id wins."""
        for order in self.waiting(account):
            if (
                order.order_id == order_id
                if order_id is not None
                else (client_order_id and order.client_order_id == client_order_id)
            ):
                return order
        return None

    def finish(self, order: Waiting, now_ms: int) -> None:
        """It waits no more (fired or cancelled)."""
        order.state, order.updated_ms = STATE_FINISHED, now_ms
        del self._waiting[order.order_id]
        self._by_symbol[order.symbol].remove(order)
        self.done.append(order)

    def any(self, symbol: str) -> bool:
        """Whether any order waits on this contract."""
        return bool(self._by_symbol.get(symbol))

    def firing(self, symbol: str, last: Decimal, mark: Decimal) -> list[Waiting]:
        """The orders these prices set off, oldest first."""
        return [order for order in self._by_symbol.get(symbol, []) if order.fires(last, mark)]


def trigger_entry(action: int, order: Waiting) -> dict[str, Any]:
    """One `{action, order}` of the order channel for a waiting order."""
    trailing = order.kind == TRAILING
    trigger = format(order.trigger_price, "f")
    price_type = PRICE_TYPES[order.price_type]
    execution = "-" if order.executive_price is None else format(order.executive_price, "f")
    return {
        "action": action,
        "order": {
            "order_id": str(order.order_id),
            "client_order_id": order.client_order_id,
            "price": "0" if order.executive_price is None else execution,
            "size": str(order.size),
            "symbol": order.symbol,
            "state": order.state,
            "side": order.side,
            "type": order.kind,
            "leverage": "0" if order.leverage is None else plain(order.leverage),
            "open_type": order.open_type,
            "deal_avg_price": "0",
            "deal_size": "0",
            "create_time": order.created_ms,
            "update_time": order.updated_ms,
            "plan_order_id": "",
            "last_trade": None,
            "trigger_price": "-" if trailing else trigger,
            "trigger_price_type": "-" if trailing else price_type,
            "execution_price": execution,
            "activation_price": trigger if trailing else "-",
            "activation_price_type": price_type if trailing else "-",
            "callback_rate": "-"
            if order.callback_rate is None
            else plain(order.callback_rate * 100),
            "position_mode": order.position_mode,
        },
    }


def trigger_row(order: Waiting) -> dict[str, Any]:
    """The plan order object of REST answers."""
    row: dict[str, Any] = {
        "order_id": str(order.order_id),
        "client_order_id": order.client_order_id,
        "executive_price": "" if order.executive_price is None else f"{order.executive_price:f}",
        "trigger_price": f"{order.trigger_price:f}",
        "position_mode": order.position_mode,
        "symbol": order.symbol,
        "size": str(order.size),
        "state": order.state,
        "side": order.side,
        "price_way": order.way,
        "price_type": order.price_type,
        "plan_category": order.plan_category,
        "type": "limit" if order.executive_price is not None else "market",
        "order_type": order.kind,
        "mode": order.mode,
        "leverage": "" if order.leverage is None else plain(order.leverage),
        "open_type": order.open_type,
        "create_time": order.created_ms,
        "update_time": order.updated_ms,
        "executive_order_id": str(order.executed) if order.executed else "",
    }
    if order.callback_rate is not None:
        row["callback_rate"] = plain(order.callback_rate * 100)
        row["activation_price"] = row["trigger_price"]
        row["activation_price_type"] = order.price_type
    return row
