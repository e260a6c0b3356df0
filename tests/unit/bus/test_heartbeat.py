"""Liveness by messages alone."""

from engine.bus.heartbeat import Liveness


def test_silence_is_death_after_the_limit():
    """Three missed heartbeats are forgiven, the fourth is not."""
    liveness = Liveness(100.0, interval_s=1.0, missed_max=3)
    assert liveness.is_alive(103.9)
    assert not liveness.is_alive(104.0)
    assert liveness.missed(104.0) == 4


def test_any_word_counts():
    """Whatever comes from the peer postpones its death; an old stamp does not."""
    liveness = Liveness(100.0)
    liveness.heard(103.0)
    liveness.heard(101.0)
    assert liveness.is_alive(106.9)
    assert liveness.silent_s(105.0) == 2.0
    assert not liveness.is_alive(107.0)


def test_heartbeats_are_due_when_nothing_else_was_sent():
    """The first is due at once, the next an interval after anything sent."""
    liveness = Liveness(100.0, interval_s=2.0)
    assert liveness.must_send(100.0)
    liveness.sent(100.0)
    assert not liveness.must_send(101.9)
    liveness.sent(101.5)
    assert not liveness.must_send(103.4)
    assert liveness.must_send(103.5)


def test_due_names_the_next_thing_to_do():
    """Sleeping for `due_in_s` never oversleeps a heartbeat nor a death."""
    liveness = Liveness(100.0, interval_s=1.0, missed_max=3)
    assert liveness.due_in_s(100.0) == 0.0
    liveness.sent(100.0)
    assert liveness.due_in_s(100.25) == 0.75
    liveness.sent(103.9)
    assert abs(liveness.due_in_s(103.9) - 0.1) < 1e-9
    assert not liveness.is_alive(103.9 + 0.1 + 1e-9)
