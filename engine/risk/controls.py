"""The pre-trade controls: one pure function each, in the order in which they are asked.

A control gets the wish, what is known (`View`), the limits in force and the monotonic time, and says
why not, with both numbers, or None. The first no is the answer. Each names the rule it carries out
(PT-…); what must be known for a check and is not makes the answer no. A limit itself is allowed, one
step beyond it is not.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, Side, TradingStateWord, VenueStateWord
from engine.model.money import ZERO, decimal_of_float, plain
from engine.orders.exact import EXACT, add, multiply, subtract, value_of
from engine.risk.codes import Denial, DenialCode
from engine.risk.common import (
    CLOCK_LEAD_NS_MAX,
    exceeds,
    fresh_reference,
    limit_missing,
    no_reference,
    owners,
)
from engine.risk.guards import (
    balance,
    credit,
    loss_limit,
    price_drift,
    self_match,
    trading_hours,
)
from engine.risk.limits import Effective
from engine.risk.rates import NS
from engine.risk.view import Sums, View

VALUE_DIGITS_MAX = 15
"""Prices and quantities with more digits before or after the point are mistakes."""

Control = Callable[[SubmitIntent, View, Effective, int], Denial | None]

_PRICED = frozenset({OrdType.LIMIT, OrdType.STOP_LIMIT})
_STOPS = frozenset({OrdType.STOP, OrdType.STOP_LIMIT})
_UNPRICED = frozenset({OrdType.MARKET, OrdType.STOP, OrdType.TRAILING_STOP})
_TRAILS = frozenset({OrdType.TRAILING_STOP})


def expiry(wish: SubmitIntent, _view: View, limits: Effective, mono_ns: int) -> Denial | None:
    """PT-23: a wish that took too long to get here is not carried out."""
    age_ns = mono_ns - wish.created_mono_ns
    if -CLOCK_LEAD_NS_MAX <= age_ns <= limits.intent_age_s_max * NS:
        return None
    return Denial(
        code=DenialCode.INTENT_EXPIRED,
        value=f"made {age_ns / NS:.3f} s ago",
        limit=f"{limits.intent_age_s_max} s",
    )


def trading_state(_wish: SubmitIntent, view: View, _limits: Effective, _now: int) -> Denial | None:
    """PT-19: nothing new and no change while halted or killed."""
    if view.trading_state in (TradingStateWord.HALTED, TradingStateWord.KILLED):
        return Denial(
            code=DenialCode.TRADING_HALTED, value=view.trading_state, detail=view.trading_reason
        )
    return None


def order_venue(wish: SubmitIntent, view: View, _limits: Effective, _now: int) -> Denial | None:
    """PT-25: the venue takes orders and does not only deliver market data."""
    if view.takes_orders:
        return None
    return Denial(code=DenialCode.VENUE_HAS_NO_ORDERS, value=wish.instrument)


def allowed_instrument(
    wish: SubmitIntent, view: View, _limits: Effective, _now: int
) -> Denial | None:
    """PT-17: a strategy trades what its configuration lists."""
    if view.allowed:
        return None
    return Denial(code=DenialCode.INSTRUMENT_NOT_ALLOWED, value=wish.instrument)


def venue_state(_wish: SubmitIntent, view: View, _limits: Effective, _now: int) -> Denial | None:
    """PT-21: orders only where the venue is logged in and in agreement with us."""
    if view.venue_state is VenueStateWord.READY and view.capabilities is not None:
        return None
    return Denial(code=DenialCode.VENUE_NOT_READY, value=view.venue_state, detail=view.venue_reason)


def known_instrument(
    wish: SubmitIntent, view: View, _limits: Effective, _now: int
) -> Denial | None:
    """The venue has defined the instrument and takes orders for it."""
    if view.instrument is None:
        return Denial(code=DenialCode.UNKNOWN_INSTRUMENT, value=wish.instrument)
    if not view.instrument.tradeable:
        return Denial(code=DenialCode.INSTRUMENT_NOT_TRADEABLE, value=wish.instrument)
    return None


def supported(wish: SubmitIntent, view: View, _limits: Effective, _now: int) -> Denial | None:
    """PT-25: what the venue cannot do is refused here, not there."""
    can = view.capabilities
    if can is None:
        return Denial(code=DenialCode.VENUE_NOT_READY, value=view.venue_state)
    if view.replaces and not can.replace:
        return Denial(code=DenialCode.UNSUPPORTED_REPLACE, value="replace")
    if wish.ord_type not in can.ord_types:
        has = _has(can.ord_types)
        return Denial(code=DenialCode.UNSUPPORTED_ORDER_TYPE, value=wish.ord_type, detail=has)
    if wish.time_in_force not in can.times_in_force:
        code, has = DenialCode.UNSUPPORTED_TIME_IN_FORCE, _has(can.times_in_force)
        return Denial(code=code, value=wish.time_in_force, detail=has)
    if wish.post_only and not (can.post_only and wish.ord_type is OrdType.LIMIT):
        return Denial(code=DenialCode.UNSUPPORTED_FLAG, value="post_only", detail=wish.ord_type)
    if wish.reduce_only and not can.reduce_only:
        return Denial(code=DenialCode.UNSUPPORTED_FLAG, value="reduce_only")
    if wish.position_effect not in can.position_effects:
        code, has = DenialCode.UNSUPPORTED_FLAG, _has(can.position_effects)
        return Denial(code=code, value=wish.position_effect, detail=has)
    return None


def _has(words: Iterable[str]) -> str:
    return f"the venue has {', '.join(words) or 'none'}"


def price_sanity(wish: SubmitIntent, view: View, _limits: Effective, _now: int) -> Denial | None:
    """PT-07: prices where the type needs them, positive and on the grid; nothing is rounded."""
    wanted = (
        ("price", wish.price, wish.ord_type in _PRICED),
        ("stop price", wish.stop_price, wish.ord_type in _STOPS),
        ("trail", wish.trail, wish.ord_type in _TRAILS),
    )
    for name, price, needed in wanted:
        if (price is not None) is not needed:
            code = DenialCode.PRICE_MISSING if needed else DenialCode.PRICE_UNEXPECTED
            return Denial(code=code, value=name, detail=wish.ord_type)
        if price is not None and (denial := _check_price(price, view)):
            return denial
    return None


def _check_price(price: Decimal, view: View) -> Denial | None:
    if not _is_sane(price):
        return Denial(code=DenialCode.PRICE_NOT_POSITIVE, value=str(price))
    if view.instrument is not None and EXACT.remainder(price, view.instrument.price_increment):
        tick = plain(view.instrument.price_increment)
        return Denial(code=DenialCode.PRICE_OFF_TICK, value=plain(price), detail=f"tick {tick}")
    return None


def _is_sane(value: Decimal) -> bool:
    return value.is_finite() and value > ZERO and abs(value.adjusted()) <= VALUE_DIGITS_MAX


def order_quantity(wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-01, PT-02: positive, whole lots, between the smallest and the largest order."""
    quantity, instrument = wish.quantity, view.instrument
    if not _is_sane(quantity):
        return Denial(code=DenialCode.QUANTITY_NOT_POSITIVE, value=str(quantity))
    most = [(limits.max_order_quantity, "max_order_quantity")]
    if instrument is not None:
        if EXACT.remainder(quantity, instrument.quantity_increment):
            lot = plain(instrument.quantity_increment)
            return Denial(
                code=DenialCode.QUANTITY_OFF_LOT, value=plain(quantity), detail=f"lot {lot}"
            )
        if quantity < instrument.min_quantity:
            return Denial(
                code=DenialCode.QUANTITY_BELOW_MINIMUM,
                value=plain(quantity),
                limit=plain(instrument.min_quantity),
            )
        most.append((instrument.max_quantity, "venue"))
        if wish.ord_type in _UNPRICED:
            most.append((instrument.max_market_quantity, "venue, market orders"))
    for limit, whose in most:
        if limit is not None and quantity > limit:
            return exceeds(DenialCode.QUANTITY_EXCEEDS_MAXIMUM, quantity, limit, whose)
    return None


