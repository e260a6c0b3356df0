"""Subscriptions: batches, refusals that are divided, room within the limit, losses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.commands import Quote as Command
from actors.venues.longbridge.proto import quote_pb2
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.subscriptions import REFUSED_RETRY_NS, UNANSWERED_MAX, Subscriptions
from tests.kit.longbridge_quote import at

ONE, TWO = frozenset({1}), frozenset({1, 2})


def subscriptions(**settings):
    return Subscriptions(Settings(**settings))


def symbols(count):
    return [f"{number}.HK" for number in range(count)]


def granted(subs, requests):
    for request in requests:
        if request.key[0] == "subscribe":
            subs.granted(*request.key[1:])
        else:
            subs.given_back(*request.key[1:])


def test_symbols_that_lack_the_same_types_share_a_request():
    """At most 500 in one; different sets go apart."""
    subs = subscriptions()
    wanted = dict.fromkeys(symbols(499), TWO) | {"A.US": ONE}
    assert subs.want(wanted) == []
    made = subs.requests(at(0))
    assert sorted(len(request.key[1]) for request in made) == [1, 499]
    body = parse(quote_pb2.SubscribeRequest, max(made, key=lambda r: len(r.key[1])).body)
    assert (list(body.sub_type), body.is_first_push) == ([1, 2], True)
    assert subs.requests(at(0)) == []
    assert not subs.settled(at(0))
    granted(subs, made)
    assert subs.settled(at(0))
    assert subs.is_granted("0.HK", 2)


def test_only_the_difference_is_asked_for():
    """More types, fewer types, nothing any more."""
    subs = subscriptions()
    subs.want({"A.US": ONE})
    granted(subs, subs.requests(at(0)))
    subs.want({"A.US": TWO})
    (more,) = subs.requests(at(0))
    assert more.key == ("subscribe", ("A.US",), frozenset({2}))
    granted(subs, [more])
    subs.want({"A.US": ONE})
    (less,) = subs.requests(at(0))
    assert (less.command, less.key[2]) == (Command.UNSUBSCRIBE, frozenset({2}))
    granted(subs, [less])
    subs.want({})
    (last,) = subs.requests(at(0))
    granted(subs, [last])
    assert subs.requests(at(0)) == []
    assert not subs.is_granted("A.US", 1)


def test_what_changes_while_a_request_is_under_way_waits():
    """One request per symbol at a time."""
    subs = subscriptions()
    subs.want({"A.US": ONE})
    made = subs.requests(at(0))
    subs.want({})
    assert subs.requests(at(0)) == []
    granted(subs, made)
    (back,) = subs.requests(at(0))
    assert back.key[0] == "unsubscribe"


def test_a_bad_symbol_is_found_by_halving():
    """In about twice as many steps as there are powers of two; the others are granted."""
    subs = subscriptions()
    subs.want(dict.fromkeys(symbols(500), TWO))
    asked = refused = 0
    while made := subs.requests(at(0)):
        for request in made:
            asked += 1
            if "77.HK" in request.key[1]:
                refused += subs.refused(request.key[1], at(0)) == ["77.HK"]
            else:
                granted(subs, [request])
    assert refused == 1
    assert asked <= 20
    assert sum(subs.is_granted(symbol, 1) for symbol in symbols(500)) == 499
    assert subs.settled(at(0))


def test_a_refused_symbol_is_tried_again_later():
    """After five minutes; a new connection tries at once."""
    subs = subscriptions()
    subs.want({"A.US": ONE})
    (request,) = subs.requests(at(0))
    subs.refused(request.key[1], at(0))
    assert subs.retry_ns() == at(0).mono_ns + REFUSED_RETRY_NS
    assert subs.requests(at(299)) == []
    assert len(subs.requests(at(300))) == 1
    subs.lost()
    assert len(subs.requests(at(301))) == 1


def test_the_accounts_limit():
    """Told once by an alert; whoever has a place keeps it, and gives it up before another takes it."""
    subs = subscriptions(subscribed_symbols_max=2)
    (note,) = subs.want({"B.US": ONE, "C.US": ONE, "D.US": ONE})
    assert note.alert
    assert subs.left_out == {"D.US"}
    granted(subs, subs.requests(at(0)))
    assert subs.want({"A.US": ONE, "B.US": ONE, "C.US": ONE}) != []
    assert subs.left_out == {"A.US"}
    assert subs.want({"A.US": ONE, "B.US": ONE, "C.US": ONE}) == []
    subs.want({"A.US": ONE, "B.US": ONE})
    (back,) = subs.requests(at(0))
    assert back.key[:2] == ("unsubscribe", ("C.US",))
    granted(subs, [back])
    (taken,) = subs.requests(at(0))
    assert taken.key[:2] == ("subscribe", ("A.US",))


def test_the_profile_may_lower_the_limit():
    """Never raise it, and nonsense is nothing."""
    subs = subscriptions(subscribed_symbols_max=3)
    for told in (0, -5, 1_000):
        subs.limit(told)
    subs.want(dict.fromkeys(symbols(4), ONE))
    assert len(subs.left_out) == 1
    subs.limit(1)
    subs.want(dict.fromkeys(symbols(4), ONE))
    assert len(subs.left_out) == 3


def test_a_loss_forgets_what_was_granted():
    """All of it is asked for again; what nobody wants any more is not."""
    subs = subscriptions()
    subs.want({"A.US": ONE, "B.US": ONE})
    granted(subs, subs.requests(at(0)))
    subs.want({"A.US": ONE})
    subs.lost()
    (request,) = subs.requests(at(0))
    assert request.key[1] == ("A.US",)


def test_doubted_symbols_are_asked_for_anew():
    """But not while something is under way."""
    subs = subscriptions()
    subs.want({"A.US": TWO})
    made = subs.requests(at(0))
    subs.doubt("A.US")
    granted(subs, made)
    assert subs.requests(at(0)) == []
    subs.doubt("A.US")
    subs.doubt("nobody")
    assert len(subs.requests(at(0))) == 1


def test_answers_that_never_come_are_counted():
    """Three in a row are too many; an answer in between begins anew."""
    subs = subscriptions()
    subs.want({"A.US": ONE})
    for count in range(1, UNANSWERED_MAX + 1):
        (request,) = subs.requests(at(0))
        assert subs.unanswered(request.key[1]) == (count == UNANSWERED_MAX)
    granted(subs, subs.requests(at(0)))
    subs.doubt("A.US")
    (request,) = subs.requests(at(0))
    assert not subs.unanswered(request.key[1])


STEPS = st.lists(
    st.one_of(
        st.dictionaries(
            st.sampled_from(symbols(6)), st.sampled_from([ONE, TWO, frozenset({4})]), max_size=6
        ),
        st.sampled_from(["grant", "refuse", "again", "silent", "lost", "doubt"]),
    ),
    max_size=30,
)


@given(STEPS, st.integers(1, 6))
def test_in_the_end_what_is_wanted_is_granted(steps, limit):
    """Whatever happened before, and never more symbols than the limit."""
    subs = subscriptions(subscribed_symbols_max=limit)
    wanted, pending = {}, []

    def check():
        having = {
            symbol for symbol in symbols(6) for kind in (1, 2, 4) if subs.is_granted(symbol, kind)
        }
        assert len(having) <= limit

    for step in steps:
        pending += subs.requests(at(0))
        if isinstance(step, dict):
            wanted = step
            subs.want(wanted)
        elif step == "lost":
            subs.lost()
            pending.clear()
        elif step == "doubt":
            subs.doubt("0.HK")
        elif pending:
            request = pending.pop(0)
            if step == "grant" or request.key[0] == "unsubscribe":
                granted(subs, [request])
            elif step == "refuse":
                subs.refused(request.key[1], at(0))
            elif step == "again":
                subs.again(request.key[1])
            else:
                subs.unanswered(request.key[1])
        check()
    granted(subs, pending)
    for _ in range(40):
        granted(subs, subs.requests(at(1_000)))
        check()
    assert subs.settled(at(1_000))
    for symbol, types in wanted.items():
        if symbol not in subs.left_out:
            assert all(subs.is_granted(symbol, kind) for kind in types)


@pytest.mark.parametrize("first", [True, False])
def test_the_first_push_is_a_setting(first):
    """Told to the venue as set."""
    subs = subscriptions(first_push=first)
    subs.want({"A.US": ONE})
    (request,) = subs.requests(at(0))
    assert parse(quote_pb2.SubscribeRequest, request.body).is_first_push is first
