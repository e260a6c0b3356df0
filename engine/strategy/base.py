"""The class a plugin derives from: callbacks to fill in, verbs to call.

Callbacks are ordinary functions, called one at a time in the order in which things happened; they
must return quickly (`callback_s_max` of the configuration), heavy work goes through `offload`.
Verbs never block and never round: prices and quantities must be on the instrument's grid
(`instrument(...).price_down(…)` and friends bring them there).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from engine.messages.market import Bar, Book, FundingRate, Quote, Ticker, Trade
from engine.model.enums import (
    Contingency,
    PositionEffect,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.model.instrument import Instrument
from engine.strategy.order import FillEvent, Order, Position
from engine.strategy.parameters import Parameter, parameters_class
from engine.strategy.request import Bracket, Number, SubmitRequest, ord_type_of


class _Desk(Protocol):
    """What stands behind a strategy's verbs: the live host, or a backtest."""

    name: str

    def instrument(self, instrument_id: str) -> Instrument: ...
    def instruments(self) -> tuple[str, ...]: ...
    def twin(self, instrument_id: str) -> str: ...
    def now_ns(self) -> int: ...
    def subscribe(self, kind: type, instrument_id: str) -> None: ...
    def unsubscribe(self, kind: type, instrument_id: str) -> None: ...
    def subscribe_bars(self, instrument_id: str, interval_s: int, source: str) -> None: ...
    def submit(self, order: SubmitRequest) -> Order: ...
    def submit_list(
        self, contingency: Contingency, orders: Sequence[SubmitRequest]
    ) -> tuple[Order, ...]: ...
    def modify(self, order: Order, quantity: Decimal | None, price: Decimal | None) -> None: ...
    def cancel(self, order: Order) -> None: ...
    def cancel_all(self, instrument_id: str) -> None: ...
    def orders(self, instrument_id: str) -> list[Order]: ...
    def position(self, instrument_id: str) -> Position: ...
    def quote(self, instrument_id: str) -> Quote | None: ...
    def is_stale(self, instrument_id: str) -> bool: ...
    def venue_state(self, venue: str) -> VenueStateWord: ...
    def schedule(self, name: str, delay_s: float, every_s: float | None) -> None: ...
    def unschedule(self, name: str) -> None: ...
    def log(self, event: str, fields: Mapping[str, object]) -> None: ...
    def save(self, state: Mapping[str, object]) -> None: ...
    def saved(self) -> Mapping[str, object]: ...
    def offload(
        self, work: Callable[..., object], arguments: tuple[object, ...], name: str
    ) -> None: ...


