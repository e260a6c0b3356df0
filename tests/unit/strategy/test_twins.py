"""Twins: what is traded for what is watched, and pairs that are none."""

import attrs
import pytest

from engine.model.instrument import AssetClass, Instrument
from engine.strategy.host import StrategyHost
from engine.strategy.twins import Twins
from tests.kit.market import BTC, btc, definition

WATCHED = "BTCUSDT.ALLTICK"
TWINS = Twins({WATCHED: BTC})


def known(**changes: object) -> dict[str, Instrument]:
    return {BTC: btc(), WATCHED: attrs.evolve(btc(WATCHED), **changes)}


def test_what_has_no_twin_is_traded_itself():
    """So a strategy may ask of every instrument."""
    assert TWINS.of(WATCHED) == BTC
    assert TWINS.of(BTC) == BTC
    assert Twins().of(WATCHED) == WATCHED


def test_equal_currency_and_kind_are_twins():
    """Increments, multipliers and units may differ: quantities are not compared."""
    changes = {
        "asset_class": AssetClass.CRYPTO_SPOT,
        "multiplier": btc().multiplier * 5,
        "price_increment": btc().price_increment * 5,
    }
    assert list(TWINS.mismatches(known(**changes))) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"currency": "USD"}, "has prices in USD, its twin BTCUSDT.WOOXPRO USDT"),
        (
            {"asset_class": AssetClass.EQUITY},
            "has asset class equity, its twin BTCUSDT.WOOXPRO crypto",
        ),
    ],
)
def test_what_would_need_a_conversion_is_no_twin(changes, said):
    """Nothing is converted silently."""
    (sentence,) = TWINS.mismatches(known(**changes))
    assert said in sentence
    assert "correct the strategy's twins" in sentence


def test_a_definition_that_is_missing_is_no_mismatch():
    """It is awaited as such."""
    assert list(TWINS.mismatches({BTC: btc()})) == []


def test_a_host_tells_its_strategys_twins_and_what_is_wrong_with_them():
    """The mismatch is known with the definitions, before the start."""
    host = StrategyHost("s", 7, (WATCHED, BTC), twins=TWINS)
    host.handle(definition(), 1, 1)
    assert host.mismatches() == ()
    host.handle(definition(attrs.evolve(btc(WATCHED), currency="EUR")), 1, 1)

    assert host.twin(WATCHED) == BTC
    assert len(host.mismatches()) == 1
