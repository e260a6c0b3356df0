"""Each control at limit - step, limit and limit + step (T-080), and what it must know to say yes."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.orders import SubmitIntent
from engine.model.enums import (
    OrdType,
    PositionEffect,
    Side,
    TimeInForce,
    TradingStateWord,
    VenueStateWord,
)
from engine.risk import controls
from engine.risk.codes import DenialCode
from engine.risk.limits import Limits, Rate, RiskSettings, effective
from engine.risk.rates import NS
from engine.risk.view import Reference, Sums, View
from tests.kit.orders import BTC, CAPABILITIES, D, instrument

NOW = 1_000 * NS
TICK, LOT = D("0.1"), D(1)


def wish(**changes: Any) -> SubmitIntent:
    made = SubmitIntent(
        intent_id="alpha:5:1",
        strategy="alpha",
        boot=5,
        counter=1,
        instrument=BTC,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        quantity=D(10),
        price=D(100),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        created_mono_ns=NOW,
        data_mono_ns=0,
        note="",
    )
    return attrs.evolve(made, **changes)


def view(order: SubmitIntent, **changes: Any) -> View:
    made = View(
        instrument=instrument(),
        capabilities=CAPABILITIES,
        allowed=True,
        venue_state=VenueStateWord.READY,
        venue_reason="",
        trading_state=TradingStateWord.ACTIVE,
        trading_reason="",
        reference=Reference(100.0, 99.9, 100.1, NOW),
        replaces=False,
        reserve_quantity=order.quantity,
        worst_price=order.price or D("100.1"),
        duplicate_age_ns=None,
        account=Sums(),
        strategy=Sums(),
    )
    return attrs.evolve(made, **changes)


def verdict(order: SubmitIntent, seen: View | None = None, **limits: Any) -> DenialCode | None:
    """The code of the first no, None for a pass; `limits` are the defaults in force."""
    in_force = effective(RiskSettings(defaults=Limits(**limits)), "alpha", BTC)
    denial = controls.check(order, seen or view(order), in_force, NOW)
    if denial is not None:
        assert denial.text
    return None if denial is None else denial.code


def test_an_ordinary_order_passes():
    """With nothing against it an order passes all controls."""
    assert verdict(wish()) is None


# --- numbers: limit - step, limit, limit + step --------------------------------------------------


@pytest.mark.parametrize("quantity", [9, 10, 11])
def test_order_quantity(quantity):
    """PT-01: the largest quantity is allowed, one lot more is not."""
    expected = DenialCode.QUANTITY_EXCEEDS_MAXIMUM if quantity > 10 else None
    assert verdict(wish(quantity=D(quantity)), max_order_quantity=D(10)) is expected


@pytest.mark.parametrize("quantity", [9, 10, 11])
@pytest.mark.parametrize("own", [instrument(max_quantity=D(10))])
def test_order_quantity_of_the_venue(quantity, own):
    """PT-01: so is the venue's own largest order."""
    order = wish(quantity=D(quantity))
    expected = DenialCode.QUANTITY_EXCEEDS_MAXIMUM if quantity > 10 else None
    assert verdict(order, view(order, instrument=own)) is expected


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("0", DenialCode.QUANTITY_NOT_POSITIVE),
        ("-1", DenialCode.QUANTITY_NOT_POSITIVE),
        ("NaN", DenialCode.QUANTITY_NOT_POSITIVE),
        ("Infinity", DenialCode.QUANTITY_NOT_POSITIVE),
        ("1E+30", DenialCode.QUANTITY_NOT_POSITIVE),
        ("0.00000001", DenialCode.QUANTITY_OFF_LOT),
        ("1.5", DenialCode.QUANTITY_OFF_LOT),
        ("1", DenialCode.QUANTITY_BELOW_MINIMUM),
        ("2", None),
        ("3", None),
    ],
)
def test_quantity_sanity(quantity, code):
    """PT-02: positive, whole lots, not below the smallest order; nothing is rounded."""
    order = wish(quantity=D(quantity))
    seen = view(order, instrument=instrument(min_quantity=D(2)))
    assert verdict(order, seen) is code


@pytest.mark.parametrize("price", ["99.9", "100.0", "100.1"])
def test_order_notional(price):
    """PT-03: price times quantity times multiplier may reach the limit, not pass it."""
    expected = DenialCode.NOTIONAL_EXCEEDS_MAX_PER_ORDER if price == "100.1" else None
    assert verdict(wish(price=D(price)), max_order_notional={"USDT": D(1)}) is expected


