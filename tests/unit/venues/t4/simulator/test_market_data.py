"""Depth subscriptions of the simulator: order of messages, buffers, levels, refusals, what moves."""

import pytest

from engine.exchange.model import Side
from tests.kit.t4_simulator import (
    ALL,
    ALL_LEVELS,
    BEST_ONLY,
    CL,
    DECIMAL,
    ES,
    EXPIRED,
    HALTED,
    NO_PERMISSION,
    OVER,
    PLACES,
    SLOW_SMART,
    SMART,
    SMART_TRADE,
    SPREAD,
    TRADE_ONLY,
    UNAVAILABLE,
    Still,
    by_key,
)

BID, OFFER = 1, -1


def still(**knobs) -> Still:
    """A venue with a book of ES: 12 levels a side around 4800 (19200 ticks)."""
    venue = Still(**knobs)
    bids = {19_200 - place: 10 + place for place in range(12)}
    offers = {19_201 + place: 20 + place for place in range(12)}
    venue.book(bids, offers)
    return venue


def test_details_come_before_the_snapshot_and_once():
    """Whatever is subscribed later."""
    line = still().line()
    names = [name for name, _ in line.depth()]
    assert names == ["market_details", "market_snapshot"]
    assert [name for name, _ in line.depth(buffer=SMART)] == ["market_snapshot"]
    assert [name for name, _ in line.by_order()] == ["market_by_order_snapshot"]


def test_the_details_of_the_sheet():
    """In the format of the session; point value per smallest unit all the same."""
    details = still().line().depth()[0][1]
    assert details["min_price_increment"] == "0.25"
    assert details["point_value"] == "0.5"
    assert "decimals" not in details
    assert (details["real_decimals"], details["volume_increment"]) == (2, 1)
    assert (details["expiry_date"], details["contract_type"]) == (20240315, 5)
    decimal = still().line(**by_key(price_format=DECIMAL)).depth()[0][1]
    assert (decimal["min_price_increment"], decimal["point_value"]) == ("25", "0.5")


def test_point_values_can_follow_the_format():
    """The sheet infers the other reading; this setting shows it."""
    details = still(point_value_per="format").line().depth()[0][1]
    assert details["point_value"] == "50"


def test_a_spread_names_its_legs():
    """With volumes of both signs."""
    details = still().line().depth(SPREAD)[0][1]
    assert details["strategy_type"] == 1
    assert [(each["market_id"], each["volume"]) for each in details["legs"]] == [
        (CL, 1),
        ("XCME_Ny CL (J24)", -1),
    ]


def test_a_snapshot_holds_what_there_is():
    """No high, low or trade before the first trade; all of it afterwards."""
    venue = still()
    snapshot = venue.line().depth()[1][1]
    held = [next(iter(each)) for each in snapshot["messages"]]
    assert held == ["market_depth", "market_price_limits", "market_settlement"]
    assert (snapshot["mode"], "delayed" in snapshot) == (2, False)
    venue.trade(19_201, 3, Side.BUY)
    snapshot = venue.line().depth(buffer=SMART_TRADE)[1][1]
    held = [next(iter(each)) for each in snapshot["messages"]]
    assert held[:3] == ["market_depth", "market_depth_trade", "market_high_low"]


@pytest.mark.parametrize(("levels", "shown"), [(BEST_ONLY, 1), (10, 10), (ALL_LEVELS, 12), (0, 10)])
def test_images_have_the_levels_asked_for(levels, shown):
    """Best first on both sides; the subscription is echoed."""
    image = still().line().depth(levels=levels)[1][1]["messages"][0]["market_depth"]
    bids = [float(each["price"]) for each in image["bids"]]
    offers = [float(each["price"]) for each in image["offers"]]
    assert (len(bids), len(offers)) == (shown, shown)
    assert bids == sorted(bids, reverse=True)
    assert offers == sorted(offers)
    assert image["bids"][0] == {"price": "4800", "volume": 10, "num_orders": 1}
    assert image["offers"][0] == {"price": "4800.25", "volume": 20, "num_orders": 2}
    assert (image["depth_levels"], image["depth_buffer"]) == (levels or 10, ALL)


