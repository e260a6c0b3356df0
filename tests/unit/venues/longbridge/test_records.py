"""Rows and pushes as orders, fills, positions, balances; our id in the remark."""

from decimal import Decimal
from typing import Any

import pytest

from actors.venues.longbridge.records import (
    MarginRatio,
    StatusUnknownError,
    balances_in,
    client_order_id_in,
    executions_in,
    fill_key,
    fill_of,
    margin_ratio_in,
    max_quantity_in,
    order_of,
    positions_in,
    seen_in_push,
    seen_in_row,
    update_of,
    venue_fill_of,
)
from engine.errors import RemoteProtocolError
from engine.messages.venue import UpdateKind, VenueBalance, VenuePosition
from engine.model.enums import Lifecycle, OrdType, Side, TimeInForce
from tests.kit.longbridge_trade import WALL_NS, execution_row, order_row, push_data


def test_a_push_and_a_row_of_one_order_say_the_same():
    """Only the names of quantity and price differ, and a push has no time in force."""
    pushed, listed = seen_in_push(push_data()), seen_in_row(order_row())
    differing = {
        name
        for name in ("symbol", "side", "status", "quantity", "price", "executed", "updated_ns")
        if getattr(pushed, name) != getattr(listed, name)
    }
    assert not differing
    assert (pushed.client_order_id, pushed.quantity, pushed.price) == (
        "p1",
        Decimal(200),
        Decimal("320.6"),
    )


@pytest.mark.parametrize(
    ("remark", "expected"),
    [("p1", "p1"), ("", ""), ("sold in the app", ""), ("Notiz:ü", ""), ("x" * 64, "x" * 64)],
)
def test_a_remark_is_our_id_only_if_it_can_be_one(remark: str, expected: str):
    """Persons write remarks as well; their orders are strangers'."""
    assert client_order_id_in(remark) == expected
    assert client_order_id_in("x" * 65) == ""


@pytest.mark.parametrize(
    ("word", "ord_type"),
    [
        ("LO", OrdType.LIMIT),
        ("ELO", OrdType.LIMIT),
        ("ALO", OrdType.LIMIT),
        ("ODD", OrdType.LIMIT),
        ("SLO", OrdType.LIMIT),
        ("MO", OrdType.MARKET),
        ("AO", OrdType.MARKET),
        ("LIT", OrdType.STOP_LIMIT),
        ("MIT", OrdType.STOP),
        ("TSLPAMT", OrdType.STOP_LIMIT),
        ("TSLPPCT", OrdType.STOP_LIMIT),
        ("TSMAMT", OrdType.STOP),
        ("TSMPCT", OrdType.STOP),
        ("NEWKIND", OrdType.LIMIT),
    ],
)
def test_every_order_type_of_the_venue_is_told(word: str, ord_type: OrdType):
    """Strangers' orders may be of any; a new one is judged by whether it has a price."""
    assert order_of(seen_in_row(order_row(order_type=word))).ord_type is ord_type


def test_a_market_order_has_no_price():
    """Empty in a list, zero in a push."""
    listed = seen_in_row(order_row(order_type="MO", price=""))
    pushed = seen_in_push(push_data(order_type="MO", submitted_price="0"))
    assert listed.price is pushed.price is None
    assert order_of(seen_in_row(order_row(order_type="???", price=""))).ord_type is OrdType.MARKET


@pytest.mark.parametrize(
    ("status", "executed", "kind"),
    [
        ("WaitToNew", "0", UpdateKind.ACCEPTED),
        ("NewStatus", "0", UpdateKind.ACCEPTED),
        ("PartialFilledStatus", "100", UpdateKind.ACCEPTED),
        ("PendingReplaceStatus", "100", UpdateKind.ACCEPTED),
        ("FilledStatus", "200", UpdateKind.FILLED),
        ("CanceledStatus", "0", UpdateKind.CANCELLED),
        ("PartialWithdrawal", "100", UpdateKind.CANCELLED),
        ("RejectedStatus", "0", UpdateKind.REJECTED),
        ("ExpiredStatus", "0", UpdateKind.EXPIRED),
    ],
)
def test_the_status_decides_the_news(status: str, executed: str, kind: UpdateKind):
    """With the cumulative quantity; the reason only where something ended."""
    row = order_row(status=status, executed_quantity=executed, msg="not enough cash")
    news = update_of(seen_in_row(row))
    assert (news.kind, news.cum_qty) == (kind, Decimal(executed))
    assert news.text == ("" if kind is UpdateKind.ACCEPTED else "not enough cash")


