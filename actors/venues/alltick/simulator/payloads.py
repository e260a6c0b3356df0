"""Books and trades as the venue prints them: prices and sizes are strings, everything else a matter of knobs.

Values are strings and integers only: one published client evaluates pushes as Python literals, so
`true`, `false` and `null` never occur.
"""

from collections.abc import Callable
from typing import Any, Final

from actors.venues.alltick.simulator import jsontext
from actors.venues.alltick.simulator.catalog import DEALER_CLASSES
from actors.venues.alltick.simulator.settings import SimulatorSettings
from actors.venues.alltick.simulator.symbols import BookShown, Levels, SymbolState, TradeShown
from engine.simulator.jsontext import plain
from engine.simulator.moment import MS

DEPTH_PUSH: Final = 22999
TRADE_PUSH: Final = 22998

Payload = dict[str, Any]


class Printer:
    """Renders for one of the two ways out; `over_http` decides how numbers are shown."""

    def __init__(self, settings: SimulatorSettings, *, over_http: bool) -> None:
        style = settings.http_numbers if over_http else settings.ws_numbers
        self._number: Callable[[int], Any] = str if style == "strings" else int
        self._stamp_divisor = MS * 1_000 if settings.tick_time == "s" else MS
        self._without_volume = frozenset(settings.without_volume)
        self._absent = settings.absent_volume
        self._turnover = settings.turnover

    def book(self, state: SymbolState, book: BookShown, levels: int) -> Payload:
        """A whole book, cut to so many levels."""
        return {
            "code": state.listing.code,
            "seq": self._number(book.seq),
            "tick_time": self._number(book.stamp_ns // self._stamp_divisor),
            "bids": self._side(state, book.bids[:levels]),
            "asks": self._side(state, book.asks[:levels]),
        }

    def _side(self, state: SymbolState, levels: Levels) -> list[dict[str, str]]:
        silent = state.listing.asset_class in self._without_volume
        rows = []
        for ticks, lots in levels:
            row = {"price": state.price_text(ticks)}
            self._put_volume(row, "0" if silent else state.lots_text(lots), silent=silent)
            rows.append(row)
        return rows

    def _put_volume(self, row: dict[str, Any], text: str, *, silent: bool) -> None:
        if not silent or self._absent == "zero":
            row["volume"] = text
        elif self._absent == "empty":
            row["volume"] = ""

    def trade(self, state: SymbolState, trade: TradeShown) -> Payload:
        """One trade."""
        listing = state.listing
        silent = listing.asset_class in self._without_volume
        row: Payload = {
            "code": listing.code,
            "seq": self._number(trade.seq),
            "tick_time": self._number(trade.stamp_ns // self._stamp_divisor),
            "price": state.price_text(trade.ticks),
        }
        self._put_volume(row, "0" if silent else state.lots_text(trade.lots), silent=silent)
        if self._turnover == "always" or listing.asset_class not in DEALER_CLASSES:
            amount = 0 if silent else trade.ticks * trade.lots
            row["turnover"] = turnover_text(state, amount)
        row["trade_direction"] = trade.direction
        return row


def turnover_text(state: SymbolState, tick_lots: int) -> str:
    """Money of so many ticks times lots."""
    listing = state.listing
    return plain(listing.price_increment * listing.lot * tick_lots)


def push_text(number: int, payload: Payload) -> str:
    """The frame of a push: no envelope but the number."""
    return jsontext.dumps({"cmd_id": number, "data": payload})
