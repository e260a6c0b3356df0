"""Positions by owner, and fills that were counted."""

from engine.model.enums import Side
from engine.orders.ledger import FillContent, FillKeys, Ledger
from tests.kit.orders import BTC, D


def test_owners_have_positions_of_their_own():
    """What one owner trades is not in another's position."""
    ledger = Ledger()
    ledger.open("alpha", BTC, D(1), "USDT").trade(Side.BUY, D(3), D(100))
    assert ledger.quantity("alpha", BTC) == 3
    assert ledger.quantity("beta", BTC) == 0
    assert ledger.find("beta", BTC) is None
    assert [(owner, name) for owner, name, _ in ledger] == [("alpha", BTC)]


def test_a_new_multiplier_waits_until_flat():
    """What is open stays valued as it was opened; a flat position takes the definition of now."""
    ledger = Ledger()
    position = ledger.open("alpha", BTC, D(1), "USDT")
    position.trade(Side.BUY, D(3), D(100))
    assert ledger.open("alpha", BTC, D(10), "USDT").multiplier == 1
    position.trade(Side.SELL, D(3), D(101))
    assert ledger.open("alpha", BTC, D(10), "USDT").multiplier == 10
    assert position.realised_pnl == 3


def test_fees_are_kept_per_currency():
    """Fees add up per currency, rebates take away."""
    position = Ledger().open("alpha", BTC, D(1), "USDT")
    for fee, currency in (("1", "USDT"), ("-0.25", "USDT"), ("0.1", "BNB"), ("0", "XYZ")):
        position.charge(D(fee), currency)
    assert position.fees == {"USDT": D("0.75"), "BNB": D("0.1")}


def test_fill_keys_are_remembered_within_their_bound():
    """The newest keys are known, the oldest forgotten; a stranger's key is known without content."""
    keys = FillKeys(keys_max=2)
    content = FillContent("id", Side.BUY, D(1), D(2))
    keys.add("account", "f1", content)
    keys.add("account", "f2", None)
    assert keys.find("account", "f1") == content
    assert keys.is_known("account", "f2")
    assert keys.find("account", "f2") is None
    assert not keys.is_known("other", "f1")
    keys.add("account", "f3", content)
    assert not keys.is_known("account", "f1")
    assert len(keys) == 2