def test_order_notional_of_another_currency_is_missing():
    """PT-03: a limit that is set, but not for this currency, denies."""
    assert verdict(wish(), max_order_notional={"EUR": D(1)}) is DenialCode.LIMIT_MISSING


@pytest.mark.parametrize("price", ["99.9", "100.0", "100.1"])
def test_smallest_notional(price):
    """The venue's smallest value passes, one tick less does not; reduce-only orders are exempt."""
    order = wish(price=D(price))
    seen = view(order, instrument=instrument(min_notional=D(1)))
    expected = DenialCode.NOTIONAL_BELOW_MINIMUM if price == "99.9" else None
    assert verdict(order, seen) is expected
    closing = attrs.evolve(order, reduce_only=True, side=Side.SELL)
    sums = Sums(position=D(10))
    assert verdict(closing, attrs.evolve(seen, strategy=sums, account=sums)) is None


@pytest.mark.parametrize(
    ("side", "price", "passes"),
    [
        (Side.BUY, "104.9", True),
        (Side.BUY, "105.0", True),
        (Side.BUY, "105.1", False),
        (Side.BUY, "1.0", True),
        (Side.SELL, "95.1", True),
        (Side.SELL, "95.0", True),
        (Side.SELL, "94.9", False),
        (Side.SELL, "999.0", True),
    ],
)
def test_price_collar(side, price, passes):
    """PT-04: the collar itself is allowed; a tick worse is not; better prices never are refused."""
    order = wish(side=side, price=D(price))
    expected = None if passes else DenialCode.PRICE_OUTSIDE_COLLAR
    assert verdict(order, price_collar=D("0.05")) is expected


@pytest.mark.parametrize("age_ns", [5 * NS - 1, 5 * NS, 5 * NS + 1])
@pytest.mark.parametrize("market", [False, True])
def test_age_of_the_reference(age_ns, market):
    """PT-05, PT-08: without a fresh reference neither collar nor market order passes."""
    order = wish(ord_type=OrdType.MARKET, price=None) if market else wish()
    seen = view(order, reference=Reference(100.0, 99.9, 100.1, NOW - age_ns))
    expected = DenialCode.REFERENCE_UNAVAILABLE if age_ns > 5 * NS else None
    assert verdict(order, seen, price_collar=D("0.05")) is expected


@pytest.mark.parametrize(
    "reference",
    [
        None,
        Reference(0.0, 0.0, 0.0, NOW),
        Reference(-1.0, 0.0, 0.0, NOW),
        Reference(float("nan"), 0.0, 0.0, NOW),
        Reference(100.0, 0.0, 0.0, NOW + 2 * NS),
    ],
)
def test_no_usable_reference(reference):
    """PT-05: none, zero, negative, not a number, from the future: all fail closed."""
    order = wish()
    seen = view(order, reference=reference)
    code = DenialCode.REFERENCE_UNAVAILABLE
    assert verdict(order, seen, price_collar=D("0.05")) is code
    assert verdict(order, seen) is None  # without a collar a limit order needs none


@pytest.mark.parametrize(
    ("ord_type", "price", "stop", "code"),
    [
        (OrdType.LIMIT, "-1", None, DenialCode.PRICE_NOT_POSITIVE),
        (OrdType.LIMIT, "0", None, DenialCode.PRICE_NOT_POSITIVE),
        (OrdType.LIMIT, "NaN", None, DenialCode.PRICE_NOT_POSITIVE),
        (OrdType.LIMIT, "Infinity", None, DenialCode.PRICE_NOT_POSITIVE),
        (OrdType.LIMIT, "1E+999", None, DenialCode.PRICE_NOT_POSITIVE),
        (OrdType.LIMIT, "100.05", None, DenialCode.PRICE_OFF_TICK),
        (OrdType.LIMIT, "100.00", None, None),
        (OrdType.LIMIT, None, None, DenialCode.PRICE_MISSING),
        (OrdType.LIMIT, "100", "99", DenialCode.PRICE_UNEXPECTED),
        (OrdType.MARKET, None, None, None),
        (OrdType.MARKET, "100", None, DenialCode.PRICE_UNEXPECTED),
        (OrdType.STOP, None, None, DenialCode.PRICE_MISSING),
        (OrdType.STOP, None, "99.9", None),
        (OrdType.STOP, "100", "99.9", DenialCode.PRICE_UNEXPECTED),
        (OrdType.STOP_LIMIT, "100", "99.95", DenialCode.PRICE_OFF_TICK),
        (OrdType.STOP_LIMIT, "100", "99.9", None),
        (OrdType.STOP_LIMIT, None, "99.9", DenialCode.PRICE_MISSING),
    ],
)
def test_price_sanity(ord_type, price, stop, code):
    """PT-07: prices where the type needs them, finite, positive, on the grid; nothing is rounded."""
    order = wish(
        ord_type=ord_type,
        price=None if price is None else D(price),
        stop_price=None if stop is None else D(stop),
    )
    assert verdict(order, view(order, worst_price=D(100))) is code


