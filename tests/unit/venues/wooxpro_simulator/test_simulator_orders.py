"""Order life cycles as the private channels tell them, and what they do to positions and money."""

import pytest

from engine.exchange.model import Side
from tests.kit.wooxpro_simulator import START, Quiet

KEEP = {"leverage": "10", "open_type": "cross"}


@pytest.fixture
def quiet() -> Quiet:
    made = Quiet()
    made.book({600_000: 50, 599_990: 500}, {600_010: 50, 600_020: 500})
    return made


def entries(sink) -> list[tuple]:
    """(action, state, deal_size) of each order entry."""
    return [
        (entry["action"], entry["order"]["state"], entry["order"]["deal_size"])
        for frame in sink.take()
        for entry in frame["data"]
    ]


def test_a_resting_order_is_announced_with_every_field_of_the_sheet(quiet):
    """The golden submit frame."""
    sink = quiet.subscribe("futures/order")
    order_id = quiet.submit(price="50000", client_order_id="a1", **KEEP)
    assert sink.texts == [
        (
            '{"group":"futures/order","data":[{"action":2,"order":{'
            f'"order_id":"{order_id}","client_order_id":"a1","price":"50000.0","size":"10",'
            '"symbol":"BTCUSDT","state":2,"side":1,"type":"limit","leverage":"10",'
            '"open_type":"cross","deal_avg_price":"0","deal_size":"0",'
            f'"create_time":{START.wall_ms},"update_time":{START.wall_ms},"plan_order_id":"",'
            '"last_trade":null,"trigger_price":"-","trigger_price_type":"-",'
            '"execution_price":"-","activation_price_type":"-","activation_price":"-",'
            '"callback_rate":"-","position_mode":"hedge_mode"}}]}'
        )
    ]


def test_a_crossing_limit_order_fills_with_a_negative_fee(quiet):
    """Submit, then a deal whose last_trade shows the paid fee below zero; the last one has state 4."""
    sink = quiet.subscribe("futures/order")
    quiet.submit(price="60001", size=50, **KEEP)
    submitted, dealt = (frame["data"][0] for frame in sink.take())
    assert (submitted["action"], submitted["order"]["state"]) == (2, 2)
    order = dealt["order"]
    assert (dealt["action"], order["state"], order["deal_size"], order["deal_avg_price"]) == (
        1,
        4,
        "50",
        "60001",
    )
    trade = order["last_trade"]
    assert isinstance(trade.pop("lastTradeID"), int)
    # 50 contracts of 0.001 at 60001.0, taker rate 0.0006
    assert trade == {"fillQty": "50", "fillPrice": "60001.0", "fee": "-1.80003", "feeCcy": "USDT"}


def test_a_partly_filled_order_rests_and_its_cancel_keeps_what_was_filled(quiet):
    """Action 1 with state 2 for the part, action 3 with state 4 and the part at the end."""
    sink = quiet.subscribe("futures/order")
    order_id = quiet.submit(price="60001", size=80, **KEEP)
    quiet.post("/contract/private/cancel-order", symbol="BTCUSDT", order_id=str(order_id))
    assert entries(sink) == [(2, 2, "0"), (1, 2, "50"), (3, 4, "50")]


def test_a_market_order_is_first_in_approval_then_dealt_level_by_level(quiet):
    """State 1, then one deal per price, the average over both."""
    sink = quiet.subscribe("futures/order")
    answer = quiet.data(
        quiet.post(
            "/contract/private/submit-order",
            symbol="BTCUSDT",
            side=1,
            type="market",
            size=100,
            **KEEP,
        )
    )
    assert answer["price"] == "market price"
    frames = [frame["data"][0] for frame in sink.take()]
    assert [(frame["action"], frame["order"]["state"]) for frame in frames] == [
        (2, 1),
        (1, 2),
        (1, 4),
    ]
    assert frames[-1]["order"]["deal_avg_price"] == "60001.5"


