"""Orders at CTP and the exchanges: what is refused and by whom, cancellations, replay, self-trades."""

import json

import pytest

from engine.exchange.model import Side
from tests.kit.webctp_simulator import (
    BUY,
    CLOSE,
    IOC,
    LAST,
    MARKET,
    SELL,
    TODAY,
    YESTERDAY,
    Quiet,
    story,
)


@pytest.fixture
def link():
    """A trader in a market with a book for each exchange's rules."""
    quiet = Quiet(positions=("rb2101 long 3", "m2105 short 2", "ag2106 long 5"))
    quiet.book("rb2101", {4379: 10}, {4380: 2, 4381: 10})
    quiet.book("m2105", {3529: 10}, {3530: 2, 3531: 10})
    quiet.book("SR105", {5249: 10}, {5250: 2, 5251: 10})
    quiet.book("IF2101", {26_499: 10}, {26_500: 2, 26_501: 10})
    link = quiet.trade()
    link.log_in()
    return link


SHFE = {"instrument": "rb2101", "exchange": "SHFE", "price": 4380}
DCE = {"instrument": "m2105", "exchange": "DCE", "price": 3530}
CZCE = {"instrument": "SR105", "exchange": "CZCE", "price": 5250}
CFFEX = {"instrument": "IF2101", "exchange": "CFFEX", "price": 5300.0}
FAR = {"SHFE": 4300, "DCE": 3400, "CZCE": 5100, "CFFEX": 5200}


def sys_id(number):
    return f"{number:12d}"


# --- sequences -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (SHFE, ["15:6", "15:6", "15:0", "16:2"]),
        (CFFEX, ["15:6", "15:6", "15:0", "16:2"]),
        (DCE, ["15:6", "15:3", "15:0", "16:2"]),
        (CZCE, ["15:6", "15:3", "15:3", "15:0", "16:2"]),
    ],
    ids=lambda value: value["exchange"] if isinstance(value, dict) else "",
)
def test_filled_at_once(link, where, told):
    assert link.insert(**where, volume=2) == told


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (SHFE, ["15:6", "20:5", "20:5", "16:2"]),
        (CFFEX, ["15:6", "20:5", "20:5", "16:2"]),
        (DCE, ["15:6", "15:3", "15:1", "16:2", "20:5"]),
        (CZCE, ["15:6", "15:3", "15:3", "15:1", "16:2", "20:5"]),
    ],
    ids=lambda value: value["exchange"] if isinstance(value, dict) else "",
)
def test_fill_and_kill_in_part(link, where, told):
    said = link.ask("insert_order", **link.order(**where, volume=5, time_condition=IOC))
    assert story(said) == told
    gone = next(each["info"] for each in said if each["msg"] == 20)
    assert (gone["volume_traded"], gone["volume_total"]) == (2, 3)


def test_fill_and_kill_with_the_fill_first():
    quiet = Quiet(fak_fill_after_cancel=False)
    quiet.book("rb2101", {4379: 10}, {4380: 2, 4385: 10})
    link = quiet.trade()
    link.log_in()
    told = link.insert(**SHFE, volume=5, time_condition=IOC)
    assert told == ["15:6", "15:3", "15:3", "15:1", "16:2", "20:5"]


def test_fill_and_kill_that_meets_nobody(link):
    assert link.insert(price=4300, time_condition=IOC) == ["15:6", "20:5"]


@pytest.mark.parametrize(
    ("where", "rests", "partly", "rest"),
    [
        (SHFE, ["15:3", "15:3"], ["15:1", "16:1"], ["15:1", "15:0", "16:2"]),
        (CZCE, ["15:3", "15:3"], ["15:1", "16:1"], ["15:1", "15:0", "16:2"]),
        (DCE, ["15:3"], ["15:1", "16:1"], ["15:0", "16:2"]),
    ],
    ids=lambda value: value["exchange"] if isinstance(value, dict) else "",
)
def test_rests_then_fills_in_two_parts(link, where, rests, partly, rest):
    quiet, symbol = link.quiet, where["instrument"]
    price = where["price"] - 2
    assert link.insert(**{**where, "price": price}, volume=3) == ["15:6", *rests]
    quiet.print(symbol, price, 1, Side.SELL)
    quiet.wait()
    assert story(link.take()) == partly
    quiet.print(symbol, price, 5, Side.SELL)
    quiet.wait()
    assert story(link.take()) == rest