@pytest.mark.parametrize("ord_type", [OrdType.MARKET, OrdType.STOP])
def test_market_orders_can_be_forbidden(ord_type):
    """PT-08: where configuration forbids orders without a limit price there are none."""
    stop = D(100) if ord_type is OrdType.STOP else None
    order = wish(ord_type=ord_type, price=None, stop_price=stop)
    assert verdict(order) is None
    assert verdict(order, market_orders=False) is DenialCode.MARKET_ORDER_FORBIDDEN


@pytest.mark.parametrize("open_notional", ["8.9", "9.0", "9.1"])
@pytest.mark.parametrize("owner", ["account", "strategy"])
def test_open_notional(open_notional, owner):
    """PT-09: open and unknown orders with this one may reach the limit, not pass it."""
    order = wish()  # worth 1 USDT
    seen = view(order, **{owner: Sums(notional=D(open_notional))})
    expected = DenialCode.OPEN_NOTIONAL_LIMIT if open_notional == "9.1" else None
    assert sums_verdict(order, seen, owner, max_open_notional={"USDT": D(10)}) is expected


@pytest.mark.parametrize("open_buys", [9, 10, 11])
@pytest.mark.parametrize("owner", ["account", "strategy"])
@pytest.mark.parametrize("side", Side)
def test_position_limit(open_buys, owner, side):
    """PT-10: position with everything open and unknown may reach the limit, long and short."""
    order = wish(side=side)
    sums = Sums(position=D(20) * side.sign)
    if side is Side.BUY:
        sums.buys = D(open_buys)
    else:
        sums.sells = D(open_buys)
    expected = DenialCode.POSITION_LIMIT if open_buys > 10 else None
    seen = view(order, **{owner: sums})
    assert sums_verdict(order, seen, owner, max_position=D(40)) is expected


def test_reducing_a_position_beyond_its_limit_passes():
    """PT-10: who holds too much may sell."""
    order = wish(side=Side.SELL)
    seen = view(order, account=Sums(position=D(100)))
    assert verdict(order, seen, max_position=D(40)) is None


@pytest.mark.parametrize("orders", [1, 2, 3])
@pytest.mark.parametrize("owner", ["account", "strategy"])
@pytest.mark.parametrize("name", ["max_open_orders", "max_open_orders_per_instrument"])
def test_open_orders(orders, owner, name):
    """PT-11: the order that makes the limit full passes, the next does not."""
    order = wish()
    seen = view(order, **{owner: Sums(orders=orders, instrument_orders=orders)})
    expected = DenialCode.OPEN_ORDERS_LIMIT if orders + 1 > 3 else None
    assert sums_verdict(order, seen, owner, **{name: 3}) is expected
    assert sums_verdict(order, attrs.evolve(seen, replaces=True), owner, **{name: 3}) is None


@pytest.mark.parametrize("owner", ["account", "strategy"])
def test_message_rate(owner):
    """PT-13: with the window full nothing new passes."""
    order, rate = wish(), Rate(count=2, window_s=1.0)
    for full in (False, True):
        seen = view(order, **{owner: Sums(rate_full=full)})
        expected = DenialCode.RATE_LIMIT_EXCEEDED if full else None
        assert sums_verdict(order, seen, owner, max_messages=rate) is expected


