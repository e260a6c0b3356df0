"""A strategy whose orders rest far from the market; it writes down what it finds and hears."""

from decimal import Decimal
from pathlib import Path

from engine.strategy import Order, Strategy, parameter

AT_ONCE = 4
INTERVAL_S = 0.5
"""So many orders in each interval: fewer than the venue's rate limit lets through."""


class Rester(Strategy):
    """Rests `count` buys 3 % below the market, and holds `hold`; does nothing more once it has."""

    count: int = parameter(1, minimum=0)
    hold: Decimal = parameter(Decimal(0), help="quantity bought once")
    folder: str = parameter(help="where it writes down how many orders it found at each start")

    def on_start(self) -> None:
        found = self.orders()
        with (Path(self.folder) / f"{self.name}.starts").open("a") as file:
            file.write(f"{len(found)}\n")
        self.wanted = 0 if found else self.count
        (name,) = self.instruments
        self.buying = bool(self.hold) and not self.position(name).quantity
        self.subscribe_quotes(name)
        self.schedule("place", INTERVAL_S, every_s=INTERVAL_S)

    def on_timer(self, timer: str) -> None:
        (name,) = self.instruments
        quote = self.quote(name)
        if quote is None or not quote.ask_price or not self.is_open:
            return
        if self.buying:
            self.buying = False
            self.buy(name, self.hold)
        price = self.instrument(name).price_down(quote.ask_price * 0.97)
        for _ in range(min(AT_ONCE, self.wanted)):
            self.wanted -= 1
            self.buy(name, 1, price=price - self.wanted * self.instrument(name).price_increment)

    def on_order(self, order: Order) -> None:
        if order.lifecycle == "cancelled":
            with (Path(self.folder) / f"{self.name}.ended").open("a") as file:
                file.write(f"{order.intent_id}\n")

    @property
    def is_open(self) -> bool:
        """Whether the venue takes orders."""
        return self.venue_state("wooxpro") == "ready"
