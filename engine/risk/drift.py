"""Reference prices under which a strategy ordered lately: their extremes over a moving window. Pure.

Kept in memory only: a restart forgets a minute's worth of prices, and each order keeps its collar.
"""

from collections import deque

from engine.risk.rates import NS

SAMPLES_MAX = 10_000
"""Samples kept per strategy and instrument; at the engine's own rate limits, many minutes."""


class PriceWindow:
    """Samples of a price that can still be the lowest or the highest of some window."""

    __slots__ = ("_highs", "_lows")

    def __init__(self) -> None:
        self._lows: deque[tuple[int, float]] = deque(maxlen=SAMPLES_MAX)
        self._highs: deque[tuple[int, float]] = deque(maxlen=SAMPLES_MAX)

    def add(self, price: float, mono_ns: int) -> None:
        """Take in the newest sample."""
        lows, highs = self._lows, self._highs
        while lows and lows[-1][1] >= price:
            lows.pop()
        lows.append((mono_ns, price))
        while highs and highs[-1][1] <= price:
            highs.pop()
        highs.append((mono_ns, price))

    def extremes(self, window_s: float, mono_ns: int) -> tuple[float, float] | None:
        """Lowest and highest sample not older than the window; None without any."""
        since_ns = mono_ns - int(window_s * NS)
        low = next((price for at_ns, price in self._lows if at_ns >= since_ns), None)
        high = next((price for at_ns, price in self._highs if at_ns >= since_ns), None)
        return None if low is None or high is None else (low, high)

    def forget(self, window_s: float, mono_ns: int) -> None:
        """Drop what is older than the longest window asked for."""
        since_ns = mono_ns - int(window_s * NS)
        for samples in (self._lows, self._highs):
            while samples and samples[0][0] < since_ns:
                samples.popleft()
