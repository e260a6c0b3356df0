"""Whatever a client sends, the gateway answers in its own words or not at all, and never breaks."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.webctp_simulator import Quiet

OPS = (
    *("connect", "set", "get_trading_day", "auth", "login", "logout", "query_settlement_info"),
    *("confirm_settlement_info", "query_trading_account", "insert_order", "delete_order"),
    *("query_order", "query_instrument", "subscribe", "unsubscribe", "nonsense", ""),
)
FIELDS = (
    *("addr", "port", "broker_id", "investor_id", "user_id", "password", "app_id", "auth_code"),
    *("trading_day", "instrument", "exchange", "ref", "price", "direction", "offset", "volume"),
    *("price_type", "time_condition", "memo", "delete_ref", "order_sys_id", "exchange_id"),
    *("from", "to", "exchange_inst_id", "product_id", "instruments"),
)
LIKELY = st.sampled_from(
    ["", "rb2101", "SHFE", "m2105", "DCE", "1", "9999", "100001", f"{1:12d}", "20210101", "中文"]
)
VALUES = st.one_of(
    LIKELY,
    st.integers(-2, 8),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20).filter(lambda text: text.isprintable()),
    st.none(),
    st.booleans(),
    st.lists(LIKELY, max_size=3),
)
DATA = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=len(FIELDS))
REQUESTS = st.lists(st.tuples(st.sampled_from(OPS), DATA), max_size=12)
ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "instrument": st.sampled_from(["rb2101", "m2105", "SR105", "IF2101", "x"]),
            "exchange": st.sampled_from(["SHFE", "DCE", "CZCE", "CFFEX", "", "x"]),
            "ref": st.integers(0, 20).map(str) | st.sampled_from(["", "x", "\u0661"]),
            "price": st.floats(allow_nan=False, allow_infinity=False)
            | st.integers()
            | st.sampled_from([4380, 4380.5, 5300.2, 1e-300, 1.7976931348623157e308]),
            "direction": st.integers(0, 1),
            "offset": st.sampled_from([0, 1, 3, 4]),
            "volume": st.integers(-2, 10) | st.floats(-1e300, 1e300) | st.integers(),
            "price_type": st.integers(0, 2),
            "time_condition": st.integers(0, 1),
        },
        optional={"memo": st.text(max_size=14).filter(lambda text: text.isprintable())},
    ),
    max_size=10,
)


def well_formed(messages):
    for each in messages:
        assert set(each) == {"err", "info", "msg"}
        assert isinstance(each["msg"], int) or each["info"] is None


def send(link, op, data):
    try:
        frame = json.dumps({"op": op, "data": data}).encode()
    except UnicodeEncodeError:
        return
    link.api.receive(frame, link.quiet.now)
    link.quiet.wait(0.01)
    well_formed(link.take())


@given(REQUESTS, st.booleans(), st.booleans())
def test_any_request_on_any_socket(requests, logged_in, md):
    quiet = Quiet(crash_on_second_connect=False)
    link = quiet.market_data() if md else quiet.trade()
    if logged_in:
        link.md_log_in() if md else link.log_in()
    for op, data in requests:
        send(link, op, data)


@given(ORDERS)
def test_any_order(orders):
    quiet = Quiet(positions=("rb2101 long 3",))
    quiet.book("rb2101", {4379: 5}, {4380: 5})
    link = quiet.trade()
    link.log_in()
    for order in orders:
        send(link, "insert_order", order)
    account = link.account()
    assert account["frozen_margin"] >= 0
    assert account["frozen_commission"] >= 0


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_frame(frame):
    link = Quiet().trade()
    if isinstance(frame, str):
        frame = frame.encode("utf-8", "surrogatepass")
    link.api.receive(frame, link.quiet.now)
    link.quiet.wait(0.01)
    well_formed(link.take())
