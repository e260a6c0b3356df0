"""Which limit holds, and what live trading cannot start without."""

import pytest

from engine.errors import ConfigError
from engine.risk.limits import (
    LIVE_MANDATORY,
    LIVE_MANDATORY_SUMS,
    Limits,
    Rate,
    RiskSettings,
    effective,
    missing_for_live,
)
from engine.settings.converter import structure
from tests.kit.orders import BTC, ETH, D


def test_most_specific_section_of_the_chain_holds():
    """Instrument stands before venue, venue before defaults, also where it loosens."""
    risk = RiskSettings(
        defaults=Limits(max_order_quantity=D(10)),
        venues={"testvenue": Limits(max_order_quantity=D(5))},
        instruments={ETH: Limits(max_order_quantity=D(50))},
    )
    assert effective(risk, "alpha", BTC).max_order_quantity == 5
    assert effective(risk, "alpha", ETH).max_order_quantity == 50
    assert effective(risk, "alpha", "X.OTHER").max_order_quantity == 10


@pytest.mark.parametrize(("own", "expected"), [(3, 3), (10, 10), (30, 10)])
def test_a_strategy_can_only_tighten(own, expected):
    """For one order the tighter of the chain and the strategy's section holds."""
    risk = RiskSettings(
        defaults=Limits(max_order_quantity=D(10)),
        strategies={"alpha": Limits(max_order_quantity=D(own))},
    )
    assert effective(risk, "alpha", BTC).max_order_quantity == expected


def test_longer_duplicate_window_is_the_tighter_one():
    """For the duplicate window, more is tighter."""
    risk = RiskSettings(
        defaults=Limits(duplicate_window_s=1.0),
        strategies={"alpha": Limits(duplicate_window_s=3.0)},
    )
    assert effective(risk, "alpha", BTC).duplicate_window_s == 3.0


@pytest.mark.parametrize(
    ("chain", "own", "allowed"),
    [(None, None, True), (False, None, False), (None, False, False), (False, True, False)],
)
def test_market_orders_need_everybody(chain, own, allowed):
    """One no is enough to forbid market orders."""
    risk = RiskSettings(
        defaults=Limits(market_orders=chain), strategies={"alpha": Limits(market_orders=own)}
    )
    assert effective(risk, "alpha", BTC).market_orders is allowed


def test_money_is_looked_up_per_currency():
    """A section names some currencies, the next one the others."""
    risk = RiskSettings(
        defaults=Limits(max_order_notional={"USDT": D(10), "EUR": D(20)}),
        instruments={BTC: Limits(max_order_notional={"USDT": D(5)})},
        strategies={"alpha": Limits(max_order_notional={"EUR": D(1)})},
    )
    assert effective(risk, "beta", BTC).max_order_notional == {"USDT": 5, "EUR": 20}
    assert effective(risk, "alpha", BTC).max_order_notional == {"EUR": 1}


def test_sums_have_an_owner_each():
    """Limits on sums of the chain are the account's, those of a strategy's section its own."""
    risk = RiskSettings(
        defaults=Limits(max_position=D(10)), strategies={"alpha": Limits(max_position=D(99))}
    )
    limits = effective(risk, "alpha", BTC)
    assert (limits.account.max_position, limits.strategy.max_position) == (10, 99)
    assert effective(risk, "beta", BTC).strategy.max_position is None


def test_times_have_values_when_nobody_names_them():
    """Ages of references and wishes are bounded by default."""
    limits = effective(RiskSettings(), "alpha", BTC)
    assert (limits.reference_age_s_max, limits.intent_age_s_max) == (5.0, 2.0)


COMPLETE = Limits(
    max_order_quantity=D(1),
    max_order_notional={"USDT": D(1)},
    price_collar=D("0.05"),
    data_age_s_max=1.0,
    max_position=D(1),
    max_open_notional={"USDT": D(1)},
    max_open_orders=1,
    max_messages=Rate(count=1),
    max_loss={"USDT": D(1)},
    max_executions=Rate(count=1),
)


def test_complete_limits_may_go_live():
    """With all mandatory limits nothing is missing."""
    assert missing_for_live(RiskSettings(defaults=COMPLETE), [("alpha", BTC)]) == []


@pytest.mark.parametrize("name", LIVE_MANDATORY + LIVE_MANDATORY_SUMS)
def test_each_missing_limit_is_named(name):
    """PT-28: a missing mandatory limit is named, with the place to set it (T-085)."""
    values = {n: getattr(COMPLETE, n) for n in LIVE_MANDATORY + LIVE_MANDATORY_SUMS if n != name}
    problems = missing_for_live(RiskSettings(defaults=Limits(**values)), [("alpha", BTC)])
    assert [problem.path for problem in problems] == [f"risk.instruments.{BTC}.{name}"]


@pytest.mark.parametrize(
    "section",
    [
        {"max_order_quantity": "0"},
        {"max_order_notional": {"USDT": "-1"}},
        {"max_messages": {"count": 0}},
        {"max_messages": {"count": 100_000}},
        {"price_collar": "abc"},
        {"max_open_order": 3},
    ],
)
def test_impossible_limits_are_refused(section):
    """A limit that means nothing, or whose name is misspelt, is a fault of the configuration."""
    with pytest.raises(ConfigError):
        structure({"defaults": section}, RiskSettings)
