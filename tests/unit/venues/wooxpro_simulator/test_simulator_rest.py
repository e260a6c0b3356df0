"""REST rules: authentication, refusal codes, envelopes, queries; on a market that stands still."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.venues.wooxpro.simulator.routes import ROUTES
from engine.exchange.model import Side
from tests.kit.fuzzing import examples
from tests.kit.wooxpro_simulator import Quiet, sign

SUBMIT = "/contract/private/submit-order"
GOOD = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "price": "50000", "size": 10}


@pytest.fixture
def quiet() -> Quiet:
    made = Quiet()
    made.book({600_000: 50, 599_990: 500}, {600_010: 50, 600_020: 500})
    return made


def test_the_envelope_has_code_message_data_and_a_trace(quiet):
    """And the ids differ in type: integer in the answer to a new order, text elsewhere."""
    answer = json.loads(quiet.post(SUBMIT, **GOOD).body)
    assert list(answer) == ["code", "message", "data", "trace"]
    assert (answer["code"], answer["message"]) == (1000, "Ok")
    assert len(answer["trace"]) == 36
    assert isinstance(answer["data"]["order_id"], int)
    row = quiet.data(quiet.get("/contract/private/get-open-orders", symbol="BTCUSDT"))[0]
    assert row["order_id"] == str(answer["data"]["order_id"])


def test_an_unknown_route_is_the_gateways_404(quiet):
    """Not the envelope; the wrong method is an unknown route too."""
    for method, path in (("GET", "/nothing"), ("GET", SUBMIT), ("POST", "/system/time")):
        response = quiet.ask(method, path, {}, {}, b"")
        assert (response.status, response.body) == (404, '{"error_msg":"404 Route Not Found"}')


def changed(quiet: Quiet, **headers: str | None) -> dict[str, str]:
    made = quiet.signed(json.dumps(GOOD))
    for name, value in headers.items():
        key = f"x-api-{name}"
        if value is None:
            del made[key]
        else:
            made[key] = value
    return made


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"key": None}, 30001),
        ({"key": "unknown"}, 30002),
        ({"sign": None}, 30004),
        ({"sign": "0" * 64}, 30005),
        ({"timestamp": None}, 30006),
        ({"timestamp": "x"}, 30008),
        ({"timestamp": "1730399939999"}, 30007),
        ({"timestamp": "1730400060001"}, 30007),
    ],
)
def test_each_wrong_header_has_its_own_code(quiet, headers, code):
    """HTTP 401, and nothing is placed."""
    response = quiet.ask("POST", SUBMIT, {}, changed(quiet, **headers), json.dumps(GOOD).encode())
    assert quiet.refused(response) == (401, code)
    assert not quiet.venue.exchange.open_orders(quiet.credentials.api_key)


def test_the_signature_covers_the_raw_body(quiet):
    """One blank more than was signed is a wrong signature."""
    raw = json.dumps(GOOD)
    response = quiet.ask("POST", SUBMIT, {}, quiet.signed(raw), raw.encode() + b" ")
    assert quiet.refused(response) == (401, 30005)


def test_both_header_prefixes_are_accepted_and_extras_ignored(quiet):
    """X-BM-* works like X-API-*; recvWindow and a broker id change nothing."""
    raw, stamp, key = (
        json.dumps({**GOOD, "recvWindow": 5000}),
        str(quiet.now.wall_ms),
        quiet.credentials,
    )
    headers = {
        "x-bm-key": key.api_key,
        "x-bm-timestamp": stamp,
        "x-bm-sign": sign(key.api_secret, stamp, key.memo, raw),
        "x-bm-broker-id": "somebody",
    }
    quiet.data(quiet.ask("POST", SUBMIT, {}, headers, raw.encode()))


def test_keyed_requests_need_the_key_only(quiet):
    """A nonsense signature on a GET is not looked at."""
    headers = {"x-api-key": quiet.credentials.api_key, "x-api-sign": "0", "x-api-timestamp": "1"}
    quiet.data(quiet.ask("GET", "/contract/private/assets-detail", {}, headers, b""))


@pytest.mark.parametrize("raw", ["", "x", "[]", '{"a":NaN}', "{" * 50_000])
def test_a_body_that_is_no_json_object_is_refused(quiet, raw):
    """An empty body lacks the symbol, everything else is not JSON."""
    response = quiet.ask("POST", SUBMIT, {}, quiet.signed(raw), raw.encode())
    assert quiet.refused(response) == ((503, 30018) if raw else (400, 40011))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"symbol": "DOGEUSDT"}, (400, 40034)),
        ({"symbol": ""}, (400, 40011)),
        ({"side": 5}, (400, 40041)),
        ({"side": "x"}, (400, 40041)),
        ({"side": True}, (400, 40007)),
        ({"type": "stop"}, (400, 40042)),
        ({"mode": 5}, (400, 40042)),
        ({"type": "market", "mode": 4}, (400, 40042)),
        ({"price": ""}, (400, 40011)),
        ({"price": "50000.05"}, (400, 40043)),
        ({"price": "0"}, (400, 40044)),
        ({"price": "-1"}, (400, 40044)),
        ({"price": "1e5"}, (400, 40044)),
        ({"size": 0}, (400, 40044)),
        ({"size": "1.5"}, (400, 40043)),
        ({"size": 1_000_001}, (400, 40044)),
        ({"type": "market", "size": 100_001}, (400, 40044)),
        ({"leverage": "0.5"}, (400, 40030)),
        ({"leverage": "101"}, (400, 40029)),
        ({"leverage": "x"}, (400, 40040)),
        ({"open_type": "both"}, (400, 40045)),
        ({"client_order_id": "a-b"}, (403, 40048)),
        ({"client_order_id": "a" * 33}, (403, 40049)),
        ({"size": 900_000}, (400, 40027)),
        ({"side": 2}, (400, 40021)),
    ],
)
def test_each_wrong_order_has_its_own_code_and_leaves_no_trace(quiet, change, expected):
    """The table of section 8; a refusal pushes nothing."""
    sink = quiet.subscribe("futures/order")
    assert quiet.refused(quiet.post(SUBMIT, **{**GOOD, **change})) == expected
    assert sink.take() == []


def test_a_client_order_id_is_free_again_when_its_order_is_done(quiet):
    """Duplicate among open orders only."""
    named = {**GOOD, "client_order_id": "c1"}
    quiet.data(quiet.post(SUBMIT, **named))
    assert quiet.refused(quiet.post(SUBMIT, **named)) == (403, 40050)
    quiet.post("/contract/private/cancel-order", symbol="BTCUSDT", client_order_id="c1")
    quiet.data(quiet.post(SUBMIT, **named))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"order_id": "12345"}, 40037),
        ({"client_order_id": "none"}, 40035),
        ({"order_id": "x"}, 40037),
    ],
)
@pytest.mark.parametrize("path", ["cancel-order", "modify-limit-order"])
def test_unknown_orders_have_their_codes(quiet, path, body, code):
    """By id 40037, by client id 40035."""
    response = quiet.post(f"/contract/private/{path}", symbol="BTCUSDT", price="1", **body)
    assert quiet.refused(response) == (400, code)


def test_a_finished_order_cannot_be_cancelled_again(quiet):
    """40035, as for one that never was."""
    order_id = str(quiet.submit(price="50000"))
    body = {"symbol": "BTCUSDT", "order_id": order_id}
    quiet.data(quiet.post("/contract/private/cancel-order", **body))
    assert quiet.refused(quiet.post("/contract/private/cancel-order", **body)) == (400, 40035)


def test_leverage_must_match_an_open_position(quiet):
    """Another leverage is 40040, another margin type 40012; both are kept in mind per contract."""
    quiet.submit(type="market", size=5, leverage="10", open_type="cross")
    market = {"symbol": "BTCUSDT", "side": 1, "type": "market", "size": 1}
    assert quiet.refused(quiet.post(SUBMIT, **market, leverage="20")) == (400, 40040)
    assert quiet.refused(quiet.post(SUBMIT, **market, open_type="isolated")) == (500, 40012)
    quiet.submit(type="market", size=5)


def test_submit_leverage_sets_what_orders_then_use(quiet):
    """The next order without leverage has the new one."""
    answer = quiet.data(
        quiet.post(
            "/contract/private/submit-leverage",
            symbol="BTCUSDT",
            leverage="25",
            open_type="isolated",
        )
    )
    assert answer == {
        "symbol": "BTCUSDT",
        "leverage": "25",
        "open_type": "isolated",
        "max_value": "100",
    }
    quiet.submit(price="50000")
    row = quiet.data(quiet.get("/contract/private/get-open-orders", symbol="BTCUSDT"))[0]
    assert (row["leverage"], row["open_type"]) == ("25", "isolated")


def test_the_position_mode_changes_only_when_flat(quiet):
    """40059 with an open order, then the switch."""
    path = "/contract/private/set-position-mode"
    order_id = str(quiet.submit(price="50000"))
    assert quiet.refused(quiet.post(path, position_mode="one_way_mode")) == (400, 40059)
    quiet.post("/contract/private/cancel-order", symbol="BTCUSDT", order_id=order_id)
    assert quiet.data(quiet.post(path, position_mode="one_way_mode")) == {
        "position_mode": "one_way_mode"
    }
    assert quiet.data(quiet.get("/contract/private/get-position-mode")) == {
        "position_mode": "one_way_mode"
    }


# --- queries ------------------------------------------------------------------------------


def test_details_show_increments_limits_and_sizes(quiet):
    """The fields that a client reads, as text."""
    symbols = quiet.data(quiet.get("/contract/public/details"))["symbols"]
    assert [row["symbol"] for row in symbols] == ["BTCUSDT", "ETHUSDT"]
    btc = quiet.data(quiet.get("/contract/public/details", symbol="BTCUSDT"))["symbols"][0]
    shown = {
        key: btc[key]
        for key in (
            "contract_size",
            "price_precision",
            "vol_precision",
            "max_volume",
            "market_max_volume",
            "min_volume",
            "product_type",
            "base_currency",
            "quote_currency",
            "status",
            "max_leverage",
        )
    }
    assert shown == {
        "contract_size": "0.001",
        "price_precision": "0.1",
        "vol_precision": "1",
        "max_volume": "1000000",
        "market_max_volume": "100000",
        "min_volume": "1",
        "product_type": 1,
        "base_currency": "BTC",
        "quote_currency": "USDT",
        "status": "Trading",
        "max_leverage": "100",
    }


def test_the_book_accumulates_volumes(quiet):
    """[price, volume, cumulative volume], all text."""
    data = quiet.data(quiet.get("/contract/public/depth", symbol="BTCUSDT"))
    assert data["bids"] == [["60000.0", "50", "50"], ["59999.0", "500", "550"]]
    assert data["symbol"] == "BTCUSDT"


def test_market_trades_are_newest_first_in_seconds(quiet):
    """Limit 50 by default, 100 at most."""
    for number in range(120):
        quiet.trade(600_000, number + 1, Side.SELL)
    path = "/contract/public/market-trade"
    assert len(quiet.data(quiet.get(path, symbol="BTCUSDT"))) == 50
    rows = quiet.data(quiet.get(path, symbol="BTCUSDT", limit="500"))
    assert len(rows) == 100
    assert rows[0] == {
        "symbol": "BTCUSDT",
        "price": "60000.0",
        "qty": "120",
        "quote_qty": "7200",
        "time": 1_730_400_000,
        "is_buyer_maker": True,
    }


def test_klines_put_minutes_together(quiet):
    """Five minutes of trades: five bars of one step, one of five; an odd step is 40038."""
    for minute in range(5):
        quiet.trade(600_000 + minute, 2, Side.SELL)
        quiet.advance(60)
    span = {"symbol": "BTCUSDT", "start_time": "1730400000", "end_time": "1730400300"}
    path = "/contract/public/kline"
    assert len(quiet.data(quiet.get(path, **span, step="1"))) == 5
    (bar,) = quiet.data(quiet.get(path, **span, step="5"))
    assert bar == {
        "timestamp": 1_730_400_000,
        "open_price": "60000.0",
        "close_price": "60000.4",
        "high_price": "60000.4",
        "low_price": "60000.0",
        "volume": "10",
    }
    assert quiet.refused(quiet.get(path, **span, step="7")) == (400, 40038)
    assert quiet.refused(quiet.get(path, symbol="BTCUSDT", start_time="2", end_time="1")) == (
        400,
        40039,
    )


@pytest.mark.parametrize(
    "path",
    [
        "funding-rate",
        "funding-rate-history",
        "open-interest",
        "leverage-bracket",
        "markprice-kline?start_time=1730400000&end_time=1730400060",
    ],
)
def test_the_other_public_requests_answer(quiet, path):
    """Each has its symbol somewhere in its data, or is a list of bars."""
    name, _, query = path.partition("?")
    extra = dict(pair.split("=") for pair in query.split("&")) if query else {}
    data = quiet.data(quiet.get(f"/contract/public/{name}", symbol="BTCUSDT", **extra))
    assert "BTCUSDT" in json.dumps(data) or isinstance(data, list)


def test_system_time_is_the_wall_clock(quiet):
    """In ms."""
    assert quiet.data(quiet.get("/system/time")) == {"server_time": quiet.now.wall_ms}


def test_assets_start_with_the_opening_balance(quiet):
    """100,000 USDT, nothing else."""
    rows = quiet.data(quiet.get("/contract/private/assets-detail"))
    assert rows[0] == {
        "currency": "USDT",
        "available_balance": "100000",
        "position_deposit": "0",
        "frozen_balance": "0",
        "equity": "100000",
        "unrealized": "0",
    }


def test_positions_show_zero_rows_only_when_a_symbol_is_named(quiet):
    """position-v2 without symbol: held pairs only; with: both directions."""
    path = "/contract/private/position-v2"
    assert quiet.data(quiet.get(path)) == []
    assert [row["position_amount"] for row in quiet.data(quiet.get(path, symbol="BTCUSDT"))] == [
        "0",
        "0",
    ]
    quiet.submit(type="market", size=5)
    assert [
        row["current_amount"] for row in quiet.data(quiet.get("/contract/private/position"))
    ] == ["5"]
    (risk,) = quiet.data(quiet.get("/contract/private/position-risk"))
    assert (risk["position_amt"], risk["margin_type"]) == ("5", "Cross")


def test_history_holds_finished_orders_newest_first(quiet):
    """Working ones are not in it; ids filter; more than ninety days are refused."""
    for price in ("50000", "50001"):
        order_id = quiet.submit(price=price, client_order_id=f"h{price}")
        quiet.post("/contract/private/cancel-order", symbol="BTCUSDT", order_id=str(order_id))
    quiet.submit(price="50002")
    path = "/contract/private/order-history"
    rows = quiet.data(quiet.get(path, symbol="BTCUSDT"))
    assert [row["price"] for row in rows] == ["50001.0", "50000.0"]
    (row,) = quiet.data(quiet.get(path, symbol="BTCUSDT", client_order_id="h50000"))
    assert (row["state"], row["price"]) == (4, "50000.0")
    assert (
        quiet.data(
            quiet.get(path, symbol="BTCUSDT", start_time="1730300000", end_time="1730300001")
        )
        == []
    )
    assert quiet.refused(
        quiet.get(path, symbol="BTCUSDT", start_time="1", end_time="1730400000")
    ) == (
        400,
        40039,
    )


def test_open_orders_filter_by_state_type_and_limit(quiet):
    """A partly filled one among three."""
    quiet.submit(price="50000")
    quiet.submit(price="50001")
    partly = quiet.submit(price="60001", size=60)
    path = "/contract/private/get-open-orders"
    rows = quiet.data(quiet.get(path, order_state="partially_filled"))
    assert [row["order_id"] for row in rows] == [str(partly)]
    assert len(quiet.data(quiet.get(path, limit="2"))) == 2
    assert quiet.data(quiet.get(path, type="market")) == []


def test_the_fee_rate_is_what_fills_pay(quiet):
    """Taker 6 and maker 2 basis points."""
    assert quiet.data(quiet.get("/contract/private/trade-fee-rate", symbol="BTCUSDT")) == {
        "symbol": "BTCUSDT",
        "taker_fee_rate": "0.0006",
        "maker_fee_rate": "0.0002",
    }


# --- hostile requests -----------------------------------------------------------------------

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.text(max_size=12),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.just([]),
    st.just({}),
    st.sampled_from(
        ["BTCUSDT", "limit", "market", "60000", "60001", "1", "10", "cross", "99999999999999999999"]
    ),
)
NAMES = (
    "symbol", "side", "type", "size", "price", "mode", "leverage", "open_type", "order_id",
    "client_order_id", "stp_mode", "timeout", "trigger_price", "price_way", "price_type",
    "executive_price", "plan_category", "callback_rate", "activation_price", "position_mode",
    "preset_stop_loss_price", "category",
)  # fmt: skip
POSTS = [route.path for route in ROUTES if route.method == "POST"]
GETS = [route.path for route in ROUTES if route.method == "GET"]
GOOD_PLAN = {**GOOD, "trigger_price": "60100", "price_way": 1, "executive_price": "60100"}


@settings(max_examples=examples(60), deadline=None)
@given(
    path=st.sampled_from(POSTS),
    change=st.dictionaries(st.sampled_from(NAMES), junk, max_size=5),
)
def test_no_body_breaks_a_signed_request(path, change):
    """Every body is answered in the envelope, whatever its values; the books stay sound."""
    quiet = Quiet()
    quiet.book({600_000: 50}, {600_010: 50})
    quiet.submit(type="market", size=20)
    answer = json.loads(quiet.post(path, **{**GOOD_PLAN, **change}).body)
    assert {"code", "message", "data", "trace"} == set(answer)
    quiet.trade(601_000, 1, Side.BUY)
    quiet.data(quiet.get("/contract/private/assets-detail"))
    quiet.data(quiet.get("/contract/private/position-v2", symbol="BTCUSDT"))


@settings(max_examples=examples(50), deadline=None)
@given(
    path=st.sampled_from(GETS),
    query=st.dictionaries(
        st.sampled_from(
            (*NAMES, "start_time", "end_time", "limit", "step", "flow_type", "page_size")
        ),
        junk.map(str),
        max_size=5,
    ),
)
def test_no_query_breaks_a_request(path, query):
    """The same for every GET."""
    quiet = Quiet()
    quiet.book({600_000: 50}, {600_010: 50})
    quiet.submit(type="market", size=20)
    answer = json.loads(quiet.get(path, **{"symbol": "BTCUSDT", **query}).body)
    assert {"code", "message", "data", "trace"} == set(answer)