def test_cancelled_while_it_rests_and_after_a_part(link):
    assert link.insert(price=4300, volume=3)[-1] == "15:3"
    said = link.ask(
        "delete_order",
        exchange="SHFE",
        instrument="rb2101",
        delete_ref=0,
        order_sys_id=sys_id(1),
    )
    assert story(said) == ["15:3", "20:5"]
    assert [each["info"]["order_submit_status"] for each in said[1:]] == [1, 3]
    link.insert(price=4378, volume=3)
    link.quiet.print("rb2101", 4378, 1, Side.SELL)
    link.quiet.wait()
    link.take()
    assert link.delete(sys_id(2)) == ["15:1", "20:5"]


# --- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"ref": "x"}, 15),
        ({"ref": ""}, 15),
        ({"ref": "0"}, 22),
        ({"exchange": ""}, 147),
        ({"exchange": "NYSE"}, 148),
        ({"exchange": "DCE"}, 150),
        ({"instrument": "RB2101"}, 16),
        ({"volume": 0}, 15),
        ({"volume": -3}, 15),
        ({"volume": 1e300}, 15),
        ({"price": 0}, 95),
        ({"price": 1.7976931348623157e308}, 95),
        ({"price_type": MARKET, "price": 0}, 80),
        ({"price_type": LAST, "price": 0}, 80),
        ({"volume": 100_000}, 31),
        ({"direction": SELL, "offset": TODAY}, 50),
        ({"direction": SELL, "offset": YESTERDAY, "volume": 4}, 51),
        ({"direction": SELL, "offset": CLOSE, "volume": 4}, 51),
        ({"direction": BUY, "offset": CLOSE}, 51),
        ({**DCE, "direction": BUY, "offset": CLOSE, "volume": 3}, 30),
        ({**DCE, "direction": BUY, "offset": TODAY, "volume": 3}, 30),
        ({**DCE, "direction": SELL, "offset": CLOSE, "volume": 1}, 30),
    ],
)
def test_refused_by_ctp(link, terms, code):
    said = link.ask("insert_order", **link.order(**terms))
    assert story(said) == [f"13:{code}", f"14:{code}"]
    first, second = said[1]["info"], said[2]["info"]
    assert first.pop("is_last")
    assert first.pop("req_id") == second["request_id"]
    assert first == second
    assert link.rows("query_order")[0].keys() == {"req_id", "is_last"}


def test_refs_increase_inside_a_login_and_begin_again_with_the_next(link):
    assert link.insert(ref="10", price=4300)[0] == "15:6"
    assert link.insert(ref="10", price=4300) == ["13:22", "14:22"]
    assert link.insert(ref="9", price=4300) == ["13:22", "14:22"]
    assert link.insert(ref="11", price=4300)[0] == "15:6"
    link.ask("logout", user_id="100001")
    link.quiet.wait(1.1)
    link.log_in()
    assert link.insert(ref="1", price=4300)[0] == "15:6"


@pytest.mark.parametrize(
    "terms",
    [
        {"price": 4380.5},
        {"price": 4900},
        {"price": 3900},
        {**CFFEX, "price": 5300.1},
        {**CFFEX, "volume": 21, "price": 5200},
    ],
)
def test_refused_by_the_exchange(terms):
    quiet = Quiet(balance=100_000_000)
    link = quiet.trade()
    link.log_in()
    said = link.ask("insert_order", **link.order(**terms))
    assert story(said) == ["15:6", "20:5"]
    gone = said[2]["info"]
    assert (gone["order_submit_status"], gone["order_sys_id"]) == (4, "")
    assert gone["status_msg"]
    assert link.account()["frozen_margin"] == 0.0


