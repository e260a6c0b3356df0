"""Rate limits of REST: fixed windows per route and caller, with the venue's response headers.

The table is the sibling's; the page of WOO X Pro itself is not stored (fact sheet, section 9).
Over the limit: 429 with code 30013; whoever keeps on asking far beyond it: 418 with code 30017.
"""

from typing import Final

import attrs

from actors.venues.wooxpro.simulator import errors
from actors.venues.wooxpro.simulator.errors import Refusal
from engine.simulator.moment import NS

CALLERS_MAX: Final = 4_096
"""Windows kept at once; a loopback server has few callers, and the oldest windows go first."""


@attrs.frozen
class Limit:
    """`count` requests per `window_s` seconds for one caller."""

    count: int
    window_s: int = 2


PUBLIC: Final = Limit(12)
SLOW: Final = Limit(2)
TRADE: Final = Limit(24)

LIMITS: Final[dict[str, Limit]] = {
    "/contract/public/open-interest": SLOW,
    "/contract/private/assets-detail": Limit(12),
    "/contract/private/position": Limit(6),
    "/contract/private/position-v2": Limit(6),
    "/contract/private/order-history": Limit(6),
    "/contract/private/trades": Limit(6),
    "/contract/private/transaction-history": Limit(6),
    "/contract/private/position-risk": Limit(24),
    "/contract/private/order": Limit(50),
    "/contract/private/get-open-orders": Limit(50),
    "/contract/private/current-plan-order": Limit(50),
    "/contract/private/cancel-order": Limit(40),
    "/contract/private/cancel-orders": SLOW,
    "/contract/private/cancel-plan-order": Limit(40),
    "/contract/private/cancel-all-after": Limit(4),
    "/contract/private/set-position-mode": SLOW,
    "/contract/private/get-position-mode": SLOW,
    "/contract/private/trade-fee-rate": SLOW,
}


def limit_of(path: str) -> Limit:
    """The limit of a route; trading routes without an entry have the order limit."""
    found = LIMITS.get(path)
    if found is not None:
        return found
    return TRADE if path.startswith("/contract/private/") else PUBLIC


@attrs.define
class _Window:
    started_ns: int
    used: int = 0


@attrs.frozen
class Verdict:
    """Whether a request passes, and what its headers say."""

    status: int
    used: int
    limit: Limit

    def enforce(self) -> None:
        """Refuse a request that does not pass."""
        if self.status != 200:
            raise Refusal(errors.TEAPOT if self.status == 418 else errors.TOO_MANY_REQUESTS)

    def headers(self) -> dict[str, str]:
        """`Remaining` really counts what was used, as at the venue."""
        return {
            "X-BM-RateLimit-Remaining": str(min(self.used, self.limit.count)),
            "X-BM-RateLimit-Limit": str(self.limit.count),
            "X-BM-RateLimit-Reset": str(self.limit.window_s),
            "X-BM-RateLimit-Mode": "IP" if self.limit is PUBLIC else "UID",
        }


class RateLimiter:
    """Counts requests per (route, caller); pure, time handed in as monotonic nanoseconds.

    Args:
        enabled: False lets everything pass; headers are still right.
        abuse_factor: beyond this many times the limit within one window the answer is 418.
    """

    def __init__(self, *, enabled: bool = True, abuse_factor: int = 5) -> None:
        self._enabled = enabled
        self._abuse_factor = abuse_factor
        self._windows: dict[tuple[str, str], _Window] = {}

    def take(self, path: str, caller: str, now_ns: int) -> Verdict:
        """Count one request of `caller` on `path`; status 200, 429 or 418."""
        limit = limit_of(path)
        window = self._window((path, caller), limit, now_ns)
        window.used += 1
        status = 200
        if self._enabled and window.used > limit.count:
            status = 418 if window.used > limit.count * self._abuse_factor else 429
        return Verdict(status, window.used, limit)

    def _window(self, key: tuple[str, str], limit: Limit, now_ns: int) -> _Window:
        window = self._windows.get(key)
        if window is None or now_ns - window.started_ns >= limit.window_s * NS:
            self._windows.pop(key, None)
            while len(self._windows) >= CALLERS_MAX:
                self._windows.pop(next(iter(self._windows)))
            window = self._windows[key] = _Window(now_ns)
        return window
