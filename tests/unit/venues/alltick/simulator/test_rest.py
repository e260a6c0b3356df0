"""The HTTP methods: request to response, with a market that stands still."""

import json

import pytest

from actors.venues.alltick.simulator import Account
from actors.venues.alltick.simulator.plans import PLANS
from engine.exchange.model import Side
from tests.kit.alltick_simulator import START, Quiet, symbol_list

OTHER, STOCK = "/quote-b-api", "/quote-stock-b-api"
KLINE = {
    "code": "BTCUSDT",
    "kline_type": 1,
    "kline_timestamp_end": 0,
    "query_kline_num": 3,
    "adjust_type": 0,
}
ROW = ("timestamp", "open_price", "close_price", "high_price", "low_price", "volume", "turnover")


def kline(quiet: Quiet, base: str = OTHER, **changes) -> list[dict[str, str]]:
    return quiet.data(quiet.get(f"{base}/kline", KLINE | changes))["kline_list"]


# --- tokens, paths, envelopes -----------------------------------------------------------------


def test_every_path_wants_a_token():
    """Before anything else is looked at."""
    quiet = Quiet(accounts=(Account(token="good"), Account(token="old", expired=True)))
    for path in (f"{OTHER}/kline", "/nowhere", "/api/suspension/nyse"):
        missing = quiet.ask("GET", path, {})
        assert (missing.status, missing.body) == (401, '{"msg":"token is required","ret":401}')
        for token in ("bad", "old"):
            wrong = quiet.ask("GET", path, {"token": token})
            assert (wrong.status, wrong.body) == (401, '{"ret":401,"msg":"token invalid"}')


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("GET", f"{OTHER}/klines"),
        ("POST", f"{OTHER}/kline"),
        ("GET", f"{OTHER}/batch-kline"),
        ("GET", f"{OTHER}/static_info"),
        ("GET", "/api/suspension/lse"),
        ("POST", "/api/suspension/nyse"),
    ],
)
def test_what_does_not_exist_is_not_found(method, path):
    """Static information is for stocks alone."""
    quiet = Quiet()
    assert quiet.ask(method, path, {"token": quiet.settings.token}, b"{}").status == 404


@pytest.mark.parametrize(
    ("query", "ret", "msg"),
    [
        (None, 402, "query invalid"),
        ("", 402, "query invalid"),
        ("{", 402, "query invalid"),
        ("%7B%22trace%22%3A%22t%22%7D", 402, "query invalid"),  # encoded twice
        ("[]", 400, "request header param invalid"),
        ("{}", 400, "request header param invalid"),
        ('{"trace":"t"}', 400, "request header param invalid"),
        ('{"trace":"t","data":[]}', 400, "request header param invalid"),
        ('{"data":{}}', 400, "request header param invalid"),
        ('{"trace":"t","data":{}}', 400, "request data param invalid"),
    ],
)
def test_a_wrong_query_has_its_code(query, ret, msg):
    """402 for what is no JSON after one decoding, 400 for the rest; the status stays 200."""
    quiet = Quiet()
    fields = {} if query is None else {"query": query}
    assert quiet.ret(quiet.get(f"{OTHER}/trade-tick", **fields)) == (200, ret, msg)


def test_a_wrong_body_has_its_code():
    """601 for none."""
    quiet = Quiet()
    token = {"token": quiet.settings.token}

    def post(body: bytes):
        return quiet.ret(quiet.ask("POST", f"{OTHER}/batch-kline", token, body))[1:]

    assert post(b"") == (601, "body empty")
    assert post(b" \n") == (601, "body empty")
    assert post(b"{") == (400, "request header param invalid")
    assert post(b'{"trace":"t","data":{}}') == (400, "request data param invalid")


def test_statuses_may_follow_the_kind():
    """For clients that look there first."""
    quiet = Quiet(http_status="by_kind", unauthorized=("GOLD",))
    path = f"{OTHER}/trade-tick"
    assert quiet.get(path, symbol_list("NOSUCH")).status == 400
    assert quiet.get(path, symbol_list("GOLD")).status == 403
    assert quiet.get(path, symbol_list("BTCUSDT")).status == 200


# --- codes ------------------------------------------------------------------------------------


def test_a_code_of_the_other_family_is_unknown():
    """Both ways, and one spoils the whole request."""
    quiet = Quiet()
    for base, good, bad in ((OTHER, "BTCUSDT", "700.HK"), (STOCK, "700.HK", "BTCUSDT")):
        answer = quiet.get(f"{base}/depth-tick", symbol_list(good, bad))
        assert quiet.ret(answer) == (200, 600, "code invalid")
        quiet.data(quiet.get(f"{base}/depth-tick", symbol_list(good)))


def test_a_single_market_plan_has_that_market_alone():
    """604 for the rest of its own path, too."""
    quiet = Quiet(plan="all_hk")
    quiet.data(quiet.get(f"{STOCK}/trade-tick", symbol_list("700.HK")))
    answer = quiet.get(f"{STOCK}/trade-tick", symbol_list("AAPL.US"))
    assert quiet.ret(answer) == (200, 604, "code unauthorized")
    answer = quiet.get(f"{OTHER}/kline", KLINE)
    assert quiet.ret(answer) == (200, 604, "code unauthorized")


