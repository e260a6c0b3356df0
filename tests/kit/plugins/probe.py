"""A strategy that writes down what it is called with; tests reach it through this module."""

from typing import Any, ClassVar

from engine.strategy import Strategy, parameter


class Probe(Strategy):
    """Keeps every call; fails where it is told to."""

    fail_in: str = parameter("", help="callback that raises")
    save_fills: bool = parameter(default=False, help="whether it keeps the fills it heard of")
    living: ClassVar[list[Any]] = []

    def on_start(self) -> None:
        type(self).living.append(self)
        self.calls: list[Any] = []
        self.note("start", dict(self.saved()))
        for name in self.instruments:
            self.subscribe_quotes(name)

    def note(self, *what: Any) -> None:
        self.calls.append(what)
        if what[0] == self.fail_in:
            raise RuntimeError(f"told to fail in {self.fail_in}")

    def on_stop(self) -> None:
        self.note("stop")

    def on_quote(self, quote) -> None:
        self.note("quote", quote.bid_price)

    def on_fill(self, order, fill) -> None:
        self.note("fill", order.intent_id, fill.last_qty)
        if self.save_fills:
            self.save(fills=[*self.saved().get("fills", []), fill.trade_id])

    def on_order(self, order) -> None:
        self.note("order", order.intent_id, order.lifecycle.value)

    def on_timer(self, name) -> None:
        self.note("timer", name)

    def on_stale(self, instrument, *, fresh) -> None:
        self.note("stale", instrument, fresh)

    def on_offloaded(self, name, result, error) -> None:
        self.note("offloaded", name, result, error)

    def on_venue_status(self, venue, state, reason) -> None:
        self.note("venue", venue, state.value)