@pytest.mark.parametrize(
    ("mode", "price", "expected"),
    [
        (4, "60001", [(2, 2, "0"), (3, 4, "0")]),  # maker only that would cross
        (4, "60000.9", [(2, 2, "0")]),  # maker only that rests
        (3, "60001", [(2, 2, "0"), (1, 2, "50"), (3, 4, "50")]),  # IOC, rest cancelled
        (2, "60001", [(2, 2, "0"), (3, 4, "0")]),  # FOK that cannot be filled
        (2, "60002", [(2, 2, "0"), (1, 2, "50"), (1, 4, "60")]),  # FOK that can
    ],
)
def test_modes_end_as_proposed(quiet, mode, price, expected):
    """All are accepted with an id; what cannot stand is cancelled by push."""
    sink = quiet.subscribe("futures/order")
    quiet.submit(price=price, size=60, mode=mode, **KEEP)
    assert entries(sink) == expected


def test_an_outside_trade_fills_the_resting_order_as_maker(quiet):
    """The maker fee is smaller, and the row says Maker."""
    quiet.submit(price="60000.5", size=10, **KEEP)
    quiet.trade(600_005, 10, Side.SELL)
    (row,) = quiet.data(quiet.get("/contract/private/trades", symbol="BTCUSDT"))
    assert (row["exec_type"], row["paid_fees"]) == ("Maker", "0.120001")
    assert row["order_id"].isdigit()


def test_a_round_trip_moves_wallet_position_and_assets(quiet):
    """Open long, close it lower: loss and both fees leave the wallet, the position is pushed at 0."""
    positions = quiet.subscribe("futures/position")
    assets = quiet.subscribe("futures/asset:USDT")
    quiet.submit(type="market", size=50, **KEEP)
    quiet.submit(type="market", size=50, side=3)
    opened, closed = (frame["data"][0] for frame in positions.take())
    assert (opened["hold_volume"], opened["position_type"], opened["open_type"]) == ("50", 1, 2)
    assert opened["hold_avg_price"] == "60001"
    assert (closed["hold_volume"], closed["close_volume"], closed["close_avg_price"]) == (
        "0",
        "50",
        "60000",
    )
    held, flat = (frame["data"] for frame in assets.take())
    assert held["position_deposit"] == "300.005"
    # 100000 - 1.80003 - 1.8 - 0.05
    assert flat == {
        "currency": "USDT",
        "available_balance": "99996.34997",
        "position_deposit": "0",
        "frozen_balance": "0",
    }
    flows = quiet.data(quiet.get("/contract/private/transaction-history", symbol="BTCUSDT"))
    assert [(flow["type"], flow["amount"]) for flow in flows] == [
        ("Commission Fee", "-1.8"),
        ("Realized PNL", "-0.05"),
        ("Commission Fee", "-1.80003"),
    ]


def test_hedge_mode_holds_both_directions_one_way_mode_nets(quiet):
    """The same two orders leave two positions or none."""
    for side in (1, 4):
        quiet.submit(type="market", side=side, size=20, **KEEP)
    rows = quiet.data(quiet.get("/contract/private/position-v2"))
    assert [(row["position_side"], row["position_amount"]) for row in rows] == [
        ("long", "20"),
        ("short", "20"),
    ]
    one_way = Quiet(position_mode="one_way_mode")
    one_way.book({600_000: 50}, {600_010: 50})
    one_way.submit(type="market", side=1, size=20, **KEEP)
    one_way.submit(type="market", side=4, size=30, **KEEP)
    (row,) = one_way.data(one_way.get("/contract/private/position-v2"))
    assert (row["position_side"], row["position_amount"], row["position_type"]) == (
        "both",
        "-10",
        2,
    )


def test_reduce_only_orders_shrink_with_the_position_in_one_way_mode():
    """When the position goes by another way, the resting reduce order is cancelled."""
    quiet = Quiet(position_mode="one_way_mode")
    quiet.book({600_000: 50}, {600_010: 50})
    quiet.submit(type="market", side=1, size=20, **KEEP)
    quiet.submit(price="61000", side=3, size=20)
    sink = quiet.subscribe("futures/order")
    quiet.submit(type="market", side=4, size=20, **KEEP)
    assert entries(sink) == [(2, 1, "0"), (1, 4, "20"), (3, 4, "0")]


def test_closing_volume_is_promised_once(quiet):
    """A second closing order over the rest of the position is refused; frozen volume shows why."""
    quiet.submit(type="market", size=20, **KEEP)
    quiet.submit(price="61000", side=3, size=15)
    order = {"symbol": "BTCUSDT", "side": 3, "type": "limit", "price": "61000"}
    path = "/contract/private/submit-order"
    assert quiet.refused(quiet.post(path, **order, size=6)) == (400, 40020)
    assert quiet.refused(quiet.post(path, **{**order, "side": 2}, size=1)) == (400, 40021)
    quiet.submit(price="61000", side=3, size=5)


