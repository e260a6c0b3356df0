"""Connections: request ids, the steps CTP demands, logins, losses of the front, switches."""

import json

import pytest

from actors.venues.webctp.simulator import Credentials
from tests.kit.webctp_simulator import Quiet

FIRST = {"broker_id": "9999", "investor_id": "100001"}


def codes(messages):
    return [each["msg"] for each in messages]


def errors(messages):
    return [each["err"]["code"] for each in messages if each["err"]]


def test_greeting_and_errors_are_binary_and_the_rest_is_text():
    quiet = Quiet()
    link = quiet.trade()
    link.api.greet(quiet.now)
    link.api.receive("{", quiet.now)
    link.api.receive('{"op":"get_trading_day","data":{}}', quiet.now)
    quiet.wait()
    assert [frame[0] for frame in link.sink.frames] == [0x82, 0x82, 0x81]


def test_all_may_be_binary():
    quiet = Quiet(frames="binary")
    link = quiet.trade()
    link.api.receive('{"op":"get_trading_day","data":{}}', quiet.now)
    quiet.wait()
    assert [frame[0] for frame in link.sink.frames] == [0x82]


def test_an_error_overtakes_the_performed_of_an_earlier_request():
    quiet = Quiet()
    link = quiet.trade()
    link.api.receive('{"op":"connect","data":{"addr":"x","port":"1"}}', quiet.now)
    link.api.receive("{", quiet.now)
    quiet.wait()
    assert codes(link.take()) == ["parse_error", 0, 4]


def test_request_ids():
    link = Quiet().trade()
    assert [each["info"]["req_id"] for each in link.ask("set", **FIRST)] == [1, 2]
    assert link.ask("set") == []
    performed, connected = link.connect()
    assert performed["info"] == {"msg": "", "req_id": 0}
    assert connected == {"err": None, "info": None, "msg": 4}
    (day,) = link.ask("get_trading_day")
    assert day == {"err": None, "info": {"trading_day": "19800100"}, "msg": 5}
    assert link.ask("confirm_settlement_info")[0]["info"]["req_id"] == 3


def test_set_refuses_what_is_too_long():
    link = Quiet().trade()
    said = link.ask("set", broker_id="12345678901", investor_id="1234567890123")
    assert errors(said) == [-1, -1]
    assert errors(link.ask("set", broker_id="1234567890", investor_id="123456789012")) == [0, 0]


@pytest.mark.parametrize(
    ("op", "data"),
    [
        ("auth", {"user_id": "1", "app_id": "1", "auth_code": "1"}),
        ("login", {"user_id": "1", "password": "1"}),
        ("logout", {"user_id": "1"}),
        ("query_settlement_info", {"trading_day": ""}),
        ("confirm_settlement_info", {}),
        ("query_trading_account", {}),
        ("query_order", {}),
        ("query_instrument", {}),
        (
            "delete_order",
            {"exchange": "SHFE", "instrument": "x", "delete_ref": 0, "order_sys_id": "x"},
        ),
    ],
)
def test_without_a_link_nothing_is_handed_over(op, data):
    (performed,) = Quiet().trade().ask(op, **data)
    assert (performed["msg"], performed["err"]) == (0, {"code": -1})


def test_the_steps_in_their_order():
    link = Quiet().trade()
    link.ask("set", **FIRST)
    link.connect()
    login = {"user_id": "100001", "password": "open-sesame"}
    assert errors(link.ask("login", **login)) == [0, 64]
    auth = {"user_id": "100001", "app_id": "simnow_client_test", "auth_code": "SIMULATED-AUTH-1"}
    assert errors(link.ask("auth", **{**auth, "auth_code": "1"})) == [0, 63]
    assert errors(link.ask("auth", **auth)) == [0, 0]
    assert errors(link.ask("login", **{**login, "password": "wrong"})) == [0, 3]
    performed, said = link.ask("login", **login)
    assert (said["msg"], said["err"]["code"]) == (8, 0)
    assert {"front_id", "session_id", "max_order_ref"} <= set(said["info"])
    assert said["info"]["trading_day"] == "20210104"
    assert "reserve_info" not in said["info"]
    assert link.ask("get_trading_day")[0]["info"] == {"trading_day": "20210104"}
    assert errors(link.ask("login", **login)) == [0, 5]
    assert link.insert() == ["13:42", "14:42"]
    assert errors(link.ask("confirm_settlement_info")) == [0, 0]
    assert link.insert()[0] == "15:6"
    assert performed["info"]["req_id"] == 7


def test_an_account_of_somebody_else_is_refused():
    link = Quiet().trade()
    link.log_in()
    link.ask("set", investor_id="100002")
    assert link.insert() == ["13:9", "14:9"]
    (row,) = [each for each in link.ask("query_trading_account") if each["msg"] == 12]
    assert row["err"]["code"] == 9
    assert set(row["info"]) == {"req_id", "is_last"}


def test_too_many_wrong_passwords_lock_the_user_out():
    link = Quiet(failed_logins_max=3).trade()
    link.ask("set", **FIRST)
    link.connect()
    link.ask("auth", user_id="100001", app_id="simnow_client_test", auth_code="SIMULATED-AUTH-1")
    tries = [
        errors(link.ask("login", user_id="100001", password=word))[-1]
        for word in ("a", "b", "c", "open-sesame")
    ]
    assert tries == [3, 3, 3, 75]


