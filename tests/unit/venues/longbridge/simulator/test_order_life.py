"""Orders from submit to their end: statuses, pushes, fills, on a market that stands still."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.venues.longbridge.simulator import orders
from actors.venues.longbridge.simulator.credentials import DEFAULT_CREDENTIALS, Credentials
from engine.errors import InvariantViolation
from engine.exchange.model import Side
from tests.kit.longbridge_trading import APPLE, ORDER, TENCENT, Still, ticket

PUSH_KEYS = {
    "side",
    "stock_name",
    "submitted_quantity",
    "symbol",
    "order_type",
    "submitted_price",
    "executed_quantity",
    "executed_price",
    "order_id",
    "currency",
    "status",
    "submitted_at",
    "updated_at",
    "trigger_price",
    "msg",
    "tag",
    "trigger_status",
    "trigger_at",
    "trailing_amount",
    "trailing_percent",
    "limit_offset",
    "account_no",
    "last_share",
    "last_price",
    "remark",
}
ROW_KEYS = {
    "order_id",
    "status",
    "stock_name",
    "quantity",
    "executed_quantity",
    "price",
    "executed_price",
    "submitted_at",
    "side",
    "symbol",
    "order_type",
    "last_done",
    "trigger_price",
    "msg",
    "tag",
    "time_in_force",
    "expire_date",
    "updated_at",
    "trigger_at",
    "trailing_amount",
    "trailing_percent",
    "limit_offset",
    "trigger_status",
    "currency",
    "outside_rth",
    "limit_depth_level",
    "trigger_count",
    "monitor_price",
    "remark",
}
CANCELLED = ["WaitToCancel", "PendingCancelStatus", "CanceledStatus"]
REPLACED = ["WaitToReplace", "PendingReplaceStatus", "ReplacedStatus"]


@pytest.fixture
def still() -> Still:
    made = Still()
    made.book("320.4", "320.6")
    made.book("189.50", "189.52", symbol=APPLE)
    made.sink.take()
    return made


def test_an_order_that_rests_is_told_as_waiting_and_new(still):
    """The pushes have left before the answer is there, and say what the row says."""
    order_id = still.submit(remark="mine")
    pushed = still.sink.take()
    assert [each["status"] for each in pushed] == ["WaitToNew", "NewStatus"]
    assert {each["order_id"] for each in pushed} == {order_id}
    row = still.row(order_id)
    assert (row["status"], row["remark"], row["executed_price"]) == ("NewStatus", "mine", "0")
    assert order_id.isdecimal()
    assert len(order_id) in (18, 19)


def test_every_key_that_the_sdks_insist_on_is_there(still):
    """In pushes all values are texts, in rows all but two."""
    for changes in ({}, {"order_type": "MO", "submitted_price": None}):
        order_id = still.submit(**changes)
        for pushed in still.sink.take():
            assert set(pushed) == PUSH_KEYS
            assert all(isinstance(value, str) for value in pushed.values())
            for name in ("submitted_price", "executed_price", "submitted_quantity"):
                float(pushed[name])
            assert len(pushed["updated_at"]) == 10
        row = still.row(order_id)
        assert set(row) == ROW_KEYS
        numbers = {name for name, value in row.items() if isinstance(value, int)}
        assert numbers == {"limit_depth_level", "trigger_count"}


def test_an_order_that_meets_the_book_fills_and_is_booked(still):
    """New, then one push per fill with what it was; cash, shares and executions agree."""
    order_id = still.submit(submitted_price="320.6", submitted_quantity="300")
    pushed = still.sink.take()
    assert [each["status"] for each in pushed] == ["WaitToNew", "NewStatus", "FilledStatus"]
    assert (pushed[-1]["last_share"], pushed[-1]["last_price"]) == ("300", "320.6")
    assert (pushed[0]["last_share"], pushed[0]["last_price"]) == ("", "")
    trade = still.get("/v1/trade/execution/today", order_id=order_id)["trades"][0]
    assert (trade["quantity"], trade["price"], trade["side"]) == ("300", "320.6", "Buy")
    assert trade["trade_id"].startswith(f"{order_id}-")
    held = still.get("/v1/asset/stock")["list"][0]["stock_info"]
    assert [(each["symbol"], each["quantity"], each["market"]) for each in held] == [
        (TENCENT, "300", "HK")
    ]
    cash = {
        each["currency"]: each["available_cash"]
        for each in still.get("/v1/asset/account")["list"][0]["cash_infos"]
    }
    assert cash["HKD"] == "9903791.15"  # 10,000,000 less 96,180 less a fee of 28.85


def test_a_part_is_filled_and_the_rest_withdrawn(still):
    """PartialFilled, and a cancel ends in PartialWithdrawal."""
    order_id = still.submit(submitted_price="320.6", submitted_quantity="1500")
    assert still.sink.statuses()[-1] == "PartialFilledStatus"
    assert still.row(order_id)["executed_quantity"] == "1000"
    still.data(still.cancel(order_id))
    assert still.sink.statuses() == [*CANCELLED[:2], "PartialWithdrawal"]


def test_a_cancelled_order_is_gone(still):
    """Through the two waiting statuses, and a second cancel is refused."""
    order_id = still.submit()
    still.sink.take()
    assert still.data(still.cancel(order_id)) == {}
    assert still.sink.statuses() == CANCELLED
    assert still.code(still.cancel(order_id)) == 602905
    still.book("319.6", "319.8")
    assert still.row(order_id)["executed_quantity"] == "0"


@pytest.mark.parametrize(("after", "more"), [("replaced", []), ("new", ["NewStatus"])])
def test_a_replaced_order_lives_on(after, more):
    """In ReplacedStatus, or in NewStatus again as set; the quantity is the new total."""
    still = Still(after_replace=after)
    still.book("320.4", "320.6")
    order_id = still.submit()
    still.sink.take()
    assert still.data(still.replace(order_id, quantity="300", price="320.2")) == {}
    assert still.sink.statuses() == [*REPLACED, *more]
    row = still.row(order_id)
    assert (row["quantity"], row["price"]) == ("300", "320.2")
    still.data(still.replace(order_id, quantity="200"))
    assert still.row(order_id)["price"] == "320.2"
    still.data(still.cancel(order_id))
    assert still.sink.statuses()[-1] == "CanceledStatus"


def test_a_change_that_meets_the_book_is_told_before_its_fill(still):
    """ReplacedStatus comes first."""
    order_id = still.submit()
    still.sink.take()
    still.replace(order_id, quantity="100", price="320.6")
    assert still.sink.statuses() == [*REPLACED, "FilledStatus"]


def test_quantity_counts_what_is_filled(still):
    """The new total must exceed what is executed, and the rest is the difference."""
    order_id = still.submit(submitted_price="320.6", submitted_quantity="1500")
    assert still.code(still.replace(order_id, quantity="1000")) == 602001
    still.data(still.replace(order_id, quantity="1200"))
    still.book("320.4", "320.6")
    row = still.row(order_id)
    assert (row["status"], row["executed_quantity"]) == ("FilledStatus", "1200")


def test_two_accounts_trade_with_each_other(still):
    """The second one sells what the first one bids for."""
    other = Credentials(app_key="k", app_secret="s", access_token="t", account="SECOND")
    still = Still(credentials=(DEFAULT_CREDENTIALS, other), holdings={TENCENT: 500})
    still.book("320.0", "321.0")
    maker = still.submit(submitted_price="320.4", submitted_quantity="200")
    still.sink.take()
    still.credentials = {"app_key": "k", "app_secret": "s", "access_token": "t"}
    taker = still.submit(submitted_price="320.4", side="Sell")
    assert [(each["order_id"], each["status"]) for each in still.sink.take()] == [
        (maker, "PartialFilledStatus")
    ]
    assert still.row(taker)["status"] == "FilledStatus"
    held = still.get("/v1/asset/stock", symbol=TENCENT)["list"][0]["stock_info"][0]
    assert (held["quantity"], held["init_quantity"]) == ("400", "500")


# --- pace ---------------------------------------------------------------------------------


def test_steps_take_their_time():
    """Until they are through the order can be neither changed nor cancelled."""
    still = Still(step_ms=100.0, push_not_reported=True)
    still.book("320.4", "320.6")
    order_id = still.submit()
    assert still.sink.statuses() == ["NotReported", "WaitToNew"]
    assert still.code(still.cancel(order_id)) == 602906
    still.advance(0.1)
    assert still.sink.statuses() == ["NewStatus"]
    still.cancel(order_id)
    assert still.row(order_id)["status"] == "PendingCancelStatus"
    assert still.code(still.replace(order_id, quantity="200")) == 602906
    still.advance(0.1)
    assert still.row(order_id)["status"] == "CanceledStatus"


def test_a_fill_beats_a_cancel_that_is_under_way():
    """A part leaves the cancel pending, the whole ends it."""
    still = Still(step_ms=100.0)
    still.book("320.4", "320.6")
    order_id = still.submit(submitted_quantity="200", submitted_price="320.4")
    still.advance(0.1)
    still.cancel(order_id)
    still.sink.take()
    still.trade("320.2", quantity=100, side=Side.SELL)
    assert still.sink.statuses() == ["PendingCancelStatus"]
    still.trade("320.2", quantity=100, side=Side.SELL)
    still.advance(0.1)
    assert still.sink.statuses() == ["FilledStatus"]


def test_a_fill_beats_a_change_that_is_under_way():
    """What was filled meanwhile leaves no room for the new total: the order stays as it was."""
    still = Still(step_ms=100.0)
    still.book("320.4", "320.6")
    order_id = still.submit(submitted_quantity="300", submitted_price="320.4")
    still.advance(0.1)
    still.data(still.replace(order_id, quantity="100"))
    still.trade("320.2", quantity=100, side=Side.SELL)
    still.advance(0.1)
    row = still.row(order_id)
    assert (row["status"], row["quantity"]) == ("PartialFilledStatus", "300")


def test_pushes_can_come_late():
    """After the answer, in their order."""
    still = Still(push_delay_ms=50.0)
    still.book("320.4", "320.6")
    still.submit(submitted_price="320.6")
    assert still.sink.statuses() == []
    still.advance(0.05)
    assert still.sink.statuses() == ["WaitToNew", "NewStatus", "FilledStatus"]


# --- faults -------------------------------------------------------------------------------


def test_the_next_order_is_refused_or_rejected(still):
    """With a code and nothing accepted, or accepted and then rejected with a reason."""
    still.venue.faults.arm("reject_order", match=TENCENT, value=602035)
    assert still.code(still.ask("POST", ORDER, ticket())) == 602035
    assert still.sink.take() == []
    still.venue.faults.arm("reject_late", value="because")
    row = still.row(still.submit())
    assert (row["status"], row["msg"]) == ("RejectedStatus", "because")
    assert still.sink.statuses() == ["WaitToNew", "RejectedStatus"]


@pytest.mark.parametrize(
    ("quantity", "status", "executed"),
    [("100", "FilledStatus", "100"), ("300", "PartialWithdrawal", "100")],
)
def test_a_fill_can_come_after_the_cancel(still, quantity, status, executed):
    """The order was told as cancelled; then it has traded after all."""
    order_id = still.submit(submitted_quantity=quantity)
    still.venue.faults.arm("late_fill", match=TENCENT, value=2.0)
    still.cancel(order_id)
    assert still.sink.statuses()[-1] == "CanceledStatus"
    still.advance(2.0)
    pushed = still.sink.take()
    assert [each["status"] for each in pushed] == [status]
    assert still.row(order_id)["executed_quantity"] == executed
    assert len(still.get("/v1/trade/execution/today")["trades"]) == 1


def test_the_day_ends_for_day_orders_only(still):
    """Expired when nothing was filled, else PartialWithdrawal; GTC stays."""
    empty = still.submit()
    partial = still.submit(submitted_price="320.6", submitted_quantity="1500")
    lasting = still.submit(time_in_force="GTC")
    dated = still.submit(time_in_force="GTD", expire_date="2026-11-21")
    later = still.submit(time_in_force="GTD", expire_date="2026-11-30")
    assert still.venue.desk.end_day(still.now, "US") == 0
    assert still.venue.desk.end_day(still.now, "HK") == 3
    expected = {
        empty: "ExpiredStatus",
        partial: "PartialWithdrawal",
        lasting: "NewStatus",
        dated: "ExpiredStatus",
        later: "NewStatus",
    }
    assert {each: still.row(each)["status"] for each in expected} == expected


def test_day_orders_end_at_the_close_when_so_set():
    """The next trading day's close: it is a Saturday in Hong Kong."""
    still = Still(day_orders="close")
    still.book("320.4", "320.6")
    order_id = still.submit()
    still.advance(2 * 86_400 + 6 * 3_600)
    assert still.row(order_id)["status"] == "NewStatus"
    still.advance(3_600)
    assert still.row(order_id)["status"] == "ExpiredStatus"


