"""Names: the venue's symbols, the engine's instrument ids, and what carries which kind of message.

A symbol is `ticker.region`; the region is what follows the last dot (`BRK.A.US` is a share class). The
venue asks calendars by market, and Shanghai and Shenzhen are one market there.
"""

import re
from collections.abc import Mapping
from typing import Final

from actors.venues.longbridge.proto import quote_pb2
from engine.messages.market import Bar, Book, Quote, Ticker, Trade
from engine.model.instrument import instrument_id_of, symbol_of, venue_of

VENUE_NAME: Final = "longbridge"

MARKETS: Final[Mapping[str, str]] = {"HK": "HK", "US": "US", "SH": "CN", "SZ": "CN", "SG": "SG"}
"""Market by region."""

SUB_TYPES: Final[Mapping[type, int]] = {
    Quote: quote_pb2.SUB_TYPE_DEPTH,
    Book: quote_pb2.SUB_TYPE_DEPTH,
    Trade: quote_pb2.SUB_TYPE_TRADE,
    Bar: quote_pb2.SUB_TYPE_TRADE,
    Ticker: quote_pb2.SUB_TYPE_QUOTE,
}
"""What to subscribe for a kind of message: the venue's quotes have no bid and ask, its depth has."""

MARKET_KINDS: Final = tuple(SUB_TYPES)
"""What the quote gateway can deliver; brokers apart, for which the engine has no message."""

_SYMBOL: Final = re.compile(r"[.A-Za-z0-9_-]{1,28}\.(?:HK|US|SH|SZ|SG)", re.ASCII)


def is_symbol(text: str) -> bool:
    """Whether the venue may call a security so: plain ASCII, a region it knows."""
    return _SYMBOL.fullmatch(text) is not None


def market_of(symbol: str) -> str:
    """`HK`, `US`, `CN` or `SG`; empty for a symbol that is none."""
    return MARKETS.get(symbol.rpartition(".")[2], "")


def id_of(symbol: str) -> str:
    """`700.HK` → `700.HK.LONGBRIDGE`."""
    return instrument_id_of(symbol, VENUE_NAME)


def symbol_at_venue(instrument: str) -> str:
    """`700.HK.LONGBRIDGE` → `700.HK`; empty for another venue's, or one that cannot be."""
    symbol = symbol_of(instrument) if venue_of(instrument) == VENUE_NAME else ""
    return symbol if is_symbol(symbol) else ""


def stream_word(kind: type) -> str:
    """The name of a kind in `MarketStale`."""
    return kind.__name__.lower()
