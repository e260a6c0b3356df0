"""`check` says which strategies can place no order; that is no fault."""

from actors.command.checking import watchers
from actors.venues import discover
from engine.settings import load_text
from tests.kit import twofeeds

TEXT = """
[venues.twofeeds]
[venues.wooxpro]
[[strategies]]
name = "watcher"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAPL.US.TWOFEEDS", "700.HK.TWOFEEDS"]
[[strategies]]
name = "trader"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAPL.US.TWOFEEDS", "BTCUSDT.WOOXPRO"]
[[strategies]]
name = "resting"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAPL.US.TWOFEEDS"]
enabled = false
"""


def test_strategies_without_a_venue_for_orders_are_named():
    """One instrument that can be traded is enough; what is not started is not spoken of."""
    venues = {**discover(), twofeeds.NAME: twofeeds.VENUE}

    assert watchers(load_text(TEXT), venues) == ["watcher"]