# --- types --------------------------------------------------------------------------------


def test_a_special_limit_order_does_not_wait(still):
    """What does not trade at once is cancelled; it cannot be replaced."""
    order_id = still.submit(order_type="SLO", submitted_price="320.6", submitted_quantity="1500")
    row = still.row(order_id)
    assert (row["status"], row["executed_quantity"]) == ("PartialWithdrawal", "1000")


def test_a_market_order_fills_at_once_or_not_at_all():
    """Without a book it is cancelled."""
    still = Still()
    order_id = still.submit(order_type="MO", submitted_price=None)
    assert still.row(order_id)["status"] == "CanceledStatus"
    still.book("320.4", "320.6")
    order_id = still.submit(order_type="MO", submitted_price=None)
    row = still.row(order_id)
    assert (row["status"], row["executed_price"], row["price"]) == ("FilledStatus", "320.6", "")


def test_an_odd_lot_trades_against_the_quote(still):
    """Beside the book of board lots."""
    order_id = still.submit(order_type="ODD", submitted_quantity="30", submitted_price="320.6")
    assert still.row(order_id)["status"] == "FilledStatus"
    waiting = still.submit(order_type="ODD", submitted_quantity="30", submitted_price="320.2")
    still.data(still.replace(waiting, quantity="40", price="320.4"))
    assert still.row(waiting)["status"] == "ReplacedStatus"
    still.book("320.2", "320.4")
    row = still.row(waiting)
    assert (row["status"], row["executed_quantity"], row["executed_price"]) == (
        "FilledStatus",
        "40",
        "320.4",
    )


