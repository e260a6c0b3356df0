"""A two-sided quoter that leans against its inventory.

Worth reading for: resting maker orders that follow the market, requoting only when it matters, taking
over the quotes of a process that died, pulling them as soon as the market cannot be seen, and the one
idea every market maker starts from: the more you hold, the lower you quote. The quotes are placed
around a reservation price, `mid - skew * position / position_max`, after Avellaneda and Stoikov
(High-frequency trading in a limit order book, 2008), with the skew in ticks instead of their formula.
"""

from engine.strategy import Decimal, Order, Quote, Side, Strategy, VenueStateWord, parameter


class TwoSidedQuoter(Strategy):
    """Keeps one bid and one offer around the mid price, shifted against its own position."""

    quantity: Decimal = parameter(Decimal(5), minimum=Decimal(0), help="size of each quote")
    position_max: Decimal = parameter(
        Decimal(50), minimum=Decimal(0), help="stops quoting the side that would go beyond"
    )
    half_spread_ticks: float = parameter(
        1.0, minimum=0.5, maximum=1000.0, help="distance from the reservation price in ticks"
    )
    skew_ticks: float = parameter(
        4.0, minimum=0.0, maximum=1000.0, help="shift of the reservation price at position_max"
    )
    requote_ticks: int = parameter(1, minimum=1, help="how far a quote may be off before it moves")

    def check_parameters(self) -> None:
        if not 0 < self.quantity <= self.position_max:
            raise ValueError(
                f"quantity ({self.quantity}) must be above 0 and not above position_max "
                f"({self.position_max})"
            )

    def on_start(self) -> None:
        self.quotes: dict[tuple[str, Side], Order] = {}
        for order in self.orders():
            if self.quotes.setdefault((order.instrument, order.side), order) is not order:
                self.cancel(order)
        for name in self.instruments:
            self.subscribe_quotes(name)

    def on_quote(self, quote: Quote) -> None:
        if not quote.mid_price or self.is_stale(quote.instrument):
            return
        for side in Side:
            self.requote(quote, side)

    def on_stale(self, instrument: str, *, fresh: bool) -> None:
        """Nobody should quote a market that they cannot see."""
        if not fresh:
            self.cancel_all(instrument)

    def requote(self, quote: Quote, side: Side) -> None:
        """Place, move or pull the quote of one side."""
        order = self.quotes.get((quote.instrument, side))
        live = order is not None and order.is_open
        if not self.may_quote(quote.instrument, side):
            if live and order is not None:
                self.cancel(order)
            return
        price = self.price(quote, side)
        if live and order is not None:
            tick = self.instrument(quote.instrument).price_increment
            if order.price is not None and abs(order.price - price) >= self.requote_ticks * tick:
                self.cancel(order)
            return
        self.quotes[quote.instrument, side] = self.submit(
            side, quote.instrument, self.quantity, price, post_only=True, note="quote"
        )

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
