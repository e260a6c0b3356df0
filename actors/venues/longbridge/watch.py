"""Watching what is subscribed: silence while the market trades, and books that stay crossed. Pure."""

from typing import Final

from actors.venues.longbridge.desk import Desk
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.streams import Feed, SymbolStreams
from actors.venues.longbridge.symbols import SUB_TYPES, market_of
from engine.messages.market import Book, Quote, Ticker, Trade
from engine.session.contract import Note, Now

SCAN_INTERVAL_NS: Final = 500_000_000
"""How often feeds are looked at; one pass costs a comparison per feed."""
RENEWALS_DOUBLED_MAX: Final = 4
"""Each renewal in vain doubles the patience with a feed, up to 16 times its limit."""


class Watch:
    """Looks at the feeds of a desk."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self._settings = settings
        self._desk = desk
        self._trading_since: dict[str, int] = {}
        self._next_ns: int | None = None

    def begin(self, now: Now) -> None:
        """Look from now on."""
        self._next_ns = now.mono_ns + SCAN_INTERVAL_NS

    def end(self) -> None:
        """Nothing to look at."""
        self._next_ns = None

    def deadline(self) -> int | None:
        """When to look again."""
        return self._next_ns

    def due(self, now: Now) -> list[object]:
        """Look, if it is time: what is to be told; what is to be asked the desk knows then."""
        if self._next_ns is None or now.mono_ns < self._next_ns:
            return []
        return self._scan(now)

    def _scan(self, now: Now) -> list[object]:
        self._next_ns = now.mono_ns + SCAN_INTERVAL_NS
        effects: list[object] = []
        trading = {market: self._trades_since(market, now) for market in self._desk.details.markets}
        tolerance_ns = int(self._settings.crossed_tolerance_s * 1e9)
        for symbol, streams in self._desk.streams.items():
            if streams.crossed_ns and now.mono_ns - streams.crossed_ns >= tolerance_ns:
                effects += streams.crossed_too_long()
            since_ns = trading.get(market_of(symbol))
            if since_ns is None:
                continue
            granted = [
                feed
                for feed in streams.feeds.values()
                if self._desk.subscriptions.is_granted(symbol, SUB_TYPES[feed.kind])
            ]
            for feed in granted:
                effects += self._silent(streams, feed, since_ns, now)
        return effects

    def _trades_since(self, market: str, now: Now) -> int | None:
        """Since when we see this market trade; None while it does not."""
        any_hour = self._settings.quiet.any_hour
        if not any_hour and not self._desk.calendar.is_trading(market, now.wall_ns):
            self._trading_since.pop(market, None)
            return None
        return self._trading_since.setdefault(market, now.mono_ns)

    def _silent(self, streams: SymbolStreams, feed: Feed, since_ns: int, now: Now) -> list[object]:
        quiet_ns = int(_quiet_s(feed.kind, self._settings) * 1e9)
        if not quiet_ns:
            return []
        silence_ns = now.mono_ns - max(feed.fed_ns, feed.live_ns, since_ns)
        if silence_ns < quiet_ns << feed.renewals:
            return []
        feed.renewals = min(feed.renewals + 1, RENEWALS_DOUBLED_MAX)
        self._desk.subscriptions.doubt(streams.symbol)
        seconds = f"{silence_ns / 1e9:.0f} s"
        reason = f"no data for {seconds}, renewing"
        note = Note("subscription_silent", f"{feed.kind.__name__} of {feed.instrument}, {seconds}")
        return [*streams.doubt((feed.kind,), reason), note]


def _quiet_s(kind: type, settings: Settings) -> float:
    quiet = settings.quiet
    by_kind = {
        Quote: quiet.depth_s,
        Book: quiet.depth_s,
        Trade: quiet.trade_s,
        Ticker: quiet.quote_s,
    }
    return by_kind.get(kind, 0.0)