def stale_data(wish: SubmitIntent, _view: View, limits: Effective, mono_ns: int) -> Denial | None:
    """PT-20: orders made from old data are not placed; those made from none say so with 0."""
    if limits.data_age_s_max is None or not wish.data_mono_ns:
        return None
    age_ns = mono_ns - wish.data_mono_ns
    if -CLOCK_LEAD_NS_MAX <= age_ns <= limits.data_age_s_max * NS:
        return None
    return Denial(
        code=DenialCode.STALE_DATA,
        value=f"data is {age_ns / NS:.3f} s old",
        limit=f"{limits.data_age_s_max} s",
    )


def market_order(wish: SubmitIntent, view: View, limits: Effective, mono_ns: int) -> Denial | None:
    """PT-08: orders without a limit price need permission and a fresh reference."""
    if wish.ord_type not in _UNPRICED:
        return None
    if not limits.market_orders:
        return Denial(code=DenialCode.MARKET_ORDER_FORBIDDEN, value=wish.ord_type)
    if fresh_reference(view, limits, mono_ns) is None or view.worst_price is None:
        return no_reference(view, limits, mono_ns)
    return None


def price_collar(wish: SubmitIntent, view: View, limits: Effective, mono_ns: int) -> Denial | None:
    """PT-04, PT-05: not worse than the reference by more than the collar; fails closed.

    A stop-limit order is compared with its own stop price: that is where it becomes an order.
    """
    collar, price = limits.price_collar, wish.price
    if collar is None or price is None:
        return None
    reference = fresh_reference(view, limits, mono_ns)
    if reference is None:
        return no_reference(view, limits, mono_ns)
    base = decimal_of_float(reference.price) if wish.stop_price is None else wish.stop_price
    if wish.side is Side.BUY:
        bound = multiply(base, add(Decimal(1), collar))
        outside = price > bound
    else:
        bound = multiply(base, subtract(Decimal(1), collar))
        outside = price < bound
    if not outside:
        return None
    return Denial(
        code=DenialCode.PRICE_OUTSIDE_COLLAR,
        value=f"{wish.side} at {plain(price)}",
        limit=plain(bound),
        detail=f"reference {plain(base)}, collar {plain(collar)}",
    )


