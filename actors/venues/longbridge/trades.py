"""Trades of one symbol: pushes and answers in, each trade out once.

The venue's trades have no id. A push has a sequence, from which ours is made; an answer to a query has
none, so what it repeats is found by comparing: the newest trades that we know are looked for in it, and
what follows them was missed. Within one second two equal trades cannot be told apart; what is ambiguous is
left out rather than told twice.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from actors.venues.longbridge.symbols import market_of
from actors.venues.longbridge.wire import measure, seconds_ns, volume
from engine.messages.market import Trade
from engine.session.contract import Now
from engine.session.values import malformed

TRADES_MAX: Final = 1_000
"""Trades in one push or answer: the venue's limit of a query."""
REMEMBERED_MAX: Final = 1_000
CN_LOT: Final = 100
"""Volumes of mainland trades count lots of so many shares."""

_AGGRESSOR: Final = {0: 0, 1: -1, 2: 1}
_Mark = tuple[int, float, float, str]


class TradeTape:
    """What was heard of one symbol's trades.

    Args:
        instrument: the engine's name.
        symbol: the venue's.
    """

    __slots__ = ("_instrument", "_known", "_unit", "sequence")

    def __init__(self, instrument: str, symbol: str) -> None:
        self._instrument = instrument
        self._unit = CN_LOT if market_of(symbol) == "CN" else 1
        self._known: deque[_Mark] = deque(maxlen=REMEMBERED_MAX)
        self.sequence = 0

    @property
    def has_heard(self) -> bool:
        """Whether any trade is known to join others to."""
        return bool(self._known)

    def repeats(self, rows: Sequence[Any], now: Now) -> bool:
        """Whether exactly these trades were told last. Raises RemoteProtocolError."""
        marks = [_mark(trade) for trade in self._read(rows, 0, now)]
        return list(self._known)[-len(marks) :] == marks if marks else True

    def pushed(self, rows: Sequence[Any], sequence: int, now: Now) -> list[Trade]:
        """The trades of a push, in the venue's order. Raises RemoteProtocolError."""
        self.sequence = sequence
        return self._keep(self._read(rows, sequence, now))

    def told(self, rows: Sequence[Any], now: Now) -> list[Trade]:
        """The trades of an answer that were missed, oldest first. Raises RemoteProtocolError.

        Without any known trade all of them are new.
        """
        trades = sorted(self._read(rows, 0, now), key=lambda trade: trade.ts_ns)
        if not self._known:
            return self._keep(trades)
        return self._keep(trades[self._missed_from([_mark(trade) for trade in trades]) :])

    def _missed_from(self, marks: list[_Mark]) -> int:
        """Where in an answer the trades begin that we do not know."""
        known = list(self._known)
        for end in range(len(marks), 0, -1):
            count = min(end, len(known))
            if marks[end - count : end] == known[-count:]:
                return end
        newest_ns = max(mark[0] for mark in known)
        return next((i for i, mark in enumerate(marks) if mark[0] > newest_ns), len(marks))

    def _keep(self, trades: list[Trade]) -> list[Trade]:
        self._known.extend(map(_mark, trades))
        return trades

    def _read(self, rows: Sequence[Any], sequence: int, now: Now) -> list[Trade]:
        if len(rows) > TRADES_MAX:
            malformed("trades", f"at most {TRADES_MAX}")
        return [
            self._trade(row, f"{sequence}-{place}" if sequence else "", now)
            for place, row in enumerate(rows)
        ]

    def _trade(self, row: Any, trade_id: str, now: Now) -> Trade:
        price, size = measure(row.price, "price"), volume(row.volume, "volume")
        if not price or not size:
            malformed("a trade", "of a price and a volume above zero")
        return Trade(
            self._instrument,
            0,
            0,
            seconds_ns(row.timestamp, "timestamp"),
            now.wall_ns,
            now.mono_ns,
            price,
            float(size * self._unit),
            _AGGRESSOR.get(row.direction, 0),
            trade_id,
        )


def _mark(trade: Trade) -> _Mark:
    return (trade.ts_ns, trade.price, trade.size, str(trade.aggressor))
