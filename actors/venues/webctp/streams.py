"""All data of one contract: snapshots in; quotes, books, trades, bars and tickers out.

The counter tells no trades, only the day's volume so far. What the volume grew by since the snapshot before
is told as one trade at the last price: its size is exact, its price that of the last of perhaps several
trades, and who began them is not known. The first snapshot after a subscription shows a state, not
an event, and makes no trade; nor does one with which a trading day begins. Bars are made of these trades,
so that a high or low between two snapshots may be missing from them.
"""

from collections.abc import Iterable
from typing import Final

from actors.venues.webctp.calendar import TICK_DAY_BELIEVED
from actors.venues.webctp.products import Product
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.snapshots import LEVELS, Grid, Snapshot, snapshot_of
from actors.venues.webctp.symbols import id_of, stream_word
from engine.data.bars import NS_PER_S, BarBuilder
from engine.messages.market import Bar, Book, MarketStale, Quote, Ticker, Trade
from engine.session.contract import Now
from engine.session.values import Object

AGGRESSOR_UNKNOWN: Final = 0
_CROSSED: Final = "the book is crossed, as in an auction"


class ContractStream:
    """One contract.

    Args:
        symbol: the exchange's id.
        product: its tick and exchange.
        settings: length of bars.
    """

    def __init__(self, symbol: str, product: Product, settings: Settings) -> None:
        self.symbol = symbol
        self.instrument = id_of(symbol)
        self.product = product
        self.kinds: frozenset[type] = frozenset()
        self.fed_ns = 0
        """When data came last, monotonic; 0 for never since the subscription was lost."""
        self.renewals = 0
        self._heeded_ns = 0
        self._grid = Grid.of(product.price_tick)
        self._stale: set[type] = set()
        self._before: Snapshot | None = None
        self._interval_s = settings.bar_interval_s
        self._bars = BarBuilder(self.instrument, self._interval_s)
        self._bars_from_ns = -1

    def heed(self, now: Now) -> None:
        """Silence counts from now on."""
        self._heeded_ns = now.mono_ns

    def silence_ns(self, now: Now) -> int:
        """How long nothing came; counted from the first time that it is asked for."""
        self._heeded_ns = self._heeded_ns or now.mono_ns
        return now.mono_ns - max(self.fed_ns, self._heeded_ns)

    def want(self, kinds: frozenset[type]) -> None:
        """Exactly these kinds are wanted."""
        self.kinds = kinds
        self._stale &= kinds

    # --- belief -------------------------------------------------------------------------------

    def doubt(self, reason: str, kinds: Iterable[type] = ()) -> list[object]:
        """Data of these kinds is not to be trusted; of all that had any, if none is named."""
        named = set(kinds or self.kinds) & self.kinds
        if not self.fed_ns:
            return []
        news = sorted(named - self._stale, key=stream_word)
        self._stale |= named
        return [self._told(kind, reason, fresh=False) for kind in news]

    def _trust(self, kinds: Iterable[type]) -> list[object]:
        news = sorted(self._stale & set(kinds), key=stream_word)
        self._stale.difference_update(news)
        return [self._told(kind, "", fresh=True) for kind in news]

    def _told(self, kind: type, reason: str, *, fresh: bool) -> MarketStale:
        return MarketStale(
            instrument=self.instrument,
            boot=0,
            sequence=0,
            stream=stream_word(kind),
            fresh=fresh,
            reason=reason,
        )

    def restart(self) -> None:
        """What comes next does not join what came before: trades in between are not known."""
        self._before = None
        self._bars = BarBuilder(self.instrument, self._interval_s)
        self._bars_from_ns = -1

    def lost(self, reason: str) -> list[object]:
        """The front is gone."""
        told = self.doubt(reason)
        self.restart()
        self.fed_ns = self._heeded_ns = 0
        self.renewals = 0
        return told

    # --- data ---------------------------------------------------------------------------------

    def snapshot(self, info: Object, now: Now) -> list[object]:
        """A MARKET_DATA message of this contract. Raises RemoteProtocolError."""
        seen = snapshot_of(info, self._grid, now)
        self.fed_ns, self.renewals = now.mono_ns, 0
        kinds = self.kinds
        out: list[object] = self._trust(kinds - {Quote, Book} if seen.is_crossed else kinds)
        if seen.is_crossed:
            out += self.doubt(_CROSSED, (Quote, Book))
        else:
            out += self._book(seen, now)
        out += self._traded(seen, now)
        if Ticker in kinds and seen.last:
            stamps = (seen.ts_ns, now.wall_ns, now.mono_ns)
            volume = float(seen.volume)
            out.append(Ticker(self.instrument, 0, 0, *stamps, seen.last, 0.0, 0.0, volume))
        self._before = seen
        return out

    def _book(self, seen: Snapshot, now: Now) -> list[object]:
        out: list[object] = []
        stamps = (seen.ts_ns, now.wall_ns, now.mono_ns)
        if Quote in self.kinds:
            bid = seen.bids[0] if seen.bids else (0.0, 0.0)
            ask = seen.asks[0] if seen.asks else (0.0, 0.0)
            out.append(Quote(self.instrument, 0, 0, *stamps, *bid, *ask))
        if Book in self.kinds:
            out.append(Book(self.instrument, 0, 0, *stamps, LEVELS, seen.bids, seen.asks))
        return out

    def _traded(self, seen: Snapshot, now: Now) -> list[object]:
        size = self._volume_since(seen)
        if not size or not seen.last:
            return []
        stamps = (seen.ts_ns, now.wall_ns, now.mono_ns)
        out: list[object] = []
        if Trade in self.kinds:
            # Unique for the contract: the day's volume with this trade.
            trade_id = f"{seen.trading_day}-{seen.volume}"
            traded = Trade(
                self.instrument, 0, 0, *stamps, seen.last, float(size), AGGRESSOR_UNKNOWN, trade_id
            )
            out.append(traded)
        if Bar in self.kinds:
            out += self._barred(seen.last, float(size), stamps)
        return out

    def _volume_since(self, seen: Snapshot) -> int:
        """What was traded since the snapshot before; 0 when there is none of the same day."""
        before = self._before
        if before is None or seen.volume < before.volume:
            return 0
        believed = self.product.exchange in TICK_DAY_BELIEVED
        if believed and seen.trading_day != before.trading_day:
            return 0
        return seen.volume - before.volume

    def _barred(self, price: float, size: float, stamps: tuple[int, int, int]) -> list[object]:
        """The bar that this closes, unless its beginning was missed."""
        width_ns = self._interval_s * NS_PER_S
        if self._bars_from_ns < 0:
            self._bars_from_ns = stamps[0] - stamps[0] % width_ns + width_ns
        bar = self._bars.add(price, size, *stamps)
        return [] if bar is None or bar.ts_ns < self._bars_from_ns else [bar]
