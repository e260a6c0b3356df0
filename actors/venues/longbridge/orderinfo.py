"""What the venue says of a symbol's lots and ticks where it says so, else what the settings say.

One question per symbol and session, with the first reconciliation that names the symbol; the interface
is of newer versions of the API, so no answer is no fault: then lots are the router's affair (from the
instrument's definition) and ticks those of the settings' tables.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from actors.venues.longbridge.fields import decimal_or_none, positive_or_none, rows
from actors.venues.longbridge.orderbodies import Terms
from actors.venues.longbridge.rest import Answer, Path, Rest
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.symbols import market_of
from actors.venues.longbridge.ticks import ANY_PRICE, Band, check_bands
from engine.errors import LimitExceeded, RemoteProtocolError
from engine.session.contract import Note, Now
from engine.session.jobs import Job, Jobs
from engine.session.values import malformed, obj

SYMBOLS_MAX: Final = 500
"""Symbols remembered; an account has far fewer in play."""
BANDS_MAX: Final = 64
_SHARE: Final = Decimal(1)


class OrderInfo:
    """Lots and ticks of one session.

    Args:
        settings: the tick tables, where the venue tells none.
        rest: builds the calls.
        jobs: runs them.
    """

    def __init__(self, settings: Settings, rest: Rest, jobs: Jobs[Answer]) -> None:
        self._settings = settings
        self._rest = rest
        self._jobs = jobs
        self._known: dict[str, Terms] = {}
        self._asked: set[str] = set()

    def terms_of(self, symbol: str) -> Terms:
        """What is known of the symbol."""
        known = self._known.get(symbol)
        if known is not None:
            return known
        market = market_of(symbol) or "US"
        lot = _SHARE if market == "US" else None
        return Terms(lot=lot, bands=self._settings.ticks.of(market))

    def load(self, symbols: Iterable[str], now: Now) -> list[object]:
        """Ask for those that were not asked for yet and have lots of their own."""
        wanted = [s for s in symbols if market_of(s) == "HK" and s not in self._asked]
        wanted = wanted[: SYMBOLS_MAX - len(self._asked)]
        self._asked.update(wanted)
        if not wanted:
            return []
        try:
            _, effects = self._jobs.start(self._job(wanted, now), now)
        except LimitExceeded:
            self._asked.difference_update(wanted)
            return []
        return effects

    def _job(self, symbols: list[str], now: Now) -> Job:
        notes: list[object] = []
        for symbol in symbols:
            (answer,), now = yield (self._rest.get(Path.ORDER_INFO, now, (("symbol", symbol),)),)
            if answer.ok:
                notes += self._learn(symbol, answer)
            else:
                notes.append(Note("lots_and_ticks_not_told", f"{symbol}: {answer.words}"))
        return notes

    def _learn(self, symbol: str, answer: Answer) -> list[object]:
        try:
            self._known[symbol] = terms_in(answer.data, self.terms_of(symbol))
        except RemoteProtocolError as error:
            return [Note("lots_and_ticks_unreadable", f"{symbol}: {error}", alert=True)]
        return []


def terms_in(data: Any, otherwise: Terms) -> Terms:
    """Lot and tick table of an answer; what it lacks is as `otherwise`.

    Raises:
        RemoteProtocolError: lots or ticks that cannot be.
    """
    row = obj(data, "order info")
    lot = positive_or_none(row, "lot_size")
    listed = rows(row.get("bid_sizes"), "bid_sizes")
    if len(listed) > BANDS_MAX:
        malformed("bid_sizes", f"at most {BANDS_MAX} bands")
    bands = tuple(
        Band(
            below=decimal_or_none(band, "end_proceed") or ANY_PRICE,
            tick=positive_or_none(band, "bid_size") or ANY_PRICE,
        )
        for band in listed
    )
    if bands:
        try:
            check_bands("bid_sizes", bands)
        except ValueError as error:
            raise RemoteProtocolError(str(error)) from None
    return Terms(lot=lot or otherwise.lot, bands=bands or otherwise.bands)
