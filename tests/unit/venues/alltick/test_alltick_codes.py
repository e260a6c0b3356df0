"""`codes`, `table` and `listings`: what a code says of itself."""

from decimal import Decimal

import pytest

from actors.venues.alltick.codes import CLASSES, code_of, family_of, id_of, listing_of, serves
from actors.venues.alltick.listings import Listings
from actors.venues.alltick.settings import INSTRUMENT_KINDS, Family, OwnInstrument, Settings
from actors.venues.alltick.table import ROWS
from engine.model.instrument import AssetClass

STOCK, OTHER = Family.STOCK, Family.OTHER


@pytest.mark.parametrize(
    ("code", "family", "asset_class", "currency", "depth"),
    [
        ("AAPL.US", STOCK, AssetClass.EQUITY, "USD", (1, True)),
        ("BRK.B.US", STOCK, AssetClass.EQUITY, "USD", (1, True)),
        ("700.HK", STOCK, AssetClass.EQUITY, "HKD", (10, True)),
        ("2318.HK", STOCK, AssetClass.EQUITY, "HKD", (10, True)),
        ("600519.SH", STOCK, AssetClass.EQUITY, "CNY", (5, True)),
        ("000002.SZ", STOCK, AssetClass.EQUITY, "CNY", (5, True)),
        (".DJI.US", STOCK, AssetClass.INDEX, "USD", (1, False)),
        (".VIX.US", STOCK, AssetClass.INDEX, "USD", (1, False)),
        ("HSI.HK", STOCK, AssetClass.INDEX, "HKD", (1, False)),
        ("000001.SH", STOCK, AssetClass.INDEX, "CNY", (1, False)),
        ("399006.SZ", STOCK, AssetClass.INDEX, "CNY", (1, False)),
        ("EURUSD", OTHER, AssetClass.FX, "USD", (1, False)),
        ("NOKSEK", OTHER, AssetClass.FX, "SEK", (1, False)),
        ("USDJPY", OTHER, AssetClass.FX, "JPY", (1, False)),
        ("BTCUSDT", OTHER, AssetClass.CRYPTO_SPOT, "USDT", (5, True)),
        ("1000PEPEUSDT", OTHER, AssetClass.CRYPTO_SPOT, "USDT", (5, True)),
        ("GOLD", OTHER, AssetClass.COMMODITY, "USD", (1, False)),
        ("Silver", OTHER, AssetClass.COMMODITY, "USD", (1, False)),
        ("USOIL", OTHER, AssetClass.COMMODITY, "USD", (1, False)),
        ("US500", OTHER, AssetClass.INDEX, "USD", (1, False)),
        ("GER30", OTHER, AssetClass.INDEX, "EUR", (1, False)),
    ],
)
def test_every_documented_form(code, family, asset_class, currency, depth):
    """Section 7, row by row."""
    listing = listing_of(code, {})
    assert listing is not None
    assert family_of(code) is listing.family is family
    assert listing.instrument.asset_class is asset_class
    assert listing.instrument.currency == currency
    assert (listing.kind.depth_max, listing.kind.directed) == depth
    assert serves(family)(code)
    assert not serves(STOCK if family is OTHER else OTHER)(code)
    assert code_of(listing.instrument.id) == code
    assert not listing.instrument.tradeable


@pytest.mark.parametrize("code", ["", "gold", "HK-1288", "0700.HK", "EUREUR", "XYZ", "A" * 30])
def test_what_has_no_form_is_not_known(code: str):
    """Codes are case-sensitive, and nothing is guessed."""
    assert listing_of(code, {}) is None


@pytest.mark.parametrize("code", ["", "a b", "é.US", "X" * 25, "A\n", "A/B", ".X"])
def test_what_cannot_be_a_code_is_served_by_nobody(code: str):
    """No look-alikes, nothing that breaks a line or a URL."""
    assert not serves(STOCK)(code)
    assert not serves(OTHER)(code)


def test_the_table_is_of_known_classes_and_its_increments_are_real():
    """Each row makes an instrument; kinds of the settings are the classes there are."""
    assert set(CLASSES) == set(INSTRUMENT_KINDS)
    for code in ROWS:
        listing = listing_of(code, {})
        assert listing is not None
        assert listing.instrument.price_increment > 0
        assert listing.instrument.min_quantity == listing.instrument.quantity_increment > 0


def test_the_users_own_word_wins():
    """For a code of the table and for one that nothing is known of."""
    own = OwnInstrument(
        code="URANIUM", kind="commodity", currency="USD", price_increment=Decimal("0.05")
    )
    listings = Listings(Settings(instruments=(own,)), OTHER)
    found = listings.find("URANIUM")
    assert found is not None
    assert found.instrument.price_increment == Decimal("0.05")
    assert found.instrument.base == "URANIUM"
    assert found in listings.known()
    assert not listings.is_new(found)
    assert Listings(Settings(instruments=(own,)), STOCK).find("URANIUM") is None


def test_static_info_gives_lot_and_currency_of_stocks():
    """Asked for once per code; rows that say nothing usable are passed over."""
    listings = Listings(Settings(), STOCK)
    listing = listings.find("2318.HK")
    assert listing is not None
    assert listings.is_new(listing)
    assert not listings.is_new(listing)
    assert listings.wants_details(listing)
    assert not listings.wants_details(listing)
    rows = [
        {"symbol": "2318.HK", "lot_size": "500", "currency": "HKD"},
        {"symbol": "2318.HK", "lot_size": "-5", "currency": "hkd"},
        {"symbol": "2318.HK", "lot_size": "1.5", "currency": None},
        {"symbol": 7}, {"symbol": "NONE.US", "lot_size": "1"}, {},
    ]  # fmt: skip
    (changed,) = listings.detailed(rows)
    assert (changed.id, changed.quantity_increment) == (id_of("2318.HK"), 500)
    assert changed.min_quantity == 500
    assert listings.detailed(rows[:1]) == []
    index = listings.find("HSI.HK")
    assert index is not None
    assert not listings.wants_details(index)
