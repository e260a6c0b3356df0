"""Misbehaviour on demand: messages, requests, orders, logins, strangers."""

import pytest

from actors.venues.webctp.simulator.faults import Fault, FaultKind, Faults, outage
from engine.exchange.model import Side
from engine.simulator.frames import frame_text
from tests.kit.webctp_simulator import SELL, YESTERDAY, Quiet, story


def trader(**knobs):
    quiet = Quiet(**knobs)
    quiet.book("rb2101", {4379: 10}, {4380: 2, 4381: 10})
    link = quiet.trade()
    link.log_in()
    return link


def arm(link, kind, **terms):
    return link.quiet.venue.faults.arm(kind, **terms)


def codes(messages):
    return [each["msg"] for each in messages]


# --- messages ------------------------------------------------------------------------------


def test_a_message_is_dropped_doubled_or_late():
    link = trader()
    arm(link, "drop", match="trade/ORDER_TRADED/rb2101")
    assert link.insert() == ["15:6", "15:6", "15:0"]
    arm(link, "duplicate", match="trade/ORDER_TRADED*", value=3)
    assert link.insert()[-3:] == ["16:1"] * 3
    arm(link, "delay", match="trade/ORDER_TRADED*", value=0.2)
    assert link.insert(price=4381)[-1] == "15:0"
    link.quiet.wait(0.2)
    assert story(link.take()) == ["16:1"]


