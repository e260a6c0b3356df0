import attrs
import pytest

from engine.model.enums import Liquidity
from engine.paper.rules import PaperRules
from tests.kit.market import btc
from tests.kit.paper import D

MAKER, TAKER = Liquidity.MAKER, Liquidity.TAKER


def test_the_delay_is_between_latency_and_latency_plus_jitter():
    """Every request takes at least the latency and never more than the jitter longer."""
    rules = PaperRules(latency_ms=5.0, latency_jitter_ms=2.0)
    delays = [rules.delay_ns(f"c{n}") for n in range(200)]
    assert 5_000_000 <= min(delays) < 5_100_000
    assert 6_900_000 < max(delays) < 7_000_000


def test_the_delay_depends_on_seed_and_key_only():
    """The same request of the same seed takes the same time; another seed gives another."""
    one, two = (PaperRules(latency_jitter_ms=2.0, seed=seed) for seed in (1, 2))
    assert one.delay_ns("c1") == PaperRules(latency_jitter_ms=2.0, seed=1).delay_ns("c1")
    assert one.delay_ns("c1") != one.delay_ns("c2")
    assert one.delay_ns("c1") != two.delay_ns("c1")


@pytest.mark.parametrize(
    ("changes", "liquidity", "fee"),
    [
        ({}, MAKER, "0.0002"),
        ({}, TAKER, "0.0006"),
        ({"maker_fee_rate": D("-0.001")}, MAKER, "-0.001"),
        ({"taker_fee_rate": D(0)}, TAKER, "0"),
        ({"maker_fee_rate": D(1)}, TAKER, "0.0006"),
    ],
)
def test_fees_are_the_instruments_own_unless_set(changes, liquidity, fee):
    """A set rate replaces the instrument's of that kind; a rebate is a negative fee."""
    rules = PaperRules(**changes)
    assert rules.fee(btc(), liquidity, D(100), D(10)) == D(fee)


def test_a_fee_fits_a_message():
    """A fee of many digits is rounded to what is shown, half to even."""
    odd = attrs.evolve(btc(), multiplier=D("0.000001"))
    rules = PaperRules(taker_fee_rate=D("0.0000123"))
    assert rules.fee(odd, TAKER, D("1.1"), D(1)) == D("0.000000000014")
