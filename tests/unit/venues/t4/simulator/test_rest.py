"""REST of the simulator: logins, lists with the venue's mixed spelling, charts."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from engine.exchange.model import Side
from tests.kit.t4_simulator import CL, ES, OVER, SPREAD, Still, by_password

CONTRACT = {"exchangeId": "CME_Eq", "contractId": "ES"}
ES_PICKER = {"exchangeid": "CME_Eq", "contractid": "ES"}
CL_PICKER = {"exchangeid": "CME_Ny", "contractid": "CL"}


def login_body(**wrong: str) -> bytes:
    """The body of a REST login."""
    words = by_password()
    body = {
        "firm": words["firm"],
        "userName": words["username"],
        "password": words["password"],
        "appName": words["app_name"],
        "appLicense": words["app_license"],
        "priceFormat": "Real",
    }
    return json.dumps({**body, **wrong}).encode()


def test_a_login_gives_a_token_and_its_end():
    """`expires` is Unix time; the token opens the rest."""
    still = Still(token_s=100)
    response = still.ask("/login", method="POST", body=login_body(), auth="")
    told = json.loads(response.body)
    assert (response.status, set(told)) == (200, {"token", "expires"})
    assert told["expires"] == still.now.wall_s + 100
    bearer = f"Bearer {told['token']}"
    assert still.ask("/markets/exchanges", auth=bearer).status == 200
    chart = still.ask("/chart/barchart", auth=bearer, query=CONTRACT)
    assert json.loads(chart.body)["bars"][-1]["closePrice"] == "4800"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (login_body(password="x"), 401),
        (login_body(priceFormat="Odd"), 400),
        (b"nonsense", 400),
        (b"[]", 400),
    ],
)
def test_wrong_logins_are_refused(body, status):
    """By status."""
    assert Still().ask("/login", method="POST", body=body, auth="").status == status


@pytest.mark.parametrize("auth", ["", "Bearer x.y.z", "Bearer", "APIKey wrong", "Basic eDp5"])
def test_nothing_is_told_without_a_login(auth):
    """401 on every route that exists."""
    for path in ("/markets/exchanges", "/chart/barchart"):
        assert Still().ask(path, auth=auth).status == 401


def test_unknown_routes_are_not_found():
    """Whoever asks."""
    assert Still().ask("/markets/nothing").status == 404
    assert Still().ask("/markets/exchanges", method="DELETE").status == 404


def test_lists_have_the_spelling_of_the_venue():
    """`exchangeId` among exchanges, `exchangeID` elsewhere."""
    still = Still()
    exchanges = still.told("/markets/exchanges")
    assert [each["exchangeId"] for each in exchanges] == ["CME_Eq", "CME_Ny"]
    assert set(exchanges[0]) == {"exchangeId", "clearingExchange", "description"}
    contracts = still.told("/markets/contracts", exchangeid="CME_Eq")
    assert [(each["exchangeID"], each["contractID"]) for each in contracts] == [
        ("CME_Eq", "ES"),
        ("CME_Eq", "NQ"),
    ]
    assert contracts[0]["description"] == "E-mini S&P 500"
    assert still.told("/markets/contracts", exchangeid="nowhere") == []


def test_contracts_are_found_by_a_part_of_their_name():
    """Two letters at least."""
    still = Still()
    found = still.told("/markets/contracts/search", search="crude")
    assert [each["contractID"] for each in found] == ["CL"]
    assert still.ask("/markets/contracts/search", query={"search": "c"}).status == 400


def test_the_picker_leads_to_every_market():
    """Groups, then their markets; an expired one is not among them."""
    still = Still()
    groups = still.told("/markets/picker/groups", **CL_PICKER)
    assert groups == [
        {"strategyType": "None", "expiryDate": None, "marketCount": 2},
        {"strategyType": "CalendarSpread", "expiryDate": 20240220, "marketCount": 1},
    ]
    outright = still.told("/markets/picker", **CL_PICKER, strategytype="None")
    assert [each["marketID"] for each in outright] == [CL, "XCME_Ny CL (J24)"]
    query = {**CL_PICKER, "strategytype": "CalendarSpread"}
    assert still.told("/markets/picker", **query, expirydate="20240220")[0]["marketID"] == SPREAD
    assert still.told("/markets/picker", **query, expirydate="20300101") == []
    markets = still.told("/markets/picker", **ES_PICKER, strategytype="None")
    assert OVER not in [each["marketID"] for each in markets]


def test_the_first_market_is_the_front_month():
    """Of a contract that exists."""
    still = Still()
    first = still.told("/markets/picker/firstmarket", **ES_PICKER)
    assert (first["marketID"], first["expiryDate"]) == (ES, 20240315)
    missing = still.ask("/markets/picker/firstmarket", query={"exchangeid": "x"})
    assert missing.status == 404


def bars(still: Still, **query: str) -> list:
    """The bars of ES."""
    return list(still.told("/chart/barchart", **CONTRACT, marketID=ES, **query)["bars"])


def test_there_are_bars_before_the_start():
    """Without a hole, each within its extremes, up to where the price starts; DECIMAL by API key."""
    still = Still()
    found = bars(still, barInterval="Minute", barPeriod="1")
    assert len(found) > 1_000
    assert found[-1]["closePrice"] == "480000"
    for earlier, later in pairwise(found):
        assert earlier["closeTime"] == later["time"]
    for each in found[-50:]:
        prices = [int(each[f"{name}Price"]) for name in ("open", "high", "low", "close")]
        assert prices[1] == max(prices)
        assert prices[2] == min(prices)
        assert all(price % 25 == 0 for price in prices)


@pytest.mark.parametrize(
    ("interval", "period", "step"),
    [
        ("Minute", "5", timedelta(minutes=5)),
        ("Hour", "1", timedelta(hours=1)),
        ("Hour", "4", timedelta(hours=4)),
    ],
)
def test_longer_bars_are_made_of_minutes(interval, period, step):
    """They begin at a multiple of their length."""
    found = bars(Still(), barInterval=interval, barPeriod=period)
    first = datetime.fromisoformat(found[-2]["time"])
    assert datetime.fromisoformat(found[-2]["closeTime"]) - first == step


@pytest.mark.parametrize("interval", ["Day", "Week"])
def test_days_and_weeks_begin_in_the_evening(interval):
    """At 17:00 Central of the day before their trade date."""
    found = bars(Still(), barInterval=interval)
    assert len(found) > 20
    begun = datetime.fromisoformat(found[0]["time"])
    assert begun.hour == 17
    assert (begun + timedelta(days=1)).date().isoformat() == found[0]["tradeDate"]


def test_trades_make_bars_and_a_history():
    """With the sides that were hit; counted bars end by what was traded."""
    still = Still()
    still.book({19_200: 50}, {19_201: 50})
    for lots, side in ((3, Side.BUY), (2, Side.SELL), (4, Side.BUY)):
        still.trade(19_200 + (side is Side.BUY), lots, side)
    last = bars(still, barInterval="Minute")[-1]
    assert (last["volume"], last["volumeAtBid"], last["volumeAtOffer"]) == (9, 2, 7)
    assert (last["trades"], last["tradesAtBid"], last["tradesAtOffer"]) == (3, 1, 2)
    assert [each["volume"] for each in bars(still, barInterval="Tick", barPeriod="2")] == [5, 4]
    assert [each["volume"] for each in bars(still, barInterval="Volume", barPeriod="5")] == [5, 4]
    assert len(bars(still, barInterval="Second")) == 1
    history = still.told("/chart/tradehistory", **CONTRACT)
    assert history["marketID"] == ES
    assert [(each["tradePrice"], each["aggressorSide"]) for each in history["trades"]] == [
        ("480025", "Buy"),
        ("480000", "Sell"),
        ("480025", "Buy"),
    ]
    assert {"vwaPs", "modeChanges", "openInterests", "settlements"} <= set(history)
    none = still.told("/chart/tradehistory", **CONTRACT, since="2030-01-01T00:00:00")
    assert none["trades"] == []


def test_charts_are_cut_by_trade_date():
    """Both ends included."""
    found = bars(Still(), barInterval="Day", tradeDateStart="2024-10-21", tradeDateEnd="2024-10-23")
    assert [each["tradeDate"] for each in found] == ["2024-10-21", "2024-10-22", "2024-10-23"]


@pytest.mark.parametrize(
    "query",
    [
        {"barInterval": "Year"},
        {"barPeriod": "0"},
        {"barPeriod": "x"},
        {"tradeDateStart": "yesterday"},
    ],
)
def test_charts_that_make_no_sense_are_refused(query):
    """With 400."""
    assert Still().ask("/chart/barchart", query={**CONTRACT, **query}).status == 400


def test_a_chart_of_an_unknown_market_is_not_found():
    """By id or by contract."""
    for query in ({**CONTRACT, "marketID": "x"}, {"exchangeId": "CME_Eq", "contractId": "x"}):
        assert Still().ask("/chart/barchart", query=query).status == 404