def test_czce_truncates_to_the_tick(link):
    assert link.insert(**{**CZCE, "price": 5249.9})[-1] == "15:3"
    assert link.quiet.venue.market.exchange.book("SR105", 1).bids == ((5249, 11),)


def test_the_noise_of_binary_fractions_is_no_other_price(link):
    assert link.insert(**{**CFFEX, "price": 5299.600000000001})[-1] == "15:3"


def test_orders_without_a_price(link):
    at_market = {"price": 0, "price_type": MARKET, "volume": 3}
    assert link.insert(**{**DCE, **at_market, "time_condition": IOC})[-1] == "16:1"
    assert link.insert(**{**CZCE, **at_market})[-1] == "16:1"
    told = link.insert(**{**DCE, "price": 0, "price_type": LAST})
    assert told == ["15:6", "15:3", "15:0", "16:1"]


def test_the_broker_limits_orders():
    quiet = Quiet(rate_limits=True, orders_per_s=1, packets_per_s=0)
    link = quiet.trade()
    link.log_in()
    assert link.insert(price=4300)[0] == "15:6"
    assert link.insert(price=4300) == ["13:116", "14:116"]


def test_a_closed_market_refuses(link):
    closed = Quiet(trading_hours="real").trade()
    closed.log_in()
    closed.quiet.wait(0.01)
    assert closed.insert(price=4300)[-1] == "15:3"  # Monday, 10:00
    other = Quiet(trading_hours="real")
    other.now = type(other.now)(other.now.mono_ns, other.now.wall_ns + 6 * 3600 * 10**9)
    late = other.trade()
    late.log_in()
    assert late.insert(price=4300) == ["15:6", "20:5"]  # 16:00


# --- cancellations -------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["", "1", "           9", "1           "])
def test_a_cancellation_needs_the_exact_number(link, wrong):
    link.insert(price=4300)
    said = link.ask(
        "delete_order", exchange="SHFE", instrument="rb2101", delete_ref=0, order_sys_id=wrong
    )
    assert story(said) == ["18:25", "19:25"]
    assert {"req_id", "is_last"} <= set(said[1]["info"])
    assert not {"req_id", "is_last"} & set(said[2]["info"])
    assert said[1]["info"]["action_flag"] == 48
    assert said[2]["info"]["order_action_status"] == 99


def test_at_another_exchange_there_is_no_such_order(link):
    link.insert(price=4300)
    assert link.delete(sys_id(1), exchange="DCE") == ["18:25", "19:25"]


def test_what_is_over_cannot_be_cancelled(link):
    link.insert()
    assert link.delete(sys_id(1)) == ["18:26", "19:26"]


def test_a_second_cancellation_while_the_first_is_under_way(link):
    link.insert(price=4300)
    request = {
        "op": "delete_order",
        "data": {
            "exchange": "SHFE",
            "instrument": "rb2101",
            "delete_ref": 0,
            "order_sys_id": sys_id(1),
        },
    }
    link.api.receive(json.dumps(request), link.quiet.now)
    assert link.raw(json.dumps(request)) != []
    assert link.rows("query_order")[0]["order_status"] == 5


def test_two_cancellations_at_once_tell_24():
    quiet = Quiet(exchange_ms=20.0)
    link = quiet.trade()
    link.log_in()
    link.insert(price=4300)
    request = json.dumps(
        {
            "op": "delete_order",
            "data": {
                "exchange": "SHFE",
                "instrument": "rb2101",
                "delete_ref": 0,
                "order_sys_id": sys_id(1),
            },
        }
    )
    link.api.receive(request, quiet.now)
    assert story(link.raw(request)) == ["15:3", "18:24", "19:24", "20:5"]