def test_a_message_is_cut_torn_padded_or_in_the_other_opcode():
    link = trader()
    arm(link, "malformed", match="trade/TRADING_DAY")
    link.api.receive('{"op":"get_trading_day","data":{}}', link.quiet.now)
    link.quiet.wait()
    whole = '{"err":null,"info":{"trading_day":"20210104"},"msg":5}'
    assert frame_text(link.sink.frames.pop()) == whole[: len(whole) // 2]
    arm(link, "torn", match="trade/TRADING_DAY")
    link.ask("get_trading_day")
    assert len(link.sink.parts) == 1
    arm(link, "oversized", match="trade/TRADING_DAY", value=70_000)
    assert link.ask("get_trading_day")[0]["msg"] == 5
    arm(link, "binary", match="trade/*")
    link.api.receive('{"op":"get_trading_day","data":{}}', link.quiet.now)
    link.quiet.wait()
    assert link.sink.frames[0][0] == 0x82


def test_the_last_row_of_an_answer_may_be_lost():
    link = trader()
    arm(link, "drop", match="trade/QUERY_INSTRUMENT", count=3)
    said = link.ask("query_instrument")
    assert len(said) == 1 + 8 - 3


# --- requests ------------------------------------------------------------------------------


def test_requests_that_are_lost():
    link = trader()
    arm(link, "lost", match="trade/insert_order")
    assert link.insert() == []
    assert link.insert()[0] == "15:6"
    arm(link, "reset_before", match="trade/insert_order")
    link.insert()
    assert link.sink.cuts == ["reset by fault"]


def test_requests_that_are_carried_out_and_not_answered():
    link = trader()
    arm(link, "no_answer", match="trade/insert_order")
    assert codes(link.ask("insert_order", **link.order()))[0] == 15
    arm(link, "request_delay", match="trade/insert_order", value=0.3)
    assert codes(link.ask("insert_order", **link.order()))[0] == 15
    link.quiet.wait(0.3)
    assert codes(link.take()) == [0]
    arm(link, "request_reset", match="trade/insert_order")
    link.sink.cut = lambda why: (link.sink.cuts.append(why), link.api.close())
    link.insert()
    assert link.sink.cuts == ["reset by fault"]
    other = link.quiet.trade()
    other.log_in()
    assert len(other.rows("query_order")) == 3


def test_requests_that_ctp_or_the_gateway_refuses():
    link = trader()
    arm(link, "performed", match="trade/query_order", value=-2)
    (performed,) = link.ask("query_order")
    assert performed["err"] == {"code": -2}
    arm(link, "answer_error", match="trade/query_order")
    said = link.ask("query_order")
    assert [(each["msg"], each["err"]["code"]) for each in said] == [(0, 0), (1, 90)]
    assert said[1]["info"] == {"req_id": said[0]["info"]["req_id"], "is_last": True}
    arm(link, "unrelated_error")
    assert codes(link.ask("query_order")) == ["processing_error"]


# --- orders --------------------------------------------------------------------------------


def test_orders_are_refused_on_demand():
    link = trader()
    arm(link, "reject_order", match="rb2101", value=116)
    assert link.insert() == ["13:116", "14:116"]
    arm(link, "reject_late", match="rb*")
    assert link.insert() == ["15:6", "20:5"]
    link.insert(price=4300)
    arm(link, "reject_cancel")
    assert link.delete(f"{2:12d}") == ["15:3", "19:26"]
    assert link.rows("query_order")[-1]["order_submit_status"] == 5
    assert link.delete(f"{2:12d}") == ["15:3", "20:5"]


def test_a_fill_that_comes_after_the_cancellation():
    link = trader(positions=("rb2101 long 3",))
    sell = {"price": 4500, "direction": SELL, "offset": YESTERDAY}
    link.insert(**sell, volume=3)
    arm(link, "late_fill", value=0.2)
    assert link.delete(f"{1:12d}") == ["15:3", "20:5"]
    link.quiet.wait(0.2)
    said = link.take()
    assert story(said) == ["20:5", "16:3"]
    assert said[0]["info"]["volume_traded"] == 3
    assert link.insert(**sell) == ["13:51", "14:51"]
    assert link.account()["close_profit"] == pytest.approx((4500 - 4365) * 10 * 3)


def strange(link, kind, value):
    link.quiet.venue.external(Fault(number=1, kind=kind, value=value), link.quiet.now)
    link.quiet.wait()
    return link.take()


def test_an_order_from_another_terminal():
    link = trader()
    said = strange(link, FaultKind.EXTERNAL_ORDER, "rb2101 buy open 3 4378")
    assert story(said) == ["15:6", "15:3", "15:3"]
    assert said[0]["info"]["ref"] == f"{1:12d}"
    assert said[0]["info"]["req_id"] == 0
    link.quiet.print("rb2101", 4378, 9, Side.SELL)
    link.quiet.wait()
    assert story(link.take()) == ["15:0", "16:3"]


def test_an_order_that_the_gateway_has_no_words_for():
    said = strange(trader(), FaultKind.FOREIGN_ORDER, "rb2101")
    assert codes(said) == [3, 15]
    assert set(said[0]["info"]) == {"info"}
    assert said[1]["info"]["hedge"] > 100


@pytest.mark.parametrize("value", ["", "rb2101", "rb2101 buy open x 1", "xx buy open 1 1"])
def test_a_stranger_must_say_what_he_wants(value):
    with pytest.raises(ValueError, match="value must be like"):
        strange(trader(), FaultKind.EXTERNAL_ORDER, value)


# --- logins --------------------------------------------------------------------------------


def test_logins_are_refused_on_demand():
    link = Quiet().trade()
    link.ask("set", broker_id="9999", investor_id="100001")
    link.connect()
    auth = {"user_id": "100001", "app_id": "simnow_client_test", "auth_code": "SIMULATED-AUTH-1"}
    arm(link, "reject_auth")
    assert link.ask("auth", **auth)[-1]["err"]["code"] == 63
    link.ask("auth", **auth)
    arm(link, "reject_login", match="trade", value=75)
    login = {"user_id": "100001", "password": "open-sesame"}
    assert link.ask("login", **login)[-1]["err"]["code"] == 75
    assert link.ask("login", **login)[-1]["err"]["code"] == 0


def test_a_forgotten_login():
    link = trader()
    link.api.forget_login()
    assert link.insert() == ["13:6", "14:6"]
    link.log_in()
    assert link.insert()[0] == "15:6"


def test_values_are_checked_when_a_fault_is_armed():
    faults = Faults()
    for kind, value in (("front_down", "x"), ("front_down", "4097:y"), ("drop", 1e12)):
        with pytest.raises(ValueError, match=r".+"):
            faults.arm(kind, value=value)
    with pytest.raises(ValueError, match="count"):
        faults.arm("drop", count=0)
    assert outage(faults.arm("front_down", value="8195:2.5")) == (8195, 2.5)
    assert outage(faults.arm("front_down")) == (4097, 1.0)
