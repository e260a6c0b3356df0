"""One WebSocket connection as protocol: golden frames of the sheet, and the timing rules."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.wooxpro.simulator.connection import (
    NS,
    Connection,
    LoginTried,
    Requested,
    Rules,
    Send,
    Subscribed,
    Unsubscribed,
)
from actors.venues.wooxpro.simulator.settings import DEFAULT_CREDENTIALS, SIGN_SUFFIXES
from tests.kit.wooxpro_simulator import START, later, sign

KEY = DEFAULT_CREDENTIALS


def connection(**rules) -> Connection:
    made = Rules(
        symbols={"BTCUSDT"},
        credentials={KEY.api_key: KEY},
        sign_suffixes=SIGN_SUFFIXES,
        **rules,
    )
    return Connection(made, START.mono_ns)


def texts(actions) -> list[str]:
    return [action.text for action in actions if isinstance(action, Send)]


def ask(made: Connection, action: str, *args: str) -> list:
    return made.receive(json.dumps({"action": action, "args": list(args)}), START)


def logged_in(**rules) -> Connection:
    made = connection(**rules)
    stamp = str(START.wall_ms)
    signed = sign(KEY.api_secret, stamp, KEY.memo, "wooxpro.WebSocket")
    assert texts(ask(made, "access", KEY.api_key, stamp, signed, "web")) == [
        '{"action":"access","success":true}'
    ]
    return made


def test_subscribe_is_answered_by_the_golden_frame_then_delivered():
    """The ack of the sheet, byte for byte, and delivery after it."""
    actions = ask(connection(), "subscribe", "futures/depth50:BTCUSDT")
    assert texts(actions) == [
        (
            '{"action":"subscribe","group":"futures/depth50:BTCUSDT","success":true,'
            '"request":{"action":"subscribe","args":["futures/depth50:BTCUSDT"]}}'
        )
    ]
    assert [type(action) for action in actions] == [Send, Subscribed]


def test_three_topics_yield_three_acks_and_a_bad_one_fails_alone():
    """One ack per topic, each with only its own argument."""
    actions = ask(
        connection(),
        "subscribe",
        "futures/trade:BTCUSDT",
        "sfutures/depth50:BTCUSDT",
        "futures/ticker:BTCUSDT",
    )
    acks = [json.loads(text) for text in texts(actions)]
    assert [ack["success"] for ack in acks] == [True, False, True]
    assert [ack["request"]["args"] for ack in acks] == [
        ["futures/trade:BTCUSDT"],
        ["sfutures/depth50:BTCUSDT"],
        ["futures/ticker:BTCUSDT"],
    ]
    assert texts(actions)[1] == (
        '{"action":"subscribe","group":"sfutures/depth50:BTCUSDT","success":false,'
        '"request":{"action":"subscribe","args":["sfutures/depth50:BTCUSDT"]},'
        '"error":"group [sfutures/depth50:BTCUSDT] not exist"}'
    )


def test_a_private_topic_without_login_needs_authentication_in_the_venues_spelling():
    """The typo of the docs and the missing request are part of the frame."""
    assert texts(ask(connection(), "subscribe", "futures/order")) == [
        (
            '{"action":"subscribe","group":"futures/order","success":false,'
            '"error":"futures/order need authenication"}'
        )
    ]


@pytest.mark.parametrize("action", ["access", "login"])
def test_both_login_actions_are_answered_as_access(action):
    """Seed and login page disagree on the word; the answer is the same."""
    made, stamp = connection(), str(START.wall_ms)
    signed = sign(KEY.api_secret, stamp, KEY.memo, "bitmart.WebSocket")
    actions = ask(made, action, KEY.api_key, stamp, signed, "web")
    assert actions == [
        Send('{"action":"access","success":true}'),
        LoginTried(KEY.api_key, KEY.api_key),
    ]
    assert made.account == KEY.api_key


def test_a_failed_login_keeps_the_connection_and_may_be_repeated():
    """After the error frame a right login succeeds."""
    made = connection()
    answer = json.loads(texts(ask(made, "access", KEY.api_key, str(START.wall_ms), "0", "web"))[0])
    assert answer == {
        "action": "access",
        "success": False,
        "error": f"access failed: openapi auth: apiKey {KEY.api_key[:10]}**** failed: "
        "openapi auth failed",
    }
    stamp = str(START.wall_ms)
    signed = sign(KEY.api_secret, stamp, KEY.memo, "wooxpro.WebSocket")
    assert '"success":true' in texts(ask(made, "access", KEY.api_key, stamp, signed, "web"))[0]


def test_private_topics_open_after_login():
    """Order, position and asset are acknowledged."""
    actions = ask(
        logged_in(), "subscribe", "futures/order", "futures/position", "futures/asset:USDT"
    )
    assert [type(action) for action in actions] == [Send, Subscribed] * 3


def test_pings_are_answered_in_kind():
    """An action gets a System push, text gets text."""
    made = connection()
    assert texts(made.receive('{"action":"ping"}', START)) == ['{"group":"System","data":"pong"}']
    assert texts(made.receive("ping", START)) == ["pong"]


def test_keys_are_read_whatever_their_case():
    """The sibling's Go client writes Action and Args."""
    actions = connection().receive('{"Action":"subscribe","Args":["futures/trade:BTCUSDT"]}', START)
    assert [type(action) for action in actions] == [Send, Subscribed]


