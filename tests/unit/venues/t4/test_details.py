"""Markets and the instruments made of them."""

from decimal import Decimal

import pytest

from actors.venues.t4.details import LISTED_MAX, TRADING_MODES, Details
from actors.venues.t4.proto import enums_pb2
from actors.venues.t4.settings import Settings
from actors.venues.t4.wire import decode
from engine.errors import RemoteProtocolError
from engine.messages.market import Quote
from engine.model.instrument import AssetClass, QuantityUnit
from engine.session.contract import Define, Note
from tests.kit.t4_data import ES, ES_ID, Desk, depth, details, price, said, snapshot

MODES = [value.number for value in enums_pb2.MarketMode.DESCRIPTOR.values]


def told(settings: Settings | None = None, **changes):
    made = Details(settings or Settings())
    effects = made.told(decode(details(**changes))[1])
    return made, effects


def test_the_instrument():
    """Tick, worth of a point, lot and currency; not tradeable before its state is known."""
    made, (define,) = told()
    es = define.instrument
    assert es.id == ES_ID == "XCME_Eq ES (H24).T4"
    assert (es.asset_class, es.quantity_unit) == (AssetClass.FUTURE, QuantityUnit.CONTRACTS)
    assert (es.price_increment, es.multiplier) == (Decimal("0.25"), Decimal(50))
    assert (es.quantity_increment, es.currency, es.base) == (Decimal(1), "USD", "ES")
    assert es.notional(Decimal("4800.25"), Decimal(2)) == Decimal(480025)
    assert not es.tradeable
    info = made.get(ES)
    assert info is not None
    assert (info.exchange_id, info.contract_id, info.expiry_date) == ("CME_Eq", "ES", 20240315)


def test_the_same_details_change_nothing():
    """Account snapshots repeat them."""
    made, _ = told()
    assert made.told(decode(details())[1]) == []


@pytest.mark.parametrize("mode", MODES)
def test_modes(mode: int):
    """Orders are taken in some; a mode that is not said changes nothing."""
    made, _ = told()
    info = made.get(ES)
    assert info is not None
    effects = made.mode_told(info, mode)
    assert (effects != []) == (mode in TRADING_MODES)
    assert info.instrument is not None
    assert info.instrument.tradeable == (mode in TRADING_MODES)
    assert made.mode_told(info, enums_pb2.MARKET_MODE_UNDEFINED) == []


def test_a_disabled_market_takes_no_orders():
    """Whatever its mode."""
    made, _ = told(disabled=True)
    info = made.get(ES)
    assert info is not None
    made.mode_told(info, enums_pb2.MARKET_MODE_OPEN)
    assert info.instrument is not None
    assert not info.instrument.tradeable


def test_fractional_prices_in_decimal():
    """No instrument, an alert that says what to set; its data is left alone."""
    made, (note,) = told(Settings(price_format="decimal"), price_code="32")
    assert isinstance(note, Note)
    assert note.alert
    assert 'price_format = "real"' in note.detail
    info = made.get(ES)
    assert info is not None
    assert info.instrument is None
    desk = Desk(price_format="decimal")
    desk.log_in()
    desk.want(Quote)
    desk.hear(details(price_code="32"))
    assert desk.hear(said(market_depth=depth())) == []
    assert desk.hear(snapshot({"market_depth": depth()})) == []


def test_a_variable_tick_is_told():
    """Its text has no documented form."""
    _, effects = told(vtt="something")
    assert [type(effect) for effect in effects] == [Note, Define]


@pytest.mark.parametrize(
    "wrong",
    [
        {"market_id": ""},
        {"market_id": " x"},
        {"market_id": "x" * 121},
        {"exchange_id": "é"},
        {"contract_id": "a\nb"},
        {"volume_increment": -1},
        {"min_price_increment": price("")},
        {"decimals": 99},
    ],
)
def test_details_that_cannot_be(wrong):
    """One way to fail."""
    with pytest.raises(RemoteProtocolError):
        told(**wrong)


def test_there_is_a_bound():
    """Of markets that are known at once."""
    made = Details(Settings())
    for number in range(LISTED_MAX):
        assert made.list_market("E", "C", f"M {number}") is not None
    assert made.list_market("E", "C", "one more") is None
    assert made.told(decode(details("yet another"))[1]) == []
