"""`details`: which rows become instruments, and when the list is asked for again."""

from decimal import Decimal

import pytest

from actors.venues.wooxpro.details import Loader, instruments_of
from actors.venues.wooxpro.rest import Rest, read_answer, read_failure
from engine.errors import RemoteProtocolError
from engine.model.instrument import AssetClass
from engine.session.contract import CallFailure
from tests.kit.wooxpro import answer, at, detail, details, settings


def test_an_instrument_has_the_venues_numbers():
    """Tick, lot, contract size and bounds are exact; sizes count contracts."""
    (instrument,), skipped = instruments_of({"symbols": [detail("BTCUSDT")]}, settings())
    assert skipped == []
    assert instrument.id == "BTCUSDT.WOOXPRO"
    assert instrument.asset_class is AssetClass.CRYPTO_PERPETUAL
    assert (instrument.price_increment, instrument.quantity_increment) == (Decimal("0.1"), 1)
    assert instrument.multiplier == Decimal("0.001")
    assert (instrument.min_quantity, instrument.max_quantity) == (1, 500000)
    assert instrument.max_market_quantity == 400000
    assert instrument.tradeable


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "ВТСUSDT"},  # noqa: RUF001 - Cyrillic on purpose
        {"symbol": "BTC.USDT"},
        {"quote_currency": "USD"},
        {"product_type": 3},
        {"price_precision": "0"},
        {"contract_size": "-1"},
        {"vol_precision": None},
        {"price_precision": "1e-1"},
    ],
)
def test_a_row_that_cannot_be_used_is_skipped_and_named(changes: dict[str, object]):
    """The others are used all the same (SEC-22)."""
    rows = [detail("ETHUSDT"), {**detail("BTCUSDT"), **changes}]
    instruments, skipped = instruments_of({"symbols": rows}, settings())
    assert [instrument.symbol for instrument in instruments] == ["ETHUSDT"]
    assert len(skipped) == 1


def test_a_delisted_contract_is_known_but_not_tradeable():
    """Any status but Trading closes it."""
    (instrument,), _ = instruments_of(
        {"symbols": [detail("BTCUSDT", status="Delisted")]}, settings()
    )
    assert not instrument.tradeable


@pytest.mark.parametrize(
    "data", [None, [], {}, {"symbols": []}, {"symbols": [{}]}, {"symbols": "x"}]
)
def test_a_list_that_is_none_is_refused(data: object):
    """No instrument at all is an error of the venue."""
    with pytest.raises(RemoteProtocolError):
        instruments_of(data, settings())


def test_only_changes_are_told_and_the_list_is_read_again():
    """A second reading defines what changed; failures retry with pauses up to 30 s."""
    loader = Loader(settings(), Rest(settings(), None))
    loader.start()
    loaded = loader.ended(read_answer(answer(details("BTCUSDT", "ETHUSDT"))), at(0))
    assert len(loaded.changed) == 2
    assert loader.deadline() == at(3600).mono_ns
    changed = {"symbols": [detail("BTCUSDT"), detail("ETHUSDT", price_precision="0.5")]}
    loader.due(at(3600))
    loaded = loader.ended(read_answer(answer(changed)), at(3600))
    assert [instrument.symbol for instrument in loaded.changed] == ["ETHUSDT"]
    pauses, second = [], 7200.0
    alerts = 0
    for _ in range(8):
        loader.due(at(second))
        loaded = loader.ended(read_failure(CallFailure(not_sent=False, reason="lost")), at(second))
        alerts += sum(note.alert for note in loaded.notes)
        deadline = loader.deadline()
        assert deadline is not None
        pauses.append((deadline - at(second).mono_ns) / 1e9)
        second += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert alerts == 1
