"""`records`: REST rows as orders, fills, positions and balances."""

import json
from decimal import Decimal

import pytest

from actors.venues.wooxpro.account import Terms
from actors.venues.wooxpro.pushes import order_pushes
from actors.venues.wooxpro.records import (
    balance_of,
    fill_of,
    lifecycle_of,
    order_of,
    positions_of,
    terms_of,
)
from engine.errors import RemoteProtocolError
from engine.model.enums import Lifecycle, Liquidity, OrdType, Side
from tests.kit.wooxpro import order_push, order_row, trade_row


def usdt(_symbol: str) -> str:
    return "USDT"


def position(**changes: object) -> dict[str, object]:
    row = {
        "symbol": "BTCUSDT",
        "leverage": "20",
        "open_type": "cross",
        "position_side": "both",
        "position_amount": "3",
        "current_amount": "3",
        "position_type": 1,
        "entry_price": "9000",
    }
    return {**row, **changes}


@pytest.mark.parametrize(
    ("state", "filled", "lifecycle"),
    [
        (1, 0, Lifecycle.OPEN),
        (2, 0, Lifecycle.OPEN),
        (2, 1, Lifecycle.PARTLY_FILLED),
        (4, 0, Lifecycle.CANCELLED),
        (4, 1, Lifecycle.CANCELLED),
        (4, 3, Lifecycle.FILLED),
    ],
)
def test_the_lifecycle_follows_state_and_size(state: int, filled: int, lifecycle: Lifecycle):
    """Section 5.1, derived status."""
    assert lifecycle_of(state, Decimal(filled), Decimal(3)) is lifecycle


@pytest.mark.parametrize("state", [0, 3, 5])
def test_an_unknown_state_is_refused(state: int):
    """A guess about an order is worse than an error."""
    with pytest.raises(RemoteProtocolError):
        lifecycle_of(state, Decimal(0), Decimal(3))


@pytest.mark.parametrize(
    ("changes", "ord_type", "price"),
    [
        ({}, OrdType.LIMIT, Decimal("9000.5")),
        ({"type": "market", "price": "0"}, OrdType.MARKET, None),
        ({"type": "market", "price": "market price"}, OrdType.MARKET, None),
        ({"type": "planorder", "price": "1"}, OrdType.STOP, Decimal(1)),
        ({"type": "liquidate", "price": ""}, OrdType.MARKET, None),
        ({"type": "new kind", "price": "5"}, OrdType.LIMIT, Decimal(5)),
    ],
)
def test_order_types(changes: dict[str, object], ord_type: OrdType, price: Decimal | None):
    """Types we cannot send are still read."""
    order = order_of(order_row(**changes))
    assert (order.ord_type, order.price) == (ord_type, price)


def test_a_fill_gets_the_names_its_row_lacks():
    """Client order id from the orders, currency from the instrument; a paid fee is positive."""
    fill = fill_of(trade_row(7, side=3, trade_id=7), {"31": "p1"}, usdt)
    assert (fill.client_order_id, fill.side, fill.fill_key) == ("p1", Side.SELL, "BTCUSDT/7/sell")
    assert (fill.fee, fill.fee_currency, fill.liquidity) == (
        Decimal("0.0054"),
        "USDT",
        Liquidity.TAKER,
    )
    assert fill_of(trade_row(7), {}, usdt).client_order_id == ""


@pytest.mark.parametrize(
    ("rows", "quantity"),
    [
        ([position()], 3),
        ([position(position_amount="-3", position_type=2)], -3),
        ([position(position_amount="-3")], -3),
        ([position(position_side="short", position_amount="3")], -3),
        ([position(position_side="short", position_amount="-3")], -3),
        ([position(position_side="", position_amount=None, position_type=2)], -3),
        (
            [
                position(position_side="long", position_amount="3"),
                position(position_side="short", position_amount="5", entry_price="9100"),
            ],
            -2,
        ),
    ],
)
def test_positions_are_net_and_signed(rows: list[dict[str, object]], quantity: int):
    """One-way rows are signed, hedge rows have a side, old rows a type."""
    (found,) = positions_of(rows)
    assert found.quantity == quantity


def test_the_price_of_two_legs_is_that_of_the_larger():
    """A net of two entries has no average of its own."""
    rows = [
        position(position_side="long", position_amount="3"),
        position(position_side="short", position_amount="5", entry_price="9100"),
    ]
    assert positions_of(rows)[0].avg_px == Decimal(9100)


def test_a_position_that_contradicts_itself_is_refused():
    """Positive and short cannot both be true: better no reconciliation than a wrong sign."""
    with pytest.raises(RemoteProtocolError):
        positions_of([position(position_amount="3", position_type=2)])


def test_flat_rows_are_no_positions():
    """With a symbol the venue always answers rows, zeros when flat."""
    assert positions_of([position(position_amount="0", current_amount="0")]) == ()
    assert terms_of([position(position_amount="0")]) == {}
    assert terms_of([position()]) == {"BTCUSDT": Terms("20", "cross")}


def test_cash_is_equity_without_open_profit():
    """Without equity it is the sum of its parts."""
    row = {"currency": "USDT", "available_balance": "90", "equity": "105", "unrealized": "-5"}
    assert balance_of(row).total == Decimal(110)
    parts = {
        "currency": "USDT",
        "available_balance": "90",
        "frozen_balance": "7",
        "position_deposit": "3",
    }
    assert balance_of(parts).total == Decimal(100)


def test_a_fill_has_one_key_wherever_it_is_told():
    """Push and query of the same trade agree; the two sides of a trade with oneself do not collide."""
    trade = {
        "lastTradeID": 7,
        "fillQty": "1",
        "fillPrice": "9000.5",
        "fee": "-0.1",
        "feeCcy": "USDT",
    }
    keys = set()
    for side in (1, 4):
        push = json.loads(order_push(side=side, last_trade=trade, deal_size="1"))
        (told,) = order_pushes(push["data"])
        found = fill_of(trade_row(7, side=side), {}, usdt)
        assert told.fill is not None
        assert told.fill.fill_key == found.fill_key
        keys.add(found.fill_key)
    assert len(keys) == 2