def test_filled_while_the_cancellation_is_on_its_way():
    quiet = Quiet(exchange_ms=20.0)
    link = quiet.trade()
    link.log_in()
    link.insert(price=4300)
    request = {"exchange": "SHFE", "instrument": "rb2101", "delete_ref": 0}
    link.api.receive(
        json.dumps({"op": "delete_order", "data": {**request, "order_sys_id": sys_id(1)}}),
        quiet.now,
    )
    quiet.wait(0.01)
    quiet.print("rb2101", 4300, 5, Side.SELL)
    quiet.wait(0.05)
    assert story(link.take()) == ["15:3", "15:0", "16:1", "19:26"]


# --- the stream ----------------------------------------------------------------------------


def test_pushes_carry_what_they_carry_and_no_more(link):
    said = link.ask("insert_order", **link.order(volume=2, memo="memo"))
    pushed, traded = said[1], said[-1]
    assert pushed["err"]["code"] == 0
    assert pushed["err"]["msg"].startswith("ACCEPTED: ")
    info = pushed["info"]
    assert info["order_local_id"] == sys_id(1)
    assert info["order_sys_id"] == ""
    assert said[2]["info"]["order_sys_id"] == sys_id(1)
    assert (info["volume_traded"], info["volume_total"]) == (0, 2)
    assert info["ref"] == "1"
    assert info["req_id"] == said[0]["info"]["req_id"]
    assert not {"price", "limit_price", "order_memo", "session_id"} & set(info)
    assert traded["err"] == {"code": 0, "msg": ""}
    assert traded["info"]["trade_id"] == sys_id(0)
    assert not {"price", "instrument_id", "trade_time"} & set(traded["info"])


def test_a_login_is_told_the_whole_day_again(link):
    link.insert(volume=2)
    link.insert(price=4300)
    link.delete(sys_id(2))
    link.insert(ref="x")
    other = link.quiet.trade()
    told = story(other.log_in(confirm=False))
    assert told == [
        *("15:6", "15:6", "15:0", "16:2"),
        *("15:6", "15:3", "15:3"),
        *("15:3", "20:5"),
    ]


def test_or_not(link):
    quiet = Quiet(replay_stream=False)
    first, second = quiet.trade(), quiet.trade()
    first.log_in()
    first.insert(price=4300)
    assert story(second.log_in(confirm=False)) == []
    assert second.rows("query_order")[0]["order_status"] == 3


def test_all_logins_of_an_account_hear_of_an_order(link):
    other = link.quiet.trade()
    other.log_in()
    link.insert(price=4300)
    assert story(other.take()) == ["15:6", "15:3", "15:3"]
    other.ref = 100
    other.insert(price=4301)
    assert story(link.take()) == ["15:6", "15:3", "15:3"]
    link.insert(ref="x")
    assert story(other.take()) == ["14:15"]


def test_both_sides_of_a_self_trade_have_one_trade_id(link):
    link.insert(instrument="ag2106", price=5580)
    said = link.ask(
        "insert_order",
        **link.order(instrument="ag2106", price=5580, direction=SELL, offset=YESTERDAY),
    )
    trades = [each["info"] for each in said if each["msg"] == 16]
    assert len({each["trade_id"] for each in trades}) == 1
    assert sorted(each["direction"] for each in trades) == [0, 1]


def test_dce_closes_whatever_it_is_told_to_close(link):
    said = link.ask("insert_order", **link.order(**DCE, offset=TODAY, volume=2))
    assert {each["info"]["offset"] for each in said[1:]} == {CLOSE}
    assert story(said)[-1] == "16:2"


def test_the_older_generation_has_other_numbers_and_fewer_operations():
    quiet = Quiet(codes="document")
    quiet.book("rb2101", {4379: 10}, {4380: 2})
    link = quiet.trade()
    link.log_in()
    said = link.ask("insert_order", **link.order(volume=2))
    assert [each["msg"] for each in said] == [0, 14, 14, 14, 15]
    assert [each["msg"] for each in link.ask("insert_order", **link.order(ref="1"))] == [0, 13]
    assert [each["msg"] for each in link.ask("query_order")] == [0, 16]
    for op in ("delete_order", "query_instrument"):
        assert link.ask(op)[0]["err"]["msg"] == f"Error: Unknown operation `{op}`."
