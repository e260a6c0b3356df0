"""Controls that only speak where a limit asks for them: hours, drift, own orders, credit, cash, loss.

Same form as those in `controls`, which asks them. Where the limit is not set a control is not asked
at all, and the fact it looks at is not gathered.
"""

from decimal import Decimal

from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, Side
from engine.model.money import ZERO, decimal_of_float, plain
from engine.orders.exact import add, multiply, subtract, value_of
from engine.risk.codes import Denial, DenialCode
from engine.risk.common import above, exceeds, fresh_reference, no_reference, owners
from engine.risk.limits import Effective, SelfMatch
from engine.risk.view import View

ONE = Decimal(1)


def trading_hours(_wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-22: orders only within the configured sessions of the instrument."""
    if view.is_in_session or not limits.trading_hours:
        return None
    hours = " and ".join(str(hours) for hours in limits.trading_hours)
    return Denial(code=DenialCode.OUTSIDE_TRADING_HOURS, value="now", limit=hours)


def price_drift(wish: SubmitIntent, view: View, limits: Effective, mono_ns: int) -> Denial | None:
    """PT-06: not worse than the best reference of the strategy's own orders lately by more than the drift.

    Each order is within the collar of its own reference; together they must not carry the price away.
    """
    price = wish.price
    if price is None or not limits.price_drift:
        return None
    if fresh_reference(view, limits, mono_ns) is None:
        return no_reference(view, limits, mono_ns)
    for drift, seen in zip(limits.price_drift, view.anchors, strict=True):
        if seen is None:
            continue
        low, high = seen
        if wish.side is Side.BUY:
            anchor = decimal_of_float(low)
            bound = multiply(anchor, add(ONE, drift.part))
            outside = price > bound
        else:
            anchor = decimal_of_float(high)
            bound = multiply(anchor, subtract(ONE, drift.part))
            outside = price < bound
        if outside:
            return Denial(
                code=DenialCode.PRICE_DRIFT,
                value=f"{wish.side} at {plain(price)}",
                limit=plain(bound),
                detail=f"{plain(anchor)} within {drift.window_s} s, drift {plain(drift.part)}",
            )
    return None


def self_match(wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-16: no order that would trade with an own one on the same account.

    With `cancel_oldest` it passes, and the own orders in its way are cancelled before it is sent.
    """
    resting = view.resting
    if limits.self_match is not SelfMatch.DENY or resting is None or not meets(wish, resting):
        return None
    price = wish.price if wish.price is not None else wish.stop_price
    return Denial(
        code=DenialCode.SELF_MATCH,
        value=f"{wish.side} at {'market' if price is None else plain(price)}",
        limit=f"own {wish.side.opposite} at {plain(resting)}",
    )


def meets(wish: SubmitIntent, resting: Decimal) -> bool:
    """Whether an order could trade with a resting one of the other side at this price."""
    price = wish.stop_price if wish.ord_type is OrdType.STOP else wish.price
    if price is None:
        return True
    return price >= resting if wish.side is Side.BUY else price <= resting


def added_quantity(wish: SubmitIntent, view: View) -> Decimal:
    """The part of the order that could add to the account's position, everything open included."""
    sums = view.account
    if wish.side is Side.BUY:
        reducible, working = max(-sums.position, ZERO), sums.buys
    else:
        reducible, working = max(sums.position, ZERO), sums.sells
    beyond = subtract(add(working, view.reserve_quantity), reducible)
    return max(min(beyond, view.reserve_quantity), ZERO)


def _cost(wish: SubmitIntent, view: View) -> Decimal:
    instrument, price = view.instrument, view.worst_price
    if instrument is None or price is None:
        return ZERO
    return value_of(price, added_quantity(wish, view), instrument.multiplier)


def credit(wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-12: the position at cost and all open orders together, unless the order only reduces."""
    if view.instrument is None:
        return None
    cost = _cost(wish, view)
    for sums, limit, whose in owners(view, limits):
        if limit.max_credit is None or sums.tied is None or not cost:
            continue
        code, used = DenialCode.CREDIT_LIMIT, add(sums.tied, cost)
        currency = view.instrument.currency
        if denial := above(code, used, limit.max_credit, currency, "max_credit", whose):
            return denial
    return None


def balance(wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-12: what the order adds must be covered by the free balance, less everything reserved."""
    if not limits.check_balance or view.instrument is None:
        return None
    cost = multiply(_cost(wish, view), limits.margin_rate)
    if not cost:
        return None
    currency, free = view.instrument.currency, view.free_balance
    if free is None:
        return Denial(code=DenialCode.BALANCE_UNAVAILABLE, value=currency)
    if cost <= free:
        return None
    return exceeds(DenialCode.NOTIONAL_EXCEEDS_FREE_BALANCE, cost, free, f"free {currency}")


def loss_limit(_wish: SubmitIntent, view: View, limits: Effective, _now: int) -> Denial | None:
    """PT-26: no order while the loss of the day is above the limit, also after a re-arm."""
    if view.instrument is None:
        return None
    for sums, limit, whose in owners(view, limits):
        if limit.max_loss is None or sums.loss is None:
            continue
        code, currency = DenialCode.LOSS_LIMIT, view.instrument.currency
        if denial := above(code, sums.loss, limit.max_loss, currency, "max_loss", whose):
            return denial
    return None
