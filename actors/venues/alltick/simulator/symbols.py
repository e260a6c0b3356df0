"""What the venue knows of one instrument: its book and last trade as they were last shown, and its bars.

`seq` counts what was shown, books and trades apart, by one each time and upward from the time of birth,
so a restarted simulator goes on above the numbers it gave out before.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.alltick.simulator.candles import MINUTE_S, Candles
from actors.venues.alltick.simulator.catalog import DEALER_CLASSES, Listing
from actors.venues.alltick.simulator.history import Past
from engine.exchange.model import Side
from engine.simulator.moment import NS

SEQ_PER_S: Final = 1_000_000
USUAL_VALUE: Final = 2_000_000
"""What trades in a usual minute of the made-up past, in the instrument's currency."""

Levels = tuple[tuple[int, int], ...]
"""(price in ticks, size in lots), best first."""


@attrs.frozen
class BookShown:
    """A book as it is pushed: at most the levels of the class."""

    seq: int
    stamp_ns: int
    bids: Levels
    asks: Levels


@attrs.frozen
class TradeShown:
    """A trade as it is pushed."""

    seq: int
    stamp_ns: int
    ticks: int
    lots: int
    direction: int


class SymbolState:
    """One instrument.

    Args:
        listing: from the catalog.
        reference_ticks: where its price starts.
        birth_ns: wall time of birth; sequence numbers are made from it.
        seed: of its made-up past.
        constant_direction: `trade_direction` of dealers' classes.
    """

    def __init__(
        self,
        listing: Listing,
        *,
        reference_ticks: int,
        birth_ns: int,
        seed: int,
        constant_direction: int,
    ) -> None:
        self.listing = listing
        self.price_text = printer(listing.price_increment)
        self.lots_text = printer(listing.lot)
        self.origin_ns = birth_ns
        self.book: BookShown | None = None
        self.trade: TradeShown | None = None
        self.candles = Candles()
        self._past: Past | None = None
        self._seed = seed
        self._reference_ticks = reference_ticks
        self._constant = constant_direction if listing.asset_class in DEALER_CLASSES else None
        self._book_seq = self._trade_seq = birth_ns // NS * SEQ_PER_S

    def begin(self, stamp_ns: int) -> None:
        """Its market begins with this stamp; only the first word counts, so the past never changes."""
        if self._past is not None:
            return
        worth = self.listing.reference_price * self.listing.lot
        self.origin_ns = stamp_ns
        self._past = Past(
            seed=self._seed,
            code=self.listing.code,
            end_ticks=self._reference_ticks,
            end_s=stamp_ns // NS // MINUTE_S * MINUTE_S,
            usual_lots=max(1, int(USUAL_VALUE / worth)),
        )

    @property
    def past(self) -> Past:
        """What was before; it begins now if it had not."""
        self.begin(self.origin_ns)
        assert self._past is not None  # noqa: S101 - that is what begin does
        return self._past

    def on_book(self, bids: Levels, asks: Levels, stamp_ns: int) -> BookShown | None:
        """The book changed; None when nothing of what is shown did."""
        last = self.book
        if last is not None and (last.bids, last.asks) == (bids, asks):
            return None
        self._book_seq += 1
        self.book = BookShown(self._book_seq, stamp_ns, bids, asks)
        return self.book

    def on_trade(
        self,
        ticks: int,
        lots: int,
        aggressor: Side | None,
        top: tuple[int | None, int | None],
        stamp_ns: int,
    ) -> TradeShown:
        """A print, and the best bid and ask that stood before it."""
        self._trade_seq += 1
        direction = self._direction(ticks, aggressor, *top)
        self.trade = TradeShown(self._trade_seq, stamp_ns, ticks, lots, direction)
        self.candles.take(ticks, lots, stamp_ns // NS)
        return self.trade

    def _direction(
        self, ticks: int, aggressor: Side | None, bid: int | None, ask: int | None
    ) -> int:
        """1 for a buyer (at the ask or above), 2 for a seller (at the bid or below), else 0."""
        if self._constant is not None:
            return self._constant
        if aggressor is not None:
            return 1 if aggressor is Side.BUY else 2
        if ask is not None and ticks >= ask:
            return 1
        return 2 if bid is not None and ticks <= bid else 0

    # --- the state before anything was shown ----------------------------------------------

    def last_book(self) -> BookShown:
        """The book as last shown; around the reference price before the first one."""
        if self.book is not None:
            return self.book
        bid, ask = self._reference_ticks, self._reference_ticks + 1
        return BookShown(self._book_seq, self.origin_ns, ((bid, 1),), ((ask, 1),))

    def last_trade(self) -> TradeShown:
        """The last trade; one lot at the reference price before the first one."""
        if self.trade is not None:
            return self.trade
        ticks = self._reference_ticks
        return TradeShown(self._trade_seq, self.origin_ns, ticks, 1, self._constant or 0)


def printer(increment: Decimal) -> Callable[[int], str]:
    """A quick function from whole steps to plain text with the decimals of the step.

    The usual step is a power of ten; others take the exact, slower way.
    """
    _, digits, exponent = increment.as_tuple()
    places = -int(exponent)
    if digits != (1,) or places < 0:
        return lambda steps: format(increment * steps, "f")
    if not places:
        return str

    def text(steps: int) -> str:
        padded = str(steps).rjust(places + 1, "0")
        return f"{padded[:-places]}.{padded[-places:]}"

    return text
