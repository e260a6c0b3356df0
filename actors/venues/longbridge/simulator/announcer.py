"""Order pushes on their way to the trade gateway: printed when they happen, handed over when due."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from actors.venues.longbridge.simulator.orders import Order
from actors.venues.longbridge.simulator.rows import push_data
from engine.simulator.moment import Moment

FAR_NS: Final = 1 << 62
HELD_MAX: Final = 100_000
"""Pushes held back at once; beyond it they go out undelayed."""

Push = Callable[[str, Mapping[str, str], Moment], None]
"""Hands the data of one push to whoever of the account is subscribed."""


class Announcer:
    """Tells an account of every status its orders go through.

    Args:
        push: where pushes go.
        delay_s: how late they leave; with 0 they leave before the request's own answer does.
        long_term: `tag` of orders beyond the day.
    """

    def __init__(self, push: Push, delay_s: float, long_term: str) -> None:
        self._push = push
        self._delay_ns = int(delay_s * 1e9)
        self._long_term = long_term
        self._held: deque[tuple[int, str, Mapping[str, str]]] = deque()

    def tell(self, order: Order, now: Moment) -> None:
        """Push the order as it stands."""
        data = push_data(order, self._long_term)
        if self._delay_ns and len(self._held) < HELD_MAX:
            self._held.append((now.mono_ns + self._delay_ns, order.account, data))
        else:
            self._push(order.account, data, now)

    def next_deadline_ns(self) -> int:
        """When the next held push is due."""
        return self._held[0][0] if self._held else FAR_NS

    def advance(self, now: Moment) -> None:
        """Hand over what is due."""
        while self._held and self._held[0][0] <= now.mono_ns:
            _, account, data = self._held.popleft()
            self._push(account, data, now)
