"""The venue's quote of one symbol: last price, day's volume, state. Pushes carry only what changed."""

from decimal import Decimal
from typing import Any

from actors.venues.longbridge.proto import quote_pb2
from actors.venues.longbridge.wire import exact, measure, seconds_ns, volume
from engine.messages.market import Ticker
from engine.session.contract import Now


class LastQuote:
    """What was last said, merged as the venue's own client does it."""

    __slots__ = ("_instrument", "_last", "_price", "_ts_ns", "_volume", "sequence", "status")

    def __init__(self, instrument: str) -> None:
        self._instrument = instrument
        self._last = Decimal(0)
        self._price = 0.0
        self._volume = 0
        self._ts_ns = 0
        self.status = 0
        self.sequence = 0

    @property
    def last(self) -> Decimal:
        """The last price, 0 before any."""
        return self._last

    def pushed(self, push: Any) -> bool:
        """Take a push; False for one that only corrects the day after its end.

        Raises:
            RemoteProtocolError: a value that cannot be.
        """
        if push.tag == quote_pb2.TAG_END_OF_DAY:
            return False
        self.sequence = push.sequence
        self._merge(push)
        return True

    def told(self, row: Any) -> None:
        """Take a row of an answer: the whole quote. Raises RemoteProtocolError."""
        self._merge(row)

    def _merge(self, source: Any) -> None:
        """Empty and zero mean "unchanged", but for time and state."""
        last = measure(source.last_done, "last_done")
        if last:
            self._price, self._last = last, exact(source.last_done, "last_done")
        self._volume = volume(source.volume, "volume") or self._volume
        self._ts_ns = seconds_ns(source.timestamp, "timestamp") or self._ts_ns
        self.status = source.trade_status

    def ticker(self, now: Now) -> Ticker | None:
        """As a ticker: there is no mark or index price, and the volume is the day's."""
        if not self._price:
            return None
        return Ticker(
            self._instrument,
            0,
            0,
            self._ts_ns or now.wall_ns,
            now.wall_ns,
            now.mono_ns,
            self._price,
            0.0,
            0.0,
            float(self._volume),
        )
