"""`subscriptions`: batches, pace, acknowledgements, renewal; and no sequence of events breaks it."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.venues.wooxpro.subscriptions import (
    ATTEMPTS_MAX,
    REFUSED_RETRY_S,
    Silent,
    Subscriptions,
    wanted_of,
)
from engine.errors import PeerSilent
from engine.session.contract import Drop, SendFrame
from tests.kit.wooxpro import at, settings


def frames(effects: list[object]) -> list[dict[str, Any]]:
    return [json.loads(effect.data) for effect in effects if isinstance(effect, SendFrame)]


def wish(*topics: str, quiet_s: float = 0.0):
    return dict(wanted_of(topic, quiet_s) for topic in topics)


def drain(subscriptions: Subscriptions, until_s: float) -> list[object]:
    effects: list[object] = []
    while (deadline := subscriptions.deadline()) is not None and deadline <= at(until_s).mono_ns:
        effects += subscriptions.due(at((deadline - 1_000_000_000) / 1e9))
    return effects


def test_batches_keep_within_topics_bytes_and_pace():
    """45 topics go in three requests of at most 20, a pause apart; each is asked for once."""
    subscriptions = Subscriptions(settings(frame_interval_s=0.5))
    names = [f"futures/trade:S{number}USDT" for number in range(45)]
    subscriptions.want(wish(*names), at(0))
    first = frames(subscriptions.opened(at(0)))
    assert [len(frame["args"]) for frame in first] == [20]
    assert subscriptions.deadline() == at(0.5).mono_ns
    rest = frames(drain(subscriptions, 1.2))
    assert [len(frame["args"]) for frame in rest] == [20, 5]
    assert [topic for frame in first + rest for topic in frame["args"]] == names


def test_a_batch_never_exceeds_the_bytes():
    """Long topics make shorter batches."""
    subscriptions = Subscriptions(settings(topic_bytes_max=128, frame_interval_s=0.1))
    names = [f"futures/depthAll50:{'X' * 20}{number:02d}@100ms" for number in range(9)]
    subscriptions.want(wish(*names), at(0))
    sent = frames(subscriptions.opened(at(0)) + drain(subscriptions, 3))
    assert [topic for frame in sent for topic in frame["args"]] == names
    assert all(sum(map(len, frame["args"])) <= 128 for frame in sent)


def test_nothing_is_live_before_its_own_acknowledgement():
    """One topic's answer proves nothing of another's."""
    subscriptions = Subscriptions(settings())
    subscriptions.want(wish("a", "b"), at(0))
    subscriptions.opened(at(0))
    subscriptions.subscribed("a", at(0.1))
    assert subscriptions.live("a")
    assert not subscriptions.live("b")
    assert not subscriptions.settled()
    subscriptions.subscribed("b", at(0.2))
    assert subscriptions.settled()


def test_an_unanswered_topic_is_asked_again_and_then_costs_the_connection():
    """Three requests, five seconds each; then the stream is left and nothing more is sent."""
    subscriptions = Subscriptions(settings())
    subscriptions.want(wish("a"), at(0))
    subscriptions.opened(at(0))
    effects = drain(subscriptions, 60)
    assert len(frames(effects)) == ATTEMPTS_MAX - 1
    drops = [effect for effect in effects if isinstance(effect, Drop)]
    assert [type(drop.error) for drop in drops] == [PeerSilent]


def test_a_refused_topic_is_tried_again_much_later_and_sooner_when_the_venue_says_so():
    """Five minutes, or five seconds for "temporarily"."""
    subscriptions = Subscriptions(settings())
    subscriptions.want(wish("a", "b"), at(0))
    subscriptions.opened(at(0))
    subscriptions.refused("a", at(0), later=False)
    subscriptions.refused("b", at(0), later=True)
    assert frames(drain(subscriptions, 5)) == [{"action": "subscribe", "args": ["b"]}]
    subscriptions.subscribed("b", at(5))
    assert frames(drain(subscriptions, REFUSED_RETRY_S)) == [{"action": "subscribe", "args": ["a"]}]


def test_a_silent_topic_is_renewed_with_growing_patience_and_a_fed_one_is_not():
    """Limit 2 s: noticed within the limit and half a second; twice that for the next time."""
    subscriptions = Subscriptions(settings())
    subscriptions.want(wish("a", "b", quiet_s=2), at(0))
    subscriptions.opened(at(0))
    for base in ("a", "b"):
        subscriptions.subscribed(base, at(0))
    entry = subscriptions.entry("b")
    assert entry is not None
    entry.fed_ns = at(1.9).mono_ns
    effects = drain(subscriptions, 2.5)
    assert [effect.base for effect in effects if isinstance(effect, Silent)] == ["a"]
    assert frames(effects) == [{"action": "unsubscribe", "args": ["a"]}]
    subscriptions.unsubscribed("a", at(2.6))
    drain(subscriptions, 2.8)
    subscriptions.subscribed("a", at(2.9))
    entry.fed_ns = at(100).mono_ns
    effects = drain(subscriptions, 6.8)
    assert not [effect for effect in effects if isinstance(effect, Silent)]
    effects = drain(subscriptions, 7.5)
    assert [effect.base for effect in effects if isinstance(effect, Silent)] == ["a"]


def test_a_topic_wanted_again_while_it_leaves_is_subscribed_anew():
    """Whatever is under way, the last wish wins."""
    subscriptions = Subscriptions(settings(frame_interval_s=0))
    subscriptions.want(wish("a"), at(0))
    subscriptions.opened(at(0))
    subscriptions.subscribed("a", at(0))
    assert frames(subscriptions.want({}, at(1))) == [{"action": "unsubscribe", "args": ["a"]}]
    assert frames(subscriptions.want(wish("a"), at(1.1))) == []
    assert frames(subscriptions.unsubscribed("a", at(1.2))) == [
        {"action": "subscribe", "args": ["a"]}
    ]


BASES = st.sampled_from(["a", "b", "c"])
STEPS = st.one_of(
    st.tuples(st.just("want"), st.sets(BASES)),
    st.tuples(st.sampled_from(["opened", "lost"]), st.none()),
    st.tuples(st.sampled_from(["subscribed", "unsubscribed", "doubt", "probe"]), BASES),
    st.tuples(st.sampled_from(["refused", "later"]), BASES),
    st.tuples(st.just("wait"), st.floats(0.01, 20)),
)


@given(st.lists(STEPS, max_size=60))
def test_no_sequence_of_events_breaks_the_bookkeeping(steps: list[tuple[str, Any]]):
    """Random wishes, answers, losses and time: no exception, and a deadline while work waits."""
    subscriptions = Subscriptions(settings(frame_interval_s=0.1))
    second, wanted = 0.0, set()
    for word, value in steps:
        now = at(second)
        if word == "want":
            wanted = value
            subscriptions.want(wish(*sorted(value), quiet_s=3), now)
        elif word == "opened":
            subscriptions.opened(now)
        elif word == "lost":
            subscriptions.lost(now)
        elif word in ("refused", "later"):
            subscriptions.refused(value, now, later=word == "later")
        elif word == "wait":
            second += value
            subscriptions.due(at(second))
        else:
            getattr(subscriptions, word)(value, now)
    subscriptions.lost(at(second))
    subscriptions.opened(at(second + 1))
    for _ in range(20):
        second += 0.2
        subscriptions.due(at(second + 1))
        for base in wanted:
            subscriptions.subscribed(base, at(second + 1))
    assert all(subscriptions.live(base) for base in wanted)
    assert subscriptions.settled()