def test_all_tells_every_change():
    """Each as a full image."""
    venue = still()
    line = venue.line()
    line.depth()
    for lots in (1, 2, 3):
        venue.book({19_190: lots}, {19_201: 5})
        ((name, image),) = line.take()
        assert name == "market_depth"
        assert [(each["price"], each["volume"]) for each in image["bids"]] == [("4797.5", lots)]


def test_smart_tells_the_best_at_once_and_the_rest_at_its_pace():
    """Every 100 ms."""
    venue = still()
    line = venue.line()
    line.depth(buffer=SMART)
    venue.book({19_200: 9, 19_190: 5}, {19_201: 5})
    assert [name for name, _ in line.take()] == ["market_depth"]
    for lots in (6, 7, 8):
        venue.book({19_200: 9, 19_190: lots}, {19_201: 5})
    assert line.take() == []
    venue.wait(0.1)
    ((_, image),) = line.take()
    assert image["bids"][1]["volume"] == 8
    venue.wait(1)
    assert line.take() == []


def test_slow_keeps_its_pace_whatever_happens():
    """Every 500 ms; the first change of a quiet market goes out at once."""
    venue = still()
    line = venue.line()
    line.depth(buffer=SLOW_SMART)
    venue.book({19_200: 9}, {19_201: 5})
    assert len(line.take()) == 1
    venue.book({19_199: 9}, {19_201: 5})
    venue.wait(0.4)
    assert line.take() == []
    venue.wait(0.1)
    assert len(line.take()) == 1


def test_trades_go_to_trade_buffers_alone():
    """One message each, the aggressor seen from the book; images repeat the last one."""
    venue = still(sessions_per_user=3)
    with_trades, without, only = venue.line(), venue.line(), venue.line()
    with_trades.depth(buffer=SMART_TRADE)
    without.depth(buffer=SMART)
    only.depth(buffer=TRADE_ONLY)
    venue.trade(19_201, 3, Side.BUY)
    venue.trade(19_200, 2, Side.SELL)
    trades = [body for name, body in with_trades.take() if name == "market_depth_trade"]
    assert [(each["last_trade_price"], each["at_bid_or_offer"]) for each in trades] == [
        ("4800.25", OFFER),
        ("4800", BID),
    ]
    assert [each["total_traded_volume"] for each in trades] == [3, 5]
    assert [each["total_trade_count"] for each in trades] == [1, 2]
    assert trades[0]["order_volumes"] == [3]
    told = without.take()
    assert "market_depth_trade" not in [name for name, _ in told]
    venue.wait(1)
    images = [body for name, body in told + without.take() if name == "market_depth"]
    assert images[-1]["trade_data"]["total_traded_volume"] == 5
    assert images[-1]["trade_data"]["last_trade_price"] == "4800"
    assert {name for name, _ in only.take()} == {"market_depth_trade", "market_high_low"}


def test_high_and_low_are_told_when_they_change():
    """To every depth subscription, not with each trade."""
    venue = still()
    line = venue.line()
    line.depth()
    for ticks in (19_201, 19_201, 19_205, 19_203, 19_199):
        venue.trade(ticks, 1, Side.BUY)
    told = [body for name, body in line.take() if name == "market_high_low"]
    assert [(each["open_price"], each["high_price"], each["low_price"]) for each in told] == [
        ("4800.25", "4800.25", "4800.25"),
        ("4800.25", "4801.25", "4800.25"),
        ("4800.25", "4801.25", "4799.75"),
    ]
    assert told[0]["trade_date"] == 20241031


def test_settlement_and_limits_are_told_on_change():
    """A new settlement price moves the limits."""
    venue = still()
    line = venue.line()
    line.depth()
    venue.fault("settle", match=ES, value=4700.0)
    told = dict(line.take())
    assert told["market_settlement"]["settlement_price"] == "4700"
    assert told["market_price_limits"]["high_price"] == "5036"
    venue.fault("price_limits", match=ES, value=4.0)
    assert dict(line.take())["market_price_limits"]["low_price"] == "4699"


