"""Subscriptions: asked, live, refused, renewed, given back, and never forgotten."""

from actors.venues.t4.settings import Settings
from actors.venues.t4.subscriptions import Ask, Feed, Subscriptions
from tests.kit.t4_data import ES, at

KEY = (ES, Feed.DEPTH)


def wanting() -> Subscriptions:
    made = Subscriptions(Settings(snapshot_timeout_s=5.0))
    made.want([KEY])
    return made


def test_asked_once_and_live_with_data():
    """Nothing is acknowledged."""
    made = wanting()
    assert not made.settled
    assert made.asks(at(0)) == [Ask(KEY, subscribe=True)]
    assert made.asks(at(1)) == []
    assert made.arrived(KEY)
    assert made.settled
    assert made.is_live(KEY)
    assert made.deadline() is None


def test_given_back_when_nobody_wants_it():
    """Data that is still on its way is nobody's."""
    made = wanting()
    made.asks(at(0))
    made.want([])
    assert not made.arrived(KEY)
    assert made.asks(at(1)) == [Ask(KEY, subscribe=False)]
    assert made.asks(at(2)) == []
    assert not made.arrived(KEY)


def test_wanted_again_before_it_was_given_back():
    """Nothing is said at all."""
    made = wanting()
    made.asks(at(0))
    made.arrived(KEY)
    made.want([])
    made.want([KEY])
    assert made.asks(at(1)) == []
    assert made.is_live(KEY)


def test_no_data_in_time():
    """Asked for again, given back first; too often is a matter for the connection."""
    made = wanting()
    second, found = 0, []
    for _ in range(3):
        made.asks(at(second))
        assert made.due(at(second + 4)) == ([], False)
        second += 6
        found.append(made.due(at(second)))
    assert found == [([KEY], False), ([KEY], False), ([KEY], True)]
    assert made.asks(at(second)) == [Ask(KEY, subscribe=False), Ask(KEY, subscribe=True)]


def test_refused():
    """Settled, and tried again after a while; a refusal that nobody asked for is none."""
    made = wanting()
    assert not made.refused(KEY, at(0))
    made.asks(at(0))
    assert made.refused(KEY, at(1))
    assert made.settled
    assert made.asks(at(2)) == []
    assert made.due(at(302)) == ([], False)
    assert made.asks(at(302)) == [Ask(KEY, subscribe=True)]


def test_renewed():
    """Only what is live; given back first, because repeating a subscription changes nothing."""
    made = wanting()
    assert not made.renew(KEY)
    made.asks(at(0))
    assert not made.renew(KEY)
    made.arrived(KEY)
    assert made.renew(KEY)
    assert not made.settled
    assert made.asks(at(1)) == [Ask(KEY, subscribe=False), Ask(KEY, subscribe=True)]
    assert not made.renew((ES, Feed.ORDERS))


def test_nothing_survives_a_connection():
    """Everything that is wanted is asked for again, without giving back."""
    made = wanting()
    made.asks(at(0))
    made.arrived(KEY)
    made.lost()
    assert not made.arrived(KEY)
    assert made.asks(at(1)) == [Ask(KEY, subscribe=True)]
