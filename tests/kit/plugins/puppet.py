"""A strategy that does what a file tells it, and writes down what it hears: tests pull its strings."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.model.enums import Side, TimeInForce
from engine.strategy import Order, Strategy, parameter

LOOK_EVERY_S = 0.05
TOLD, HEARD = "told.jsonl", "heard.jsonl"


class Puppet(Strategy):
    """Each line of `told.jsonl` is one deed (`n`, `deed`, `name` and terms); orders are known by their note."""

    folder: str = parameter(help="where both files are")

    def on_start(self) -> None:
        self.done = int(str(self.saved().get("done", 0)))
        self.read = 0
        self.taking: set[str] = set()
        (self.traded,) = self.instruments
        self.subscribe_quotes(self.traded)
        self.schedule("look", LOOK_EVERY_S, every_s=LOOK_EVERY_S)

    def on_timer(self, timer: str) -> None:
        file = Path(self.folder) / TOLD
        size = file.stat().st_size if file.exists() else 0
        if size == self.read:
            return  # nothing has been told since
        for line in file.read_text().splitlines()[self.done :]:
            told = json.loads(line)
            if told["deed"] != "cancel" and self.is_stale(self.traded):
                return  # as a strategy should: it acts when it can see again
            self.done += 1
            self.save(done=self.done)  # first: what was begun is not begun again
            self.carry_out(told)
        self.read = size

    def carry_out(self, told: dict[str, Any]) -> None:
        """One deed; what cannot be done is written down as well."""
        try:
            getattr(self, f"do_{told.pop('deed')}")(**told)
        except (ValueError, KeyError, LookupError) as error:
            self.write(name=told["name"], failed=f"{type(error).__name__}: {error}")

    def do_submit(self, name: str, **terms: Any) -> None:
        """A new order with terms as `Ordering` declares them."""
        self.place(name, **terms)

    def do_take(self, name: str, times: float, **terms: Any) -> None:
        """A limit order at the best price for so many times what stands there, and a lot more.

        What is left of it once some has traded is cancelled at once: a market that moves takes it else.
        """
        quote, instrument = self.quote(self.traded), self.instrument(self.traded)
        if quote is None or not quote.ask_size:
            raise LookupError("nothing is offered")
        quantity = instrument.quantity_down(quote.ask_size * times)
        quantity += instrument.quantity_increment
        price = instrument.price_nearest(quote.ask_price)
        self.taking.add(name)
        self.place(name, **terms | {"quantity": quantity, "price": price})

    def do_modify(self, name: str, **terms: str) -> None:
        """Change an order."""
        self.modify(self.order(name), **{key: Decimal(text) for key, text in terms.items()})

    def do_cancel(self, name: str) -> None:
        """Cancel an order."""
        self.cancel(self.order(name))

    def do_bracket(self, name: str, **terms: Any) -> None:
        """A market order with exits far from the market on both sides."""
        low, high = self.far()
        quantity = Decimal(terms["quantity"])
        word = TimeInForce(terms["time_in_force"])
        self.submit_bracket(
            Side.BUY,
            self.traded,
            quantity,
            take_profit=high,
            stop_loss=low,
            time_in_force=word,
            note=name,
        )

    def do_oco(self, name: str, **terms: Any) -> None:
        """A limit order to sell far above the market, and a stop far below it."""
        low, high = self.far()
        quantity = Decimal(terms["quantity"])
        self.submit_oco(Side.SELL, self.traded, quantity, price=high, stop_price=low, note=name)

    def do_trade(self, name: str) -> None:
        """Bring the limit order of this name to where it trades at once."""
        low, _ = self.far()
        (order,) = [each for each in self.orders() if each.note == name and each.price is not None]
        self.modify(order, price=low)

    def do_cancel_all(self, name: str) -> None:
        """Cancel every order of this name."""
        for order in self.orders():
            if order.note == name:
                self.cancel(order)

    def far(self) -> tuple[Decimal, Decimal]:
        """Prices far below and far above the market."""
        quote, instrument = self.quote(self.traded), self.instrument(self.traded)
        if quote is None or not quote.ask_price:
            raise LookupError("there is no market")
        middle = quote.ask_price
        return instrument.price_nearest(middle * 0.95), instrument.price_nearest(middle * 1.05)

    def do_race(self, name: str, **terms: Any) -> None:
        """An order and its cancel in one breath."""
        self.cancel(self.place(name, **terms))

    def place(self, name: str, quantity: Any, price: Any = None, **terms: Any) -> Order:
        """Submit what the terms say."""
        options: dict[str, Any] = {"note": name}
        options["time_in_force"] = TimeInForce(terms.pop("time_in_force", "gtc"))
        if (stop := terms.pop("stop_price", None)) is not None:
            options["stop_price"] = Decimal(stop)
        side = Side(terms.pop("side", "buy"))
        terms.pop("ord_type", None)  # follows from the prices
        limit = None if price is None else Decimal(price)
        return self.submit(side, self.traded, Decimal(quantity), limit, **options, **terms)

    def order(self, name: str) -> Order:
        """Its open order of this name, also one from before a restart."""
        found = [order for order in self.orders() if order.note == name]
        if not found:
            raise LookupError(f"no open order is called {name}")
        return found[-1]

    def on_order(self, order: Order) -> None:
        if order.note in self.taking and order.cum_qty:
            self.taking.discard(order.note)
            if order.cum_qty < order.quantity:
                self.cancel(order)
        self.write(
            name=order.note,
            lifecycle=order.lifecycle.value,
            certainty=order.certainty.value,
            cum_qty=str(order.cum_qty),
            code=order.code,
            price=None if order.price is None else format(order.price, "f"),
        )

    def write(self, **what: Any) -> None:
        """One line of what it heard."""
        with (Path(self.folder) / HEARD).open("a") as file:
            file.write(json.dumps(what) + "\n")