def test_codes_beyond_the_plan_are_ignored():
    """Five on the free one; what is wrong there does no harm."""
    codes = ("BTCUSDT", "ETHUSDT", "EURUSD", "GOLD", "USOIL", "US500", "NOSUCH")
    rows = Quiet(plan="free").get(f"{OTHER}/trade-tick", symbol_list(*codes))
    assert [row["code"] for row in Quiet().data(rows)["tick_list"]] == list(codes[:5])


# --- ticks ------------------------------------------------------------------------------------


def test_ticks_show_the_state_with_numbers_as_strings():
    """The same sequence numbers as the pushes, the direction a number."""
    quiet = Quiet()
    sink = quiet.watch("trade", BTCUSDT=1)
    quiet.book({618_002: 1}, {618_003: 2})
    quiet.trade(618_003, 1, Side.BUY)
    (pushed,) = sink.take()
    codes = symbol_list("BTCUSDT")
    (trade,) = quiet.data(quiet.get(f"{OTHER}/trade-tick", codes))["tick_list"]
    (book,) = quiet.data(quiet.get(f"{OTHER}/depth-tick", codes))["tick_list"]
    assert trade == pushed["data"] | {
        "seq": str(pushed["data"]["seq"]),
        "tick_time": str(pushed["data"]["tick_time"]),
    }
    assert trade["trade_direction"] == 1
    assert isinstance(book["seq"], str)
    assert book["asks"] == [{"price": "61800.3", "volume": "0.002"}]
    assert set(book) == {"code", "seq", "tick_time", "bids", "asks"}


def test_numbers_over_http_may_be_integers():
    """The switch."""
    quiet = Quiet(http_numbers="integers")
    (row,) = quiet.data(quiet.get(f"{OTHER}/trade-tick", symbol_list("BTCUSDT")))["tick_list"]
    assert isinstance(row["seq"], int)
    assert isinstance(row["tick_time"], int)


def test_before_the_first_tick_there_is_the_reference_price():
    """A client that asks early finds something."""
    quiet = Quiet()
    (trade,) = quiet.data(quiet.get(f"{STOCK}/trade-tick", symbol_list("700.HK")))["tick_list"]
    (book,) = quiet.data(quiet.get(f"{STOCK}/depth-tick", symbol_list("700.HK")))["tick_list"]
    assert (trade["price"], trade["volume"]) == ("320.0", "100")
    assert book["bids"][0]["price"] == "320.0"
    assert book["asks"][0]["price"] == "320.2"


def test_static_information_is_all_strings():
    """The fields of the sheet."""
    quiet = Quiet()
    answer = quiet.data(quiet.get(f"{STOCK}/static_info", symbol_list("700.HK", "BAC.US")))
    first, second = answer["static_info_list"]
    names = (
        "board bps circulating_shares currency dividend_yield eps eps_ttm exchange hk_shares lot_size "
        "name_cn name_en name_hk symbol total_shares"
    )
    assert sorted(first) == sorted(names.split())
    assert all(isinstance(value, str) for value in first.values())
    assert (first["symbol"], first["lot_size"], first["currency"]) == ("700.HK", "100", "HKD")
    assert (second["symbol"], second["lot_size"]) == ("BAC.US", "1")


# --- bars -------------------------------------------------------------------------------------


def test_bars_are_strings_in_ascending_order():
    """At most 500, the newest last."""
    quiet = Quiet()
    rows = kline(quiet, query_kline_num=501)
    assert len(rows) == 500
    assert all(tuple(row) == ROW for row in rows)
    assert all(isinstance(value, str) for row in rows for value in row.values())
    starts = [int(row["timestamp"]) for row in rows]
    assert starts == list(range(starts[0], starts[0] + 500 * 60, 60))
    assert starts[-1] + 60 == START.wall_ns // 10**9 // 60 * 60