def test_an_order_row_as_a_reconciliation_tells_it():
    """A GTC order, partly filled, updated later than it was entered."""
    row = order_row(
        status="PartialFilledStatus",
        executed_quantity="100",
        executed_price="320.4",
        time_in_force="GTC",
        updated_at="1795225430",
    )
    order = order_of(seen_in_row(row))
    assert order.instrument == "700.HK.LONGBRIDGE"
    assert (order.cum_qty, order.avg_px) == (Decimal(100), Decimal("320.4"))
    assert order.lifecycle is Lifecycle.PARTLY_FILLED
    assert order.time_in_force is TimeInForce.GTC
    assert order.ts_ns == WALL_NS + 8 * 10**9


@pytest.mark.parametrize(
    "changes",
    [
        {"side": "Short"},
        {"symbol": "700"},
        {"symbol": "700.XX"},
        {"order_id": ""},
        {"quantity": "-1"},
        {"executed_quantity": "many"},
        {"updated_at": "2026-01-01"},
        {"status": ""},
        {"price": "1e9"},
    ],
)
def test_a_row_that_cannot_be_is_the_venue_s_fault(changes: dict[str, Any]):
    """And not an order of some sort."""
    with pytest.raises(RemoteProtocolError):
        seen_in_row(order_row(**changes))


def test_a_status_that_is_new_is_told_apart_from_nonsense():
    """A push of it must not cost the connection."""
    with pytest.raises(StatusUnknownError, match="SuspendedStatus"):
        seen_in_push(push_data(status="SuspendedStatus"))


# --- executions --------------------------------------------------------------------------------


def test_executions_are_fills_keyed_by_order_and_trade():
    """The same key from stream's question and reconciliation."""
    rows = [execution_row(2), execution_row(1, side="Buy")]
    first, second = executions_in({"trades": rows})
    assert (first.trade_id, first.side, second.side) == (
        "701276261045858304-1",
        Side.BUY,
        None,
    )
    fill, told = fill_of(first, "p1", Side.BUY), venue_fill_of(first, "p1", Side.BUY)
    key = "701276261045858304/701276261045858304-1"
    assert fill.fill_key == told.fill_key == key == fill_key(first.venue_order_id, first.trade_id)
    assert (fill.last_qty, fill.last_px, fill.cum_qty) == (Decimal(100), Decimal("320.6"), None)
    assert (fill.fee, fill.fee_currency) == (Decimal(0), "HKD")


def test_two_orders_may_have_equal_trade_ids():
    """A trade between two orders of ours: two fills, two keys."""
    assert fill_key("701", "7") != fill_key("702", "7")


@pytest.mark.parametrize(
    "changes", [{"quantity": "0"}, {"price": "0"}, {"trade_id": ""}, {"side": "Both"}]
)
def test_an_execution_of_nothing_is_the_venue_s_fault(changes: dict[str, Any]):
    """It would be counted."""
    with pytest.raises(RemoteProtocolError):
        executions_in({"trades": [execution_row(**changes)]})


# --- the account -------------------------------------------------------------------------------


def stock(symbol: str, quantity: str, cost_price: str = "300") -> dict[str, str]:
    return {"symbol": symbol, "quantity": quantity, "cost_price": cost_price, "currency": "HKD"}


def test_positions_are_net_over_the_account_s_channels():
    """Negative ones are short; a cost price may be missing."""
    channels = [
        {"account_channel": "lb", "stock_info": [stock("700.HK", "300"), stock("9988.HK", "0")]},
        {
            "account_channel": "x",
            "stock_info": [stock("700.HK", "-100"), stock("AAPL.US", "-7", "")],
        },
    ]
    assert positions_in({"list": channels}) == (
        VenuePosition(instrument="700.HK.LONGBRIDGE", quantity=Decimal(200), avg_px=Decimal(300)),
        VenuePosition(instrument="AAPL.US.LONGBRIDGE", quantity=Decimal(-7), avg_px=Decimal(0)),
    )
    assert positions_in({"list": []}) == ()


def test_balances_are_cash_by_currency():
    """What is frozen or settling is cash, too, and not available."""
    cash = {
        "withdraw_cash": "900",
        "available_cash": "1000.5",
        "frozen_cash": "200",
        "settling_cash": "-50.25",
        "currency": "HKD",
    }
    dollars = {"available_cash": "3", "currency": "USD"}
    data = {"list": [{"currency": "HKD", "cash_infos": [cash, dollars]}, {"cash_infos": [cash]}]}
    assert balances_in(data) == (
        VenueBalance(currency="HKD", total=Decimal("1150.25"), available=Decimal("1000.5")),
        VenueBalance(currency="USD", total=Decimal(3), available=Decimal(3)),
    )


def test_margin_and_largest_quantity():
    """Empty texts are nothing."""
    ratio = margin_ratio_in({"im_factor": "0.5", "mm_factor": "0.4", "fm_factor": ""})
    assert ratio == MarginRatio(
        initial=Decimal("0.5"), maintenance=Decimal("0.4"), forced=Decimal(0)
    )
    largest = max_quantity_in({"cash_max_qty": "100", "margin_max_qty": ""})
    assert largest == (Decimal(100), Decimal(0))
