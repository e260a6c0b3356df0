"""Names: the exchanges' contract ids, the engine's instrument ids, and what a contract id says.

A future is product and delivery month: `rb2701`, `IF2612`, and at Zhengzhou with one digit for the year,
`SR701`, which repeats every ten years. Capitals count: all exchanges but CFFEX and CZCE write small
letters. Options and combinations have ids of their own, with blanks and signs in some.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

import attrs

from engine.messages.market import Bar, Book, Quote, Ticker, Trade
from engine.model.instrument import instrument_id_of, symbol_of, venue_of

VENUE_NAME: Final = "webctp"
SYMBOL_CHARS_MAX: Final = 40

MARKET_KINDS: Final = (Quote, Trade, Book, Bar, Ticker)
"""What is made of snapshots."""

_SYMBOL: Final = re.compile(r"[A-Za-z0-9 &-]{2,40}", re.ASCII).fullmatch
_FUTURE: Final = re.compile(r"([a-z]{1,2}|[A-Z]{1,2})([0-9]{3,4})", re.ASCII).fullmatch
_OPTION: Final = re.compile(
    r"([a-z]{1,2}|[A-Z]{1,2})([0-9]{3,4})-?[CP]-?[0-9]{1,7}", re.ASCII
).fullmatch
_COMBINATION: Final = re.compile(
    r"[A-Z]{2,4} [A-Za-z0-9-]{3,12}&[A-Za-z0-9-]{3,12}", re.ASCII
).fullmatch


class ContractKind(StrEnum):
    """What a contract id names."""

    FUTURE = "future"
    OPTION = "option"
    COMBINATION = "combination"


@attrs.frozen
class Contract:
    """What a contract id says. Product and delivery are empty for combinations.

    `delivery` is as written: `2612`, or `701` at Zhengzhou.
    """

    symbol: str
    kind: ContractKind
    product: str
    delivery: str

    def month(self, day: date) -> tuple[int, int]:
        """Year and month of delivery, seen from this day: one digit is the next year that ends so."""
        month = int(self.delivery[-2:])
        if len(self.delivery) == 4:
            return 2000 + int(self.delivery[:2]), month
        year = day.year - day.year % 10 + int(self.delivery[0])
        return (year + 10 if (year, month) < (day.year, day.month) else year), month

    def is_over(self, day: date) -> bool:
        """Whether its delivery month has passed by this day."""
        return self.month(day) < (day.year, day.month)


def contract_of(symbol: str) -> Contract | None:
    """What this id names; None for what is no contract id."""
    if (found := _FUTURE(symbol)) is not None:
        kind = ContractKind.FUTURE
    elif (found := _OPTION(symbol)) is not None:
        kind = ContractKind.OPTION
    elif _COMBINATION(symbol) is not None:
        return Contract(symbol, ContractKind.COMBINATION, "", "")
    else:
        return None
    product, delivery = found.group(1), found.group(2)
    if not 1 <= int(delivery[-2:]) <= 12:
        return None
    return Contract(symbol, kind, product, delivery)


def is_symbol(text: str) -> bool:
    """Whether an exchange may call a contract so."""
    return _SYMBOL(text) is not None


def id_of(symbol: str) -> str:
    """`IF2612` → `IF2612.WEBCTP`."""
    return instrument_id_of(symbol, VENUE_NAME)


def symbol_at_venue(instrument: str) -> str:
    """`IF2612.WEBCTP` → `IF2612`; empty for another venue's, or one that cannot be."""
    symbol = symbol_of(instrument) if venue_of(instrument) == VENUE_NAME else ""
    return symbol if is_symbol(symbol) else ""


def stream_word(kind: type) -> str:
    """The name of a kind in `MarketStale`."""
    return kind.__name__.lower()


KINDS_BY_WORD: Final[Mapping[str, type]] = {stream_word(kind): kind for kind in MARKET_KINDS}
