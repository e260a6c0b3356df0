"""A strategy that does one thing after the other with its orders: rest, change, cancel, buy, sell, again."""

from engine.strategy import Order, Strategy, parameter

STEPS = ("rest", "change", "cancel", "buy", "sell")


class Changer(Strategy):
    """One step each time; keeps count of how far it came in the states it hears of."""

    quantity: int = parameter(10, minimum=1)
    every_s: float = parameter(1.5, minimum=0.1)

    def on_start(self) -> None:
        self.step = 0
        self.resting: Order | None = None
        (name,) = self.instruments
        self.cancel_all(name)
        self.subscribe_quotes(name)
        self.schedule("step", self.every_s, every_s=self.every_s)

    def on_timer(self, timer: str) -> None:
        (name,) = self.instruments
        quote = self.quote(name)
        if quote is None or not quote.ask_price or self.venue_state("longbridge") != "ready":
            return
        step = STEPS[self.step % len(STEPS)]
        self.step += 1
        far = self.instrument(name).price_down(quote.bid_price * 0.97)
        order = self.resting
        if step == "rest":
            self.resting = self.buy(name, self.quantity, price=far)
        elif step == "change" and order is not None and order.is_open:
            nearer = far + 5 * self.instrument(name).price_increment
            self.modify(order, quantity=2 * self.quantity, price=nearer)
        elif step == "cancel" and order is not None:
            self.cancel(order)
        elif step == "buy":
            self.buy(name, self.quantity)
        elif step == "sell" and self.position(name).quantity > 0:
            self.sell(name, self.position(name).quantity)