def test_a_price_that_the_table_knows_and_the_book_does_not_works_all_the_same(still):
    """Ticks are finer far below the book; nothing refuses such an order."""
    order_id = still.submit(submitted_price="199.9")
    assert still.row(order_id)["status"] == "NewStatus"
    still.data(still.replace(order_id, quantity="100", price="320.6"))
    assert still.row(order_id)["status"] == "FilledStatus"
    order_id = still.submit()
    still.data(still.replace(order_id, quantity="100", price="199.9"))
    still.data(still.cancel(order_id))
    assert still.row(order_id)["status"] == "CanceledStatus"


def paper() -> Still:
    account = Credentials(app_key="k", app_secret="s", access_token="t", account="P", paper=True)
    still = Still(credentials=(account,))
    still.book("320.4", "320.6", quantity=100)
    return still


def test_a_paper_account_fills_whole_at_the_quote():
    """Whatever the quote's size; one that waited fills at its own price; the day only."""
    still = paper()
    order_id = still.submit(submitted_quantity="500", submitted_price="321")
    row = still.row(order_id)
    assert (row["status"], row["executed_price"]) == ("FilledStatus", "320.6")
    waiting = still.submit(submitted_price="320.2")
    still.book("319.8", "320.0", quantity=100)
    assert still.row(waiting)["executed_price"] == "320.2"
    response = still.ask("POST", ORDER, ticket(time_in_force="GTC"))
    answer = json.loads(response.body)
    assert (answer["code"], answer["message"]) == (602001, "time in force not support")


