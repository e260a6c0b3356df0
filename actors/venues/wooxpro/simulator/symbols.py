"""What the simulator knows about one contract beyond its order book: marks, bars, funding times."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from actors.venues.wooxpro.instruments import Contract
from actors.venues.wooxpro.simulator.candles import Candles
from engine.exchange.model import ExchangeInstrument

FUNDING_INTERVAL_MS: Final = 8 * 3_600_000


def exchange_instrument(contract: Contract) -> ExchangeInstrument:
    """The contract as the exchange core wants it; margins are checked by the simulator itself."""
    return ExchangeInstrument(
        symbol=contract.symbol,
        price_increment=contract.price_increment,
        lot=Decimal(1),
        contract_size=contract.contract_size,
        currency=contract.quote,
        min_quantity=Decimal(1),
        max_quantity=Decimal(contract.max_volume),
        maker_fee_rate=contract.maker_fee_rate,
        taker_fee_rate=contract.taker_fee_rate,
        reference_price=contract.reference_price,
    )


def price_printer(increment: Decimal) -> Callable[[int], str]:
    """A quick function from whole ticks to price text with the decimals of the tick.

    The usual tick is a power of ten; others take the exact, slower way.
    """
    _, digits, exponent = increment.as_tuple()
    places = -int(exponent)
    if digits != (1,) or places < 0:
        return lambda ticks: format(increment * ticks, "f")
    if not places:
        return str

    def text(ticks: int) -> str:
        padded = str(ticks).rjust(places + 1, "0")
        return f"{padded[:-places]}.{padded[-places:]}"

    return text


class SymbolState:
    """Prices and bars of one contract; ticks throughout, pure.

    Until the market says otherwise the reference price stands for last, mark and index.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.instrument = exchange_instrument(contract)
        self.price_text = price_printer(contract.price_increment)
        self.last_ticks = self.instrument.ticks(contract.reference_price)
        self.mark_ticks = self.last_ticks
        self.candles = Candles()
        self.mark_candles = Candles()

    def on_trade(self, ticks: int, lots: int, at_ns: int) -> None:
        """A print."""
        self.last_ticks = ticks
        self.candles.take(ticks, lots, at_ns)

    def on_top(self, bid_ticks: int | None, ask_ticks: int | None, at_ns: int) -> None:
        """A new best quote: the mark price is its middle, rounded down to a tick."""
        if bid_ticks is None or ask_ticks is None:
            return
        self.mark_ticks = (bid_ticks + ask_ticks) // 2
        self.mark_candles.take(self.mark_ticks, 0, at_ns)

    @property
    def last_text(self) -> str:
        """Last price."""
        return self.price_text(self.last_ticks)

    @property
    def mark_text(self) -> str:
        """Mark (fair) price; the index is shown as the same."""
        return self.price_text(self.mark_ticks)

    @property
    def last(self) -> Decimal:
        """Last price, exact."""
        return self.instrument.price(self.last_ticks)

    @property
    def mark(self) -> Decimal:
        """Mark price, exact."""
        return self.instrument.price(self.mark_ticks)


def funding_times(now_ms: int) -> tuple[int, int]:
    """The next funding time and the one after it, ms."""
    coming = (now_ms // FUNDING_INTERVAL_MS + 1) * FUNDING_INTERVAL_MS
    return coming, coming + FUNDING_INTERVAL_MS
