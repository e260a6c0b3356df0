"""Instruments, made of the contract's id and the product table: the data side cannot be asked for them."""

from decimal import Decimal
from typing import Final

from actors.venues.webctp.products import Product
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.symbols import Contract, id_of
from engine.model.instrument import AssetClass, Instrument, QuantityUnit

CURRENCY: Final = "CNY"
ONE_LOT: Final = Decimal(1)


def definition_of(
    contract: Contract, product: Product, settings: Settings, *, tradeable: bool
) -> Instrument:
    """The engine's definition of a future; `tradeable` while its exchange takes orders for it."""
    return Instrument(
        id=id_of(contract.symbol),
        asset_class=AssetClass.FUTURE,
        currency=CURRENCY,
        base=product.name,
        quantity_unit=QuantityUnit.CONTRACTS,
        price_increment=product.price_tick,
        quantity_increment=ONE_LOT,
        multiplier=product.multiplier,
        min_quantity=ONE_LOT,
        maker_fee_rate=settings.fee_rate,
        taker_fee_rate=settings.fee_rate,
        tradeable=tradeable,
    )
