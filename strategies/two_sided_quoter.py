"""A two-sided quoter that leans against its inventory.

Worth reading for: resting maker orders that follow the market, requoting only when it matters and no
faster than a venue's message budget allows, taking over the quotes of a process that died, pulling
them as soon as the market cannot be seen, and the one idea every market maker starts from: the more
you hold, the lower you quote. The quotes are placed around a reservation price,
`mid - skew * position / position_max`, after Avellaneda and Stoikov (High-frequency trading in a limit
order book, 2008), with the skew in ticks instead of their formula.
"""

from engine.strategy import (
    Decimal,
    Order,
    Quote,
    Side,
    Strategy,
    TimeInForce,
    VenueStateWord,
    parameter,
)

LEAST = Decimal("0.00000001")
"""The finest step of quantity that venues know; a size must be above zero."""


class TwoSidedQuoter(Strategy):
    """Keeps one bid and one offer around the mid price, shifted against its own position."""

    quantity: Decimal = parameter(Decimal(5), minimum=LEAST, help="size of each quote")
    position_max: Decimal = parameter(
        Decimal(50), minimum=LEAST, help="stops quoting the side that would go beyond"
    )
    half_spread_ticks: float = parameter(
        1.0, minimum=0.5, maximum=1000.0, help="distance from the reservation price in ticks"
    )
    skew_ticks: float = parameter(
        4.0, minimum=0.0, maximum=1000.0, help="shift of the reservation price at position_max"
    )
    requote_ticks: int = parameter(1, minimum=1, help="how far a quote may be off before it moves")
    requote_interval_s: float = parameter(
        0.5, minimum=0.0, maximum=60.0, help="a side's quote is placed and moved at most this often"
    )

    post_only: bool = parameter(
        default=True,
        help="a quote that would trade at once is refused; false where a venue has no such",
    )
    time_in_force: str = parameter(
        "gtc", choices=("gtc", "day"), help="of its quotes; a venue may lack one of them"
    )

    def check_parameters(self) -> None:
        if self.quantity > self.position_max:
            raise ValueError(
                f"quantity ({self.quantity}) must not be above position_max ({self.position_max})"
            )

    def on_start(self) -> None:
        self.quotes: dict[tuple[str, Side], Order] = {}
        self.resting: dict[str, tuple[str, Side]] = {}  # by the timer that ends the rest
        for order in self.orders():
            self.quotes.setdefault((order.instrument, order.side), order)
        for name in self.instruments:
            for side in Side:
                self.cancel_others(name, side)  # a former process may have left more than one
            self.subscribe_quotes(name)

    def on_quote(self, quote: Quote) -> None:
        for side in Side:
            self.requote(quote, side)

    def on_timer(self, name: str) -> None:
        """A side has rested: it follows what the market did meanwhile, also when nothing comes now."""
        instrument, side = self.resting.pop(name)
        quote = self.quote(instrument)
        if quote is not None:
            self.requote(quote, side)

    def on_stale(self, instrument: str, *, fresh: bool) -> None:
        """Nobody should quote a market that they cannot see."""
        if not fresh:
            self.cancel_all(instrument)

    def requote(self, quote: Quote, side: Side) -> None:
        """Place, move or pull the quote of one side."""
        if not quote.mid_price or self.is_stale(quote.instrument):
            return
        if self.cancel_others(quote.instrument, side):
            return
        order = self.quotes.get((quote.instrument, side))
        live = order is not None and order.is_open
        if not self.may_quote(quote.instrument, side):
            if live and order is not None:
                self.cancel(order)
            return
        if timer_of(quote.instrument, side) in self.resting:
            return
        price = self.price(quote, side)
        if live and order is not None:
            tick = self.instrument(quote.instrument).price_increment
            if order.price is not None and abs(order.price - price) >= self.requote_ticks * tick:
                self.cancel(order)
            return
        self.place(quote.instrument, side, price)

    def place(self, instrument: str, side: Side, price: Decimal) -> None:
        """A new quote; it then rests, so that no market is fast enough to exhaust a venue's budget."""
        self.quotes[instrument, side] = self.submit(
            side,
            instrument,
            self.quantity,
            price,
            time_in_force=TimeInForce(self.time_in_force),
            post_only=self.post_only,
            note="quote",
        )
        timer = timer_of(instrument, side)
        self.resting[timer] = instrument, side
        self.schedule(timer, self.requote_interval_s)

    def cancel_others(self, instrument: str, side: Side) -> bool:
        """Whether more than the one quote is there, e.g. one that was thought to be over; away with it."""
        kept = self.quotes.get((instrument, side))
        others = [o for o in self.orders(instrument) if o.side is side and o is not kept]
        for order in others:
            self.cancel(order)
        return bool(others)

    def may_quote(self, instrument: str, side: Side) -> bool:
        """Whether a fill on this side keeps the position within its limit, or brings it nearer."""
        ready = self.venue_state(self.instrument(instrument).venue) is VenueStateWord.READY
        held = self.position(instrument).quantity
        after = held + side.sign * self.quantity
        return ready and (abs(after) <= self.position_max or abs(after) < abs(held))

    def price(self, quote: Quote, side: Side) -> Decimal:
        """The price of this side's quote: on the grid, and never across the market."""
        definition = self.instrument(quote.instrument)
        tick = float(definition.price_increment)
        held = float(self.position(quote.instrument).quantity / self.position_max)
        reservation = quote.mid_price - self.skew_ticks * tick * held
        distance = self.half_spread_ticks * tick
        if side is Side.BUY:
            return definition.price_down(min(reservation - distance, quote.ask_price - tick))
        return definition.price_up(max(reservation + distance, quote.bid_price + tick))

    def on_venue_status(self, venue: str, state: VenueStateWord, reason: str) -> None:
        self.log("venue", venue=venue, state=state.value, reason=reason)


def timer_of(instrument: str, side: Side) -> str:
    """Name of the timer that ends the rest of a side's quote."""
    return f"{side.value} {instrument}"