def test_a_touched_order_waits_for_its_price(still):
    """VarietiesNotReported, then released into the market."""
    order_id = still.submit(
        order_type="LIT", side="Buy", trigger_price="321", submitted_price="321.2"
    )
    row = still.row(order_id)
    assert (row["status"], row["trigger_status"]) == ("VarietiesNotReported", "ACTIVE")
    still.sink.take()
    still.trade("320.8")
    assert still.sink.take() == []
    still.trade("321")
    assert still.sink.statuses() == ["WaitToNew", "NewStatus", "FilledStatus"]
    row = still.row(order_id)
    assert (row["trigger_status"], row["trigger_at"] != "0") == ("RELEASED", True)


def test_a_waiting_order_can_be_changed_and_cancelled(still):
    """It goes on waiting for the new price; a cancelled one fires no more."""
    terms = {"order_type": "MIT", "submitted_price": None}
    order_id = still.submit(**terms, trigger_price="321")
    still.sink.take()
    still.data(still.replace(order_id, quantity="200", trigger_price="322"))
    assert still.sink.statuses() == [*REPLACED, "VarietiesNotReported"]
    still.trade("321")
    assert still.row(order_id)["status"] == "VarietiesNotReported"
    still.data(still.cancel(order_id))
    still.trade("323")
    row = still.row(order_id)
    assert (row["status"], row["trigger_status"]) == ("CanceledStatus", "DEACTIVE")


