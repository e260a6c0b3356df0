"""The markets of the simulated venue; the simulator's own table, the client has none."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.t4.simulator.codes import ContractType, PriceFormat, StrategyType
from engine.errors import ConfigError, Problem
from engine.exchange.model import ExchangeInstrument
from engine.simulator.jsontext import plain

MAX_QUANTITY: Final = Decimal(10_000)
PRICE_CHARS_MAX: Final = 24
PRICE_MAX: Final = Decimal(10) ** 12


@attrs.frozen
class Leg:
    """One leg of a spread: so many contracts bought (sold when negative) per spread bought."""

    market_id: str
    volume: int


@attrs.frozen(kw_only=True)
class Listing:
    """One market.

    Attributes:
        expiry_date: YYYYMMDD.
        price_increment: in the REAL format.
        multiplier: cash for one whole unit of the REAL format.
        real_decimals: digits behind the point in the REAL format.
        clearing_decimals: the same in the CLEARING_DECIMAL format.
        reference_price: where a generated price starts, REAL.
        expired: not to be subscribed or traded any more.
        recorded_as: the symbol in recordings that stand for it.
    """

    market_id: str
    exchange_id: str
    contract_id: str
    description: str
    expiry_date: int
    price_increment: Decimal
    multiplier: Decimal
    reference_price: Decimal
    margin: Decimal
    real_decimals: int = 2
    clearing_decimals: int = 2
    contract_type: int = ContractType.FUTURE
    strategy_type: int = StrategyType.NONE
    legs: tuple[Leg, ...] = ()
    currency: str = "USD"
    expired: bool = False
    recorded_as: str = ""

    def instrument(self) -> ExchangeInstrument:
        """For the exchange, in REAL prices."""
        return ExchangeInstrument(
            symbol=self.market_id,
            price_increment=self.price_increment,
            lot=Decimal(1),
            contract_size=self.multiplier,
            currency=self.currency,
            min_quantity=Decimal(1),
            max_quantity=MAX_QUANTITY,
            maker_fee_rate=Decimal(0),
            taker_fee_rate=Decimal(0),
            reference_price=self.reference_price,
        )

    @property
    def month(self) -> str:
        """What tells it from the other markets of its contract."""
        return self.market_id.partition("(")[2].rstrip(")")

    # --- prices ---------------------------------------------------------------------------

    def digits_moved(self, price_format: int) -> int:
        """Powers of ten by which a format's numbers exceed REAL ones."""
        if price_format == PriceFormat.REAL:
            return 0
        clearing = price_format == PriceFormat.CLEARING_DECIMAL
        return self.real_decimals - (self.clearing_decimals if clearing else 0)

    def text(self, price: Decimal, price_format: int) -> str:
        """A REAL price as a session with that format reads it."""
        return plain(price.scaleb(self.digits_moved(price_format)))

    def price(self, ticks: int) -> Decimal:
        """So many ticks as a REAL price."""
        return self.price_increment * ticks

    def ticks_text(self, ticks: int, price_format: int) -> str:
        """So many ticks in a format."""
        return self.text(self.price(ticks), price_format)

    def read(self, text: str, price_format: int) -> Decimal | None:
        """A session's price as a REAL one; None for what is no price on this market's grid."""
        try:
            value = Decimal(text) if len(text) <= PRICE_CHARS_MAX else None
        except ArithmeticError:
            return None
        if value is None or not value.is_finite() or abs(value) > PRICE_MAX:
            return None
        price = value.scaleb(-self.digits_moved(price_format))
        return None if price % self.price_increment else price

    def point_value(self, price_format: int) -> str:
        """Cash for one whole unit of a format."""
        return plain(self.multiplier.scaleb(-self.digits_moved(price_format)))


def _es(month: str, expiry_date: int, reference: str, **more: object) -> Listing:
    terms: dict[str, object] = {
        "market_id": f"XCME_Eq ES ({month})",
        "exchange_id": "CME_Eq",
        "contract_id": "ES",
        "description": f"E-mini S&P 500 {month}",
        "expiry_date": expiry_date,
        "price_increment": Decimal("0.25"),
        "multiplier": Decimal(50),
        "reference_price": Decimal(reference),
        "margin": Decimal(11_200),
    }
    return Listing(**{**terms, **more})  # type: ignore[arg-type]


def _cl(month: str, expiry_date: int, reference: str, **more: object) -> Listing:
    terms: dict[str, object] = {
        "market_id": f"XCME_Ny CL ({month})",
        "exchange_id": "CME_Ny",
        "contract_id": "CL",
        "description": f"Crude Oil {month}",
        "expiry_date": expiry_date,
        "price_increment": Decimal("0.01"),
        "multiplier": Decimal(1_000),
        "reference_price": Decimal(reference),
        "margin": Decimal(5_800),
    }
    return Listing(**{**terms, **more})  # type: ignore[arg-type]


MARKETS: Final = (
    _es("H24", 20240315, "4800", recorded_as="ESH4"),
    _es("M24", 20240621, "4852.5"),
    _es("Z23", 20231215, "4720", expired=True),
    Listing(
        market_id="XCME_Eq NQ (H24)",
        exchange_id="CME_Eq",
        contract_id="NQ",
        description="E-mini NASDAQ 100 H24",
        expiry_date=20240315,
        price_increment=Decimal("0.25"),
        multiplier=Decimal(20),
        reference_price=Decimal(16_900),
        margin=Decimal(16_800),
    ),
    _cl("H24", 20240220, "75.3"),
    _cl("J24", 20240320, "74.95"),
    _cl(
        "H24-J24",
        20240220,
        "0.35",
        description="Crude Oil H24-J24 calendar spread",
        strategy_type=StrategyType.CALENDAR_SPREAD,
        legs=(Leg("XCME_Ny CL (H24)", 1), Leg("XCME_Ny CL (J24)", -1)),
        margin=Decimal(600),
    ),
)
"""All that can be listed; within a contract the front month comes first."""
BY_ID: Final = {each.market_id: each for each in MARKETS}
EXCHANGES: Final = {
    "CME_Eq": ("CME", "CME Equity futures"),
    "CME_Ny": ("NYMEX", "NYMEX futures"),
}
"""Clearing exchange and description by exchange id."""


def listed(market_ids: Sequence[str]) -> list[Listing]:
    """The markets of these ids, all for none; ConfigError for one that the table does not know."""
    unknown = [each for each in market_ids if each not in BY_ID]
    if unknown:
        known = ", ".join(BY_ID)
        raise ConfigError(
            *(Problem("markets", f"{each} is not listed", f"some of {known}") for each in unknown)
        )
    return [each for each in MARKETS if not market_ids or each.market_id in market_ids]