def test_modify_keeps_the_id_and_announces_the_new_terms(quiet):
    """Price and size change; the order stays the same one."""
    order_id = quiet.submit(price="50000", client_order_id="m1", **KEEP)
    sink = quiet.subscribe("futures/order")
    answer = quiet.data(
        quiet.post(
            "/contract/private/modify-limit-order",
            symbol="BTCUSDT",
            client_order_id="m1",
            price="50001",
            size=7,
        )
    )
    assert answer == {"order_id": order_id, "client_order_id": "m1"}
    order = sink.take()[0]["data"][0]["order"]
    assert (order["order_id"], order["price"], order["size"]) == (str(order_id), "50001.0", "7")


def test_cancel_without_ids_cancels_everything_of_the_contract_only(quiet):
    """The trap of the sheet: an empty id is all orders of the symbol."""
    for price in ("50000", "50001"):
        quiet.submit(price=price, **KEEP)
    eth = quiet.submit(symbol="ETHUSDT", price="2000", **KEEP)
    quiet.post("/contract/private/cancel-order", symbol="BTCUSDT", order_id="")
    rows = quiet.data(quiet.get("/contract/private/get-open-orders"))
    assert [row["order_id"] for row in rows] == [str(eth)]


def test_the_dead_man_timer_cancels_after_its_time_and_not_when_renewed(quiet):
    """Set, renewed, run out; only its contract is hit."""
    order_id = quiet.submit(price="50000", **KEEP)
    path = "/contract/private/cancel-all-after"
    first = quiet.data(quiet.post(path, symbol="BTCUSDT", timeout=5))
    assert first["cancel_time"] - first["set_time"] == 5
    quiet.advance(4)
    quiet.post(path, symbol="BTCUSDT", timeout=5)
    quiet.advance(4)
    assert quiet.venue.exchange.open_orders(quiet.credentials.api_key)
    quiet.advance(1)
    row = quiet.data(quiet.get("/contract/private/order", symbol="BTCUSDT", order_id=str(order_id)))
    assert (row["state"], row["deal_size"]) == (4, "0")


def test_a_timer_of_zero_is_off_and_below_five_seconds_refused(quiet):
    """0 ends it, 1 to 4 are out of range."""
    quiet.submit(price="50000", **KEEP)
    path = "/contract/private/cancel-all-after"
    quiet.post(path, symbol="BTCUSDT", timeout=5)
    assert quiet.data(quiet.post(path, symbol="BTCUSDT", timeout=0))["cancel_time"] == 0
    assert quiet.refused(quiet.post(path, symbol="BTCUSDT", timeout=4)) == (400, 40044)
    quiet.advance(60)
    assert len(quiet.venue.exchange.open_orders(quiet.credentials.api_key)) == 1


def test_positions_can_be_pushed_every_ten_seconds():
    """The English page's timed push, when switched on."""
    quiet = Quiet(position_push_interval_s=10.0)
    quiet.book({600_000: 50}, {600_010: 50})
    quiet.submit(type="market", size=20, **KEEP)
    quiet.advance(1)
    sink = quiet.subscribe("futures/position")
    quiet.advance(10)
    quiet.advance(10)
    assert [frame["data"][0]["hold_volume"] for frame in sink.take()] == ["20", "20"]


def test_own_liquidity_changes_the_published_book(quiet):
    """A client's order is seen by everybody, and its own trade goes to the tape."""
    book = quiet.subscribe("futures/bookticker:BTCUSDT")
    book.take()
    quiet.submit(price="60000.5", size=7, **KEEP)
    data = book.take()[0]["data"]
    assert (data["best_bid_price"], data["best_bid_vol"]) == ("60000.5", "7")


def test_accounts_do_not_see_each_other(quiet):
    """A subscriber of another account hears nothing."""
    from tests.kit.wooxpro_simulator import Sink

    stranger = Sink("somebody else")
    from actors.venues.wooxpro.simulator.topics import parse

    topic = parse("futures/order", quiet.venue.symbols)
    assert topic is not None
    quiet.venue.subscribe(stranger, topic, quiet.now)
    quiet.submit(price="50000", **KEEP)
    assert stranger.take() == []