class Strategy:
    """Derive from this, declare parameters, fill in the callbacks you need.

    Parameters declared with `parameter(…)` are plain attributes by the time `on_start` runs.
    """

    Parameters: ClassVar[type]
    _desk: _Desk

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.Parameters = parameters_class(cls)

    def __init__(self, desk: _Desk, parameters: object) -> None:
        self._desk = desk
        for name in vars(type(self)).keys() | {n for b in type(self).__mro__ for n in vars(b)}:
            if isinstance(getattr(type(self), name, None), Parameter):
                setattr(self, name, getattr(parameters, name))
        self.check_parameters()

    # --- callbacks: fill in what you need --------------------------------------------------

    def check_parameters(self) -> None:
        """Compare parameters with each other; raise ValueError to refuse them at load."""

    def on_start(self) -> None:
        """The strategy begins: definitions of its instruments, orders and positions are known."""

    def on_stop(self) -> None:
        """The strategy ends in an orderly way; verbs still work."""

    def on_quote(self, quote: Quote) -> None:
        """The best bid or offer changed."""

    def on_trade(self, trade: Trade) -> None:
        """Somebody traded."""

    def on_book(self, book: Book) -> None:
        """The visible depth changed; `book` is complete."""

    def on_bar(self, bar: Bar) -> None:
        """A bar closed."""

    def on_ticker(self, ticker: Ticker) -> None:
        """Slow statistics changed."""

    def on_funding_rate(self, funding: FundingRate) -> None:
        """The funding rate of a perpetual changed."""

    def on_stale(self, instrument: str, *, fresh: bool) -> None:
        """Data of an instrument is doubted, or (`fresh`) good again."""

    def on_order(self, order: Order) -> None:
        """The state of one of its orders changed."""

    def on_fill(self, order: Order, fill: FillEvent) -> None:
        """One of its orders traded; `on_order` follows."""

    def on_fill_revised(self, order: Order, fill: FillEvent) -> None:
        """The venue changed a fill told before, or took it back; `on_order` follows.

        `fill` is what stands now under that trade id; `last_qty` is zero where nothing does. Order
        and position are right already.
        """

    def on_position(self, position: Position) -> None:
        """Its position in an instrument changed."""

    def on_timer(self, name: str) -> None:
        """A scheduled moment has come; `name` is what it was scheduled under."""

    def on_venue_status(self, venue: str, state: VenueStateWord, reason: str) -> None:
        """A venue became ready for orders, or stopped being so; `venue` is its name, `wooxpro`."""

    def on_offloaded(self, name: str, result: object, error: str) -> None:
        """Work given to `offload` is done: its result, or (not empty) the error that it raised."""

    # --- what it knows -----------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of this instance."""
        return self._desk.name

    @property
    def instruments(self) -> tuple[str, ...]:
        """Ids of the instruments it may see and trade, as configured."""
        return self._desk.instruments()

    @property
    def now_ns(self) -> int:
        """Time of what is being handled, UTC nanoseconds."""
        return self._desk.now_ns()

    def instrument(self, instrument_id: str) -> Instrument:
        """Definition of an instrument: increments, multiplier, currency. KeyError when unknown."""
        return self._desk.instrument(instrument_id)

    def twin(self, instrument_id: str) -> str:
        """Id of the instrument to trade for one that is watched; itself where it has no twin.

        The configuration names twins. Prices are in the same currency; nothing is converted.
        """
        return self._desk.twin(instrument_id)

    def quote(self, instrument_id: str) -> Quote | None:
        """The newest quote it was shown, None before the first."""
        return self._desk.quote(instrument_id)

    def is_stale(self, instrument_id: str) -> bool:
        """Whether the data of the instrument is doubted now."""
        return self._desk.is_stale(instrument_id)

    def position(self, instrument_id: str) -> Position:
        """Its own position; flat when it never traded."""
        return self._desk.position(instrument_id)

    def orders(self, instrument_id: str = "") -> list[Order]:
        """Its orders that may still trade, oldest first, of one instrument or of all."""
        return self._desk.orders(instrument_id)

    def venue_state(self, venue: str) -> VenueStateWord:
        """A venue's readiness for orders."""
        return self._desk.venue_state(venue)

    # --- verbs ---------------------------------------------------------------------------------

    def subscribe_quotes(self, instrument_id: str) -> None:
        """Be called with best bid and offer, whenever one of them changes."""
        self._desk.subscribe(Quote, instrument_id)

    def subscribe_trades(self, instrument_id: str) -> None:
        """Be called with every trade."""
        self._desk.subscribe(Trade, instrument_id)

    def subscribe_book(self, instrument_id: str) -> None:
        """Be called with the visible depth."""
        self._desk.subscribe(Book, instrument_id)

    def subscribe_ticker(self, instrument_id: str) -> None:
        """Be called with last, mark and index price."""
        self._desk.subscribe(Ticker, instrument_id)

    def subscribe_funding_rate(self, instrument_id: str) -> None:
        """Be called with funding rates."""
        self._desk.subscribe(FundingRate, instrument_id)

    def subscribe_bars(self, instrument_id: str, interval_s: int, *, source: str = "mid") -> None:
        """Be called with bars made here from mid prices (`mid`) or trades (`trade`).

        A bar is `interval_s` long, in whole seconds. The quotes or trades that it is made of are
        subscribed to as well, and their callbacks called.

        Raises:
            ValueError: for another source, or an interval that is not positive.
        """
        self._desk.subscribe_bars(instrument_id, interval_s, source)

    def buy(
        self, instrument_id: str, quantity: Number, price: Number | None = None, **options: Any
    ) -> Order:
        """Buy at a limit price, or at market without one. Options as for `submit`."""
        return self.submit(Side.BUY, instrument_id, quantity, price, **options)

    def sell(
        self, instrument_id: str, quantity: Number, price: Number | None = None, **options: Any
    ) -> Order:
        """Sell at a limit price, or at market without one. Options as for `submit`."""
        return self.submit(Side.SELL, instrument_id, quantity, price, **options)

    def submit(
        self,
        side: Side,
        instrument_id: str,
        quantity: Number,
        price: Number | None = None,
        *,
        stop_price: Number | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        reduce_only: bool = False,
        note: str = "",
        trail: Number | None = None,
        position_effect: PositionEffect = PositionEffect.AUTO,
    ) -> Order:
        """Ask for a new order and return it; what becomes of it arrives in `on_order`.

        With `trail` it is a stop that follows the market at this distance, in units of price.
        `position_effect` is for venues that keep positions of today and of yesterday apart.

        Raises:
            ValueError: a price or quantity is off the instrument's grid (nothing was sent).
            KeyError: the instrument is unknown.
        """
        request = self._request(
            side,
            instrument_id,
            quantity,
            price,
            stop_price=stop_price,
            time_in_force=time_in_force,
            post_only=post_only,
            reduce_only=reduce_only,
            note=note,
            trail=trail,
            position_effect=position_effect,
        )
        return self._desk.submit(request)

    def submit_oco(
        self,
        side: Side,
        instrument_id: str,
        quantity: Number,
        *,
        price: Number,
        stop_price: Number,
        time_in_force: TimeInForce = TimeInForce.GTC,
        note: str = "",
    ) -> tuple[Order, Order]:
        """Ask for a limit order and a stop order of which one cancels the other at the venue.

        All or nothing is placed. Both are reserved in full until one is over, for the venue may fill
        both before it cancels one. Only where `Capabilities.contingencies` has `oco`.

        Raises:
            ValueError, KeyError: as `submit`.
        """
        terms: dict[str, Any] = {"time_in_force": time_in_force, "note": note}
        limit = self._request(side, instrument_id, quantity, price, **terms)
        stop = self._request(side, instrument_id, quantity, stop_price=stop_price, **terms)
        first, second = self._desk.submit_list(Contingency.OCO, (limit, stop))
        return first, second

    def submit_bracket(
        self,
        side: Side,
        instrument_id: str,
        quantity: Number,
        price: Number | None = None,
        *,
        take_profit: Number,
        stop_loss: Number,
        time_in_force: TimeInForce = TimeInForce.GTC,
        note: str = "",
    ) -> Bracket:
        """Ask for an entry with two exits that the venue holds until the entry fills.

        The entry is a limit order, or a market order without `price`; the exits are a limit order at
        `take_profit` and a stop at `stop_loss`, good until cancelled, each cancelling the other. All or
        nothing is placed, and all are reserved in full, the exits from the start. Only where
        `Capabilities.contingencies` has `bracket`.

        Raises:
            ValueError, KeyError: as `submit`.
        """
        entry = self._request(
            side, instrument_id, quantity, price, time_in_force=time_in_force, note=note
        )
        profit = self._request(side.opposite, instrument_id, quantity, take_profit, note=note)
        loss = self._request(
            side.opposite, instrument_id, quantity, stop_price=stop_loss, note=note
        )
        return Bracket(*self._desk.submit_list(Contingency.BRACKET, (entry, profit, loss)))

    def _request(
        self,
        side: Side,
        instrument_id: str,
        quantity: Number,
        price: Number | None = None,
        *,
        stop_price: Number | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        post_only: bool = False,
        reduce_only: bool = False,
        note: str = "",
        trail: Number | None = None,
        position_effect: PositionEffect = PositionEffect.AUTO,
    ) -> SubmitRequest:
        definition = self.instrument(instrument_id)
        return SubmitRequest(
            instrument=instrument_id,
            side=side,
            ord_type=ord_type_of(price, stop_price, trail),
            quantity=definition.quantity(quantity),
            price=None if price is None else definition.price(price),
            stop_price=None if stop_price is None else definition.price(stop_price),
            time_in_force=time_in_force,
            post_only=post_only,
            reduce_only=reduce_only,
            note=note,
            trail=None if trail is None else definition.price(trail),
            position_effect=position_effect,
        )

    def modify(
        self, order: Order, *, quantity: Number | None = None, price: Number | None = None
    ) -> None:
        """Ask to change the total quantity (what has traded included) or the limit price of an order.

        Nothing happens to one that is over, or when neither is given.

        Raises:
            ValueError: off the instrument's grid (nothing was sent).
        """
        definition = self.instrument(order.instrument)
        self._desk.modify(
            order,
            None if quantity is None else definition.quantity(quantity),
            None if price is None else definition.price(price),
        )

    def cancel(self, order: Order) -> None:
        """Ask to cancel an order; harmless when it is over or being cancelled."""
        self._desk.cancel(order)

    def cancel_all(self, instrument_id: str = "") -> None:
        """Ask to cancel all its orders, of one instrument or of all."""
        self._desk.cancel_all(instrument_id)

    def close_position(self, instrument_id: str) -> Order | None:
        """Cancel its orders of the instrument and flatten at market; None when already flat."""
        self.cancel_all(instrument_id)
        quantity = self.position(instrument_id).quantity
        if not quantity:
            return None
        side = Side.SELL if quantity > 0 else Side.BUY
        return self.submit(side, instrument_id, abs(quantity), reduce_only=True, note="close")

    def schedule(self, name: str, delay_s: float, *, every_s: float | None = None) -> None:
        """Call `on_timer(name)` after `delay_s`, then every `every_s`; replaces one of that name.

        Both in seconds. Without `every_s` it is called once. What was missed is not made up for.

        Raises:
            ValueError: for a time that is negative or not finite, or beyond 1,000 timers.
        """
        self._desk.schedule(name, delay_s, every_s)

    def unschedule(self, name: str) -> None:
        """Forget a scheduled moment; harmless when there is none."""
        self._desk.unschedule(name)

    def log(self, event: str, /, **fields: object) -> None:
        """Write one line of JSON to the strategy's log: `event` is its text, `fields` its values.

        The line has `"by": "strategy"`, and each field under its own name; those that every line has
        (`ts_ns`, `time`, `level`, `actor`, `boot` …) are put behind an `x_`.
        """
        self._desk.log(event, fields)

    def save(self, **state: object) -> None:
        """Keep a small state (texts, numbers, lists, tables) over restarts; replaces the last.

        It is on disk as soon as the callback has returned. Save a `Decimal` as text.

        Raises:
            TypeError, ValueError: something else is in it, or a number that is not finite.
            LimitExceeded: it is larger than 1 MiB.
        """
        self._desk.save(state)

    def saved(self) -> Mapping[str, object]:
        """What was saved last, as JSON keeps it; empty at the very first start."""
        return self._desk.saved()

    def offload(self, work: Callable[..., object], *arguments: object, name: str = "") -> None:
        """Call `work(*arguments)` in a thread; the result arrives in `on_offloaded` under `name`.

        `name` is that of the function unless given. The work must not touch the strategy or call verbs.

        Raises:
            RuntimeError: too much work is not done yet; nothing was given away.
        """
        self._desk.offload(work, arguments, name or getattr(work, "__name__", "work"))
