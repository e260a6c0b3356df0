"""What the witnesses noted is judged by the bounds that the router had."""

from engine.drill.simulation import simulate


def test_an_order_first_heard_of_when_it_is_over_shows_the_venues_pace():
    """Its cancel, told late, lengthened the horizon of the orders in doubt; the bound grows with it."""
    assert simulate(7213).problems == ()
