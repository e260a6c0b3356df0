"""Watching what is subscribed: silence while a market is open, and books that stay crossed. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from actors.venues.t4.settings import Settings
from actors.venues.t4.streams import MarketStreams
from actors.venues.t4.subscriptions import Feed, Key, Subscriptions
from engine.session.contract import Now

SCAN_INTERVAL_NS: Final = 500_000_000
"""How often markets are looked at; one pass costs a few comparisons per market."""
RENEWALS_DOUBLED_MAX: Final = 4
"""Each renewal in vain doubles the patience with a market, up to 16 times its limit."""


@attrs.frozen
class Doubted:
    """What is suspicious: a subscription to be had anew, or (`key` None) books to be waited for."""

    streams: MarketStreams
    key: Key | None
    reason: str


class Watch:
    """Looks at the markets of a desk.

    Args:
        settings: what is suspicious.
    """

    def __init__(self, settings: Settings) -> None:
        self._quiet_ns = int(settings.quiet_s * 1e9)
        self._tolerance_ns = int(settings.crossed_tolerance_s * 1e9)
        self._next_ns: int | None = None
        self._renewals: dict[str, tuple[int, int]] = {}

    def begin(self, now: Now) -> None:
        """Look from now on."""
        self._next_ns = now.mono_ns + SCAN_INTERVAL_NS
        self._renewals.clear()

    def end(self) -> None:
        """Nothing to look at."""
        self._next_ns = None

    def deadline(self) -> int | None:
        """When to look again."""
        return self._next_ns

    def due(
        self, markets: Mapping[str, MarketStreams], subscriptions: Subscriptions, now: Now
    ) -> list[Doubted]:
        """What is to be had anew, and why, if it is time to look."""
        if self._next_ns is None or now.mono_ns < self._next_ns:
            return []
        self._next_ns = now.mono_ns + SCAN_INTERVAL_NS
        found: list[Doubted] = []
        for market_id, streams in markets.items():
            if not streams.info.is_open:
                # Books cross before the opening by right, and nothing is traded after the close.
                if self._lasts(streams.crossed_ns, now):
                    found.append(Doubted(streams, None, "the book is crossed, the market not open"))
                continue
            depth, orders = (market_id, Feed.DEPTH), (market_id, Feed.ORDERS)
            if subscriptions.is_live(depth):
                found += [Doubted(streams, depth, why) for why in self._depth(streams, now)]
            if self._lasts(streams.orders_crossed_ns, now) and subscriptions.is_live(orders):
                found.append(Doubted(streams, orders, "the book of single orders stays crossed"))
        return found

    def _depth(self, streams: MarketStreams, now: Now) -> Iterator[str]:
        """Why depth of a market is doubted, at most one reason."""
        if self._lasts(streams.crossed_ns, now):
            yield "the book stays crossed"
            return
        if not self._quiet_ns:
            return
        market_id = streams.info.market_id
        since_ns = max(streams.fed_ns, streams.open_ns)
        fed_ns, renewals = self._renewals.get(market_id, (0, 0))
        if renewals and streams.fed_ns > fed_ns + self._quiet_ns:
            renewals = 0  # data flowed again after the last renewal, and not only its snapshot
        silence_ns = now.mono_ns - since_ns
        if silence_ns >= self._quiet_ns << renewals:
            self._renewals[market_id] = (
                now.mono_ns,
                min(renewals + 1, RENEWALS_DOUBLED_MAX),
            )
            yield f"no data for {silence_ns / 1e9:.0f} s"

    def _lasts(self, since_ns: int, now: Now) -> bool:
        return bool(since_ns) and now.mono_ns - since_ns >= self._tolerance_ns
