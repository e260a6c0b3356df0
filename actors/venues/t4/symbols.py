"""Names: the venue's markets and the engine's instruments.

A market id is opaque (`XCME_Eq ES (H24)`, with blanks and parentheses) and is taken verbatim; which
exchange and contract a market belongs to is asked of the venue and never read from its id.
"""

from typing import Final

from actors.venues.t4.wire import is_identifier
from engine.messages.market import Bar, Book, Quote, Ticker, Trade
from engine.model.instrument import instrument_id_of, symbol_of, venue_of

VENUE_NAME: Final = "t4"

MARKET_KINDS: Final = (Quote, Trade, Book, Bar, Ticker)
"""What the venue can deliver."""


def id_of(market_id: str) -> str:
    """`XCME_Eq ES (H24)` → `XCME_Eq ES (H24).T4`."""
    return instrument_id_of(market_id, VENUE_NAME)


def market_of(instrument: str) -> str:
    """`XCME_Eq ES (H24).T4` → `XCME_Eq ES (H24)`; empty for another venue's, or one that cannot be."""
    market_id = symbol_of(instrument) if venue_of(instrument) == VENUE_NAME else ""
    return market_id if is_identifier(market_id) else ""


def stream_word(kind: type) -> str:
    """The name of a kind in `MarketStale`."""
    return kind.__name__.lower()