def test_a_trailing_order_follows_and_is_released(still):
    """A sell follows the highest price down by its distance; the limit is the last price less the offset."""
    still.submit(submitted_price="320.6", submitted_quantity="200")
    still.trade("320.4")
    order_id = still.submit(
        order_type="TSLPAMT",
        side="Sell",
        submitted_price=None,
        trailing_amount="1",
        limit_offset="0.4",
    )
    for price in ("320.4", "322", "321.4"):
        still.trade(price)
        assert still.row(order_id)["status"] == "VarietiesNotReported"
    still.trade("321")
    row = still.row(order_id)
    assert (row["trigger_status"], row["price"]) == ("RELEASED", "320.6")


def test_us_shares_can_be_sold_short_and_hk_shares_cannot(still):
    """A negative quantity shows the short position."""
    short = {"symbol": APPLE, "side": "Sell", "submitted_price": "189.50"}
    still.submit(**short, submitted_quantity="7")
    held = still.get("/v1/asset/stock", symbol=APPLE)["list"][0]["stock_info"][0]
    assert (held["quantity"], held["currency"]) == ("-7", "USD")
    assert still.code(still.ask("POST", ORDER, ticket(side="Sell"))) == 602903


def test_nothing_is_bought_beyond_the_money():
    """Open orders bind their price; an order within the rest is taken."""
    still = Still(balances={"HKD": 100_000})
    still.book("320.4", "320.6")
    still.submit(submitted_quantity="200")
    assert still.code(still.ask("POST", ORDER, ticket(submitted_quantity="200"))) == 602902
    row = still.get("/v1/asset/account")["list"][0]
    assert row["cash_infos"][0]["frozen_cash"] == "64019.2"
    limit = still.get(
        "/v1/trade/estimate/buy_limit", symbol=TENCENT, order_type="LO", side="Buy", price="320"
    )
    assert limit == {"cash_max_qty": "100", "margin_max_qty": "100"}


def test_an_order_outside_its_hours_waits_for_them():
    """With real trading hours an order rests as new until its market opens."""
    still = Still(trading_hours="real")  # a Saturday in Hong Kong
    order_id = still.submit(submitted_price="330")
    still.book("320.4", "320.6")
    assert still.row(order_id)["status"] == "NewStatus"
    still.advance(2 * 86_400 + 2 * 3_600)  # Monday 11:43 in Hong Kong
    still.trade("320.6")
    assert still.row(order_id)["status"] == "FilledStatus"


# --- the table of transitions -------------------------------------------------------------


def test_no_status_leads_out_of_an_end_but_by_a_late_fill():
    """And every status is in the table."""
    assert set(orders.NEXT) | {"ReplacedNotReported", "ProtectedNotReported"} == orders.STATUSES
    for status in orders.TERMINAL:
        assert orders.NEXT[status] <= {orders.WITHDRAWN, orders.FILLED}


