"""What a submit or a replace may say: required keys, types by market, ticks, lots, and what is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.venues.longbridge.simulator.codes import INVENTED, TABLE
from actors.venues.longbridge.simulator.paths import ROUTES
from tests.kit.fuzzing import examples
from tests.kit.longbridge_trading import APPLE, ORDER, Still, ticket


@pytest.fixture(scope="module")
def still() -> Still:
    made = Still()
    made.book("320.4", "320.6")
    made.book("189.50", "189.52", symbol=APPLE)
    return made


US = {"symbol": APPLE, "submitted_price": "180.01", "submitted_quantity": "3"}
NO_PRICE = {"submitted_price": None}
TRAIL = {"order_type": "TSLPAMT", "trailing_amount": "2", **NO_PRICE}


@pytest.mark.parametrize(
    "changes",
    [
        {"order_type": "ELO"},
        {"order_type": "ALO"},
        {"order_type": "AO", **NO_PRICE},
        {"order_type": "MO", **NO_PRICE},
        {"order_type": "SLO"},
        {"order_type": "ODD", "submitted_quantity": "1"},
        {"order_type": "LIT", "trigger_price": "310"},
        {"order_type": "MIT", "trigger_price": "310", **NO_PRICE},
        {**TRAIL, "limit_offset": "0.2"},
        {**TRAIL, "limit_depth_level": -2},
        {**TRAIL, "limit_depth_level": 5, "trigger_count": 3, "monitor_price": "300"},
        {"order_type": "TSLPPCT", "trailing_percent": "1", "limit_offset": "0", **NO_PRICE},
        {"order_type": "TSMAMT", "trailing_amount": "1", **NO_PRICE},
        {"order_type": "TSMPCT", "trailing_percent": "1", **NO_PRICE},
        {"time_in_force": "GTC"},
        {"time_in_force": "GTD", "expire_date": "2027-01-04"},
        {"remark": "r" * 255},
        US,
        {**US, "order_type": "MIT", "trigger_price": "180"},
        {**US, "outside_rth": "OVERNIGHT"},
    ],
)
def test_what_the_venue_takes(still, changes):
    """All types with what they need; an SDK's nulls and unknown keys do not matter."""
    body = ticket(**changes) | {"client_request_id": "x"}
    body.setdefault("expire_date", None)
    order_id = still.data(still.ask("POST", ORDER, body))["order_id"]
    row = still.row(order_id)
    for name in ("trigger_price", "trailing_amount", "trailing_percent", "monitor_price"):
        assert row[name] == str(changes.get(name, ""))
    assert row["outside_rth"] == (
        changes.get("outside_rth", "RTH_ONLY") if "symbol" in changes else "UnknownOutsideRth"
    )
    assert row["expire_date"] == changes.get("expire_date", "")


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"symbol": None}, 602001, "symbol"),
        ({"symbol": "NONE.HK"}, 602900, "NONE.HK"),
        ({"order_type": None}, 602001, "order_type"),
        ({"order_type": "XO"}, 602001, "order_type"),
        ({**US, "order_type": "ELO"}, 602001, "order_type"),
        ({**US, "order_type": "SLO"}, 602001, "order_type"),
        ({"side": "buy"}, 602001, "side"),
        ({"time_in_force": "IOC"}, 602001, "time_in_force"),
        ({"submitted_quantity": None}, 602001, "submitted_quantity"),
        ({"submitted_quantity": 100}, 602001, "submitted_quantity"),
        ({"submitted_quantity": "0100"}, 602001, "submitted_quantity"),
        ({"submitted_quantity": "0"}, 602001, "submitted_quantity"),
        ({"submitted_quantity": "-100"}, 602001, "submitted_quantity"),
        ({"submitted_quantity": "1e2"}, 602001, "submitted_quantity"),
        ({"submitted_quantity": "150"}, 602901, "100"),
        ({**US, "submitted_quantity": "1.5"}, 602901, "1"),
        ({"order_type": "ODD"}, 602901, "odd"),
        ({"submitted_price": None}, 602001, "submitted_price"),
        ({"submitted_price": "0"}, 602001, "submitted_price"),
        ({"submitted_price": "NaN"}, 602001, "submitted_price"),
        ({"submitted_price": "320.1"}, 602035, "bid size"),
        ({"submitted_price": "199.95"}, 602035, "bid size"),
        ({**US, "submitted_price": "180.001"}, 602035, "bid size"),
        ({"order_type": "LIT"}, 602001, "trigger_price"),
        ({"order_type": "LIT", "trigger_price": "310.1"}, 602035, "bid size"),
        (TRAIL, 602001, "limit_offset"),
        ({**TRAIL, "limit_depth_level": 6}, 602001, "limit_depth_level"),
        ({**TRAIL, "limit_offset": "1", "trailing_amount": None}, 602001, "trailing_amount"),
        ({**TRAIL, "limit_offset": "1", "trigger_count": 4}, 602001, "trigger_count"),
        ({"order_type": "TSMPCT", **NO_PRICE}, 602001, "trailing_percent"),
        ({"time_in_force": "GTD"}, 602001, "expire_date"),
        ({"time_in_force": "GTD", "expire_date": "soon"}, 602001, "expire_date"),
        ({"time_in_force": "GTD", "expire_date": "2026-11-20"}, 602001, "expire_date"),
        ({**US, "outside_rth": "ALWAYS"}, 602001, "outside_rth"),
        ({"remark": "r" * 256}, 602001, "remark"),
        ({"remark": 7}, 602001, "remark"),
    ],
)
def test_what_the_venue_refuses(still, changes, code, word):
    """With a code, a message that names the matter, and nothing accepted."""
    before = len(still.venue.desk.stores[still.sink.account].open)
    response = still.ask("POST", ORDER, ticket(**changes))
    answer = json.loads(response.body)
    assert (response.status, answer["code"], answer["data"]) == (400, code, None)
    assert word in answer["message"]
    assert len(still.venue.desk.stores[still.sink.account].open) == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"order_id": None}, 602001),
        ({"order_id": "1"}, 602904),
        ({"order_id": "x"}, 602001),
        ({"quantity": None}, 602001),
        ({"quantity": "150"}, 602901),
        ({"price": "320.1"}, 602035),
        ({"remark": "r" * 65}, 602001),
    ],
)
def test_what_a_change_may_not_say(still, changes, code):
    """The order stays as it is."""
    order_id = still.submit()
    body = {"order_id": order_id, "quantity": "200", "price": "319.8", **changes}
    body = {key: value for key, value in body.items() if value is not None}
    assert still.code(still.ask("PUT", ORDER, body)) == code
    assert still.row(order_id)["status"] == "NewStatus"


