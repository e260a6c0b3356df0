"""Strategies with many resting orders, and one that floods the router with wishes besides."""

from contextlib import suppress

from engine.strategy import Strategy, parameter

PRICE_BELOW = 0.97
PLACE_EVERY_S = 0.35
FLOOD_EVERY_S = 0.01


class Rests(Strategy):
    """Keeps so many buy orders well below the market, placed at a pace that the venue takes."""

    resting: int = parameter(3, minimum=1)

    def on_start(self) -> None:
        for name in self.instruments:
            self.subscribe_quotes(name)
        self.schedule("place", PLACE_EVERY_S, every_s=PLACE_EVERY_S)

    def on_timer(self, name: str) -> None:
        if len(self.orders()) < self.resting:
            self.place(len(self.orders()))

    def place(self, step: int) -> None:
        """One order, each a tick deeper than the one before."""
        (name,) = self.instruments
        quote, instrument = self.quote(name), None
        if quote is None:
            return
        instrument = self.instrument(name)
        price = instrument.price_down(quote.bid_price * PRICE_BELOW)
        self.buy(name, 1, price - step * instrument.price_increment)


class Floods(Rests):
    """The same; once its orders rest it sends a thousand wishes a second, and cancels one in ten."""

    def on_start(self) -> None:
        super().on_start()
        self.flooding = False

    def on_timer(self, name: str) -> None:
        if not self.flooding:
            super().on_timer(name)
            if len(self.orders()) >= self.resting:
                self.flooding = True
                self.schedule("flood", FLOOD_EVERY_S, every_s=FLOOD_EVERY_S)
        elif name == "flood":
            with suppress(RuntimeError):  # the router is behind: that is what a flood is
                for step in range(10):
                    self.place(step)
            for order in self.orders()[:1]:
                self.cancel(order)
