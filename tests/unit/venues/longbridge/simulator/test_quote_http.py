"""The quote gateway's questions over HTTP: the same answers as JSON, the gateway's codes."""

import json

import pytest

from actors.venues.longbridge.simulator.quoting import PATHS
from tests.kit.longbridge_trading import APPLE, TENCENT, Still, signed_headers

SYMBOL = {"symbol": TENCENT}
SYMBOLS = {"symbol": [TENCENT, APPLE]}
BODIES = {
    8: {},
    9: {"market": "HK", "beg_day": "20261201", "end_day": "20261231"},
    10: SYMBOLS,
    11: SYMBOLS,
    12: {"symbol": ["AAPL261127C190000.US"]},
    13: {"symbol": ["21125.HK"]},
    14: SYMBOL,
    15: SYMBOL,
    16: {},
    17: {**SYMBOL, "count": 5},
    18: SYMBOL,
    19: {**SYMBOL, "period": 1, "count": 5, "adjust_type": 0, "trade_session": 100},
    20: {"symbol": APPLE},
    22: {},
    23: {**SYMBOL, "filter_config": {"sort_count": 0, "type": []}, "language": 1},
    24: SYMBOL,
    25: SYMBOL,
    26: {"symbols": [TENCENT], "calc_index": [1, 4]},
    27: {**SYMBOL, "period": 1000, "query_type": 1, "offset_request": {"direction": 0, "count": 3}},
}


@pytest.fixture
def still() -> Still:
    venue = Still()
    venue.book("320.4", "320.6")
    venue.trade("320.6")
    return venue


@pytest.mark.parametrize("command", list(PATHS))
def test_every_question_has_an_answer(still: Still, command: int):
    """With something in it; keys that nobody knows are passed over."""
    answer = still.ask("POST", PATHS[command], {**BODIES[command], "more": "of it"})
    assert any(still.data(answer).values())


def test_prices_are_text_and_nothing_is_left_out(still: Still):
    """Field names are the messages' own, empty lists are there."""
    (quote,) = still.data(still.ask("POST", PATHS[11], {"symbol": [TENCENT]}))["secu_quote"]
    assert quote["last_done"] == "320.6"
    assert quote["trade_status"] == 0
    assert int(quote["volume"]) == 100
    assert still.data(still.ask("POST", PATHS[15], {"symbol": APPLE})) == {
        "symbol": APPLE,
        "ask_brokers": [],
        "bid_brokers": [],
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [({"symbol": "NONE.HK"}, 301600), ({"symbol": 7}, 301600), ({"symbol": [TENCENT]}, 301600)],
)
def test_refusals_carry_the_gateways_code(still: Still, body: dict[str, object], code: int):
    """Unknown symbols, and bodies that are not the message."""
    answer = still.ask("POST", PATHS[14], body)
    assert (answer.status, still.code(answer)) == (400, code)


def test_the_limits_are_the_gateways():
    """Ten in a second for both together."""
    still = Still(rate_limits=True, spacing_ms=0)
    codes = [still.code(still.ask("POST", PATHS[14], SYMBOL)) for _ in range(11)]
    assert codes == [0] * 10 + [301606]


def test_the_same_question_may_be_asked_twice_in_a_second(still: Still):
    """An SDK whose timestamps are whole seconds signs both alike; nothing is changed by either."""
    raw = json.dumps(SYMBOL).encode()
    headers = signed_headers(still.credentials, "POST", PATHS[14], raw, "1795225422")
    for _ in range(2):
        assert still.send("POST", PATHS[14], raw, headers).status == 200


def test_an_option_chain_by_contract(still: Still):
    """Two per strike; a date without a chain is refused."""
    path = "/v1/quote/options/strikes"
    expiry = still.data(still.ask("POST", PATHS[20], {"symbol": APPLE}))["expiry_date"][0]
    chain = still.data(still.ask("POST", path, {"symbol": APPLE, "expiry_date": expiry}))["list"]
    assert len(chain) == 22
    assert {each["direction"] for each in chain} == {"C", "P"}
    assert chain[0]["days_to_expiry"] == 6
    refused = still.ask("POST", path, {"symbol": APPLE, "expiry_date": "20200101"})
    assert still.code(refused) == 301600
