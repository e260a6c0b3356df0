"""Controls that speak only where a limit asks: each at limit - step, limit and limit + step (T-080)."""

import json
from typing import Any

import attrs
import pytest

from engine.model.enums import OrdType, Side
from engine.risk import controls
from engine.risk.codes import DenialCode
from engine.risk.drift import PriceWindow
from engine.risk.hours import TradingHours
from engine.risk.limits import Drift, Limits, Rate, Ratio, RiskSettings, SelfMatch, effective
from engine.risk.rates import NS
from engine.risk.view import Reference, Sums
from engine.settings.converter import plain_values, structure
from tests.kit.orders import BTC, D
from tests.unit.risk.test_controls import NOW, sums_verdict, verdict, view, wish

DRIFT = Drift(part=D("0.1"), window_s=60.0)
OPEN_NS = 1_700_000_000 * NS  # a Tuesday, 22:13:20 UTC


# --- PT-06 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "price", "passes"),
    [
        (Side.BUY, "109.9", True),
        (Side.BUY, "110.0", True),
        (Side.BUY, "110.1", False),
        (Side.SELL, "108.1", True),
        (Side.SELL, "108.0", True),
        (Side.SELL, "107.9", False),
    ],
)
def test_price_drift(side, price, passes):
    """PT-06: buys go by the lowest reference of the window, sells by the highest; the bound passes."""
    order = wish(side=side, price=D(price))
    seen = view(order, anchors=((100.0, 120.0),), reference=Reference(110.0, 109.9, 110.1, NOW))
    expected = None if passes else DenialCode.PRICE_DRIFT
    assert verdict(order, seen, price_drift=DRIFT) is expected


def test_drift_of_the_first_order_is_none():
    """PT-06: who has not ordered lately has nothing to drift from."""
    order = wish(price=D(5000))
    assert verdict(order, view(order, anchors=(None,)), price_drift=DRIFT) is None


def test_drift_needs_a_fresh_reference():
    """PT-05, PT-06: without one the check fails closed."""
    order = wish()
    seen = view(order, anchors=((100.0, 100.0),), reference=None)
    assert verdict(order, seen, price_drift=DRIFT) is DenialCode.REFERENCE_UNAVAILABLE


@pytest.mark.parametrize("age_ns", [60 * NS - 1, 60 * NS, 60 * NS + 1])
def test_window_of_prices(age_ns):
    """PT-06: a sample at the window's age counts, an older one does not."""
    window = PriceWindow()
    for price in (100.0, 90.0, 95.0):
        window.add(price, NOW)
    window.add(93.0, NOW + 10)
    expected = (93.0, 93.0) if age_ns > 60 * NS else (90.0, 100.0)
    assert window.extremes(60.0, NOW + age_ns) == expected


def test_forgotten_prices():
    """A window keeps nothing that is older than the longest one asked for."""
    window = PriceWindow()
    window.add(100.0, NOW)
    window.forget(60.0, NOW + 61 * NS)
    assert window.extremes(1e9, NOW + 61 * NS) is None


# --- PT-12 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", ["8.9", "9.0", "9.1"])
@pytest.mark.parametrize("owner", ["account", "strategy"])
def test_credit(tied, owner):
    """PT-12: position and open orders with this one may reach the credit, not pass it."""
    order = wish()  # worth 1 USDT
    seen = view(order, **{owner: Sums(tied=D(tied))})
    expected = DenialCode.CREDIT_LIMIT if tied == "9.1" else None
    assert sums_verdict(order, seen, owner, max_credit={"USDT": D(10)}) is expected


def test_credit_of_another_currency_is_missing():
    """PT-12: a credit that is set, but not for this currency, denies."""
    order = wish()
    seen = view(order, account=Sums(tied=D(0)))
    assert verdict(order, seen, max_credit={"EUR": D(1)}) is DenialCode.LIMIT_MISSING


@pytest.mark.parametrize("free", ["1.1", "1.0", "0.9"])
def test_free_balance(free):
    """PT-12: what an order costs may be all that is free, not more."""
    order = wish()  # worth 1 USDT
    seen = view(order, free_balance=D(free))
    expected = DenialCode.NOTIONAL_EXCEEDS_FREE_BALANCE if free == "0.9" else None
    assert verdict(order, seen, check_balance=True) is expected


@pytest.mark.parametrize("free", ["0.11", "0.10", "0.09"])
def test_margin(free):
    """PT-12: with a margin rate only that part must be free."""
    order = wish()
    seen = view(order, free_balance=D(free))
    expected = DenialCode.NOTIONAL_EXCEEDS_FREE_BALANCE if free == "0.09" else None
    assert verdict(order, seen, check_balance=True, margin_rate=D("0.1")) is expected


