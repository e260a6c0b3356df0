"""Reference prices for risk checks: the newest per instrument, told at most once per interval. Pure.

The router never reads ticks; it hears one conflated price per instrument. An instrument without news
is not told again: the age of its last price must stay visible, so that a stale reference fails closed.
"""

import attrs

from engine.messages.market import Quote, Ticker
from engine.messages.venue import ReferencePrice

REFERENCE_INTERVAL_S = 0.1
"""Ten a second per instrument: fresher than any price collar needs, a hundredth of the tick rate."""


@attrs.define
class _Known:
    quote: Quote | None = None
    last_price: float = 0.0
    last_mono_ns: int = 0


class ReferencePrices:
    """Collects quotes and tickers of the instruments that the engine trades."""

    def __init__(self, instruments: tuple[str, ...]) -> None:
        self._known = {name: _Known() for name in instruments}
        self._changed: dict[str, None] = {}

    def quoted(self, quote: Quote) -> None:
        """A quote arrived."""
        known = self._known.get(quote.instrument)
        if known is not None:
            known.quote = quote
            self._changed[quote.instrument] = None

    def ticked(self, ticker: Ticker) -> None:
        """A ticker arrived: its last price serves where there is no two-sided quote."""
        known = self._known.get(ticker.instrument)
        if known is not None and ticker.last_price > 0:
            known.last_price, known.last_mono_ns = ticker.last_price, ticker.mono_ns
            self._changed[ticker.instrument] = None

    def take(self) -> list[ReferencePrice]:
        """What changed since the last call, without session, boot and sequence."""
        changed, self._changed = self._changed, {}
        prices = [self._price(name, self._known[name]) for name in changed]
        return [price for price in prices if price is not None]

    def repeat(self) -> None:
        """Somebody new listens: tell everything that is known once more."""
        self._changed = dict.fromkeys(self._known)

    def _price(self, name: str, known: _Known) -> ReferencePrice | None:
        quote = known.quote
        if quote is not None and quote.mid_price:
            price, mono_ns = quote.mid_price, quote.mono_ns
        elif known.last_price:
            price, mono_ns = known.last_price, known.last_mono_ns
        else:
            return None
        return ReferencePrice(
            session="",
            boot=0,
            sequence=0,
            instrument=name,
            price=price,
            bid_price=quote.bid_price if quote is not None else 0.0,
            ask_price=quote.ask_price if quote is not None else 0.0,
            mono_ns=mono_ns,
        )