def test_trades_make_the_newest_bar():
    """Open, close, high, low, volume, turnover."""
    quiet = Quiet()
    for ticks, lots in ((618_000, 10), (618_050, 5), (617_990, 1), (618_010, 4)):
        quiet.trade(ticks, lots)
    row = kline(quiet)[-1]
    assert [row[name] for name in ROW] == [
        str(START.wall_ns // 10**9 // 60 * 60),
        "61800.0",
        "61801.0",
        "61805.0",
        "61799.0",
        "0.020",
        "1236.028",
    ]
    hour = kline(quiet, kline_type=5)[-1]
    assert (hour["close_price"], hour["timestamp"]) == (
        "61801.0",
        str(START.wall_ns // 10**9 // 3600 * 3600),
    )


def test_an_end_is_honoured_but_for_stocks():
    """Bars that begin there or before."""
    quiet = Quiet()
    rows = kline(quiet, kline_timestamp_end=1_700_000_000)
    assert [int(row["timestamp"]) for row in rows] == [1_699_999_860, 1_699_999_920, 1_699_999_980]
    stock = {"code": "700.HK"}
    assert kline(quiet, STOCK, kline_timestamp_end=1_700_000_000, **stock) == kline(
        quiet, STOCK, **stock
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"kline_type": 0},
        {"kline_type": 11},
        {"kline_type": None},
        {"query_kline_num": 0},
        {"query_kline_num": -1},
        {"query_kline_num": 1.5},
        {"query_kline_num": True},
        {"kline_timestamp_end": -1},
        {"kline_timestamp_end": "now"},
        {"adjust_type": 1},
        {"code": ""},
        {"code": None},
    ],
)
def test_wrong_bars_are_refused(changes):
    """400 in the data."""
    quiet = Quiet()
    answer = quiet.ret(quiet.get(f"{OTHER}/kline", KLINE | changes))
    assert answer == (200, 400, "request data param invalid")


@pytest.mark.parametrize("kind", [6, 7])
def test_two_and_four_hours_are_not_for_stocks(kind):
    """For everything else they are."""
    quiet = Quiet()
    answer = quiet.get(f"{STOCK}/kline", KLINE | {"kline_type": kind, "code": "700.HK"})
    assert quiet.ret(answer)[1] == 400
    assert len(kline(quiet, kline_type=kind)) == 3


def test_numbers_may_come_as_digits():
    """As a client that builds its query from text sends them."""
    quiet = Quiet()
    assert kline(quiet, kline_type="1", query_kline_num="3") == kline(quiet)


def test_a_batch_has_two_bars_of_each_code_and_a_limit_of_groups():
    """More rows are cut, more groups refused (603)."""
    quiet = Quiet(plan="free")
    token = {"token": quiet.settings.token}

    def post(count: int):
        group = KLINE | {"query_kline_num": 9}
        body = json.dumps({"trace": "t", "data": {"data_list": [group] * count}})
        return quiet.ask("POST", f"{OTHER}/batch-kline", token, body.encode())

    groups = quiet.data(post(PLANS["free"].batch_groups))["kline_list"]
    assert [set(group) for group in groups] == [{"code", "kline_type", "kline_data"}] * 5
    assert [len(group["kline_data"]) for group in groups] == [2] * 5
    assert groups[0]["kline_data"] == kline(quiet, query_kline_num=2)
    assert quiet.ret(post(6)) == (200, 603, "token level not enough")


# --- limits and halts -------------------------------------------------------------------------


@pytest.mark.parametrize("ret", [429, 605])
def test_too_many_requests_are_refused(ret):
    """With the one code or the other; each method for itself."""
    quiet = Quiet(plan="basic", rate_limits=True, rate_limit_ret=ret)
    quiet.data(quiet.get(f"{OTHER}/kline", KLINE))
    assert quiet.ret(quiet.get(f"{OTHER}/kline", KLINE))[1] == ret
    quiet.data(quiet.get(f"{OTHER}/trade-tick", symbol_list("BTCUSDT")))
    quiet.advance(1)
    quiet.data(quiet.get(f"{OTHER}/kline", KLINE))


def test_halts_have_an_envelope_of_their_own():
    """Whole, or in pages; nonsense is an error with status 500; one request a minute."""
    quiet = Quiet(rate_limits=True)
    path = "/api/suspension/nasdaq"
    page = json.loads(quiet.get(path, page="3", size="2").body)
    assert page["success"] is True
    assert page["timestamp"] == "2026-06-23T02:02:44"
    assert (page["totalCount"], page["totalPages"]) == (5, 3)
    assert (page["currentPage"], page["currentSize"]) == (3, 1)
    assert [row["symbol"] for row in page["data"]] == ["QQQX"]
    assert json.loads(quiet.get(path).body)["ret"] == 605
    wrong = quiet.get("/api/suspension/nyse", page="x")
    assert (wrong.status, json.loads(wrong.body)["success"]) == (500, False)
    whole = json.loads(quiet.get("/api/suspension/sse").body)
    assert set(whole) == {"success", "timestamp", "totalCount", "data"}
    published = [row["publishDate"] for row in whole["data"]]
    assert published == sorted(published, reverse=True)


def test_halts_have_fields_by_exchange():
    """As the three pages list them."""
    quiet = Quiet()
    own = {
        "sse": {"haltPeriod"},
        "nyse": {"haltDateTime", "resumeDateTime", "sourceExchange"},
        "nasdaq": {"haltDateTime", "resumeDateTime", "sourceExchange", "pauseThresholdPrice"},
    }
    shared = [
        "symbol",
        "symbolName",
        "haltReason",
        "haltDate",
        "haltTime",
        "resumeDate",
        "resumeTime",
        "publishDate",
    ]
    for exchange, fields in own.items():
        answer = json.loads(quiet.get(f"/api/suspension/{exchange}").body)
        assert all(set(row) == {*shared, *fields} for row in answer["data"])
