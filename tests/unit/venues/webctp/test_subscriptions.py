"""One contract per message, paced, granted by its own row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.phases import Phase
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.subscriptions import ATTEMPTS_MAX, CONTRACTS_MAX, Subscriptions
from actors.venues.webctp.turns import Ended, Outcome
from actors.venues.webctp.wire import Message
from engine.session.contract import Drop, Note
from tests.kit.webctp import at

SETTINGS = Settings(subscribes_per_s=10, turn_timeout_s=5.0)


def made(*symbols):
    subscriptions = Subscriptions(SETTINGS)
    subscriptions.want(symbols)
    subscriptions.serving()
    return subscriptions


def ask(subscriptions, seconds=0.0):
    request = subscriptions.next_request(at(seconds))
    return None if request is None else (request.op, *request.data["instruments"])


def acknowledge(subscriptions, seconds=0.0, outcome=Outcome.DONE, code=0, *, complaint=False):
    request = subscriptions.next_request(at(seconds))
    assert request is not None
    end = Ended(request, outcome, code, "x", complaint=complaint)
    return subscriptions.ended(end, at(seconds))


def row(symbol, code=0):
    return Message(8, {"code": code, "msg": "m"}, {"instrument_id": symbol, "is_last": True})


def test_one_contract_per_message_and_one_message_at_a_time():
    """The next one goes when the one before was acknowledged, and not too soon."""
    subscriptions = made("b", "a")
    request = subscriptions.next_request(at())
    assert request is not None
    assert request.data == {"instruments": ["a"]}
    assert ask(subscriptions, 1) is None
    subscriptions.ended(Ended(request, Outcome.DONE), at(0.01))
    assert ask(subscriptions, 0.05) is None
    assert subscriptions.deadline() == at(0.1).mono_ns
    assert ask(subscriptions, 0.1) == ("subscribe", "b")


def test_granted_by_its_row_only():
    """The acknowledgement is not it."""
    subscriptions = made("a")
    acknowledge(subscriptions)
    assert not subscriptions.is_live("a")
    assert subscriptions.granted(row("a"), at()) == []
    assert subscriptions.is_live("a")
    assert subscriptions.deadline() is None


def test_another_name_is_an_alert():
    """And grants nothing."""
    subscriptions = made("a")
    acknowledge(subscriptions)
    (note,) = subscriptions.granted(row("z"), at())
    assert (note.event, note.alert) == ("subscribed_another", True)
    assert subscriptions.phase("a") is Phase.ASKED


def test_no_row_in_time():
    """Asked for again, and in the end the connection is not worth keeping."""
    subscriptions = made("a")
    for attempt in range(ATTEMPTS_MAX):
        seconds = attempt * 10.0
        acknowledge(subscriptions, seconds)
        told = subscriptions.due(at(seconds + 5))
        last = attempt == ATTEMPTS_MAX - 1
        assert [type(item) for item in told] == [Drop if last else Note]
    assert subscriptions.deadline() is None
    subscriptions.lost()
    subscriptions.serving()
    assert ask(subscriptions, 99) == ("subscribe", "a")


@pytest.mark.parametrize("code", [6000, 16])
def test_refused_by_the_counter(code):
    """Tried again much later."""
    subscriptions = made("a")
    acknowledge(subscriptions)
    (note,) = subscriptions.granted(row("a", code), at())
    assert note.event == "subscription_refused"
    assert str(code) in note.detail
    assert ask(subscriptions, 299) is None
    subscriptions.due(at(300))
    assert ask(subscriptions, 300) == ("subscribe", "a")


def test_refused_without_a_name():
    """It can only be the one that was asked for."""
    subscriptions = made("a")
    acknowledge(subscriptions)
    assert subscriptions.granted(row("", 6000), at())
    assert subscriptions.phase("a") is Phase.REFUSED


def test_complaints_of_the_gateway_are_about_the_request():
    """Made again after a second; three times is a refusal."""
    subscriptions = made("a")
    for attempt in range(ATTEMPTS_MAX):
        (note,) = acknowledge(subscriptions, attempt * 2.0, Outcome.REFUSED, complaint=True)
        assert note.alert is (attempt == ATTEMPTS_MAX - 1)
        subscriptions.due(at(attempt * 2.0 + 1))


def test_given_back():
    """And forgotten when that was told, or not told in time."""
    subscriptions = made("a")
    acknowledge(subscriptions)
    subscriptions.granted(row("a"), at())
    subscriptions.want(())
    assert ask(subscriptions, 1) == ("unsubscribe", "a")
    subscriptions.returned(Message(9, {}, {"instrument_id": "a"}))
    assert subscriptions.phase("a") is None


def test_wanted_again_while_it_is_given_back():
    """Asked for again."""
    subscriptions = made("a")
    acknowledge(subscriptions)
    subscriptions.granted(row("a"), at())
    subscriptions.want(())
    subscriptions.want(["a"])
    assert ask(subscriptions, 1) == ("subscribe", "a")


def test_more_than_a_front_allows():
    """Those beyond are named."""
    subscriptions = Subscriptions(SETTINGS)
    names = [f"{number:05d}" for number in range(CONTRACTS_MAX + 2)]
    assert subscriptions.want(names) == names[CONTRACTS_MAX:]


STEPS = st.lists(
    st.sampled_from(
        [
            "want a",
            "want ab",
            "want",
            "ask",
            "done",
            "lose",
            "refuse",
            "complain",
            "row a",
            "row b",
            "fail a",
            "back a",
            "doubt a",
            "wait",
            "away",
            "serve",
        ]
    ),
    max_size=60,
)


@given(STEPS)
def test_any_order_of_events(steps):
    """No pair of phase and event that the table does not have comes up."""
    subscriptions = made()
    asking, seconds = None, 0.0
    for step in steps:
        word, _, names = step.partition(" ")
        if word == "want":
            subscriptions.want(tuple(names))
        elif word == "ask":
            asking = subscriptions.next_request(at(seconds)) or asking
        elif word in ("done", "lose", "refuse", "complain") and asking is not None:
            outcome = {"done": Outcome.DONE, "lose": Outcome.LOST}.get(word, Outcome.REFUSED)
            end = Ended(asking, outcome, 16, complaint=word == "complain")
            subscriptions.ended(end, at(seconds))
            asking = None
        elif word in ("row", "fail"):
            subscriptions.granted(row(names, 16 if word == "fail" else 0), at(seconds))
        elif word == "back":
            subscriptions.returned(Message(9, {}, {"instrument_id": names}))
        elif word == "doubt":
            subscriptions.doubt(names)
        elif word == "wait":
            seconds += 6.0
            subscriptions.due(at(seconds))
        elif word == "away":
            subscriptions.lost()
        else:
            subscriptions.serving()
