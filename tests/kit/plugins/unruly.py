"""Strategies that misbehave in each of the ways a process must survive."""

import sys

from engine.strategy import Quote, Strategy


class _OnFirstQuote(Strategy):
    """Misbehaves as soon as it sees a quote."""

    def on_start(self) -> None:
        for name in self.instruments:
            self.subscribe_quotes(name)

    def on_quote(self, quote: Quote) -> None:
        self.misbehave()

    def misbehave(self) -> None:
        raise NotImplementedError


class Raises(_OnFirstQuote):
    """Raises from a callback."""

    def misbehave(self) -> None:
        raise ZeroDivisionError("a mistake of the strategy")


class Spins(_OnFirstQuote):
    """Never returns from a callback."""

    def misbehave(self) -> None:
        while True:
            pass


class Exits(_OnFirstQuote):
    """Ends its own process."""

    def misbehave(self) -> None:
        sys.exit(0)


class Hoards(_OnFirstQuote):
    """Allocates without end, in bounded steps; its memory limit stops it."""

    def misbehave(self) -> None:
        self.hoard = []
        for _ in range(10_000):
            self.hoard.append(bytearray(4 << 20))
