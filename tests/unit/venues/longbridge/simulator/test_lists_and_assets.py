"""Questions over HTTP: lists and their filters, details, balances, flows, limits, the tick table."""

import pytest

from tests.kit.longbridge_trading import APPLE, ORDER, TENCENT, Still


@pytest.fixture
def still() -> Still:
    made = Still(holdings={TENCENT: 1_000})
    made.book("320.4", "320.6")
    made.book("189.50", "189.52", symbol=APPLE)
    made.trade("320.4")
    return made


def ids(rows) -> list[str]:
    return [row["order_id"] for row in rows]


def test_orders_are_filtered_by_everything_the_venue_knows(still):
    """Symbol, side, market, repeated statuses, order id; newest first."""
    resting = still.submit()
    filled = still.submit(side="Sell", submitted_price="320.4")
    american = still.submit(symbol=APPLE, submitted_price="180", submitted_quantity="1")
    today = f"{ORDER}/today"
    assert ids(still.get(today)["orders"]) == [american, filled, resting]
    for query, expected in (
        ({"symbol": APPLE}, [american]),
        ({"market": "HK"}, [filled, resting]),
        ({"side": "Sell"}, [filled]),
        ({"status": "FilledStatus"}, [filled]),
        ({"status": ["FilledStatus", "NewStatus"]}, [american, filled, resting]),
        ({"order_id": resting}, [resting]),
        ({"status": "CanceledStatus"}, []),
    ):
        assert ids(still.get(today, **query)["orders"]) == expected
        assert ids(still.get(f"{ORDER}/history", **query)["orders"]) == expected
    for query in ("status=Filled", "side=buy", "market=XX"):
        assert still.code(still.ask("GET", f"{today}?{query}")) == 602001


def test_history_has_a_window_and_pages(still):
    """Seconds on both ends; `has_more` says that there are others."""
    first = still.submit()
    still.advance(100)
    second = still.submit()
    start = 1_795_225_422
    path = f"{ORDER}/history"
    assert ids(still.get(path, start_at=start + 50)["orders"]) == [second]
    assert ids(still.get(path, start_at=start, end_at=start + 50)["orders"]) == [first]
    page = still.get(path, page=1, size=1)
    assert (page["has_more"], ids(page["orders"])) == (True, [second])
    page = still.get(path, page=2, size=1)
    assert (page["has_more"], ids(page["orders"])) == (False, [first])


def test_yesterdays_ends_are_history_only(still):
    """While what is open stays among the orders of today."""
    ended, resting = still.submit(), still.submit()
    still.cancel(ended)
    filled = still.submit(submitted_price="320.6")
    still.advance(2 * 86_400)
    assert ids(still.get(f"{ORDER}/today")["orders"]) == [resting]
    assert ids(still.get(f"{ORDER}/history")["orders"]) == [filled, resting, ended]
    assert still.get("/v1/trade/execution/today")["trades"] == []
    history = still.get("/v1/trade/execution/history")
    assert (history["has_more"], ids(history["trades"])) == (False, [filled])


def test_a_detail_has_history_and_charges(still):
    """Beside all keys of the row."""
    order_id = still.submit(submitted_price="320.6")
    detail = still.get(ORDER, order_id=order_id)
    assert detail.items() >= still.row(order_id).items()
    assert [each["status"] for each in detail["history"]] == [
        "FilledStatus",
        "NewStatus",
        "WaitToNew",
    ]
    charge = detail["charge_detail"]
    assert charge["total_amount"] == "9.62"
    assert [each["code"] for each in charge["items"]] == ["BROKER_FEES", "THIRD_FEES"]
    assert {"free_status", "deductions_status", "platform_deducted_status"} <= set(detail)
    assert still.code(still.ask("GET", f"{ORDER}?order_id=99")) == 602904


