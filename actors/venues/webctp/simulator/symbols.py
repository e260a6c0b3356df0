"""What is kept of each contract: the day's prices and what of it a snapshot shows."""

from decimal import Decimal
from typing import Any

from actors.venues.webctp.simulator import tradingdays
from actors.venues.webctp.simulator.listings import Listing


class SymbolState:
    """The day of one contract, in ticks; prices come out as Decimals.

    Attributes:
        recorded: the last row of a recording, None for a generated contract.
        at_ns: market time of the last change.
    """

    def __init__(self, listing: Listing, seed: int, at_ns: int) -> None:
        self.listing = listing
        self.instrument = listing.instrument()
        self.pre_settlement = listing.pre_settlement
        self.pre_open_interest = float(20_000 + (seed * 7_919 + len(listing.name) * 3_571) % 50_000)
        self.open_interest = self.pre_open_interest
        self.recorded: dict[str, Any] | None = None
        self.recorded_last: Decimal | None = None
        self.at_ns = at_ns
        self.new_day()

    def new_day(self) -> None:
        """Nothing was traded yet."""
        self.open: Decimal | None = None
        self.high: Decimal | None = None
        self.low: Decimal | None = None
        self._last: Decimal | None = None
        self.volume = 0
        self.turnover = Decimal(0)
        self.pre_open_interest = self.open_interest

    @property
    def last(self) -> Decimal:
        """Last price; before the first trade the reference."""
        return self.recorded_last or self._last or self.listing.reference_price

    @property
    def traded(self) -> bool:
        """Whether there was a trade today."""
        return self._last is not None

    @property
    def upper_limit(self) -> Decimal:
        """Highest price of the day."""
        return self.listing.upper_limit

    @property
    def lower_limit(self) -> Decimal:
        """Lowest price of the day."""
        return self.listing.lower_limit

    def on_trade(self, ticks: int, lots: int, at_ns: int) -> None:
        """A print."""
        price = self.instrument.price(ticks)
        self._last = price
        self.open = price if self.open is None else self.open
        self.high = price if self.high is None else max(self.high, price)
        self.low = price if self.low is None else min(self.low, price)
        self.volume += lots
        self.turnover += price * lots
        self.open_interest = max(0.0, self.open_interest + (lots if ticks % 2 else -lots) // 2)
        self.at_ns = at_ns

    def days(self, trading_day: Any, market_ns: int) -> tuple[str, str]:
        """trading_day and action_day of a snapshot."""
        return tradingdays.tick_days(self.listing.exchange, trading_day, market_ns)
