"""T-080: every rule at limit - step, limit and limit + step: pass, pass, denied with code and numbers.

A rule that is no number (a state, a list) has two inputs that pass and one that does not. Rules that
are not carried out by a control are in `ELSEWHERE`, each with the test that shows it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import pytest

from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, Side, TimeInForce, TradingStateWord, VenueStateWord
from engine.risk import controls
from engine.risk.codes import DenialCode
from engine.risk.hours import TradingHours
from engine.risk.limits import Drift, Limits, Rate, RiskSettings, SelfMatch, effective
from engine.risk.rates import NS, RateMeter
from engine.risk.rules import RULES
from engine.risk.view import Reference, Sums, View
from tests.kit.orders import BTC, CAPABILITIES, D, instrument
from tests.unit.risk.test_controls import NOW, view, wish

ROOT = Path(__file__).parents[3]
TICK = D("0.1")


class Case(NamedTuple):
    """An order, what is known about it, and the limits."""

    order: SubmitIntent
    seen: View
    limits: Limits


def case(order: SubmitIntent, limits: Mapping[str, Any] | None = None, **seen: Any) -> Case:
    return Case(order, view(order, **seen), Limits(**(limits or {})))


def rate(step: int) -> Case:
    """The order would be message 3 + step of at most 3."""
    meter, most = RateMeter(), Rate(count=3, window_s=1.0)
    for _ in range(2 + step):
        meter.add(NOW)
    full = meter.is_full(most, NOW)
    return case(wish(), {"max_messages": most}, account=Sums(rate_full=full))


def hours(step: int) -> Case:
    """The last two nanoseconds of a session, and its end."""
    session = TradingHours(sessions=("22:00-23:00",))
    end_ns = 1_700_002_800 * NS
    is_on = session.is_open(end_ns - 1 + step)
    return case(wish(), {"trading_hours": session}, is_in_session=is_on)


def state(words: tuple[VenueStateWord, ...]) -> Callable[[int], Case]:
    return lambda step: case(wish(), venue_state=words[step + 1])


MARKET = {"ord_type": OrdType.MARKET, "price": None}
READY, RECONCILING = VenueStateWord.READY, VenueStateWord.RECONCILING
NO_STOPS = attrs.evolve(CAPABILITIES, times_in_force=(TimeInForce.GTC, TimeInForce.IOC))

CASES: list[tuple[str, DenialCode, Callable[[int], Case]]] = [
    (
        "PT-01",
        DenialCode.QUANTITY_EXCEEDS_MAXIMUM,
        lambda step: case(wish(quantity=D(10 + step)), {"max_order_quantity": D(10)}),
    ),
    (
        "PT-02",
        DenialCode.QUANTITY_BELOW_MINIMUM,
        lambda step: case(wish(quantity=D(2 - step)), instrument=instrument(min_quantity=D(2))),
    ),
    (
        "PT-03",
        DenialCode.NOTIONAL_EXCEEDS_MAX_PER_ORDER,
        lambda step: case(wish(price=D(100) + TICK * step), {"max_order_notional": {"USDT": D(1)}}),
    ),
    (
        "PT-04",
        DenialCode.PRICE_OUTSIDE_COLLAR,
        lambda step: case(wish(price=D(105) + TICK * step), {"price_collar": D("0.05")}),
    ),
    (
        "PT-05",
        DenialCode.REFERENCE_UNAVAILABLE,
        lambda step: case(
            wish(),
            {"price_collar": D("0.05")},
            reference=Reference(100.0, 99.9, 100.1, NOW - 5 * NS - step),
        ),
    ),
    (
        "PT-06",
        DenialCode.PRICE_DRIFT,
        lambda step: case(
            wish(price=D(110) + TICK * step),
            {"price_drift": Drift(part=D("0.1"))},
            anchors=((100.0, 108.0),),
        ),
    ),
    (
        "PT-07",
        DenialCode.PRICE_OFF_TICK,
        lambda step: case(wish(price=(D("99.9"), D("100.0"), D("100.05"))[step + 1])),
    ),
    (
        "PT-08",
        DenialCode.REFERENCE_UNAVAILABLE,
        lambda step: case(
            wish(**MARKET), reference=Reference(100.0, 99.9, 100.1, NOW - 5 * NS - step)
        ),
    ),
    (
        "PT-09",
        DenialCode.OPEN_NOTIONAL_LIMIT,
        lambda step: case(
            wish(),
            {"max_open_notional": {"USDT": D(10)}},
            account=Sums(notional=D(9) + TICK * step),
        ),
    ),
    (
        "PT-10",
        DenialCode.POSITION_LIMIT,
        lambda step: case(wish(), {"max_position": D(40)}, account=Sums(position=D(30 + step))),
    ),
    (
        "PT-11",
        DenialCode.OPEN_ORDERS_LIMIT,
        lambda step: case(wish(), {"max_open_orders": 3}, account=Sums(orders=2 + step)),
    ),
    (
        "PT-12",
        DenialCode.CREDIT_LIMIT,
        lambda step: case(
            wish(), {"max_credit": {"USDT": D(10)}}, account=Sums(tied=D(9) + TICK * step)
        ),
    ),
    (
        "PT-12",
        DenialCode.NOTIONAL_EXCEEDS_FREE_BALANCE,
        lambda step: case(wish(), {"check_balance": True}, free_balance=D(1) - TICK * step),
    ),
    ("PT-13", DenialCode.RATE_LIMIT_EXCEEDED, rate),
    (
        "PT-15",
        DenialCode.DUPLICATE_SUSPECTED,
        lambda step: case(wish(), {"duplicate_window_s": 1.0}, duplicate_age_ns=NS - step),
    ),
    (
        "PT-16",
        DenialCode.SELF_MATCH,
        lambda step: case(
            wish(price=D("99.9") + TICK * step), {"self_match": SelfMatch.DENY}, resting=D(100)
        ),
    ),
    (
        "PT-17",
        DenialCode.INSTRUMENT_NOT_ALLOWED,
        lambda step: case(wish(), allowed=step < 1),
    ),
    (
        "PT-19",
        DenialCode.TRADING_STATE_REDUCING,
        lambda step: case(
            wish(side=Side.SELL, quantity=D(5 + step)),
            trading_state=TradingStateWord.REDUCING,
            strategy=Sums(position=D(10), sells=D(5)),
        ),
    ),
    (
        "PT-19",
        DenialCode.TRADING_HALTED,
        lambda step: case(
            wish(),
            trading_state=TradingStateWord.HALTED if step == 1 else TradingStateWord.ACTIVE,
        ),
    ),
    (
        "PT-20",
        DenialCode.STALE_DATA,
        lambda step: case(wish(data_mono_ns=NOW - 2 * NS - step), {"data_age_s_max": 2.0}),
    ),
    (
        "PT-25",
        DenialCode.VENUE_HAS_NO_ORDERS,
        lambda step: case(wish(), takes_orders=step < 1),
    ),
    ("PT-21", DenialCode.VENUE_NOT_READY, state((READY, READY, RECONCILING))),
    ("PT-22", DenialCode.OUTSIDE_TRADING_HOURS, hours),
    (
        "PT-23",
        DenialCode.INTENT_EXPIRED,
        lambda step: case(wish(created_mono_ns=NOW - 2 * NS - step)),
    ),
    (
        "PT-24",
        DenialCode.REDUCE_ONLY_WOULD_INCREASE,
        lambda step: case(
            wish(side=Side.SELL, quantity=D(10 + step), reduce_only=True),
            strategy=Sums(position=D(10)),
        ),
    ),
    (
        "PT-25",
        DenialCode.UNSUPPORTED_TIME_IN_FORCE,
        lambda step: case(
            wish(
                time_in_force=(TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)[step + 1],
            ),
            capabilities=NO_STOPS,
        ),
    ),
    (
        "PT-26",
        DenialCode.LOSS_LIMIT,
        lambda step: case(
            wish(), {"max_loss": {"USDT": D(10)}}, account=Sums(loss=D(10) + TICK * step)
        ),
    ),
]

NOT_TWO_NUMBERS = {"PT-07", "PT-17", "PT-19", "PT-21", "PT-25"}
"""A tick, a list, a state and what a venue can do have no limit beside the value."""

ELSEWHERE: Mapping[str, str] = {
    "PT-14": "tests/unit/orders/test_guarding.py::test_repeated_executions_halt_the_strategy_until_a_person_arms",
    "PT-18": "tests/unit/actors/test_router.py::test_t090_nobody_speaks_for_another",
    "PT-27": "tests/unit/orders/test_guarding.py::test_orders_without_fills_halt",
    "PT-28": "tests/unit/actors/test_tree.py::test_live_needs_every_mandatory_limit",
    "PT-29": "tests/unit/orders/test_limits.py::test_a_limit_is_raised_for_a_time_and_returns_by_itself",
    "PT-30": "tests/bus/test_admission.py::test_t090_unknown_key_is_refused_and_counted",
    "PT-31": "tests/unit/orders/test_guarding.py::test_four_fifths_of_a_limit_warn_once_per_crossing",
    "PT-32": "tests/unit/orders/test_reconciling.py::test_another_position_blocks_until_accepted",
    "PT-34": "tests/unit/supervise/test_switchboard.py::test_other_boots_and_releases_are_refused",
}

NO_TEST = {
    "PT-33": "capacity is measured, by the benchmarks",
    "PT-35": "there are no child orders",
}


@pytest.mark.parametrize(("rule", "code", "made"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_every_control(rule, code, made, step):
    """T-080: pass, pass, denied with code and both numbers."""
    order, seen, limits = made(step)
    in_force = effective(RiskSettings(defaults=limits), "alpha", BTC)
    denial = controls.check(order, seen, in_force, NOW)
    if step < 1:
        assert denial is None
        return
    assert denial is not None
    assert denial.code is code
    assert denial.value
    if rule not in NOT_TWO_NUMBERS:
        assert denial.limit
        assert denial.value != denial.limit


def test_every_rule_has_its_test():
    """T-080: the 35 rules are those with a case, those shown elsewhere, and those that cannot be."""
    assert {rule for rule, _, _ in CASES} | set(ELSEWHERE) | set(NO_TEST) == set(RULES)


@pytest.mark.parametrize("rule", ELSEWHERE)
def test_what_is_shown_elsewhere_is_there(rule):
    """The test that is named exists, and names the rule."""
    file, _, name = ELSEWHERE[rule].partition("::")
    text = (ROOT / file).read_text()
    assert f"def {name}(" in text
    assert rule in text