def test_unknown_balance():
    """PT-12: what is not known is not spent."""
    assert verdict(wish(), check_balance=True) is DenialCode.BALANCE_UNAVAILABLE


@pytest.mark.parametrize(("quantity", "passes"), [(9, True), (10, True), (11, False)])
def test_closing_needs_no_balance(quantity, passes):
    """PT-12: only what adds to the position must be paid for; one lot beyond it must."""
    order = wish(side=Side.SELL, quantity=D(quantity))
    sums = Sums(position=D(12), sells=D(2), tied=D(1000))
    seen = view(order, account=sums, free_balance=D(0))
    expected = None if passes else DenialCode.NOTIONAL_EXCEEDS_FREE_BALANCE
    assert verdict(order, seen, check_balance=True) is expected
    expected = None if passes else DenialCode.CREDIT_LIMIT
    assert verdict(order, seen, max_credit={"USDT": D(10)}) is expected


# --- PT-16 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "price", "passes"),
    [
        (Side.BUY, "99.9", True),
        (Side.BUY, "100.0", False),
        (Side.BUY, "100.1", False),
        (Side.SELL, "100.1", True),
        (Side.SELL, "100.0", False),
        (Side.SELL, "99.9", False),
    ],
)
def test_self_match(side, price, passes):
    """PT-16: at an own order's price or beyond it would trade with it."""
    order = wish(side=side, price=D(price))
    seen = view(order, resting=D(100))
    expected = None if passes else DenialCode.SELF_MATCH
    assert verdict(order, seen, self_match=SelfMatch.DENY) is expected
    assert verdict(order, seen, self_match=SelfMatch.CANCEL_OLDEST) is None
    assert verdict(order, seen) is None


def test_market_order_meets_every_own_order():
    """PT-16: an order without a price takes whatever there is; a stop is one from its price on."""
    market = wish(ord_type=OrdType.MARKET, price=None)
    assert verdict(market, view(market, resting=D(500)), self_match=SelfMatch.DENY) is (
        DenialCode.SELF_MATCH
    )
    assert verdict(market, view(market), self_match=SelfMatch.DENY) is None
    stop = wish(ord_type=OrdType.STOP, price=None, stop_price=D(105))
    assert verdict(stop, view(stop, resting=D("105.1")), self_match=SelfMatch.DENY) is None
    assert verdict(stop, view(stop, resting=D(105)), self_match=SelfMatch.DENY) is (
        DenialCode.SELF_MATCH
    )


def test_a_strategy_can_make_self_match_stricter_only():
    """PT-16: deny in either section denies."""
    for chain, own in ((SelfMatch.DENY, SelfMatch.CANCEL_OLDEST), (None, SelfMatch.DENY)):
        risk = RiskSettings(
            defaults=Limits(self_match=chain), strategies={"alpha": Limits(self_match=own)}
        )
        assert effective(risk, "alpha", BTC).self_match is SelfMatch.DENY


# --- PT-22 -------------------------------------------------------------------------------------


def hours(sessions: tuple[str, ...], **changes: Any) -> TradingHours:
    return TradingHours(sessions=sessions, **changes)


def test_outside_the_hours():
    """PT-22: an order outside of the sessions is denied, and the answer names them."""
    order, limits = wish(), Limits(trading_hours=hours(("09:00-15:00",)))
    in_force = effective(RiskSettings(defaults=limits), "alpha", BTC)
    assert controls.check(order, view(order), in_force, NOW) is None
    denial = controls.check(order, view(order, is_in_session=False), in_force, NOW)
    assert denial is not None
    assert (denial.code, denial.limit) == (
        DenialCode.OUTSIDE_TRADING_HOURS,
        "09:00-15:00 UTC",
    )


@pytest.mark.parametrize(
    ("minutes", "open_"), [(-1, False), (0, True), (1, True), (29, True), (30, False), (31, False)]
)
def test_edges_of_a_session(minutes, open_):
    """PT-22: open from the first minute on, closed from the last on."""
    begin_ns = OPEN_NS - 800 * NS  # 22:00
    session = hours(("22:00-22:30",))
    assert session.is_open(begin_ns + minutes * 60 * NS) is open_
    assert session.is_open(begin_ns - 1) is False
    assert session.is_open(begin_ns + 30 * 60 * NS - 1) is True