def test_more_than_4096_bytes_of_topics_are_refused_as_a_whole():
    """One byte over the limit subscribes nothing; exactly the limit does."""
    topic = "futures/trade:BTCUSDT"
    fits = [topic] * (4096 // len(topic))
    padding = "x" * (4096 - len(topic) * len(fits))
    made = connection()
    assert len(ask(made, "subscribe", *fits, padding)) == 2 * len(fits) + 1
    actions = ask(connection(), "subscribe", *fits, padding + "x")
    assert [json.loads(text)["success"] for text in texts(actions)] == [False]


def test_an_unknown_action_names_itself_and_the_group():
    """The sibling's text."""
    answer = json.loads(texts(ask(connection(), "order", "futures/trade:BTCUSDT"))[0])
    assert answer["error"] == "Invalid action [order] for group [futures/trade:BTCUSDT]"


def test_request_is_for_the_funding_rate_only():
    """One value of it, an error for other channels."""
    made = connection()
    assert [type(action) for action in ask(made, "request", "futures/fundingRate:BTCUSDT")] == [
        Requested
    ]
    answer = json.loads(texts(ask(made, "request", "futures/trade:BTCUSDT"))[0])
    assert answer["error"].startswith("Invalid action [request]")


def test_unsubscribe_succeeds_even_for_what_was_not_subscribed():
    """And stops delivery only of what was."""
    made = connection()
    ask(made, "subscribe", "futures/trade:BTCUSDT")
    actions = ask(made, "unsubscribe", "futures/trade:BTCUSDT", "futures/ticker:BTCUSDT")
    assert [type(action) for action in actions] == [Send, Unsubscribed, Send]
    assert all(json.loads(text)["success"] for text in texts(actions))


def test_an_expired_login_takes_its_private_topics_along():
    """Public topics stay, private ones need a new login."""
    made = logged_in()
    ask(made, "subscribe", "futures/order", "futures/trade:BTCUSDT")
    assert [topic.text for topic in made.expire_login()] == ["futures/order"]
    assert list(made.topics) == ["futures/trade:BTCUSDT"]
    assert "need authenication" in texts(ask(made, "subscribe", "futures/order"))[0]


@given(st.text(max_size=60))
def test_no_text_breaks_the_protocol(text):
    """Whatever a client sends, the answer is frames of JSON or a pong."""
    for answer in texts(connection().receive(text, START)):
        assert answer == "pong" or isinstance(json.loads(answer), dict)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "1",
        "null",
        '{"action":1}',
        '{"action":"subscribe","args":"x"}',
        "[" * 100_000,
        '{"action":"subscribe","args":[1,{},null]}',
        '{"action":"subscribe","args":[NaN]}',
    ],
)
def test_wrong_shapes_are_answered_with_a_failure(text):
    """Valid JSON of the wrong shape and JSON bombs are refused, not raised."""
    answers = [json.loads(answer) for answer in texts(connection().receive(text, START))]
    assert answers
    assert not any(answer["success"] for answer in answers)


# --- time -----------------------------------------------------------------------------------


def test_a_connection_that_says_nothing_dies_after_five_seconds():
    """The deadline is announced and holds."""
    made = connection()
    assert made.next_deadline_ns() == START.mono_ns + 5 * NS
    assert made.expired(later(4.999).mono_ns) == ""
    assert made.expired(later(5).mono_ns) == "lifeless"


def test_any_byte_counts_as_life_unless_the_rule_is_strict():
    """A ping saves the connection, in strict mode only subscribe and login do."""
    lenient, strict = connection(), connection(lifeless_strict=True)
    for made in (lenient, strict):
        made.receive("ping", later(1))
    assert lenient.expired(later(5).mono_ns) == ""
    assert strict.expired(later(5).mono_ns) == "lifeless"
    saved = connection(lifeless_strict=True)
    ask(saved, "subscribe", "futures/trade:BTCUSDT")
    assert saved.expired(later(5).mono_ns) == ""


def test_twenty_seconds_without_data_in_either_direction_end_it():
    """Received and sent data both restart the clock."""
    made = connection()
    made.receive("ping", later(1))
    made.sent(later(10).mono_ns)
    assert made.next_deadline_ns() == later(30).mono_ns
    assert made.expired(later(29.9).mono_ns) == ""
    assert made.expired(later(30).mono_ns) == "idle"
    made.activity(later(29.9).mono_ns)
    assert made.expired(later(30).mono_ns) == ""
