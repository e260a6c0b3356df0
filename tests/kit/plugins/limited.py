"""Strategies that run into a limit, and write down what became of each of their orders."""

from pathlib import Path

from engine.strategy import Order, Strategy, parameter

PRICE_BELOW = 0.97
LOOK_EVERY_S = 0.2
FIRST, TOO_MUCH, STILL_FITS = 10, 6, 5
"""For a position limit of 15: the second does not fit beside the first, the third does."""


class Limited(Strategy):
    """Looks a few times a second; `NAME.orders` gets a line for each change of an order."""

    folder: str = parameter(help="where it writes, and is told to begin")

    def on_start(self) -> None:
        for name in self.instruments:
            self.subscribe_quotes(name)
        self.schedule("look", LOOK_EVERY_S, every_s=LOOK_EVERY_S)

    def on_timer(self, timer: str) -> None:
        (name,) = self.instruments
        begins = (Path(self.folder) / f"{self.name}.begins").exists()
        if begins and self.venue_state("wooxpro") == "ready" and self.quote(name) is not None:
            self.look(name)

    def look(self, name: str) -> None:
        """What it does while it may."""

    def on_order(self, order: Order) -> None:
        with (Path(self.folder) / f"{self.name}.orders").open("a") as file:
            file.write(f"{order.quantity} {order.lifecycle} {order.certainty} {order.code}\n")


class Repeats(Limited):
    """Buys at market again and again."""

    def look(self, name: str) -> None:
        if not self.orders():
            self.buy(name, 1)


class Doubts(Limited):
    """Rests one order; while nobody knows what became of it, two more."""

    first: Order | None = None
    is_done: bool = False

    def look(self, name: str) -> None:
        if self.first is None:
            self.first = self.rest(name, FIRST)
        elif self.first.certainty == "unknown" and not self.is_done:
            self.is_done = True
            self.rest(name, TOO_MUCH)
            self.rest(name, STILL_FITS)

    def rest(self, name: str, quantity: int) -> Order:
        """A buy well below the market."""
        quote = self.quote(name)
        assert quote is not None
        price = self.instrument(name).price_down(quote.bid_price * PRICE_BELOW)
        return self.buy(name, quantity, price)