@pytest.mark.parametrize(
    ("zone", "sessions", "days", "open_"),
    [
        ("Asia/Shanghai", ("06:00-07:00",), None, True),  # 06:13 on Wednesday there
        ("Asia/Shanghai", ("06:00-07:00",), ("tue",), False),
        ("Asia/Shanghai", ("21:00-07:00",), ("tue",), True),  # began on Tuesday night
        ("Asia/Shanghai", ("21:00-07:00",), ("wed",), False),
        ("UTC", ("21:00-02:00",), ("tue",), True),
        ("UTC", ("09:00-15:00", "22:00-24:00"), None, True),
        ("UTC", ("09:00-15:00",), None, False),
    ],
)
def test_sessions_over_midnight_belong_to_the_day_they_begin(zone, sessions, days, open_):
    """PT-22: night sessions, in the time zone of the exchange."""
    changes = {} if days is None else {"days": days}
    assert hours(sessions, timezone=zone, **changes).is_open(OPEN_NS) is open_


@pytest.mark.parametrize(
    "wrong",
    [
        {"sessions": ()},
        {"sessions": ("9-15",)},
        {"sessions": ("09:00-09:00",)},
        {"sessions": ("09:00-25:00",)},
        {"sessions": ("09:60-10:00",)},
        {"sessions": ("09:00-15:00",), "days": ("monday",)},
        {"sessions": ("09:00-15:00",), "timezone": "Mars/Olympus"},
    ],
)
def test_hours_that_mean_nothing(wrong):
    """A misspelt session would be one that is never on: it is refused."""
    with pytest.raises(ValueError, match=r"."):
        TradingHours(**wrong)


# --- PT-26 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["9.9", "10.0", "10.1"])
@pytest.mark.parametrize("owner", ["account", "strategy"])
def test_loss_limit(loss, owner):
    """PT-26: with a loss at the limit orders pass, beyond it none does."""
    order = wish()
    seen = view(order, **{owner: Sums(loss=D(loss))})
    expected = DenialCode.LOSS_LIMIT if loss == "10.1" else None
    assert sums_verdict(order, seen, owner, max_loss={"USDT": D(10)}) is expected


# --- which are asked ---------------------------------------------------------------------------


def test_controls_without_a_limit_are_not_asked():
    """What no limit asks for costs nothing: no control, and no facts."""
    bare = effective(RiskSettings(), "alpha", BTC)
    assert not set(controls.asked(bare)) & set(controls._NEEDS)
    assert not bare.guarded


def test_every_control_is_asked_where_its_limit_is_set():
    """Setting all limits asks all controls, in the documented order."""
    everything = Limits(
        price_collar=D(1),
        data_age_s_max=1.0,
        price_drift=DRIFT,
        trading_hours=hours(("00:00-24:00",)),
        self_match=SelfMatch.DENY,
        duplicate_window_s=1.0,
        max_position=D(1),
        max_open_notional={},
        max_credit={},
        max_loss={},
        check_balance=True,
        max_open_orders_per_instrument=1,
        max_messages={"count": 1},  # type: ignore[arg-type]
    )
    for risk in (
        RiskSettings(defaults=everything),
        RiskSettings(accounts={"testvenue.live": everything}),
        RiskSettings(strategies={"alpha": everything}),
    ):
        in_force = effective(risk, "alpha", BTC, "testvenue.live")
        assert controls.asked(in_force) == controls.CONTROLS
        assert in_force.guarded


def test_all_limits_travel_to_the_router():
    """Settings reach the router as plain values: what comes out is what went in."""
    risk = RiskSettings(
        defaults=Limits(
            price_drift=DRIFT,
            trading_hours=hours(("21:00-02:30",), days=("mon",), timezone="Asia/Shanghai"),
            self_match=SelfMatch.CANCEL_OLDEST,
            max_order_to_fill=Ratio(ratio=D(50)),
            max_executions=Rate(count=5, window_s=10.0),
            max_loss={"USDT": D("12.5")},
        ),
        accounts={"testvenue.live": Limits(check_balance=True, margin_rate=D("0.1"))},
        day_begins="17:00",
    )
    assert structure(json.loads(json.dumps(plain_values(risk))), RiskSettings) == risk


def test_an_account_has_limits_of_its_own():
    """An account's section stands before its venue's and behind the instrument's."""
    risk = RiskSettings(
        defaults=Limits(max_position=D(1)),
        venues={"testvenue": Limits(max_position=D(2))},
        accounts={"testvenue.live": Limits(max_position=D(3))},
    )
    found = [effective(risk, "alpha", BTC, name) for name in ("testvenue.live", "testvenue.paper")]
    assert [each.account.max_position for each in found] == [D(3), D(2)]
    special = attrs.evolve(risk, instruments={BTC: Limits(max_position=D(4))})
    assert effective(special, "alpha", BTC, "testvenue.live").account.max_position == D(4)
