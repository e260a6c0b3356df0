"""Names: the venue's symbols, the engine's instrument ids, and the topics between them.

A topic is `futures/<name>:<symbol>` with an optional speed (`@100ms`). The venue may put a speed on
its pushes that we did not ask for, so everything is matched by the base, the topic without speed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from actors.venues.wooxpro.settings import BAR_SECONDS, Quiet, Settings
from engine.messages.market import Bar, Book, FundingRate, Quote, Ticker, Trade
from engine.model.instrument import instrument_id_of, symbol_of, venue_of

VENUE_NAME: Final = "wooxpro"

_SPEED: Final = re.compile(r"@[0-9]{1,5}ms\Z", re.ASCII)
_SYMBOL: Final = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)

ORDER_TOPIC: Final = "futures/order"
POSITION_TOPIC: Final = "futures/position"
ASSET_TOPIC: Final = "futures/asset:"
"""The private topics; a currency follows the last one."""


def is_symbol(text: str) -> bool:
    """Whether the venue may call a contract so: plain ASCII, no look-alikes."""
    return _SYMBOL.fullmatch(text) is not None


def id_of(symbol: str) -> str:
    """`BTCUSDT` → `BTCUSDT.WOOXPRO`."""
    return instrument_id_of(symbol, VENUE_NAME)


def symbol_at_venue(instrument: str) -> str:
    """`BTCUSDT.WOOXPRO` → `BTCUSDT`; empty for an instrument of another venue."""
    return symbol_of(instrument) if venue_of(instrument) == VENUE_NAME else ""


def base_of(group: str) -> str:
    """A topic or group without its trailing speed."""
    return _SPEED.sub("", group) if "@" in group else group


def _book_name(settings: Settings) -> str:
    name = {"all": "depthAll", "increase": "depthIncrease", "sides": "depth"}[settings.book_feed]
    return f"{name}{settings.book_depth}"


_NAMES: Final[Mapping[type, Callable[[Settings], str]]] = {
    Quote: lambda _: "bookticker",
    Trade: lambda _: "trade",
    Book: _book_name,
    Bar: lambda settings: f"klineBin{settings.bar_interval}",
    Ticker: lambda _: "ticker",
    FundingRate: lambda _: "fundingRate",
}

MARKET_KINDS: Final = tuple(_NAMES)
"""The message classes this venue can deliver."""

_QUIET: Final[Mapping[type, Callable[[Quiet], float]]] = {
    Quote: lambda quiet: quiet.quote_s,
    Trade: lambda quiet: quiet.trade_s,
    Book: lambda quiet: quiet.book_s,
    Bar: lambda quiet: quiet.bar_s,
    Ticker: lambda quiet: quiet.ticker_s,
    FundingRate: lambda quiet: quiet.funding_s,
}


def topic_of(kind: type, symbol: str, settings: Settings) -> str:
    """The upstream topic that carries `kind` for a symbol, with the configured speed."""
    speed = f"@{settings.book_speed}" if kind is Book and settings.book_speed else ""
    return f"futures/{_NAMES[kind](settings)}:{symbol}{speed}"


def quiet_s_of(kind: type, settings: Settings) -> float:
    """Silence after which a topic of this kind is doubted; a bar may last longer than that."""
    quiet_s = _QUIET[kind](settings.quiet)
    if kind is Bar and quiet_s:
        return max(quiet_s, 3.0 * BAR_SECONDS[settings.bar_interval])
    return quiet_s


def stream_word(kind: type) -> str:
    """The name of a kind in `MarketStale`, such as `quote` or `fundingrate`."""
    return kind.__name__.lower()
