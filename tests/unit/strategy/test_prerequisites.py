"""What a strategy waits for is said in words that tell an outage from a wrong configuration."""

import attrs
import pytest

from engine.model.enums import VenueStateWord
from engine.model.feeds import FeedMap
from engine.strategy.prerequisites import DEFINITIONS_WITHIN_S, NS_PER_S, Prerequisites
from tests.kit.market import BTC
from tests.kit.strategies import status

LONG_NS = int(DEFINITIONS_WITHIN_S * NS_PER_S)
AAPL, TENCENT = "AAPL.US.TWO", "700.HK.TWO"
ETH = "ETHUSDT.WOOXPRO"


def words(one: Prerequisites, *missing: str, mono_ns: int = 0, welcomed: bool = True) -> str:
    return one.waits_for(missing, mono_ns, welcomed=welcomed)


def test_nothing_missing_is_nothing_to_say():
    """An empty sentence lets the strategy begin."""
    assert words(Prerequisites()) == ""


def test_everything_missing_is_named():
    """The router and all instruments, in a stable order."""
    found = words(Prerequisites(), ETH, BTC, welcomed=False)

    assert found == f"waits for the router; waits for the definition of {BTC}, {ETH}"


@pytest.mark.parametrize(("after_ns", "unlisted"), [(LONG_NS - 1, False), (LONG_NS, True)])
def test_a_ready_session_has_a_while_to_define(after_ns, unlisted):
    """Definitions may still be under way; after that the venue does not list the instrument."""
    one = Prerequisites()
    one.told(status(VenueStateWord.READY), 0)
    one.told(status(VenueStateWord.READY), 1)

    assert ("wooxpro does not list" in words(one, BTC, mono_ns=after_ns)) == unlisted


def test_another_venue_is_not_blamed():
    """Each instrument is judged by its own venue's session."""
    one = Prerequisites()
    one.told(status(VenueStateWord.READY), 0)
    found = words(one, BTC, "X.OTHER", mono_ns=LONG_NS)

    assert f"does not list {BTC}" in found
    assert "waits for the definition of X.OTHER" in found


@pytest.mark.parametrize("state", [w for w in VenueStateWord if w is not VenueStateWord.READY])
def test_a_session_that_is_not_ready_is_waited_for(state):
    """Also one that was: the time counts from its next readiness."""
    one = Prerequisites()
    one.told(status(VenueStateWord.READY), 0)
    one.told(status(state), 1)
    one.linked("wooxpro", 2, fresh=True)
    assert "waits for" in words(one, BTC, mono_ns=2 * LONG_NS)
    one.told(status(VenueStateWord.READY), LONG_NS)

    assert "waits for" in words(one, BTC, mono_ns=2 * LONG_NS - 1)
    assert "does not list" in words(one, BTC, mono_ns=2 * LONG_NS)


def test_a_session_that_is_not_heard_is_waited_for():
    """Its last word says nothing while our reader doubts it; the time counts from the end of that."""
    one = Prerequisites()
    one.told(status(VenueStateWord.READY), 0)
    one.linked("wooxpro", 1, fresh=False)
    assert "waits for" in words(one, BTC, mono_ns=2 * LONG_NS)
    one.linked("wooxpro", LONG_NS, fresh=True)

    assert "waits for" in words(one, BTC, mono_ns=2 * LONG_NS - 1)
    assert "does not list" in words(one, BTC, mono_ns=2 * LONG_NS)


def test_each_feed_has_its_own_while_to_define():
    """A ready feed says nothing of instruments that another one serves."""
    one = Prerequisites(FeedMap({AAPL: "two.stock", TENCENT: "two.other"}))
    one.told(attrs.evolve(status(VenueStateWord.READY), instrument="TWO.STOCK"), 0)

    assert words(one, AAPL, TENCENT, mono_ns=LONG_NS) == (
        f"two does not list {AAPL}: correct the strategy's instruments; "
        f"waits for the definition of {TENCENT}"
    )
