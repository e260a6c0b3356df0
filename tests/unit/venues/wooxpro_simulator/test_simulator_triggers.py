"""Orders that wait for a price: when they fire, what they submit, what is told."""

import pytest

from engine.exchange.model import Side
from tests.kit.wooxpro_simulator import Quiet

KEEP = {"leverage": "10", "open_type": "cross"}
PLAN = {"symbol": "BTCUSDT", "side": 1, "size": 5, "type": "market", "price_type": 1, **KEEP}


@pytest.fixture
def quiet() -> Quiet:
    made = Quiet()
    made.book({600_000: 50, 599_000: 5000}, {600_010: 50, 601_000: 5000})
    made.trade(600_000, 1, Side.SELL)
    return made


def entries(sink) -> list[tuple]:
    """(type, action, state) of each order entry."""
    return [
        (entry["order"]["type"], entry["action"], entry["order"]["state"])
        for frame in sink.take()
        for entry in frame["data"]
    ]


@pytest.mark.parametrize(
    ("way", "trigger", "price"), [(1, "60100", 601_000), (2, "59900", 599_000)]
)
def test_a_plan_order_fires_at_its_price_and_not_before(quiet, way, trigger, price):
    """Up fires at or above, down at or below; the order it submits names it."""
    sink = quiet.subscribe("futures/order")
    plan_id = quiet.data(
        quiet.post(
            "/contract/private/submit-plan-order", **PLAN, price_way=way, trigger_price=trigger
        )
    )["order_id"]
    near = price - 10 if way == 1 else price + 10
    quiet.trade(near, 1, Side.BUY)
    assert entries(sink) == [("plan_order", 2, 2)]
    quiet.trade(price, 1, Side.BUY)
    frames = [entry for frame in sink.take() for entry in frame["data"]]
    assert [(f["order"]["type"], f["action"], f["order"]["state"]) for f in frames] == [
        ("plan_order", 2, 4),
        ("market", 2, 1),
        ("market", 1, 4),
    ]
    assert frames[1]["order"]["plan_order_id"] == str(plan_id)
    assert quiet.data(quiet.get("/contract/private/current-plan-order")) == []


def test_the_fair_price_can_be_what_is_watched(quiet):
    """With price type 2 prints do not matter, the middle of the quote does."""
    quiet.post(
        "/contract/private/submit-plan-order",
        **{**PLAN, "price_type": 2},
        price_way=1,
        trigger_price="60100",
    )
    quiet.trade(602_000, 1, Side.BUY)
    assert len(quiet.venue.triggers.waiting(quiet.credentials.api_key)) == 1
    quiet.book({601_000: 50}, {601_020: 50})
    assert quiet.venue.triggers.waiting(quiet.credentials.api_key) == []


def test_a_limit_plan_rests_at_its_executive_price(quiet):
    """Fired, it is an ordinary resting order."""
    quiet.post(
        "/contract/private/submit-plan-order",
        **{**PLAN, "type": "limit"},
        price_way=1,
        trigger_price="60100",
        executive_price="59000",
    )
    quiet.trade(601_000, 1, Side.BUY)
    (row,) = quiet.data(quiet.get("/contract/private/get-open-orders"))
    assert (row["price"], row["type"]) == ("59000.0", "limit")


@pytest.mark.parametrize(
    ("kind", "trigger", "price"),
    [("take_profit", "60100", 601_000), ("stop_loss", "59900", 599_000)],
)
def test_exits_close_the_whole_position_when_no_size_is_given(quiet, kind, trigger, price):
    """A long is closed above by a take-profit and below by a stop-loss."""
    quiet.submit(type="market", size=20, **KEEP)
    quiet.data(
        quiet.post(
            "/contract/private/submit-tp-sl-order",
            symbol="BTCUSDT",
            side=3,
            type=kind,
            trigger_price=trigger,
            executive_price=trigger,
            price_type=1,
        )
    )
    quiet.trade(price, 1, Side.BUY)
    assert quiet.data(quiet.get("/contract/private/position")) == []


def test_exits_go_when_the_position_goes(quiet):
    """Closed by hand, the waiting take-profit is cancelled by push."""
    quiet.submit(type="market", size=20, **KEEP)
    quiet.post(
        "/contract/private/submit-tp-sl-order",
        symbol="BTCUSDT",
        side=3,
        type="take_profit",
        trigger_price="61000",
        executive_price="61000",
    )
    sink = quiet.subscribe("futures/order")
    quiet.submit(type="market", size=20, side=3)
    assert entries(sink)[-1] == ("take_profit", 3, 4)
    assert quiet.venue.triggers.waiting(quiet.credentials.api_key) == []


def test_presets_wait_from_the_fill_on(quiet):
    """An opening order with both presets leaves two exits for what was filled."""
    quiet.submit(
        type="market",
        size=20,
        preset_take_profit_price="61000",
        preset_stop_loss_price="59000",
        **KEEP,
    )
    rows = quiet.data(quiet.get("/contract/private/current-plan-order", plan_type="profit_loss"))
    assert [
        (row["order_type"], row["trigger_price"], row["size"], row["side"]) for row in rows
    ] == [
        ("take_profit", "61000", "20", 3),
        ("stop_loss", "59000", "20", 3),
    ]