def test_balances_come_in_a_currency_with_cash_by_currency(still):
    """Fixed rates; what open buys bind is frozen."""
    still.submit(submitted_quantity="200")
    row = still.get("/v1/asset/account")["list"][0]
    assert (row["currency"], row["total_cash"]) == ("HKD", "17800000")
    cash = {each["currency"]: each for each in row["cash_infos"]}
    assert cash["HKD"]["frozen_cash"] == "64019.2"
    assert cash["USD"]["frozen_cash"] == "0"
    assert row["buy_power"] == "17735980.8"
    dollars = still.get("/v1/asset/account", currency="USD")["list"][0]
    assert (dollars["currency"], dollars["total_cash"]) == ("USD", "2282051.28")
    assert "frozen_transaction_fees" in dollars
    assert still.code(still.ask("GET", "/v1/asset/account?currency=EUR")) == 602001


def test_every_fill_leaves_two_flows(still):
    """Its worth and its fee, each with a direction."""
    still.submit(side="Sell", submitted_price="320.4")
    query = {"start_time": 1_795_225_000, "end_time": 1_795_226_000}
    rows = still.get("/v1/asset/cashflow", **query)["list"]
    assert [(each["direction"], each["balance"]) for each in rows] == [(1, "9.61"), (2, "32040")]
    assert still.get("/v1/asset/cashflow", **query, page=2, size=1)["list"] == rows[1:]
    assert still.get("/v1/asset/cashflow", **query, business_type=2)["list"] == []
    assert still.get("/v1/asset/cashflow", **query, symbol=APPLE)["list"] == []
    assert still.code(still.ask("GET", "/v1/asset/cashflow?start_time=1")) == 602001


def test_shares_that_are_offered_are_not_available(still):
    """And cost is the average price."""
    still.submit(side="Sell", submitted_price="330", submitted_quantity="400")
    still.submit(submitted_price="320.6", submitted_quantity="1000")
    row = still.get("/v1/asset/stock")["list"][0]["stock_info"][0]
    assert (row["quantity"], row["available_quantity"]) == ("2000", "1600")
    assert (row["cost_price"], row["init_quantity"]) == ("320.6", "1000")
    assert still.get("/v1/asset/stock", symbol=[APPLE])["list"][0]["stock_info"] == []
    assert still.get("/v1/asset/fund") == {"list": []}


def test_margins_limits_and_the_tick_table(still):
    """What is asked before an order."""
    factors = still.get("/v1/risk/margin-ratio", symbol=TENCENT)
    assert set(factors) == {"im_factor", "mm_factor", "fm_factor"}
    path = "/v1/trade/estimate/buy_limit"
    sell = {"order_type": "LO", "side": "Sell", "fractional_shares": "false"}
    assert still.get(path, symbol=TENCENT, **sell)["cash_max_qty"] == "1000"
    american = still.get(path, symbol=APPLE, price="200", **sell)
    assert american["cash_max_qty"] == "0"
    assert int(american["margin_max_qty"]) > 0
    info = still.get("/v1/orders/info", symbol=TENCENT)
    assert (info["lot_size"], info["last_done"]) == ("100", "320.4")
    bands = info["bid_sizes"]
    assert {"str_proceed": "200", "end_proceed": "500", "bid_size": "0.2"} in bands
    assert [each["end_proceed"] for each in bands[:-1]] == [
        each["str_proceed"] for each in bands[1:]
    ]


def test_the_oldest_closed_orders_are_forgotten_and_open_ones_never(still, monkeypatch):
    """The memory is bounded; what may still trade is no part of it."""
    monkeypatch.setattr("actors.venues.longbridge.simulator.store.CLOSED_MAX", 2)
    resting = still.submit()
    ended = [still.submit() for _ in range(4)]
    for order_id in ended:
        still.cancel(order_id)
    kept = [ended[3], ended[2], resting]
    assert ids(still.get(f"{ORDER}/history")["orders"]) == kept
    assert still.get(f"{ORDER}/today", order_id=ended[0])["orders"] == []
