"""What is subscribed on the quote gateway: asked for in batches, granted, renewed, given back. Pure.

A subscription is a symbol with a set of sub types. What is wanted and not granted is asked for; symbols
that lack the same types share one request. A batch that is refused is halved until the symbol that
spoils it stands alone. Subscriptions are per connection: after a loss everything is asked for again.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from actors.venues.longbridge.commands import Quote as Command
from actors.venues.longbridge.proto import quote_pb2
from actors.venues.longbridge.requests import Request
from actors.venues.longbridge.settings import SYMBOLS_LIMIT, Settings
from engine.session.contract import Note, Now

REFUSED_RETRY_NS: Final = 300_000_000_000
"""A refused symbol is asked for again after this: rights and listings change."""
UNANSWERED_MAX: Final = 3
"""Requests for one symbol without any answer before the connection is given up."""

Types = frozenset[int]


@attrs.define
class Entry:
    """One symbol."""

    symbol: str
    wanted: Types = frozenset()
    granted: Types = frozenset()
    busy: bool = False
    refused_until_ns: int = 0
    unanswered: int = 0
    group: int = 0


class Subscriptions:
    """All of one connection.

    Args:
        settings: the account's limit, and whether the present data is pushed first.
    """

    def __init__(self, settings: Settings) -> None:
        self._entries: dict[str, Entry] = {}
        self._limit = settings.subscribed_symbols_max
        self._first_push = settings.first_push
        self._left_out: frozenset[str] = frozenset()
        self._last_group = 0

    @property
    def left_out(self) -> frozenset[str]:
        """Symbols that are wanted beyond the account's limit."""
        return self._left_out

    def limit(self, symbols: int) -> None:
        """The account's own limit, where the venue tells a lower one."""
        if 0 < symbols < self._limit:
            self._limit = symbols

    def want(self, wanted: Mapping[str, Types]) -> list[object]:
        """Exactly these from now on. Whoever has a place keeps it; the rest goes by the alphabet."""
        having = [symbol for symbol in sorted(wanted) if symbol in self._entries]
        fresh = [symbol for symbol in sorted(wanted) if symbol not in self._entries]
        chosen = (having + fresh)[: self._limit]
        left_out = frozenset(wanted) - frozenset(chosen)
        news, self._left_out = left_out - self._left_out, left_out
        for symbol in chosen:
            self._entries.setdefault(symbol, Entry(symbol)).wanted = wanted[symbol]
        kept = frozenset(chosen)
        for symbol in [symbol for symbol in self._entries if symbol not in kept]:
            self._entries[symbol].wanted = frozenset()
            self._sweep(symbol)
        if not news:
            return []
        detail = f"{len(left_out)} symbols are beyond the account's {self._limit}: {min(news)} …"
        return [Note("subscription_limit", detail, alert=True)]

    def lost(self) -> None:
        """Nothing is granted any more."""
        for symbol, entry in list(self._entries.items()):
            entry.granted, entry.busy, entry.refused_until_ns = frozenset(), False, 0
            entry.unanswered = 0
            self._sweep(symbol)

    def doubt(self, symbol: str) -> None:
        """Data stays away: ask for this symbol anew, which brings the present state."""
        entry = self._entries.get(symbol)
        if entry is not None and not entry.busy:
            entry.granted = frozenset()

    # --- requests ---------------------------------------------------------------------------------

    def requests(self, now: Now) -> list[Request]:
        """What is to be asked now; each of them must come back to `granted`, `refused` or `unanswered`."""
        made: list[Request] = []
        for (missing, _), symbols in self._groups(now, give_back=False).items():
            made += [self._subscribe(batch, missing) for batch in _batches(symbols)]
        for (surplus, _), symbols in self._groups(now, give_back=True).items():
            made += [self._unsubscribe(batch, surplus) for batch in _batches(symbols)]
        return made

    def _groups(self, now: Now, *, give_back: bool) -> dict[tuple[Types, int], list[str]]:
        groups: dict[tuple[Types, int], list[str]] = {}
        room = self._limit - sum(1 for e in self._entries.values() if e.granted or e.busy)
        for symbol, entry in self._entries.items():
            if entry.busy or now.mono_ns < entry.refused_until_ns:
                continue
            entry.refused_until_ns = 0
            left = entry.granted - entry.wanted if give_back else entry.wanted - entry.granted
            if left and not give_back and not entry.granted:
                if room <= 0:
                    continue  # somebody has to leave first
                room -= 1
            if left:
                groups.setdefault((left, entry.group), []).append(symbol)
        return groups

    def _subscribe(self, symbols: tuple[str, ...], types: Types) -> Request:
        self._mark(symbols)
        numbers: Any = sorted(types)
        body = quote_pb2.SubscribeRequest(
            symbol=symbols, sub_type=numbers, is_first_push=self._first_push
        )
        key = ("subscribe", symbols, types)
        return Request(Command.SUBSCRIBE, body.SerializeToString(), key)

    def _unsubscribe(self, symbols: tuple[str, ...], types: Types) -> Request:
        self._mark(symbols)
        numbers: Any = sorted(types)
        body = quote_pb2.UnsubscribeRequest(symbol=symbols, sub_type=numbers)
        key = ("unsubscribe", symbols, types)
        return Request(Command.UNSUBSCRIBE, body.SerializeToString(), key)

    def _mark(self, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            self._entries[symbol].busy = True

    # --- answers ----------------------------------------------------------------------------------

    def granted(self, symbols: Iterable[str], types: Types) -> list[str]:
        """The venue granted these; returns those that are still wanted."""
        found = []
        for symbol in symbols:
            entry = self._entries.get(symbol)
            if entry is not None:
                entry.busy, entry.unanswered, entry.group = False, 0, 0
                entry.granted |= types
                found.append(symbol)
        return found

    def given_back(self, symbols: Iterable[str], types: Types) -> None:
        """The venue took these back, or does not say otherwise."""
        for symbol in symbols:
            entry = self._entries.get(symbol)
            if entry is not None:
                entry.busy, entry.unanswered = False, 0
                entry.granted -= types
                self._sweep(symbol)

    def refused(self, symbols: tuple[str, ...], now: Now) -> list[str]:
        """The venue refused: a batch is divided, one that stands alone is left for a while.

        Returns:
            The symbol that is refused for itself, in a list; empty when a batch was divided.
        """
        if len(symbols) == 1:
            entry = self._entries.get(symbols[0])
            if entry is not None:
                entry.busy, entry.unanswered = False, 0
                entry.refused_until_ns = now.mono_ns + REFUSED_RETRY_NS
            return list(symbols)
        middle = len(symbols) // 2
        for half in (symbols[:middle], symbols[middle:]):
            self._last_group += 1
            for symbol in half:
                entry = self._entries.get(symbol)
                if entry is not None:
                    entry.busy, entry.group = False, self._last_group
        return []

    def again(self, symbols: Iterable[str]) -> None:
        """For now only: ask again as soon as there is room."""
        for symbol in symbols:
            entry = self._entries.get(symbol)
            if entry is not None:
                entry.busy = False

    def unanswered(self, symbols: Iterable[str]) -> bool:
        """No answer in time; True when that has happened too often for a connection that works."""
        too_often = False
        for symbol in symbols:
            entry = self._entries.get(symbol)
            if entry is not None:
                entry.busy = False
                entry.unanswered += 1
                too_often |= entry.unanswered >= UNANSWERED_MAX
        return too_often

    # --- questions --------------------------------------------------------------------------------

    def is_granted(self, symbol: str, sub_type: int) -> bool:
        """Whether the venue delivers this."""
        entry = self._entries.get(symbol)
        return entry is not None and sub_type in entry.granted

    def settled(self, now: Now) -> bool:
        """Whether everything wanted was granted or refused."""
        return not any(
            entry.busy or (entry.wanted - entry.granted and now.mono_ns >= entry.refused_until_ns)
            for entry in self._entries.values()
        )

    def retry_ns(self) -> int | None:
        """When the next refused symbol is to be asked for again."""
        entries = self._entries.values()
        times = [e.refused_until_ns for e in entries if e.refused_until_ns and not e.busy]
        return min(times, default=None)

    def _sweep(self, symbol: str) -> None:
        entry = self._entries[symbol]
        if not entry.wanted and not entry.granted and not entry.busy:
            del self._entries[symbol]


def _batches(symbols: list[str]) -> list[tuple[str, ...]]:
    pieces = range(0, len(symbols), SYMBOLS_LIMIT)
    return [tuple(symbols[i : i + SYMBOLS_LIMIT]) for i in pieces]