def sums_verdict(order: SubmitIntent, seen: View, owner: str, **limits: Any) -> DenialCode | None:
    """The verdict with limits of the chain (`account`) or of the strategy's section."""
    made = Limits(**limits)
    risk = (
        RiskSettings(defaults=made)
        if owner == "account"
        else RiskSettings(strategies={"alpha": made})
    )
    denial = controls.check(order, seen, effective(risk, "alpha", BTC), NOW)
    return None if denial is None else denial.code


@pytest.mark.parametrize("age_ns", [NS - 1, NS, NS + 1])
def test_duplicate(age_ns):
    """PT-15: an equal order is suspected inside the window and fine from its end on."""
    order = wish()
    seen = view(order, duplicate_age_ns=age_ns)
    expected = DenialCode.DUPLICATE_SUSPECTED if age_ns < NS else None
    assert verdict(order, seen, duplicate_window_s=1.0) is expected
    assert verdict(order, seen) is None


def test_allowed_instruments():
    """PT-17: an instrument that is not on the list is refused."""
    order = wish()
    assert verdict(order, view(order, allowed=False)) is DenialCode.INSTRUMENT_NOT_ALLOWED


@pytest.mark.parametrize(
    ("level", "code"),
    [
        (TradingStateWord.ACTIVE, None),
        (TradingStateWord.REDUCING, DenialCode.TRADING_STATE_REDUCING),
        (TradingStateWord.HALTED, DenialCode.TRADING_HALTED),
        (TradingStateWord.KILLED, DenialCode.TRADING_HALTED),
    ],
)
def test_trading_state(level, code):
    """PT-19: halted and killed let nothing new through, reducing nothing that increases."""
    order = wish()
    assert verdict(order, view(order, trading_state=level)) is code


@pytest.mark.parametrize("quantity", [4, 5, 6])
def test_reducing_counts_everything_open(quantity):
    """PT-19: at reducing, what is open on the same side reduces already."""
    order = wish(side=Side.SELL, quantity=D(quantity))
    sums = Sums(position=D(10), sells=D(5), cancelling_sells=D(5))
    seen = view(order, trading_state=TradingStateWord.REDUCING, strategy=sums)
    expected = DenialCode.TRADING_STATE_REDUCING if quantity > 5 else None
    assert verdict(order, seen) is expected


@pytest.mark.parametrize("age_ns", [2 * NS - 1, 2 * NS, 2 * NS + 1])
def test_stale_data(age_ns):
    """PT-20: orders made from data at the limit pass, from older do not; 0 means none was used."""
    order = wish(data_mono_ns=NOW - age_ns)
    expected = DenialCode.STALE_DATA if age_ns > 2 * NS else None
    assert verdict(order, data_age_s_max=2.0) is expected
    assert verdict(wish(data_mono_ns=0), data_age_s_max=2.0) is None


@pytest.mark.parametrize("state", VenueStateWord)
def test_venue_state(state):
    """PT-21: only a venue that is ready gets orders."""
    order = wish()
    expected = None if state is VenueStateWord.READY else DenialCode.VENUE_NOT_READY
    assert verdict(order, view(order, venue_state=state)) is expected


@pytest.mark.parametrize("age_ns", [2 * NS - 1, 2 * NS, 2 * NS + 1])
def test_expiry(age_ns):
    """PT-23: a wish at its limit is carried out, an older one is not."""
    order = wish(created_mono_ns=NOW - age_ns)
    expected = DenialCode.INTENT_EXPIRED if age_ns > 2 * NS else None
    assert verdict(order) is expected


def test_wish_from_another_boot_of_the_host():
    """PT-23: a time ahead of ours is not of this host's clock."""
    assert verdict(wish(created_mono_ns=NOW + 2 * NS)) is DenialCode.INTENT_EXPIRED


@pytest.mark.parametrize("quantity", [4, 5, 6])
def test_reduce_only(quantity):
    """PT-24: reduce-only orders together never exceed the position; cancelled ones do not count."""
    order = wish(side=Side.SELL, quantity=D(quantity), reduce_only=True)
    sums = Sums(position=D(10), sells=D(8), cancelling_sells=D(3))
    expected = DenialCode.REDUCE_ONLY_WOULD_INCREASE if quantity > 5 else None
    assert verdict(order, view(order, strategy=sums)) is expected