def test_mode_and_flags_are_told_with_an_image():
    """Flags may add up to a value that has no name."""
    venue = still()
    line = venue.line()
    line.depth(buffer=SLOW_SMART)
    venue.fault("market_mode", match=ES, value="HALTED")
    venue.fault("market_flags", match=ES, value=6.0)
    images = [body for name, body in line.take() if name == "market_depth"]
    assert [each["mode"] for each in images] == [HALTED, HALTED]
    assert images[1]["flags"] == 6
    assert not venue.venue.market.trading(ES)


def test_a_new_subscription_replaces_the_old_one():
    """Its present state comes again, details do not; unsubscribing ends all."""
    venue = still()
    line = venue.line()
    line.depth()
    line.depth(levels=BEST_ONLY)
    venue.book({19_200: 7, 19_199: 7}, {19_201: 5})
    ((_, image),) = line.take()
    assert (len(image["bids"]), image["depth_levels"]) == (1, BEST_ONLY)
    assert line.say("market_depth_subscribe", **PLACES[ES]) == []
    venue.book({19_200: 8}, {19_201: 5})
    assert line.take() == []


@pytest.mark.parametrize(
    ("where", "mode"),
    [
        ({**PLACES[ES], "market_id": "XCME_Eq ES (Z99)"}, UNAVAILABLE),
        ({**PLACES[ES], "contract_id": "NQ"}, UNAVAILABLE),
        ({**PLACES[ES], "exchange_id": "ICE"}, UNAVAILABLE),
        (PLACES[OVER], EXPIRED),
    ],
)
def test_refusals_carry_their_reason_as_a_mode(where, mode):
    """Of depth and of markets by order alike, and no details come with them."""
    line = still().line()
    ((name, reject),) = line.say("market_depth_subscribe", **where, buffer=ALL, depth_levels=10)
    assert (name, reject["mode"]) == ("market_depth_subscribe_reject", mode)
    assert reject["market_id"] == where["market_id"]
    assert reject["time"]["seconds"]
    ((name, reject),) = line.say("market_by_order_subscribe", **where, subscribe=True)
    assert (name, reject["mode"]) == ("market_by_order_subscribe_reject", mode)


def test_unknown_buffers_are_rejected():
    """With the mode that says so."""
    ((_, reject),) = still().line().depth(buffer=99)
    assert reject["mode"] == 12


def test_rights_are_told_and_kept():
    """Nothing, the best prices alone, all; a market by order needs depth."""
    venue = still(market_data={"CME_Eq": 0})
    line = venue.line(login=False)
    rights = {each["exchange_id"]: each for each in line.log_in()["exchanges"]}
    assert "market_data_type" not in rights["CME_Eq"]
    assert rights["CME_Ny"]["market_data_type"] == 3
    assert line.depth()[0][1]["mode"] == NO_PERMISSION
    best = still(market_data={"CME_Eq": 1}).line()
    image = best.depth(levels=ALL_LEVELS)[1][1]["messages"][0]["market_depth"]
    assert (len(image["bids"]), image["depth_levels"]) == (1, BEST_ONLY)
    assert best.by_order()[0][1]["mode"] == NO_PERMISSION


def test_delayed_data_is_late_and_says_so():
    """All of it but the details; a market by order is never delayed."""
    venue = still(market_data={"CME_Eq": 11}, delay_s=5.0)
    line = venue.line()
    assert [name for name, _ in line.depth()] == ["market_details"]
    venue.wait(5)
    ((name, snapshot),) = line.take()
    assert (name, snapshot["delayed"]) == ("market_snapshot", 1)
    venue.book({19_200: 7}, {19_201: 5})
    venue.wait(4)
    assert line.take() == []
    venue.wait(1)
    ((_, image),) = line.take()
    assert image["delayed"] == 1
    assert line.by_order()[0][1]["mode"] == NO_PERMISSION