def test_a_market_order_that_waits_for_its_auction_cannot_be_changed(still):
    """602012 where the type has nothing to change."""
    slow = Still(step_ms=1.0, trading_hours="real")
    order_id = slow.submit(order_type="AO", submitted_price=None)
    slow.advance(0.01)
    assert slow.row(order_id)["status"] == "NewStatus"
    assert slow.code(slow.replace(order_id, quantity="200")) == 602012


def test_a_request_that_is_no_json_object_is_a_parameter_error(still):
    """And an unknown route has the envelope too."""
    from tests.kit.longbridge_trading import signed_headers

    for body in (b"[]", b"{", b"\xff", b'{"a":' * 2_000):
        headers = signed_headers(still.credentials, "POST", ORDER, body, repr(body[:9]))
        assert still.code(still.send("POST", ORDER, body, headers)) == 602001
    response = still.ask("GET", "/v1/nothing")
    assert (response.status, still.code(response)) == (404, 404000)


def test_invented_codes_are_marked():
    """Whatever the sheet does not name."""
    sheet = {403201, 403202, 403203, 403205, 401003, 401004, 401102, 429001, 429002, 429303}
    sheet |= {500000, 602001, 602012, 602035, 602315}
    assert set(TABLE) - INVENTED == sheet


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "symbol",
        "order_type",
        "side",
        "submitted_quantity",
        "quantity",
        "submitted_price",
        "price",
        "time_in_force",
        "order_id",
        "trigger_price",
        "limit_offset",
        "trailing_amount",
        "trailing_percent",
        "expire_date",
        "outside_rth",
        "remark",
        "limit_depth_level",
        "trigger_count",
        "monitor_price",
        "status",
        "market",
        "start_at",
        "end_at",
        "start_time",
        "end_time",
        "page",
        "size",
        "currency",
        "business_type",
        "expired_at",
    ]
)
WORDS = st.sampled_from(
    [
        "700.HK",
        "AAPL.US",
        "LO",
        "MO",
        "LIT",
        "TSLPAMT",
        "TSMPCT",
        "Buy",
        "Sell",
        "100",
        "1",
        "0",
        "320",
        "999999999999",
        "999999999999.99999999",
        "-5",
        "Day",
        "GTC",
        "GTD",
        "2027-01-04",
        "HK",
        "USD",
        "FilledStatus",
        "1795225422",
        "99999999999",
    ]
)


@settings(max_examples=examples(100), deadline=None)
@given(
    st.sampled_from(ROUTES),
    st.dictionaries(NAMES, WORDS | JSON, max_size=12),
    st.lists(st.tuples(NAMES, WORDS | st.text(max_size=8)), max_size=12),
)
def test_nothing_a_client_sends_makes_the_api_fail(route, body, query):
    """Every answer is an envelope whose code fits its status."""
    from urllib.parse import urlencode

    still = Still()
    still.book("320.4", "320.6")
    still.submit()
    if route.method in ("GET", "DELETE"):
        response = still.ask(route.method, f"{route.path}?{urlencode(query)}")
    else:
        response = still.ask(route.method, route.path, body)
    answer = json.loads(response.body)
    assert set(answer) == {"code", "message", "data"}
    assert (response.status == 200) == (answer["code"] == 0) == (answer["data"] is not None)
