"""Small builders of market data and instruments for tests."""

from decimal import Decimal

from engine.messages.market import InstrumentDefinition, Quote, Trade
from engine.model.instrument import AssetClass, Instrument, QuantityUnit

BTC = "BTCUSDT.WOOXPRO"


def btc(instrument_id: str = BTC) -> Instrument:
    """A perpetual like the venue's: tick 0.1, contracts of 0.001 coins."""
    return Instrument(
        id=instrument_id,
        asset_class=AssetClass.CRYPTO_PERPETUAL,
        currency="USDT",
        base="BTC",
        quantity_unit=QuantityUnit.CONTRACTS,
        price_increment=Decimal("0.1"),
        quantity_increment=Decimal(1),
        multiplier=Decimal("0.001"),
        min_quantity=Decimal(1),
        maker_fee_rate=Decimal("0.0002"),
        taker_fee_rate=Decimal("0.0006"),
    )


def definition(instrument: Instrument | None = None) -> InstrumentDefinition:
    """The message that defines it."""
    found = instrument or btc()
    return InstrumentDefinition(instrument=found.id, boot=1, sequence=1, definition=found)


def quote(
    bid: float, ask: float, *, at_ns: int = 0, instrument: str = BTC, size: float = 10.0
) -> Quote:
    """A quote whose three clocks show the same time."""
    return Quote(instrument, 1, 1, at_ns, at_ns, at_ns, bid, size, ask, size)


def trade(price: float, *, size: float = 1.0, at_ns: int = 0, aggressor: int = 1) -> Trade:
    """A trade whose three clocks show the same time."""
    return Trade(BTC, 1, 1, at_ns, at_ns, at_ns, price, size, aggressor, str(at_ns))
