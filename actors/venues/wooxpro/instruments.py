"""The contracts of WOO X Pro that this house knows: the one table client and simulator share.

The client reads increments from the venue (`/contract/public/details`) and uses this table for
documentation and demo defaults only; the simulator answers that request from it.
"""

from decimal import Decimal

import attrs


@attrs.frozen(kw_only=True)
class Contract:
    """One perpetual contract, in the venue's own terms.

    Attributes:
        symbol: the venue's symbol, `BTCUSDT`.
        price_increment: the tick (`price_precision` in the venue's payload).
        contract_size: coins per contract; sizes on the wire count contracts.
        max_volume: largest limit order, contracts.
        market_max_volume: largest market order, contracts.
        max_leverage: highest leverage that may be set.
        maintenance_margin_rate: part of the notional below which a position is liquidated.
        maker_fee_rate: part of the notional.
        taker_fee_rate: part of the notional.
        reference_price: where a generated market starts, and the price shown before any other.
    """

    symbol: str
    base: str
    quote: str = "USDT"
    price_increment: Decimal
    contract_size: Decimal
    max_volume: int
    market_max_volume: int
    max_leverage: int
    maintenance_margin_rate: Decimal
    maker_fee_rate: Decimal = Decimal("0.0002")
    taker_fee_rate: Decimal = Decimal("0.0006")
    reference_price: Decimal


CONTRACTS: tuple[Contract, ...] = (
    Contract(
        symbol="BTCUSDT",
        base="BTC",
        price_increment=Decimal("0.1"),
        contract_size=Decimal("0.001"),
        max_volume=1_000_000,
        market_max_volume=100_000,
        max_leverage=100,
        maintenance_margin_rate=Decimal("0.005"),
        reference_price=Decimal("61800.2"),
    ),
    Contract(
        symbol="ETHUSDT",
        base="ETH",
        price_increment=Decimal("0.01"),
        contract_size=Decimal("0.001"),
        max_volume=5_000_000,
        market_max_volume=500_000,
        max_leverage=100,
        maintenance_margin_rate=Decimal("0.005"),
        reference_price=Decimal("2681.62"),
    ),
    Contract(
        symbol="SOLUSDT",
        base="SOL",
        price_increment=Decimal("0.01"),
        contract_size=Decimal("0.1"),
        max_volume=1_000_000,
        market_max_volume=100_000,
        max_leverage=50,
        maintenance_margin_rate=Decimal("0.01"),
        reference_price=Decimal("155.40"),
    ),
    Contract(
        symbol="XRPUSDT",
        base="XRP",
        price_increment=Decimal("0.0001"),
        contract_size=Decimal(1),
        max_volume=5_000_000,
        market_max_volume=500_000,
        max_leverage=50,
        maintenance_margin_rate=Decimal("0.01"),
        reference_price=Decimal("0.6120"),
    ),
)

BY_SYMBOL: dict[str, Contract] = {contract.symbol: contract for contract in CONTRACTS}