@pytest.mark.parametrize("position", [-5, 0])
def test_reduce_only_on_the_wrong_side(position):
    """PT-24: there is nothing to reduce by selling when flat or short."""
    order = wish(side=Side.SELL, quantity=D(1), reduce_only=True)
    seen = view(order, strategy=Sums(position=D(position)))
    assert verdict(order, seen) is DenialCode.REDUCE_ONLY_WOULD_INCREASE


@pytest.mark.parametrize(
    ("missing", "order", "code"),
    [
        ({"ord_types": ()}, wish(), DenialCode.UNSUPPORTED_ORDER_TYPE),
        ({"times_in_force": ()}, wish(), DenialCode.UNSUPPORTED_TIME_IN_FORCE),
        ({"post_only": False}, wish(post_only=True), DenialCode.UNSUPPORTED_FLAG),
        ({"reduce_only": False}, wish(reduce_only=True), DenialCode.UNSUPPORTED_FLAG),
        (
            {},
            wish(ord_type=OrdType.MARKET, price=None, post_only=True),
            DenialCode.UNSUPPORTED_FLAG,
        ),
        ({}, wish(position_effect=PositionEffect.CLOSE_TODAY), DenialCode.UNSUPPORTED_FLAG),
    ],
)
def test_unsupported(missing, order, code):
    """PT-25: what the venue cannot do is denied before any call."""
    seen = view(order, capabilities=attrs.evolve(CAPABILITIES, **missing))
    assert verdict(order, seen) is code


def test_unsupported_says_what_is_supported():
    """Whoever reads the denial need not look for the venue's list."""
    able = attrs.evolve(CAPABILITIES, times_in_force=(TimeInForce.GTC, TimeInForce.IOC))
    order = wish(time_in_force=TimeInForce.DAY)
    in_force = effective(RiskSettings(), "alpha", BTC)
    denial = controls.check(order, view(order, capabilities=able), in_force, NOW)
    assert denial is not None
    assert denial.text == "day (the venue has gtc, ioc)"


@pytest.mark.parametrize(
    ("trail", "code"),
    [
        ("0.1", None),
        (None, DenialCode.PRICE_MISSING),
        ("0", DenialCode.PRICE_NOT_POSITIVE),
        ("0.15", DenialCode.PRICE_OFF_TICK),
    ],
)
def test_a_trailing_stop_needs_its_distance(trail, code):
    """PT-07: the distance is a number of ticks; nothing else has a price."""
    order = wish(
        ord_type=OrdType.TRAILING_STOP, price=None, trail=None if trail is None else D(trail)
    )
    able = attrs.evolve(CAPABILITIES, ord_types=(OrdType.TRAILING_STOP,))
    assert verdict(order, view(order, capabilities=able)) is code
    elsewhere = wish(trail=D("0.1"))
    assert verdict(elsewhere) is DenialCode.PRICE_UNEXPECTED


def test_unsupported_replace():
    """PT-25: so is a change where the venue cannot change."""
    order = wish()
    able = attrs.evolve(CAPABILITIES, replace=False)
    seen = view(order, capabilities=able, replaces=True)
    assert verdict(order, seen) is DenialCode.UNSUPPORTED_REPLACE


def test_unknown_and_closed_instruments():
    """An instrument must be defined and open for orders."""
    order = wish()
    assert verdict(order, view(order, instrument=None)) is DenialCode.UNKNOWN_INSTRUMENT
    closed = instrument(tradeable=False)
    assert verdict(order, view(order, instrument=closed)) is DenialCode.INSTRUMENT_NOT_TRADEABLE


@given(
    quantity=st.decimals(allow_nan=True, allow_infinity=True),
    price=st.none() | st.decimals(allow_nan=True, allow_infinity=True),
    stop=st.none() | st.decimals(allow_nan=True, allow_infinity=True),
    ord_type=st.sampled_from(OrdType),
    side=st.sampled_from(Side),
)
def test_no_number_breaks_the_controls(quantity, price, stop, ord_type, side):
    """Whatever numbers a wish carries, the answer is yes or no; yes means they are on the grid."""
    order = wish(quantity=quantity, price=price, stop_price=stop, ord_type=ord_type, side=side)
    seen = view(order, worst_price=price if price is not None else stop or Decimal(100))
    code = verdict(order, seen, max_order_notional={"USDT": D(1000)}, price_collar=D("0.05"))
    if code is None:
        assert quantity > 0
        assert quantity % LOT == 0
        assert price is None or price % TICK == 0
