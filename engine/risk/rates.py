"""Counting messages in a moving window and remembering recent orders. Pure; time is handed in.

Neither survives a restart: a second's worth of memory is not worth a journal record.
"""

from collections import OrderedDict, deque
from decimal import Decimal
from typing import NamedTuple

from engine.model.enums import Side
from engine.risk.limits import MESSAGES_COUNT_MAX, Rate

NS = 1_000_000_000

RECENT_ORDERS_MAX = 10_000
"""Orders remembered for the duplicate check; at the engine's own rate limits, many seconds."""


class RateMeter:
    """When the last messages of one owner were sent."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=MESSAGES_COUNT_MAX)

    def add(self, mono_ns: int) -> None:
        """Count one message."""
        self._times.append(mono_ns)

    def is_full(self, rate: Rate, mono_ns: int) -> bool:
        """Whether the window that ends now holds as many messages as the rate allows."""
        times = self._times
        if len(times) < rate.count:
            return False
        return mono_ns - times[-rate.count] < rate.window_s * NS

    def held(self, rate: Rate, mono_ns: int) -> int:
        """How many messages the window that ends now holds; at most as many as the rate allows."""
        count = 0
        for at_ns in reversed(self._times):
            if count == rate.count or mono_ns - at_ns >= rate.window_s * NS:
                break
            count += 1
        return count


class Likeness(NamedTuple):
    """What makes two orders look like one sent twice."""

    strategy: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None


class RecentOrders:
    """When each kind of order was last placed."""

    __slots__ = ("_placed",)

    def __init__(self) -> None:
        self._placed: OrderedDict[Likeness, int] = OrderedDict()

    def add(self, likeness: Likeness, mono_ns: int) -> None:
        """Remember an order that is being placed."""
        self._placed[likeness] = mono_ns
        self._placed.move_to_end(likeness)
        if len(self._placed) > RECENT_ORDERS_MAX:
            self._placed.popitem(last=False)

    def age_ns(self, likeness: Likeness, mono_ns: int) -> int | None:
        """How long ago one like it was placed; None when none is remembered."""
        placed = self._placed.get(likeness)
        return None if placed is None else mono_ns - placed
