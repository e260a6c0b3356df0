"""A moving-average cross: long while the fast average of mid prices is above the slow one.

Worth reading for: bars, market orders sized by a target position, and what to do when the market data
is doubted. It trades rarely and pays the spread, so it needs trends to earn its fees.
"""

from collections import deque

from engine.strategy import Bar, Decimal, Order, Side, Strategy, TimeInForce, parameter


class SmaCross(Strategy):
    """Goes long when the fast average crosses above the slow one, short when it crosses below."""

    fast: int = parameter(5, minimum=2, maximum=500, help="bars in the fast average")
    slow: int = parameter(20, minimum=3, maximum=5000, help="bars in the slow average")
    bar_s: int = parameter(1, minimum=1, maximum=86400, help="length of a bar in seconds")
    quantity: Decimal = parameter(
        Decimal(10), minimum=Decimal(0), help="target position in units of the instrument"
    )
    allow_short: bool = parameter(default=True, help="whether to go short instead of flat")
    time_in_force: str = parameter(
        "gtc", choices=("gtc", "day", "ioc"), help="of its market orders; a venue may lack some"
    )

    def check_parameters(self) -> None:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be below slow ({self.slow})")

    def on_start(self) -> None:
        self.closes = {name: deque[float](maxlen=self.slow) for name in self.instruments}
        for name in self.instruments:
            self.subscribe_bars(name, self.bar_s, source="mid")

    def on_bar(self, bar: Bar) -> None:
        closes = self.closes[bar.instrument]
        closes.append(bar.close)
        if len(closes) == self.slow:
            fast = sum(list(closes)[-self.fast :]) / self.fast
            slow = sum(closes) / self.slow
            self.steer(bar.instrument, long=fast > slow)

    def steer(self, instrument: str, *, long: bool) -> None:
        """Bring the position to its target, one order at a time."""
        if self.orders(instrument) or self.is_stale(instrument):
            return
        short_target = -self.quantity if self.allow_short else Decimal(0)
        target = self.quantity if long else short_target
        change = target - self.position(instrument).quantity
        if change:
            side = Side.BUY if change > 0 else Side.SELL
            word = TimeInForce(self.time_in_force)
            self.submit(side, instrument, abs(change), time_in_force=word, note="cross")

    def on_order(self, order: Order) -> None:
        if order.code:
            self.log("refused", order=order.intent_id, code=order.code, text=order.text)
