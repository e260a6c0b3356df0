"""What is slow about a market: range of the day, price limits, settlement, volume. Tickers out."""

from typing import Any

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.prices import Pricing
from engine.messages.market import Ticker
from engine.session.contract import Now


@attrs.define
class Statistics:
    """Of one market; 0.0 for what was not told.

    Attributes:
        open_price: of the trading day, with `high_price` and `low_price`.
        limit_high: no order above is taken, with `limit_low`; 0.0 means that there is no limit.
        settlement_price: by which positions were last marked to market.
        open_interest: contracts open at the end of the day before.
    """

    instrument: str
    open_price: float = 0.0
    high_price: float = 0.0
    low_price: float = 0.0
    limit_high: float = 0.0
    limit_low: float = 0.0
    settlement_price: float = 0.0
    open_interest: int = 0
    _told: tuple[float, float, int] | None = None

    def high_low(self, message: Any, pricing: Pricing) -> None:
        """A `MarketHighLow`. Raises RemoteProtocolError."""
        self.open_price = pricing.measured(message.open_price.value, "open_price")
        self.high_price = pricing.measured(message.high_price.value, "high_price")
        self.low_price = pricing.measured(message.low_price.value, "low_price")

    def limits(self, message: Any, pricing: Pricing) -> None:
        """A `MarketPriceLimits`. Raises RemoteProtocolError."""
        self.limit_high = pricing.measured(message.high_price.value, "high_price")
        self.limit_low = pricing.measured(message.low_price.value, "low_price")

    def settlement(self, message: Any, pricing: Pricing) -> None:
        """A `MarketSettlement`. Raises RemoteProtocolError."""
        if message.settlement_price.value:
            text = message.settlement_price.value
            self.settlement_price = pricing.measured(text, "settlement_price")
        if message.open_interest:
            self.open_interest = wire.volume(message.open_interest, "open_interest")

    def ticker(
        self, last: float, ts_ns: int, volume: int, now: Now, *, always: bool
    ) -> Ticker | None:
        """A ticker, if something in it changed or it is wanted whatever it says.

        The mark price is the settlement price: it is what positions are marked to.
        """
        told = (last, self.settlement_price, volume)
        if told == self._told and not always:
            return None
        self._told = told
        stamps = (ts_ns or now.wall_ns, now.wall_ns, now.mono_ns)
        mark = self.settlement_price
        return Ticker(self.instrument, 0, 0, *stamps, last, mark, 0.0, float(volume))
