"""Queries: their limits, their filters with all quirks, settlement statements."""

import pytest

from tests.kit.webctp_simulator import DBL_MAX, Quiet


def trader(**knobs):
    link = Quiet(**knobs).trade()
    link.log_in()
    return link


def errors(messages):
    return [(each["msg"], each["err"]["code"]) for each in messages if each["err"]]


def test_an_empty_answer_is_one_row_that_says_so():
    (performed, row) = trader().ask("query_order")
    req_id = performed["info"]["req_id"]
    assert row == {"err": None, "info": {"req_id": req_id, "is_last": True}, "msg": 17}


def test_orders_are_filtered_by_the_first_filter_that_is_given():
    link = trader()
    link.insert(price=4300)
    link.insert(instrument="m2105", exchange="DCE", price=3400)
    sys_id = f"{2:12d}"

    def refs(**filters):
        return [row.get("ref") for row in link.rows("query_order", **filters)]

    assert refs() == ["1", "2"]
    assert refs(order_sys_id=sys_id) == ["2"]
    assert refs(order_sys_id="2") == [None]
    assert refs(exchange_id="SHFE") == ["1"]
    assert refs(order_sys_id=sys_id, exchange_id="SHFE") == ["2"]
    assert refs(**{"from": "23:00:00"}) == ["1", "2"]
    assert refs(**{"from": "23:00:00", "to": "23:59:59"}) == [None]
    assert refs(**{"from": "09:00:00", "to": "11:00:00"}) == ["1", "2"]
    assert refs(exchange_id="CZCE", **{"from": "09:00:00", "to": "11:00:00"}) == [None]


def test_a_row_of_an_order():
    link = trader()
    link.insert(price=4300, volume=2, memo="my memo")
    (row,) = link.rows("query_order")
    assert row["order_memo"] == "my memo"
    assert row["request_id"] != row["req_id"]
    assert (row["volume_traded"], row["volume_total"]) == (0, 2)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, 8),
        ({"exchange": "SHFE"}, 2),
        ({"instrument": "rb2101"}, 8),
        ({"exchange": "SHFE", "instrument": "rb2101"}, 1),
        ({"exchange": "", "instrument": "rb2101"}, 1),
        ({"product_id": "rb"}, 8),
        ({"exchange": "SHFE", "product_id": "rb"}, 2),
        ({"exchange": "", "instrument": "", "exchange_inst_id": "", "product_id": "rb"}, 1),
        ({"exchange": "DCE", "instrument": "rb2101"}, 1),
    ],
)
def test_filters_of_contracts_count_only_inside_each_other(filters, found):
    rows = trader().rows("query_instrument", **filters)
    assert len(rows) == found
    empty = filters == {"exchange": "DCE", "instrument": "rb2101"}
    assert ("instrument_id" in rows[0]) != empty


def test_a_row_of_a_contract():
    (row,) = trader().rows("query_instrument", exchange="SHFE", instrument="rb2101")
    assert row["volume_multiple"] == 10
    assert isinstance(row["volume_multiple"], int)
    assert row["price_tick"] == 1.0
    assert row["strike_price"] == DBL_MAX
    assert row["product_class"] == 49
    assert row["position_date_type"] == 49
    assert row["expire_date"] == "20210115"


def test_every_contract_trades_after_the_trading_day():
    rows = trader(trading_day="20261130").rows("query_instrument")
    assert len(rows) == 8
    assert all(row["expire_date"] > "20261130" for row in rows)


def test_options_are_listed_on_demand():
    link = trader(options_listed=3)
    rows = link.rows("query_instrument", exchange="CFFEX")
    assert [row["instrument_id"] for row in rows] == [
        *("IF2101", "T2103", "IF2101-C-5320", "IF2101-P-5320", "IF2101-C-5340"),
    ]
    assert [row["options_type"] for row in rows] == [0, 0, 49, 50, 49]
    assert rows[-1]["strike_price"] == 5340.0
    assert rows[-1]["product_class"] == 50
    assert len(link.rows("query_instrument", exchange="SHFE")) == 2


def test_the_statement_of_the_day_before():
    link = trader()
    rows = link.rows("query_settlement_info", trading_day="")
    assert len(rows) > 1
    assert [row["sequence_no"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["trading_day"] for row in rows} == {"20210101"}
    assert all(len(row["content"].encode("gbk")) <= 500 for row in rows)
    assert "100001" in "".join(row["content"] for row in rows)
    assert len(link.rows("query_settlement_info", trading_day="202101")) == len(rows)
    assert len(link.rows("query_settlement_info", trading_day="20200101")[0]) == 2
    assert len(link.rows("query_settlement_info", trading_day="2021010")[0]) == 2


def test_a_query_right_after_the_login_is_not_ready():
    link = Quiet(rate_limits=True).trade()
    link.log_in()
    assert errors(link.ask("query_order")) == [(0, 0), (1, 90)]
    link.quiet.wait(1.0)
    assert errors(link.ask("query_order")) == [(0, 0)]


def test_one_query_in_a_second_and_one_at_a_time():
    link = Quiet(rate_limits=True, answer_ms=300.0, packets_per_s=0).trade()
    who = {"user_id": "100001"}
    link.ask("set", broker_id="9999", investor_id="100001")
    link.connect()
    link.ask("auth", **who, app_id="simnow_client_test", auth_code="SIMULATED-AUTH-1")
    link.quiet.wait(0.4)
    link.ask("login", **who, password="open-sesame")
    link.quiet.wait(1.5)
    assert errors(link.ask("query_order")) == [(0, 0)]
    assert errors(link.ask("query_order")) == [(0, -2)]
    link.quiet.wait(0.4)
    assert errors(link.ask("query_order")) == [(0, -3)]
    link.quiet.wait(1.0)
    assert errors(link.ask("query_order")) == [(0, 0)]


def test_or_too_many_are_told_in_an_error():
    link = Quiet(rate_limits=True, query_excess="error").trade()
    link.log_in()
    link.quiet.wait(1.0)
    assert errors(link.ask("query_order")) == [(0, 0)]
    assert errors(link.ask("query_order")) == [(0, 0), (1, 90)]


def test_without_a_login_a_query_tells_an_error_in_its_only_row():
    link = Quiet().trade()
    link.connect()
    said = link.ask("query_order")
    assert errors(said) == [(0, 0), (17, 6)]
    assert said[1]["info"]["is_last"]
