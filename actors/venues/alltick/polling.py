"""The bars that readers want: whose history is still to come, when to poll, and whether to believe them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from actors.venues.alltick.bars import BarReader, Row, read_rows
from actors.venues.alltick.calls import Endpoint
from actors.venues.alltick.codes import Listing
from actors.venues.alltick.fetching import Fetcher, Job
from actors.venues.alltick.settings import BAR_SECONDS, Settings
from actors.venues.alltick.values import rows
from engine.messages.market import MarketStale
from engine.session.contract import Now
from engine.session.values import obj

POLLS_MISSED: Final = 3
"""Bars that brought nothing for so many polls, and longer than `quiet.bar_s`, are stale."""
WORD: Final = "bar"


@attrs.define
class _Line:
    """One code."""

    reader: BarReader
    heard_ns: int
    stale: bool = False
    told: bool = False

    def marked(self, *, fresh: bool, reason: str) -> MarketStale:
        return MarketStale(
            instrument=self.reader.listing.instrument.id,
            boot=0,
            sequence=0,
            stream=WORD,
            fresh=fresh,
            reason=reason,
        )


class Polling:
    """The bars of one session.

    Args:
        fetcher: makes the calls; bars are asked for only while the stream is open.
    """

    def __init__(self, settings: Settings, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._interval_s = BAR_SECONDS[settings.bar_interval]
        self._history = settings.bars_history
        self._poll_ns = int(settings.bar_poll_s * 1e9)
        quiet_s = max(settings.quiet.bar_s, POLLS_MISSED * settings.bar_poll_s)
        self._quiet_ns = int(quiet_s * 1e9) if settings.quiet.bar_s else 0
        self._lines: dict[str, _Line] = {}
        self._next_ns: int | None = None
        self._open = False

    def want(self, listings: Iterable[Listing], now: Now) -> None:
        """Exactly these are wanted; new ones begin with their history."""
        wanted = {listing.code: listing for listing in listings}
        for code in [code for code in self._lines if code not in wanted]:
            del self._lines[code]
        new = [code for code in wanted if code not in self._lines]
        for code in new:
            reader = BarReader(wanted[code], self._interval_s)
            self._lines[code] = _Line(reader, now.mono_ns)
        if self._open and new:
            self._begin(new, now)

    def opened(self, now: Now) -> None:
        """The venue can be reached: holes are filled, then polls go on."""
        self._open = True
        for line in self._lines.values():
            line.heard_ns = now.mono_ns
        self._begin([code for code, line in self._lines.items() if not line.told], now)

    def _begin(self, new: Sequence[str], now: Now) -> None:
        if self._history:
            self._fetcher.ask(Endpoint.KLINE, dict.fromkeys(new, self._history + 1))
        if self._lines and self._next_ns is None:
            self._next_ns = now.mono_ns

    def lost(self, reason: str) -> list[object]:
        """Nothing is asked for until the venue can be reached again."""
        self._open, self._next_ns = False, None
        self._fetcher.drop(Endpoint.KLINE, Endpoint.BATCH_KLINE)
        return [told for line in self._lines.values() for told in _stale(line, reason)]

    def deadline(self) -> int | None:
        """The next poll; none while one is under way."""
        if self._next_ns is None or self._fetcher.busy(Endpoint.BATCH_KLINE):
            return None
        return self._next_ns

    def due(self, now: Now) -> list[object]:
        """Poll if it is time, and doubt what has brought nothing for long."""
        deadline_ns = self.deadline()
        if deadline_ns is None or now.mono_ns < deadline_ns:
            return []
        if not self._lines:
            self._next_ns = None
            return []
        self._next_ns = now.mono_ns + self._poll_ns
        # A code whose history is still to come would be told its newest bars first.
        codes = [code for code in self._lines if not self._fetcher.holds(Endpoint.KLINE, code)]
        self._fetcher.ask(Endpoint.BATCH_KLINE, dict.fromkeys(codes, 1))
        effects: list[object] = []
        for line in self._lines.values():
            if self._quiet_ns and now.mono_ns - line.heard_ns >= self._quiet_ns:
                seconds = (now.mono_ns - line.heard_ns) / 1e9
                effects += _stale(line, f"no answer with bars for {seconds:.0f} s")
        return effects

    def answered(self, job: Job, data: Any, now: Now) -> list[object]:
        """The bars in an answer. Raises RemoteProtocolError."""
        given = obj(data, "data")
        if job.endpoint is Endpoint.KLINE:
            return self._told(job.codes[0], read_rows(given.get("kline_list")), now, whole=True)
        groups = [
            (group.get("code"), read_rows(group.get("kline_data")))
            for group in rows(given.get("kline_list"), "kline_list")
        ]  # all are read before any counts
        return [told for code, bars in groups for told in self._told(code, bars, now, whole=False)]

    def refused(self, codes: Sequence[str], reason: str) -> list[object]:
        """The venue has no bars of these codes."""
        lines = [self._lines[code] for code in codes if code in self._lines]
        return [told for line in lines for told in _stale(line, reason)]

    def _told(self, code: object, given: list[Row], now: Now, *, whole: bool) -> list[object]:
        line = self._lines.get(code) if isinstance(code, str) else None
        if line is None or not self._open:
            return []
        missing = 0 if whole else line.reader.missing(given)
        if missing:
            self._fetcher.ask(Endpoint.KLINE, {line.reader.listing.code: missing + 2})
            return []
        if not given:
            return []
        line.heard_ns = now.mono_ns
        line.told = True
        bars = line.reader.read(given, now)
        return [*_fresh(line), *bars]


def _stale(line: _Line, reason: str) -> list[object]:
    if line.stale:
        return []
    line.stale = True
    return [line.marked(fresh=False, reason=reason)]


def _fresh(line: _Line) -> list[object]:
    if not line.stale:
        return []
    line.stale = False
    return [line.marked(fresh=True, reason="")]
