"""Contract ids of all exchanges and the product table."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.calendar import DAY_SESSIONS, NIGHT_ENDS
from actors.venues.webctp.definitions import definition_of
from actors.venues.webctp.products import PRODUCTS, Products
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.symbols import (
    ContractKind,
    contract_of,
    id_of,
    is_symbol,
    symbol_at_venue,
)

FUTURE, OPTION, COMBINATION = ContractKind


@pytest.mark.parametrize(
    ("symbol", "kind", "product", "exchange"),
    [
        ("ag2612", FUTURE, "ag", "SHFE"),
        ("sc2701", FUTURE, "sc", "INE"),
        ("m2701", FUTURE, "m", "DCE"),
        ("SR701", FUTURE, "SR", "CZCE"),
        ("IF2612", FUTURE, "IF", "CFFEX"),
        ("T2612", FUTURE, "T", "CFFEX"),
        ("si2701", FUTURE, "si", "GFEX"),
        ("cu2501C75000", OPTION, "cu", ""),
        ("m1911-C-2400", OPTION, "m", ""),
        ("CF001C12200", OPTION, "CF", ""),
        ("IO2612-C-4000", OPTION, "IO", ""),
        ("SP a2109&a2201", COMBINATION, "", ""),
        ("SPD TA109&TA110", COMBINATION, "", ""),
        # Three digits are Zhengzhou's alone, four everybody else's.
        ("rb701", FUTURE, "rb", ""),
        ("SR2701", FUTURE, "SR", ""),
        ("zz2701", FUTURE, "zz", ""),
    ],
)
def test_ids_of_all_exchanges(symbol, kind, product, exchange):
    """What they name, and whether there is a product for it."""
    contract = contract_of(symbol)
    assert contract is not None
    assert (contract.kind, contract.product) == (kind, product)
    found = Products({}).of(contract)
    assert (found.exchange if found else "") == exchange


@pytest.mark.parametrize(
    "symbol",
    ["", "rb", "2701", "rb2713", "rb2700", "Rb2701", "rb27011", "rb2701 ", "\uff52\uff422701"],
)
def test_what_is_no_contract(symbol):
    """Nor a month that there is not."""
    assert contract_of(symbol) is None


@pytest.mark.parametrize(
    ("symbol", "day", "month", "over"),
    [
        ("SR701", date(2026, 11, 28), (2027, 1), False),
        ("SR611", date(2026, 11, 28), (2026, 11), False),
        # The digit comes again after ten years: the month that has just passed is far away.
        ("SR610", date(2026, 11, 28), (2036, 10), False),
        ("SR001", date(2029, 12, 31), (2030, 1), False),
        ("SR912", date(2030, 1, 2), (2039, 12), False),
        ("IF2612", date(2026, 11, 28), (2026, 12), False),
        ("IF2101", date(2026, 11, 28), (2021, 1), True),
        ("IF2611", date(2026, 11, 28), (2026, 11), False),
    ],
)
def test_delivery_months(symbol, day, month, over):
    """One digit of the year is the next year that ends so."""
    contract = contract_of(symbol)
    assert contract is not None
    assert contract.month(day) == month
    assert contract.is_over(day) is over


def test_names_of_the_engine():
    """There and back, and nobody else's."""
    assert id_of("IF2612") == "IF2612.WEBCTP"
    assert symbol_at_venue("IF2612.WEBCTP") == "IF2612"
    assert symbol_at_venue("IF2612.T4") == ""
    assert symbol_at_venue("<script>.WEBCTP") == ""


@given(st.text(max_size=60))
def test_any_text(text):
    """A contract is a symbol, and nothing raises."""
    if contract_of(text) is not None:
        assert is_symbol(text)


def test_the_table_is_in_order():
    """Every product can be defined and has hours; no name stands for two."""
    names = [name for text in _rows() for name in text]
    assert len(names) == len(set(names)) == len(PRODUCTS)
    for product in PRODUCTS.values():
        assert product.multiplier > 0
        assert product.price_tick > 0
        assert product.day in DAY_SESSIONS
        assert product.night_ends == "none" or product.night_ends in NIGHT_ENDS
        assert product.name.isupper() is (product.exchange in ("CFFEX", "CZCE"))


def _rows():
    from actors.venues.webctp.products import _TABLE

    for text in _TABLE.values():
        yield [row.split()[0] for row in text.replace("\n", ",").split(",") if row.strip()]


SHEET = {
    "ag": (15, "1"), "au": (1000, "0.02"), "cu": (5, "10"), "rb": (10, "1"), "sc": (1000, "0.1"),
    "m": (10, "1"), "i": (100, "0.5"), "SR": (10, "1"), "TA": (5, "2"), "IF": (300, "0.2"),
    "T": (10000, "0.005"), "si": (5, "5"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEET)
def test_what_the_sheet_knows_of_products(name):
    """Section 11."""
    product = PRODUCTS[name]
    assert (product.multiplier, str(product.price_tick)) == SHEET[name]


def test_who_tells_todays_lots_from_older_ones():
    """Shanghai and its energy exchange."""
    splits = {product.exchange for product in PRODUCTS.values() if product.splits_days}
    assert splits == {"SHFE", "INE"}


def test_a_definition():
    """Lots of one, money of China, the settings' fee."""
    contract = contract_of("IF2612")
    assert contract is not None
    settings = Settings(fee_rate=Decimal("0.0001"))
    made = definition_of(contract, PRODUCTS["IF"], settings, tradeable=False)
    assert (made.id, made.currency, made.base) == ("IF2612.WEBCTP", "CNY", "IF")
    assert (made.multiplier, made.price_increment) == (300, Decimal("0.2"))
    assert (made.quantity_increment, made.taker_fee_rate) == (1, Decimal("0.0001"))
    assert not made.tradeable
