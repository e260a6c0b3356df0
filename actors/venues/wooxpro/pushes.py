"""The private pushes: orders into updates and fills; positions and assets checked.

One order message holds several entries `{action, order}`. The state and the filled size decide what
became of an order, the action only says why: action 1 comes for partial fills too, and the documents
show a cancel (action 3) that is still in state 2.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.wooxpro.account import MODE_WORDS, side_of
from actors.venues.wooxpro.records import (
    STATE_FINISHED,
    fill_key,
    lifecycle_of,
    price_in,
    side_code_in,
    symbol_in,
)
from actors.venues.wooxpro.symbols import id_of
from actors.venues.wooxpro.wire import decimal_or_none, millis_ns, rows, text, text_or_empty
from engine.messages.venue import Fill, OrderUpdate
from engine.model.enums import Lifecycle, Liquidity
from engine.model.money import ZERO
from engine.session.lifewords import kind_of
from engine.session.values import Object, decimal, identifier, malformed, obj, whole

ACTION_CANCEL: Final = 3
ACTIONS: Final = {
    1: "match",
    2: "submit",
    3: "cancel",
    4: "cancelled by liquidation",
    5: "cancelled by auto-deleveraging",
    6: "partial liquidation",
    7: "bankruptcy order",
    8: "auto-deleveraging, passive",
    9: "auto-deleveraging, active",
}
ALARMING: Final = frozenset({4, 5, 6, 7, 8, 9})
"""Actions that the venue took against the account."""


@attrs.frozen
class OrderPush:
    """One entry of an order message, read.

    Attributes:
        fill: the trade that caused it, None for other causes.
        update: what it says of the order; None when the fill says it all, or nothing is certain.
        doubtful: the entry contradicts itself; ask the venue.
        mode: `one_way` or `hedge`, empty when not told.
    """

    action: int
    symbol: str
    client_order_id: str
    venue_order_id: str
    side_code: int
    leaves: Decimal
    price: Decimal | None
    quantity: Decimal
    fill: Fill | None
    update: OrderUpdate | None
    doubtful: bool
    mode: str


def order_pushes(data: Any) -> Sequence[OrderPush]:
    """All entries in the order of the message. Raises RemoteProtocolError."""
    return [_push(entry) for entry in rows(data, "order")]


def _push(entry: Object) -> OrderPush:
    order = obj(entry.get("order"), "order")
    action = whole(entry.get("action"), "action")
    state = whole(order.get("state"), "state")
    size, filled = decimal(order, "size"), decimal_or_none(order, "deal_size") or ZERO
    if action not in ACTIONS or size < 0 or filled < 0:
        malformed("order", "a known action with sizes that are not negative")
    lifecycle = lifecycle_of(state, filled, size)
    doubtful = action == ACTION_CANCEL and state != STATE_FINISHED
    fill = _fill(order, filled)
    told = fill is not None and lifecycle is Lifecycle.PARTLY_FILLED
    return OrderPush(
        action=action,
        symbol=symbol_in(order),
        client_order_id=text_or_empty(order, "client_order_id"),
        venue_order_id=identifier(order.get("order_id"), "order_id"),
        side_code=side_code_in(order),
        leaves=max(ZERO, size - filled),
        price=price_in(order),
        quantity=size,
        fill=fill,
        update=None if told or doubtful else _update(order, action, lifecycle, filled, size),
        doubtful=doubtful,
        mode=_mode(order),
    )


def _fill(order: Object, filled: Decimal) -> Fill | None:
    """The push shows a paid fee as a negative number (inferred from the documents' example)."""
    if order.get("last_trade") is None:
        return None
    trade = obj(order["last_trade"], "last_trade")
    quantity = decimal(trade, "fillQty")
    if not quantity:
        return None
    price = decimal(trade, "fillPrice")
    if quantity < 0 or price <= 0:
        malformed("last_trade", "a trade with price and quantity above zero")
    symbol, side = symbol_in(order), side_of(side_code_in(order))
    trade_id = identifier(trade.get("lastTradeID"), "lastTradeID")
    return Fill(
        session="",
        boot=0,
        sequence=0,
        client_order_id=text_or_empty(order, "client_order_id"),
        venue_order_id=identifier(order.get("order_id"), "order_id"),
        instrument=id_of(symbol),
        side=side,
        fill_key=fill_key(symbol, trade_id, side),
        trade_id=trade_id,
        last_qty=quantity,
        last_px=price,
        cum_qty=filled,
        fee=ZERO - (decimal_or_none(trade, "fee") or ZERO),
        fee_currency=text_or_empty(trade, "feeCcy"),
        liquidity=Liquidity.UNKNOWN,
        ts_ns=millis_ns(order.get("update_time"), "update_time"),
    )


def _update(
    order: Object, action: int, lifecycle: Lifecycle, filled: Decimal, size: Decimal
) -> OrderUpdate:
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=text_or_empty(order, "client_order_id"),
        venue_order_id=identifier(order.get("order_id"), "order_id"),
        kind=kind_of(lifecycle),
        cum_qty=filled,
        price=price_in(order),
        quantity=size,
        code="",
        text=ACTIONS[action] if action in ALARMING else "",
        ts_ns=millis_ns(order.get("update_time"), "update_time"),
    )


def _mode(order: Object) -> str:
    word = text_or_empty(order, "position_mode")
    if word and word not in MODE_WORDS:
        malformed("position_mode", "hedge_mode or one_way_mode")
    return MODE_WORDS.get(word, "")


def position_mode_in(data: Any) -> str:
    """Check a position message; the mode it names, empty when it names none."""
    mode = ""
    for row in rows(data, "position"):
        symbol_in(row)
        if decimal(row, "hold_volume") < 0 or row.get("position_type") not in (1, 2):
            malformed("position", "a volume that is not negative, long or short")
        mode = _mode(row) or mode
    return mode


def check_asset(data: Any) -> None:
    """Check an asset message; balances are taken from reconciliation."""
    row = obj(data, "asset")
    text(row, "currency")
    for name in ("available_balance", "position_deposit", "frozen_balance"):
        decimal(row, name)