def test_a_trailing_order_follows_the_best_price_and_fires_on_the_way_back(quiet):
    """Activated at 60100, best 61000, one per cent back is 60390."""
    quiet.submit(type="market", size=20, **KEEP)
    quiet.data(
        quiet.post(
            "/contract/private/submit-trail-order",
            symbol="BTCUSDT",
            side=3,
            size=20,
            activation_price="60100",
            callback_rate="1",
            activation_price_type=1,
            **KEEP,
        )
    )
    for ticks in (599_000, 601_000, 610_000, 603_910):
        quiet.trade(ticks, 1, Side.BUY)
        assert quiet.data(quiet.get("/contract/private/position"))
    quiet.trade(603_900, 1, Side.BUY)
    assert quiet.data(quiet.get("/contract/private/position")) == []


def test_a_fired_order_that_is_refused_is_told_as_cancelled(quiet):
    """Without a position left to close, action 3 ends the waiting order."""
    quiet.submit(type="market", size=20, **KEEP)
    quiet.post(
        "/contract/private/submit-plan-order",
        **{**PLAN, "side": 3, "size": 20},
        price_way=1,
        trigger_price="60100",
    )
    quiet.submit(price="61000", side=3, size=20)
    sink = quiet.subscribe("futures/order")
    quiet.trade(601_000, 1, Side.BUY)
    assert entries(sink) == [("plan_order", 3, 4)]


def test_waiting_orders_can_be_changed_and_cancelled_by_either_id(quiet):
    """New trigger price by id, cancel by client id."""
    plan_id = quiet.data(
        quiet.post(
            "/contract/private/submit-plan-order",
            **PLAN,
            price_way=1,
            trigger_price="60100",
            client_order_id="p1",
        )
    )["order_id"]
    quiet.data(
        quiet.post(
            "/contract/private/modify-plan-order",
            symbol="BTCUSDT",
            order_id=str(plan_id),
            trigger_price="62000",
        )
    )
    quiet.trade(601_000, 1, Side.BUY)
    (row,) = quiet.data(quiet.get("/contract/private/current-plan-order"))
    assert (row["order_id"], row["trigger_price"]) == (str(plan_id), "62000")
    quiet.data(
        quiet.post("/contract/private/cancel-plan-order", symbol="BTCUSDT", client_order_id="p1")
    )
    assert quiet.data(quiet.get("/contract/private/current-plan-order")) == []
    again = quiet.post(
        "/contract/private/cancel-plan-order", symbol="BTCUSDT", order_id=str(plan_id)
    )
    assert quiet.refused(again) == (400, 40037)


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("submit-plan-order", {"price_way": 3}, 40011),
        ("submit-plan-order", {"trigger_price": ""}, 40011),
        ("submit-plan-order", {"trigger_price": "1.05"}, 40043),
        ("submit-plan-order", {"type": "limit"}, 40011),
        ("submit-plan-order", {"side": 3}, 40021),
        ("submit-tp-sl-order", {"side": 1, "type": "stop_loss"}, 40041),
        ("submit-tp-sl-order", {"side": 3, "type": "limit"}, 40042),
        ("submit-trail-order", {"callback_rate": "6", "activation_price": "1"}, 40044),
        ("submit-trail-order", {"activation_price": "1"}, 40044),
    ],
)
def test_wrong_waiting_orders_have_their_codes(quiet, path, change, code):
    """Refused at once, nothing waits."""
    body = {**PLAN, "price_way": 1, "trigger_price": "60100", **change}
    assert quiet.refused(quiet.post(f"/contract/private/{path}", **body)) == (400, code)
    assert quiet.venue.triggers.waiting(quiet.credentials.api_key) == []


def test_the_fifty_first_waiting_order_is_too_many(quiet):
    """40028 beyond the bound."""
    body = {**PLAN, "price_way": 1, "trigger_price": "90000"}
    for _ in range(50):
        quiet.data(quiet.post("/contract/private/submit-plan-order", **body))
    assert quiet.refused(quiet.post("/contract/private/submit-plan-order", **body)) == (400, 40028)


def test_cancelling_without_an_id_takes_all_of_its_sort(quiet):
    """cancel-trail-order leaves plan orders alone and the other way round."""
    quiet.post("/contract/private/submit-plan-order", **PLAN, price_way=1, trigger_price="90000")
    quiet.post(
        "/contract/private/submit-trail-order", **PLAN, activation_price="90000", callback_rate="1"
    )
    assert len(quiet.data(quiet.get("/contract/private/get-open-orders", type="trailing"))) == 1
    quiet.post("/contract/private/cancel-trail-order", symbol="BTCUSDT")
    waiting = quiet.venue.triggers.waiting(quiet.credentials.api_key)
    assert [order.kind for order in waiting] == ["plan_order"]


def test_presets_of_a_working_order_can_be_changed(quiet):
    """What counts is what they are when it is filled."""
    order_id = quiet.submit(price="59000", preset_stop_loss_price="50000", **KEEP)
    quiet.data(
        quiet.post(
            "/contract/private/modify-preset-plan-order",
            symbol="BTCUSDT",
            order_id=str(order_id),
            preset_stop_loss_price="55000",
        )
    )
    quiet.book({}, {600_010: 50})
    quiet.trade(590_000, 10, Side.SELL)
    (row,) = quiet.data(quiet.get("/contract/private/current-plan-order"))
    assert row["trigger_price"] == "55000"