def test_a_transition_that_cannot_be_is_our_own_fault(still):
    """Nothing a client does leads there."""
    order = still.venue.desk.find(DEFAULT_CREDENTIALS.account, int(still.submit()))
    with pytest.raises(InvariantViolation):
        order.move(orders.NOT_REPORTED, 1)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "cancel", "replace", "book", "trade", "time", "day"]),
        st.integers(0, 5),
        st.integers(1, 6),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(ACTIONS, st.sampled_from([0.0, 10.0]))
def test_whatever_happens_quantities_money_and_shares_agree(actions, step_ms):
    """Executed never exceeds the quantity, pushes never go back, the ledger is the sum of the fills."""
    still = Still(step_ms=step_ms)
    still.book("320.0", "321.0")
    ids: list[str] = []
    kinds = ("LO", "ODD", "SLO", "MO", "LIT", "LO")
    for action, which, size in actions:
        price = str(318 + which)
        if action == "submit":
            kind = kinds[which]
            quantity = str(size * (10 if kind == "ODD" else 100))
            answer = still.ask(
                "POST",
                ORDER,
                ticket(
                    order_type=kind,
                    side="Buy" if size % 2 else "Sell",
                    submitted_quantity=quantity,
                    submitted_price=price,
                    trigger_price="321",
                ),
            )
            if answer.status == 200:
                ids.append(still.data(answer)["order_id"])
        elif action == "cancel" and ids:
            still.cancel(ids[which % len(ids)])
        elif action == "replace" and ids:
            still.replace(ids[which % len(ids)], quantity=str(size * 100), price=price)
        elif action == "book":
            still.book(price, str(319 + which), quantity=size * 100)
        elif action == "trade":
            still.trade(price, quantity=size * 100, side=Side.SELL if size % 2 else Side.BUY)
        elif action == "time":
            still.advance(0.01)
        elif action == "day" and size == 1:
            still.venue.desk.end_day(still.now)
    still.advance(1)
    check_agreement(still, ids)


def check_agreement(still: Still, ids: list[str]) -> None:
    trades = still.get("/v1/trade/execution/history")["trades"]
    executed = dict.fromkeys(ids, 0)
    shares = 0
    for trade in trades:
        executed[trade["order_id"]] += int(trade["quantity"])
        shares += int(trade["quantity"]) * (1 if trade["side"] == "Buy" else -1)
    for row in still.get(f"{ORDER}/history")["orders"]:
        assert int(row["executed_quantity"]) == executed[row["order_id"]]
        assert int(row["executed_quantity"]) <= int(row["quantity"])
    assert len({trade["trade_id"] for trade in trades}) == len(trades)
    held = still.get("/v1/asset/stock")["list"][0]["stock_info"]
    assert sum(int(each["quantity"]) for each in held) == shares >= 0
    store, account = still.venue.desk.stores[still.sink.account], still.sink.account
    offered = sum(each.leaves for each in store.open.values() if not each.terms.buys)
    bound = still.venue.desk.ledgers[account].bound.totals()
    assert bound.shares_of(TENCENT) == offered
    assert (bound.cash_in("HKD") > 0) == any(each.terms.buys for each in store.open.values())
    seen: dict[str, int] = {}
    for pushed in still.sink.take():
        assert int(pushed["executed_quantity"]) >= seen.get(pushed["order_id"], 0)
        seen[pushed["order_id"]] = int(pushed["executed_quantity"])


@pytest.mark.parametrize(("quantity", "last"), [("300", "cancelled"), ("100", "fill")])
def test_the_witness_says_that_an_order_filled_late_is_over(tmp_path, quantity, last):
    """Or a judge would take it for one that works again."""
    path = tmp_path / "witness.jsonl"
    still = Still(witness_file=str(path))
    still.book("320.4", "320.6")
    order_id = still.submit(submitted_quantity=quantity, remark="late")
    still.venue.faults.arm("late_fill")
    still.data(still.cancel(order_id))
    words = [json.loads(line)["word"] for line in path.read_text().splitlines()]
    assert words[:4] == ["accepted", "cancel", "cancelled", "fill"]
    assert words[-1] == last