def test_sessions_of_one_user_are_limited():
    quiet = Quiet(sessions_max=2)
    first, second = quiet.trade(), quiet.trade()
    first.log_in()
    second.log_in()
    third = quiet.trade()
    third.ask("set", **FIRST)
    third.connect()
    third.ask("auth", user_id="100001", app_id="simnow_client_test", auth_code="SIMULATED-AUTH-1")
    login = {"user_id": "100001", "password": "open-sesame"}
    assert errors(third.ask("login", **login)) == [0, 60]
    first.api.close()
    assert errors(third.ask("login", **login)) == [0, 0]


def test_each_user_has_an_account_of_its_own():
    other = Credentials(broker_id="9999", user_id="7", password="p", app_id="a", auth_code="b")
    quiet = Quiet(credentials=(Quiet().settings.credentials[0], other))
    first = quiet.trade()
    first.log_in()
    second = quiet.trade()
    second.ask("set", broker_id="9999", investor_id="7")
    second.connect()
    second.ask("auth", user_id="7", app_id="a", auth_code="b")
    second.ask("login", user_id="7", password="p")
    first.insert()
    assert second.take() == []


def test_the_front_is_lost_and_comes_back():
    link = Quiet().trade()
    link.log_in()
    link.api.front_down(4097, 0.0, link.quiet.now)
    link.quiet.wait(0.5)
    assert link.take() == [
        {"err": {"code": 4097, "msg": "Network reading failed"}, "info": None, "msg": 6}
    ]
    assert errors(link.ask("query_order")) == [-1]
    link.quiet.wait(0.6)
    assert codes(link.take()) == [4]
    assert errors(link.ask("login", user_id="100001", password="open-sesame")) == [0, 64]
    before = link.api.session_id
    link.log_in()
    assert link.api.session_id != before


def test_logout_disconnects_and_connects():
    link = Quiet().trade()
    link.log_in()
    said = link.ask("logout", user_id="100001")
    link.quiet.wait(1.1)
    assert codes(said + link.take()) == [0, 9, 6, 4]


def test_a_front_that_never_answers():
    link = Quiet(silent_connect=True).trade()
    assert codes(link.connect()) == [0]
    link.quiet.wait(2.0)
    assert link.take() == []
    assert errors(link.ask("query_order")) == [-1]


def test_too_many_connections_in_a_second():
    quiet = Quiet(rate_limits=True, connects_per_s=1)
    first, second = quiet.trade(), quiet.trade()
    assert codes(first.connect()) == [0, 4]
    assert codes(second.connect()) == [0, 6]
    quiet.wait(1.1)
    assert codes(second.take()) == [4]


def test_answers_may_come_before_their_performed():
    link = Quiet(answer_first=True).trade()
    link.ask("set", **FIRST)
    link.connect()
    auth = {"user_id": "100001", "app_id": "simnow_client_test", "auth_code": "SIMULATED-AUTH-1"}
    assert codes(link.ask("auth", **auth)) == [7, 0]


def test_market_data_login():
    link = Quiet().market_data()
    assert codes(link.connect()) == [0, 2]
    who = {"broker_id": "9999", "user_id": "anybody", "password": "none"}
    performed, login = link.ask("login", **who)
    assert performed == {"err": {"code": 0}, "info": {"req_id": 1}, "msg": 0}
    assert login["info"]["code"] == 5
    assert login["info"]["msg"] == "Login success"
    (day,) = link.ask("get_trading_day")
    assert day == {"err": {"code": 0, "msg": ""}, "info": {"trading_day": "20210104"}, "msg": 7}


def test_a_verified_market_data_login_needs_a_trade_login_before_it():
    quiet = Quiet(md_login_verify=True)
    md, trade = quiet.market_data(), quiet.trade()
    md.connect()
    who = {"broker_id": "9999", "user_id": "100001", "password": "open-sesame"}
    refused = md.ask("login", **who)
    assert errors(refused) == [0, 3]
    assert refused[1]["info"]["msg"] == "Login success"
    trade.log_in()
    assert errors(md.ask("login", **{**who, "password": "x"})) == [0, 3]
    assert errors(md.ask("login", **who)) == [0, 0]


def test_one_market_data_login_in_a_second():
    quiet = Quiet(rate_limits=True)
    md = quiet.market_data()
    md.connect()
    who = {"broker_id": "9999", "user_id": "1", "password": ""}
    assert errors(md.ask("login", **who)) == [0, 0]
    assert errors(md.ask("login", **who)) == [-3]


def test_a_warning_before_the_front_is_given_up():
    md = Quiet().market_data()
    md.md_log_in()
    md.api.heartbeat_lost(md.quiet.now)
    md.quiet.wait(1.1)
    assert md.take() == [
        {"err": None, "info": {"time": 61}, "msg": 4},
        {"err": None, "info": {"reason": 8193}, "msg": 3},
        {"err": None, "info": None, "msg": 2},
    ]


def test_packets_beyond_the_limit_wait_for_the_next_second():
    quiet = Quiet(rate_limits=True, query_after_login_s=0.0)
    link = quiet.trade()
    link.log_in()
    quiet.wait(2.0)
    link.take()
    for _ in range(8):
        request = {"op": "insert_order", "data": link.order()}
        link.api.receive(json.dumps(request), quiet.now)
    quiet.wait(0.1)
    assert codes(link.take()).count(15) == 6 * 3
    quiet.wait(1.0)
    assert codes(link.take()).count(15) == 2 * 3


def test_secrets_are_not_in_the_log():
    link = Quiet().trade()
    link.log_in()
    shown = str([each.as_json() for each in link.quiet.venue.log.since()])
    assert "open-sesame" not in shown
    assert "0" * 16 not in shown
