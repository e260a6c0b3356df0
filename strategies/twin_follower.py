"""A follower: watches an instrument at one venue and trades its twin at another.

Worth reading for: the symbol map of the configuration (`twins`, `self.twin`), signals from one venue and
orders at another, and asking of both whether their data can be trusted. The signal is the simplest there
is: a move beyond a threshold over the last quotes is followed, and left when it is gone.
"""

from collections import deque

from engine.strategy import Decimal, Order, Quote, Side, Strategy, parameter


class TwinFollower(Strategy):
    """Goes with a move of the watched instrument, in its twin."""

    quotes: int = parameter(
        50, minimum=2, maximum=10_000, help="quotes over which a move is measured"
    )
    move_bps: float = parameter(
        2.0, minimum=0.01, maximum=10_000.0, help="move in hundredths of a percent that is followed"
    )
    quantity: Decimal = parameter(
        Decimal(1), minimum=Decimal(0), help="target position in units of the traded instrument"
    )

    def on_start(self) -> None:
        self.mids: dict[str, deque[float]] = {}
        for name in self.instruments:
            if self.twin(name) != name:
                self.mids[name] = deque(maxlen=self.quotes)
                self.subscribe_quotes(name)

    def on_quote(self, quote: Quote) -> None:
        if not quote.mid_price:
            return
        mids = self.mids[quote.instrument]
        mids.append(quote.mid_price)
        if len(mids) < self.quotes or self.is_stale(quote.instrument):
            return
        moved_bps = (mids[-1] / mids[0] - 1) * 10_000
        direction = 0 if abs(moved_bps) < self.move_bps else 1 if moved_bps > 0 else -1
        self.steer(self.twin(quote.instrument), direction * self.quantity)

    def on_stale(self, instrument: str, *, fresh: bool) -> None:
        """A move across a gap is none."""
        if not fresh and instrument in self.mids:
            self.mids[instrument].clear()

    def steer(self, traded: str, target: Decimal) -> None:
        """Bring the position in the twin to its target, one order at a time."""
        change = target - self.position(traded).quantity
        if not change or self.orders(traded) or self.is_stale(traded):
            return
        side = Side.BUY if change > 0 else Side.SELL
        self.submit(side, traded, abs(change), note="follow")

    def on_order(self, order: Order) -> None:
        if order.code:
            self.log("refused", order=order.intent_id, code=order.code, text=order.text)