def test_data_can_be_delayed_by_fault():
    """For one subscription."""
    venue = still()
    venue.fault("delayed_data", match=ES, value=2.0)
    line = venue.line()
    assert [name for name, _ in line.depth()] == ["market_details"]
    venue.wait(2)
    assert line.take()[0][1]["delayed"] == 1
    assert [name for name, _ in line.depth()] == ["market_snapshot"]


def test_subscriptions_can_be_rejected_by_fault():
    """With any mode."""
    venue = still()
    venue.fault("reject_subscription", match="*/depth", value="FAILED")
    line = venue.line()
    assert line.depth()[0][1]["mode"] == 8
    assert len(line.depth()) == 2


def test_details_can_be_missing_or_stale():
    """By fault, once."""
    venue = still(sessions_per_user=3)
    venue.fault("no_details", match=ES)
    assert [name for name, _ in venue.line().depth()] == ["market_snapshot"]
    venue.fault("stale_details", match=ES)
    assert venue.line().depth()[0][1]["min_price_increment"] == "2.5"
    assert venue.line().depth()[0][1]["min_price_increment"] == "0.25"


def test_two_formats_hear_the_same_market():
    """Each in its own words."""
    venue = still(sessions_per_user=2)
    real, decimal = venue.line(), venue.line(**by_key(price_format=DECIMAL))
    real.depth()
    decimal.depth()
    venue.book({19_200: 7}, {19_201: 5})
    assert real.take()[0][1]["bids"][0]["price"] == "4800"
    assert decimal.take()[0][1]["bids"][0]["price"] == "480000"


@pytest.mark.parametrize(
    ("kind", "count"), [("drop", 0), ("duplicate", 2), ("fragmented", 1), ("oversized", 1)]
)
def test_pushes_are_bent_by_faults(kind, count):
    """Each fault meets the subject it names, once."""
    venue = still()
    line = venue.line()
    line.depth()
    venue.fault(kind, match=f"{ES}/depth", value=100.0 if kind == "oversized" else None)
    venue.book({19_200: 7}, {19_201: 5})
    assert len(line.frames) == count
    line.frames.clear()
    venue.book({19_200: 8}, {19_201: 5})
    assert len(line.frames) == 1


def test_a_push_can_come_late_or_behind_the_next():
    """Delayed by a time, or reordered."""
    venue = still()
    line = venue.line()
    line.depth()
    venue.fault("reorder", match="*/depth")
    venue.book({19_200: 1}, {19_201: 5})
    assert line.take() == []
    venue.book({19_200: 2}, {19_201: 5})
    assert [body["bids"][0]["volume"] for _, body in line.take()] == [2, 1]
    venue.fault("delay", match="*/depth", value=1.0)
    venue.book({19_200: 3}, {19_201: 5})
    venue.wait(1)
    assert [body["bids"][0]["volume"] for _, body in line.take()] == [3]


def test_a_spread_shows_what_its_legs_add_up_to():
    """Buying the first leg and selling the second at their best prices, and the other way round."""
    venue = still()
    venue.book({7_529: 8}, {7_530: 9}, CL)
    venue.book({7_494: 5}, {7_495: 6}, "XCME_Ny CL (J24)")
    venue.book({34: 3}, {37: 3}, SPREAD)
    image = venue.line().depth(SPREAD)[1][1]["messages"][0]["market_depth"]
    assert [(each["price"], each["volume"]) for each in image["implied_bids"]] == [("0.34", 6)]
    assert [(each["price"], each["volume"]) for each in image["implied_offers"]] == [("0.36", 5)]
    assert "implied_bids" not in venue.line().depth()[1][1]["messages"][0]["market_depth"]


def test_a_reconnection_of_the_exchange_brings_snapshots_anew():
    """Which say so; nothing was subscribed again."""
    venue = still()
    line = venue.line()
    line.depth()
    line.by_order()
    venue.fault("exchange_reconnect", match=ES)
    (_, snapshot), (name, _) = line.take()
    assert (snapshot["due_to_connection"], name) == (1, "market_by_order_snapshot")