def order_notional(wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-03: the value of one order, and the venue's smallest."""
    instrument, price = view.instrument, view.worst_price
    if instrument is None or price is None:
        return None
    value = value_of(price, wish.quantity, instrument.multiplier)
    least = instrument.min_notional
    if least is not None and value < least and not wish.reduce_only:
        return Denial(
            code=DenialCode.NOTIONAL_BELOW_MINIMUM, value=plain(value), limit=plain(least)
        )
    if limits.max_order_notional is None:
        return None
    limit = limits.max_order_notional.get(instrument.currency)
    if limit is None:
        return limit_missing("max_order_notional", instrument.currency)
    if value > limit:
        return exceeds(DenialCode.NOTIONAL_EXCEEDS_MAX_PER_ORDER, value, limit, instrument.currency)
    return None


def reduce_only(wish: SubmitIntent, view: View, _limits: Effective, _now: int) -> Denial | None:
    """PT-24: reduce-only orders may together not be more than there is to reduce.

    Orders whose cancel is under way are left out: the venue enforces the flag as well.
    """
    if not wish.reduce_only:
        return None
    sums = view.strategy
    working = (
        subtract(sums.buys, sums.cancelling_buys)
        if wish.side is Side.BUY
        else subtract(sums.sells, sums.cancelling_sells)
    )
    return _would_increase(
        wish, view, working, code=DenialCode.REDUCE_ONLY_WOULD_INCREASE, whose="strategy"
    )


def reducing(wish: SubmitIntent, view: View, _limits: Effective, _now: int) -> Denial | None:
    """PT-19: at level reducing, only what cannot increase the position, everything open included."""
    if view.trading_state is not TradingStateWord.REDUCING:
        return None
    working = view.strategy.buys if wish.side is Side.BUY else view.strategy.sells
    code = DenialCode.TRADING_STATE_REDUCING
    return _would_increase(wish, view, working, code=code, whose=view.trading_reason)


def _would_increase(
    wish: SubmitIntent, view: View, working: Decimal, *, code: DenialCode, whose: str
) -> Denial | None:
    position = view.strategy.position
    reducible = max(-position if wish.side is Side.BUY else position, ZERO)
    worst = add(working, view.reserve_quantity)
    return exceeds(code, worst, reducible, whose) if worst > reducible else None


def position_limit(wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-10: long and short at worst, everything open, on its way and unknown included."""
    for sums, limit, whose in owners(view, limits):
        if limit.max_position is None:
            continue
        worst = _worst_position(wish.side, sums, view.reserve_quantity)
        if worst > limit.max_position:
            return exceeds(DenialCode.POSITION_LIMIT, worst, limit.max_position, whose)
    return None


def _worst_position(side: Side, sums: Sums, quantity: Decimal) -> Decimal:
    if side is Side.BUY:
        return add(add(sums.position, sums.buys), quantity)
    return subtract(add(sums.sells, quantity), sums.position)


def open_notional(_wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-09: value of all open and unknown orders together."""
    instrument, price = view.instrument, view.worst_price
    if instrument is None or price is None:
        return None
    for sums, limit, whose in owners(view, limits):
        if limit.max_open_notional is None:
            continue
        most = limit.max_open_notional.get(instrument.currency)
        if most is None:
            return limit_missing("max_open_notional", instrument.currency)
        own = value_of(price, view.reserve_quantity, instrument.multiplier)
        total = add(sums.notional, own)
        if total > most:
            return exceeds(DenialCode.OPEN_NOTIONAL_LIMIT, total, most, whose)
    return None


def open_orders(_wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-11: number of open orders of account and strategy, in all and per instrument."""
    if view.replaces:
        return None
    for sums, limit, whose in owners(view, limits):
        counted = (
            (sums.orders, limit.max_open_orders, whose),
            (sums.instrument_orders, limit.max_open_orders_per_instrument, f"{whose}, instrument"),
        )
        for orders, most, name in counted:
            if most is not None and orders + 1 > most:
                return Denial(
                    code=DenialCode.OPEN_ORDERS_LIMIT,
                    value=str(orders + 1),
                    limit=str(most),
                    detail=name,
                )
    return None


def duplicate(_wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-15: the same order again under another name, too soon to be meant."""
    window_s, age_ns = limits.duplicate_window_s, view.duplicate_age_ns
    if view.replaces or window_s is None or age_ns is None or age_ns >= window_s * NS:
        return None
    return Denial(
        code=DenialCode.DUPLICATE_SUSPECTED,
        value=f"equal order {age_ns / NS:.3f} s ago",
        limit=f"{window_s} s",
    )


def message_rate(_wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-13: messages to the venue; cancels are counted too, but never denied."""
    for sums, limit, whose in owners(view, limits):
        if limit.max_messages is not None and sums.rate_full:
            return Denial(
                code=DenialCode.RATE_LIMIT_EXCEEDED,
                value=str(limit.max_messages.count + 1),
                limit=f"{limit.max_messages.count} in {limit.max_messages.window_s} s",
                detail=whose,
            )
    return None


CONTROLS: tuple[Control, ...] = (
    expiry,
    trading_state,
    order_venue,
    allowed_instrument,
    venue_state,
    known_instrument,
    trading_hours,
    supported,
    price_sanity,
    order_quantity,
    stale_data,
    market_order,
    price_collar,
    price_drift,
    self_match,
    order_notional,
    reduce_only,
    reducing,
    position_limit,
    open_notional,
    credit,
    balance,
    loss_limit,
    open_orders,
    duplicate,
    message_rate,
)
"""All of them, in the order in which they are asked."""


def _on_sums(*names: str) -> Callable[[Effective], object]:
    def is_set(limits: Effective) -> object:
        sums = (limits.account, limits.strategy)
        return any(getattr(each, name) is not None for each in sums for name in names)

    return is_set


_NEEDS: Mapping[Control, Callable[[Effective], object]] = {
    trading_hours: lambda limits: limits.trading_hours,
    stale_data: lambda limits: limits.data_age_s_max,
    price_collar: lambda limits: limits.price_collar,
    price_drift: lambda limits: limits.price_drift,
    self_match: lambda limits: limits.self_match,
    position_limit: _on_sums("max_position"),
    open_notional: _on_sums("max_open_notional"),
    credit: _on_sums("max_credit"),
    balance: lambda limits: limits.check_balance,
    loss_limit: _on_sums("max_loss"),
    open_orders: _on_sums("max_open_orders", "max_open_orders_per_instrument"),
    duplicate: lambda limits: limits.duplicate_window_s,
    message_rate: _on_sums("max_messages"),
}
"""Controls that say nothing without a limit: they are asked only where it is set."""


def asked(limits: Effective) -> tuple[Control, ...]:
    """The controls that these limits need, in their order."""
    return tuple(each for each in CONTROLS if each not in _NEEDS or _NEEDS[each](limits))


def check(wish: SubmitIntent, view: View, limits: Effective, mono_ns: int) -> Denial | None:
    """The first no of all controls, None when the wish may be carried out."""
    selected: list[Control] = limits.selected
    if not selected:
        selected += asked(limits)
    for control in selected:
        denial = control(wish, view, limits, mono_ns)
        if denial is not None:
            return denial
    return None
