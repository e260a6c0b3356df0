"""What readers want of each code, and how far its data is believed.

A code has a watch in each list that carries something of it: books and quotes in one, trades and
tickers in the other. A watch is believed from its first data on a connection until that is lost, stays
away, contradicts itself or stays crossed; every change is told once, per kind.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from actors.venues.alltick.codes import Listing
from actors.venues.alltick.ordering import Ordering, Verdict
from actors.venues.alltick.pushes import (
    Depth,
    Last,
    book_of,
    quote_of,
    ticker_of,
    trade_of,
)
from actors.venues.alltick.requests import ListName
from actors.venues.alltick.settings import Settings
from engine.messages.market import Book, MarketStale, Quote, Ticker, Trade
from engine.session.contract import Note, Now

LIST_OF: Final[Mapping[type, ListName]] = {
    Quote: ListName.DEPTH,
    Book: ListName.DEPTH,
    Trade: ListName.TRADE,
    Ticker: ListName.TRADE,
}
"""The list that carries each kind; bars come over HTTP alone."""

RENEWALS_DOUBLED_MAX: Final = 4
"""Each renewal in vain doubles the patience with a code, up to 16 times its limit."""
CONTRADICTORY: Final = "numbers go back while time goes on"


@attrs.define(eq=False)
class Watch:
    """One code in one list.

    Attributes:
        listing: the code.
        name: the list.
        kinds: what is made of its data.
        levels: levels a side that are asked for; 0 for trades.
        quiet_ns: silence that is suspicious, 0 for never.
        granted_ns: when its list was granted with it on this connection, 0 before.
        pushed_ns: when the stream brought something of it last on this connection, 0 before.
        renewed_ns: when it was asked for again because it was silent.
        renewals: how often in vain.
        crossed_ns: since when its book is crossed, 0 when it is not.
        stale: whether readers were told not to trust it.
        unheard: whether its silence has been reported.
        filled: whether it was asked for over HTTP since its list was granted.
    """

    listing: Listing
    name: ListName
    kinds: frozenset[type]
    levels: int
    quiet_ns: int
    ordering: Ordering = attrs.field(factory=Ordering)
    granted_ns: int = 0
    pushed_ns: int = 0
    renewed_ns: int = 0
    renewals: int = 0
    crossed_ns: int = 0
    stale: bool = False
    unheard: bool = False
    filled: bool = False

    def doubt(self, reason: str) -> list[object]:
        """Tell readers not to trust it, if they were not told."""
        if self.stale:
            return []
        self.stale = True
        return self._marked(fresh=False, reason=reason)

    def relieve(self) -> list[object]:
        """Tell readers that it is to be trusted again, if it was not."""
        if not self.stale:
            return []
        self.stale = False
        return self._marked(fresh=True, reason="")

    def lost(self) -> None:
        """The connection is gone; a trade that was told stays known, so that it is not told again."""
        self.granted_ns = self.pushed_ns = self.renewed_ns = 0
        self.crossed_ns = self.renewals = 0
        self.unheard = self.filled = False
        if self.name is ListName.DEPTH:
            self.ordering.restart()

    def _marked(self, *, fresh: bool, reason: str) -> list[object]:
        return [
            MarketStale(
                instrument=self.listing.instrument.id,
                boot=0,
                sequence=0,
                stream=kind.__name__.lower(),
                fresh=fresh,
                reason=reason,
            )
            for kind in sorted(self.kinds, key=lambda kind: kind.__name__)
        ]


class Board:
    """All watches of one session, by list and code."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tolerance_ns = int(settings.crossed_tolerance_s * 1e9)
        self._crossed: dict[str, Watch] = {}
        self.lists: dict[ListName, dict[str, Watch]] = {name: {} for name in ListName}
        self.heard_ns = dict.fromkeys(ListName, 0)
        """When anything of a list was heard last on this connection, 0 before."""

    # --- what is wanted ---------------------------------------------------------------------------

    def want(
        self, wanted: Mapping[ListName, Mapping[str, tuple[Listing, frozenset[type]]]]
    ) -> None:
        """Exactly these kinds of these codes are wanted."""
        for name, watches in self.lists.items():
            given = wanted.get(name, {})
            for code in [code for code in watches if code not in given]:
                del watches[code]
                if name is ListName.DEPTH:
                    self._crossed.pop(code, None)
            for code, (listing, kinds) in given.items():
                self._want_one(name, watches, code, listing, kinds)

    def _want_one(
        self,
        name: ListName,
        watches: dict[str, Watch],
        code: str,
        listing: Listing,
        kinds: frozenset[type],
    ) -> None:
        levels = self._levels(listing, kinds) if name is ListName.DEPTH else 0
        quiet_ns = self._quiet_ns(kinds)
        watch = watches.get(code)
        if watch is None:
            watches[code] = Watch(listing, name, kinds, levels, quiet_ns)
            return
        if name is ListName.DEPTH and not kinds <= watch.kinds:
            watch.ordering.restart()  # so that a book sent once more serves the new kind
        watch.kinds, watch.levels, watch.quiet_ns = kinds, levels, quiet_ns

    def _levels(self, listing: Listing, kinds: frozenset[type]) -> int:
        return min(self._settings.book_depth, listing.kind.depth_max) if Book in kinds else 1

    def _quiet_ns(self, kinds: Iterable[type]) -> int:
        quiet = self._settings.quiet
        by_kind = {
            Quote: quiet.quote_s,
            Book: quiet.book_s,
            Trade: quiet.trade_s,
            Ticker: quiet.ticker_s,
        }
        return int(min((by_kind[kind] for kind in kinds if by_kind[kind]), default=0.0) * 1e9)

    def listings(self) -> list[Listing]:
        """The codes of all lists, each once."""
        return list({watch.listing.code: watch.listing for watch in self._all()}.values())

    def levels(self) -> dict[ListName, dict[str, int]]:
        """The codes of each list with the levels that are wanted of them."""
        return {
            name: {code: watch.levels for code, watch in watches.items()}
            for name, watches in self.lists.items()
        }

    # --- data -------------------------------------------------------------------------------------

    def depth(self, watch: Watch, depth: Depth, now: Now, *, streamed: bool) -> list[object]:
        """What a book makes: nothing if it is old, known or cannot be true."""
        verdict = watch.ordering.judge(depth.seq, depth.ts_ns)
        effects: list[object] = []
        if verdict is not Verdict.NEWER:
            if verdict is not Verdict.RESTARTED:
                return self._aside(watch, verdict, now, streamed=streamed)
            effects.append(_restarted(watch))
        if streamed:
            self._pushed(watch, now)
        if depth.is_crossed:
            if not watch.crossed_ns:
                watch.crossed_ns = now.mono_ns
                self._crossed[watch.listing.code] = watch
            return effects
        if watch.crossed_ns:
            watch.crossed_ns = 0
            self._crossed.pop(watch.listing.code, None)
        if watch.stale:
            effects += watch.relieve()
        if Book in watch.kinds:
            effects.append(book_of(watch.listing, depth, watch.levels, now))
        if Quote in watch.kinds:
            effects.append(quote_of(watch.listing, depth, now))
        return effects

    def last(self, watch: Watch, last: Last, now: Now, *, streamed: bool) -> list[object]:
        """What a trade makes: nothing if it was told before, or is none."""
        verdict = watch.ordering.judge(last.seq, last.ts_ns)
        effects: list[object] = []
        if verdict is not Verdict.NEWER:
            if verdict is not Verdict.RESTARTED:
                return self._aside(watch, verdict, now, streamed=streamed)
            effects.append(_restarted(watch))
        if streamed:
            self._pushed(watch, now)
        if watch.stale:
            effects += watch.relieve()
        if not last.price:
            return effects
        if Trade in watch.kinds:
            effects.append(trade_of(watch.listing, last, now))
        if Ticker in watch.kinds:
            effects.append(ticker_of(watch.listing, last, now))
        return effects

    def _aside(self, watch: Watch, verdict: Verdict, now: Now, *, streamed: bool) -> list[object]:
        """Data that brings nothing new still says something of the rest."""
        if verdict is Verdict.CONTRADICTORY:
            return watch.doubt(CONTRADICTORY)
        if verdict is Verdict.OLDER:
            return []
        if streamed:
            self._pushed(watch, now)
        return [] if watch.crossed_ns else watch.relieve()

    def _pushed(self, watch: Watch, now: Now) -> None:
        watch.pushed_ns = self.heard_ns[watch.name] = now.mono_ns
        watch.renewals, watch.unheard = 0, False

    # --- the connection ---------------------------------------------------------------------------

    def granted(self, name: ListName, codes: Iterable[str], now: Now) -> None:
        """The venue serves these codes from now on."""
        watches = self.lists[name]
        for code in codes:
            watch = watches.get(code)
            if watch is not None:
                watch.granted_ns = now.mono_ns

    def lost(self, reason: str) -> list[object]:
        """Everything is to be doubted."""
        self._crossed.clear()
        self.heard_ns = dict.fromkeys(ListName, 0)
        effects: list[object] = []
        for watch in self._all():
            watch.lost()
            effects += watch.doubt(reason)
        return effects

    def left_out(self, name: ListName, codes: Iterable[str], reason: str) -> list[object]:
        """These codes are not asked for any more."""
        effects: list[object] = []
        for code in codes:
            watch = self.lists[name].get(code)
            if watch is not None:
                watch.granted_ns = 0
                effects += watch.doubt(reason)
        return effects

    # --- time -------------------------------------------------------------------------------------

    def unfilled(self, now: Now) -> dict[ListName, list[str]]:
        """Codes that have brought nothing since their list was granted, each told once."""
        after_ns = int(self._settings.fill_after_s * 1e9)
        found: dict[ListName, list[str]] = {name: [] for name in ListName}
        for watch in self._all():
            if watch.filled or not watch.granted_ns or now.mono_ns < watch.granted_ns + after_ns:
                continue
            watch.filled = True
            if not watch.pushed_ns:
                found[watch.name].append(watch.listing.code)
        return found

    def silent(self, name: ListName, now: Now) -> list[Watch]:
        """Codes that were silent for longer than their kind may be; each renewal doubles that."""
        found: list[Watch] = []
        for watch in self.lists[name].values():
            if not watch.quiet_ns or not watch.granted_ns:
                continue
            silence_ns = now.mono_ns - max(watch.pushed_ns, watch.granted_ns, watch.renewed_ns)
            if silence_ns >= watch.quiet_ns << watch.renewals:
                watch.renewed_ns = now.mono_ns
                watch.renewals = min(watch.renewals + 1, RENEWALS_DOUBLED_MAX)
                found.append(watch)
        return found

    def unheard(self, name: ListName, now: Now) -> list[Watch]:
        """Codes that were never heard for long after their list was granted, while others were."""
        after_ns = int(self._settings.unheard_after_s * 1e9)
        found: list[Watch] = []
        for watch in self.lists[name].values():
            if watch.unheard or watch.pushed_ns or not watch.granted_ns:
                continue
            late = now.mono_ns >= watch.granted_ns + after_ns
            if late and self.heard_ns[name] > watch.granted_ns:
                watch.unheard = True
                found.append(watch)
        return found

    def crossed_deadline(self) -> int | None:
        """When a crossed book has lasted too long."""
        times = (w.crossed_ns + self._tolerance_ns for w in self._crossed.values() if not w.stale)
        return min(times, default=None)

    def still_crossed(self, now: Now) -> list[object]:
        """Doubt what was crossed for too long."""
        effects: list[object] = []
        for watch in self._crossed.values():
            if now.mono_ns >= watch.crossed_ns + self._tolerance_ns:
                effects += watch.doubt("crossed or locked for too long")
        return effects

    def is_empty(self) -> bool:
        """Whether nothing is wanted."""
        return not any(self.lists.values())

    def _all(self) -> Iterable[Watch]:
        return (watch for watches in self.lists.values() for watch in watches.values())


def _restarted(watch: Watch) -> Note:
    return Note("numbering_restarted", f"{watch.name}: {watch.listing.code}")
