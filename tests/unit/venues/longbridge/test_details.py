"""Instruments: static facts, prices and tick tables together."""

from decimal import Decimal

import pytest

from actors.venues.longbridge.details import LISTED_MAX, Details
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.ticks import TICKS, Band, check_bands, on_grid, tick_of
from engine.errors import RemoteProtocolError
from engine.model.instrument import AssetClass
from tests.kit.longbridge_quote import quotes_of, static_of


def known(symbol="700.HK", price="320.6", **static):
    details = Details(Settings())
    details.need([symbol])
    assert details.static_told([symbol], static_of([symbol], **static).secu_static_info) == []
    details.quotes_told([symbol], quotes_of([symbol], price).secu_quote)
    return details


def test_an_instrument_is_defined_once_its_price_is_known():
    """Lot, currency, tick of the present price; told once while nothing changes."""
    details = Details(Settings())
    details.need(["700.HK"])
    details.static_told(["700.HK"], static_of(["700.HK"]).secu_static_info)
    assert details.changed("700.HK") is None
    details.quotes_told(["700.HK"], quotes_of(["700.HK"]).secu_quote)
    made = details.changed("700.HK")
    assert (made.id, made.currency) == ("700.HK.LONGBRIDGE", "HKD")
    assert (made.quantity_increment, made.min_quantity) == (100, 100)
    assert made.price_increment == Decimal("0.2")
    assert made.tradeable
    assert details.changed("700.HK") is None


@pytest.mark.parametrize(
    ("symbol", "price", "tick"),
    [
        ("1.HK", "0.2", "0.001"),
        ("1.HK", "0.25", "0.005"),
        ("1.HK", "9.99", "0.01"),
        ("1.HK", "19.99", "0.01"),
        ("1.HK", "20", "0.02"),
        ("1.HK", "99.95", "0.05"),
        ("1.HK", "100", "0.1"),
        ("1.HK", "999.5", "0.5"),
        ("1.HK", "5000", "5"),
        ("A.US", "0.9999", "0.0001"),
        ("A.US", "1", "0.01"),
        ("600519.SH", "1500", "0.01"),
        ("D05.SG", "0.199", "0.001"),
    ],
)
def test_the_tick_follows_the_price(symbol, price, tick):
    """The bands of the sheet; what is exactly on an edge is above it."""
    assert known(symbol, price).changed(symbol).price_increment == Decimal(tick)


def test_definitions_change_with_bands_and_halts():
    """And with nothing else."""
    details = known()
    details.changed("700.HK")
    assert details.traded("700.HK", Decimal("321.2"), 0) is None
    assert details.traded("700.HK", Decimal("199.9"), 0).price_increment == Decimal("0.1")
    assert not details.traded("700.HK", Decimal(0), 1).tradeable
    assert details.traded("700.HK", Decimal(0), 0).tradeable
    assert details.traded("5.HK", Decimal(1), 0) is None


@pytest.mark.parametrize(
    ("board", "asset_class", "tradeable"),
    [
        ("HKEquity", AssetClass.EQUITY, True),
        ("USOption", AssetClass.OPTION, False),
        ("HKHS", AssetClass.INDEX, False),
        ("Anything", AssetClass.EQUITY, True),
    ],
)
def test_boards(board, asset_class, tradeable):
    """Indexes and options are shown and not traded."""
    made = known(board=board).changed("700.HK")
    assert (made.asset_class, made.tradeable) == (asset_class, tradeable)


def test_a_security_without_a_price_is_not_traded():
    """There is no band to be in."""
    made = known(price="").changed("700.HK")
    assert not made.tradeable


def test_lots_that_cannot_be_are_one_share():
    """The venue names none for some."""
    for lot in (0, -1, 2_000_000_000):
        assert known(lot_size=lot).changed("700.HK").quantity_increment == 1


def test_what_the_venue_does_not_have_is_told():
    """And asked for no more; nonsense and surplus are never asked for."""
    details = Details(Settings())
    details.need(["700.HK", "5.HK", "x.HK.LONGBRIDGE", "", "700.XX", "\uff1700.HK"])
    assert details.unknown == ["700.HK", "5.HK"]
    assert details.static_told(details.unknown, static_of(["5.HK"]).secu_static_info) == ["700.HK"]
    assert details.is_refused("700.HK")
    assert details.is_served("5.HK")
    assert details.unknown == []
    assert details.markets == ["HK"]
    details.need(f"{number}.HK" for number in range(2 * LISTED_MAX))
    assert len(details.unknown) < LISTED_MAX


def test_impossible_prices_are_refused():
    """No number is no price."""
    details = known()
    with pytest.raises(RemoteProtocolError):
        details.quotes_told(["700.HK"], quotes_of(["700.HK"], "abc").secu_quote)


@pytest.mark.parametrize("market", TICKS)
def test_tables_are_tables(market):
    """Ascending, every price has a tick, and edges lie on both grids."""
    bands = TICKS[market]
    check_bands(market, bands)
    assert tick_of(bands, Decimal(10) ** 12) == bands[-1].tick
    for band in bands[:-1]:
        assert on_grid(bands, band.below)
        assert not band.below % band.tick


@pytest.mark.parametrize(
    "bands",
    [
        (),
        (Band(below=Decimal(2), tick=Decimal(1)), Band(below=Decimal(1), tick=Decimal(1))),
        (Band(below=Decimal(2), tick=Decimal(0)),),
        (Band(below=Decimal(2), tick=Decimal(3)),),
    ],
)
def test_tables_that_are_none_are_refused(bands):
    """Empty, not ascending, without a tick."""
    with pytest.raises(ValueError, match="hk"):
        check_bands("hk", bands)
