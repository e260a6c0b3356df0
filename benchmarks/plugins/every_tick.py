"""The benchmark's strategy: one order for every so many quotes, and nothing else."""

from engine.strategy import Decimal, Quote, Side, Strategy, TimeInForce, parameter


class EveryTick(Strategy):
    """Answers every n-th quote with an order that ends at once."""

    ticks_per_order: int = parameter(1, minimum=1, help="quotes for each order")

    def on_start(self) -> None:
        self.seen = 0
        self.sides = (Side.BUY, Side.SELL)
        for name in self.instruments:
            self.subscribe_quotes(name)
            self.subscribe_trades(name)  # there are none: this starts the venue's ticks

    def on_quote(self, quote: Quote) -> None:
        self.seen += 1
        if self.seen % self.ticks_per_order == 0:
            side = self.sides[(self.seen // self.ticks_per_order) % 2]
            price = quote.bid_price if side is Side.BUY else quote.ask_price
            self.submit(
                side,
                quote.instrument,
                Decimal(1 + self.seen % 7),
                self.instrument(quote.instrument).price_nearest(price),
                time_in_force=TimeInForce.IOC,
            )
