"""One request at a time, and whose answer it is: T-055, pacing, patience, order of precedence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.codes import Kind
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.turns import (
    CANCELS_WAITING_MAX,
    QUERY_TRIES_MAX,
    WAITING_MAX,
    Ended,
    Outcome,
    Rank,
    Request,
    Row,
    Turns,
)
from actors.venues.webctp.wire import Complaint, Message
from engine.errors import PeerSilent
from engine.session.contract import Drop, Note, SendFrame
from tests.kit.webctp import at, frames, ops

SETTINGS = Settings(turn_timeout_s=5.0, query_timeout_s=15.0, query_interval_s=1.1)


def made():
    turns = Turns(SETTINGS)
    turns.opened()
    return turns


def order(name="1", **more):
    return Request(op="insert_order", data={"ref": name}, rank=Rank.ORDER, order=name, **more)


def cancel(name="1"):
    return Request(op="delete_order", data={"ref": name}, rank=Rank.CANCEL, tag=name)


def query(name="a", **more):
    return Request(op="query_order", answer=Kind.QUERY_ORDER, tag=name, **more)


def ack(req_id, code=0, text=""):
    return Message(0, {"code": code}, {"req_id": req_id, "msg": text})


def answer(req_id, *, is_last=True, err=None, **fields):
    return Message(17, err or {}, {"req_id": req_id, "is_last": is_last, **fields})


def ends(happened):
    return [(e.request.op, e.outcome) for e in happened if isinstance(e, Ended)]


def test_one_request_at_a_time():
    """The next one goes when the one before was acknowledged."""
    turns = made()
    assert ops(turns.push(order("1"), at())) == ["insert_order"]
    assert turns.push(order("2"), at()) == []
    told = turns.performed(ack(1, text="RECEIVED: …"), at(0.1))
    assert [type(item) for item in told] == [Ended, SendFrame]
    assert told[0] == Ended(order("1"), Outcome.DONE, req_id=1, said="RECEIVED: …")
    assert told[1].order == "2"


def test_cancels_before_orders_before_queries_and_steps_first():
    """Whatever came first."""
    turns = made()
    turns.push(order("0"), at())
    for request in (query(), order("1"), cancel("2"), Request(op="login", rank=Rank.STEP)):
        turns.push(request, at())
    sent = []
    for req_id in range(1, 5):
        sent += ops(turns.performed(ack(req_id), at()))
    assert sent == ["login", "delete_order", "insert_order", "query_order"]


@pytest.mark.parametrize("rank", [Rank.CANCEL, Rank.ORDER, Rank.QUERY])
def test_an_error_that_names_no_request_is_that_of_the_one_under_way(rank):
    """T-055: nothing else can be meant, and the next one goes on as if nothing had happened."""
    turns = made()
    turns.push(Request(op="x", rank=rank), at())
    turns.push(Request(op="y", rank=Rank.CANCEL), at())
    told = turns.complained(Complaint("error", "Error: Unknown operation `x`."), at(0.1))
    assert told[0] == Ended(
        Request(op="x", rank=rank),
        Outcome.REFUSED,
        text="Error: Unknown operation `x`.",
        complaint=True,
    )
    assert ops(told) == ["y"]


def test_an_error_while_nothing_is_under_way_is_told_and_nothing_ends():
    """T-055: an answer that is awaited is not its victim."""
    turns = made()
    turns.push(query(), at())
    turns.performed(ack(1), at())
    told = turns.complained(Complaint("error", "?"), at())
    assert [type(item) for item in told] == [Note]
    assert told[0].alert
    assert ends(turns.answered(Kind.QUERY_ORDER, answer(1), at())) == [
        ("query_order", Outcome.DONE)
    ]


@pytest.mark.parametrize("code", [-1, -2, -3])
def test_an_order_that_the_library_did_not_take_is_refused_and_not_repeated(code):
    """Only queries are."""
    turns = made()
    turns.push(order(), at())
    told = turns.performed(ack(1, code), at())
    assert ends(told) == [("insert_order", Outcome.REFUSED)]
    assert told[0].code == code
    assert turns.due(at(60)) == []


def test_the_older_document_has_the_code_in_info():
    """Point 7 of section 13."""
    turns = made()
    turns.push(order(), at())
    told = turns.performed(Message(0, {}, {"req_id": 1, "code": -1}), at())
    assert (told[0].outcome, told[0].code) == (Outcome.REFUSED, -1)


def test_rows_by_number_until_the_last():
    """The number is learnt from the acknowledgement."""
    turns = made()
    turns.push(query("a"), at())
    turns.performed(ack(7), at())
    first = turns.answered(Kind.QUERY_ORDER, answer(7, is_last=False, ref="1"), at())
    last = turns.answered(Kind.QUERY_ORDER, answer(7, ref="2"), at())
    assert [(type(item), item.request.tag) for item in first + last] == [
        (Row, "a"),
        (Row, "a"),
        (Ended, "a"),
    ]
    assert turns.is_idle


def test_an_empty_answer_has_no_row():
    """One row with nothing but its number: there is no record."""
    turns = made()
    turns.push(query(), at())
    turns.performed(ack(7), at())
    told = turns.answered(Kind.QUERY_ORDER, answer(7), at())
    assert [type(item) for item in told] == [Ended]


@pytest.mark.parametrize("failed", [False, True])
def test_an_answer_before_its_acknowledgement(failed):
    """The counter answers on another thread; the turn ends with the acknowledgement all the same."""
    turns = made()
    turns.push(query(), at())
    turns.push(cancel(), at())
    err = {"code": 31, "msg": "no"} if failed else None
    told = turns.answered(Kind.QUERY_ORDER, answer(7, err=err, ref="1"), at())
    assert ends(told) == []
    assert len(told) == (0 if failed else 1)
    told = turns.performed(ack(7), at())
    assert ends(told) == [("query_order", Outcome.REFUSED if failed else Outcome.DONE)]
    assert (told[0].code, told[0].req_id) == (31 if failed else 0, 7)
    assert ops(told) == ["delete_order"]


def test_part_of_an_answer_before_its_acknowledgement():
    """The rest may follow."""
    turns = made()
    turns.push(query(), at())
    assert len(turns.answered(Kind.QUERY_ORDER, answer(7, is_last=False, ref="1"), at())) == 1
    assert turns.performed(ack(7), at()) == []
    told = turns.answered(Kind.QUERY_ORDER, answer(7, ref="2"), at())
    assert [type(item) for item in told] == [Row, Ended]


def test_rows_of_an_answer_that_is_not_waited_for_any_more():
    """Are those of no other request: the number was told already."""
    turns = made()
    turns.push(query("late"), at())
    turns.performed(ack(7), at())
    turns.push(query("next"), at(1))
    told = turns.due(at(15.1))
    assert ends(told) == [("query_order", Outcome.TIMED_OUT)]
    assert ops(turns.due(at(16.5))) == ["query_order"]
    assert turns.answered(Kind.QUERY_ORDER, answer(7, ref="1"), at(16.6)) is None
    turns.performed(ack(8), at(16.7))
    told = turns.answered(Kind.QUERY_ORDER, answer(8), at(16.8))
    assert [item.request.tag for item in told] == ["next"]


def test_a_message_that_answers_nothing():
    """Is somebody else's affair."""
    turns = made()
    assert turns.answered(Kind.ORDER_TRADED, answer(1), at()) is None
    turns.push(query(), at())
    turns.performed(ack(1), at())
    assert turns.answered(Kind.TRADING_ACCOUNT, answer(1), at()) is None
    assert turns.answered(Kind.QUERY_ORDER, answer(99), at()) is None


def test_queries_keep_their_distance():
    """One at a time, the next some time after the last row; orders do not wait for it."""
    turns = made()
    turns.push(query("a"), at())
    turns.performed(ack(1), at(0.1))
    turns.push(query("b"), at(0.2))
    assert ops(turns.push(order(), at(0.3))) == ["insert_order"]
    turns.performed(ack(2), at(0.4))
    assert turns.due(at(3)) == []
    turns.answered(Kind.QUERY_ORDER, answer(1), at(3))
    assert turns.due(at(4.0)) == []
    assert turns.deadline() == at(4.1).mono_ns
    assert ops(turns.due(at(4.1))) == ["query_order"]


@pytest.mark.parametrize("how", ["-2", "-3", "90 as error", "90 in the row"])
def test_a_query_that_comes_too_soon_is_repeated(how):
    """The counter was not ready, and nothing was carried out; within bounds."""
    turns = made()
    turns.push(query(), at())
    for attempt in range(1, QUERY_TRIES_MAX + 1):
        now = at(attempt * 10)
        if how.startswith("-"):
            told = turns.performed(ack(attempt, int(how)), now)
        else:
            turns.performed(ack(attempt), now)
            kind = Kind.ERROR if how == "90 as error" else Kind.QUERY_ORDER
            err = {"code": 90, "msg": "CTP:查询未就绪"}
            told = turns.answered(kind, answer(attempt, err=err), now)
        if attempt < QUERY_TRIES_MAX:
            assert told == []
            assert turns.due(at(attempt * 10 + 1.4)) == []
            assert ops(turns.due(at(attempt * 10 + 1.5))) == ["query_order"]
    assert ends(told) == [("query_order", Outcome.REFUSED)]


def test_a_refused_answer():
    """Ends at once with the counter's number."""
    turns = made()
    turns.push(query(), at())
    turns.performed(ack(3), at())
    told = turns.answered(Kind.QUERY_ORDER, answer(3, err={"code": 7, "msg": "x"}), at())
    assert [(e.outcome, e.code, e.text) for e in told] == [(Outcome.REFUSED, 7, "x")]


def test_a_turn_without_an_end_costs_the_connection():
    """A late end could not be told from that of the next request."""
    turns = made()
    turns.push(order(), at())
    turns.push(order("2"), at())
    assert turns.deadline() == at(5).mono_ns
    told = turns.due(at(5))
    assert ends(told) == [("insert_order", Outcome.TIMED_OUT)]
    assert isinstance(told[1], Drop)
    assert isinstance(told[1].error, PeerSilent)
    assert turns.due(at(6)) == []
    assert ends(turns.lost("gone")) == [("insert_order", Outcome.NOT_SENT)]


def test_a_lost_last_row():
    """A slow reader loses messages: an answer that does not end is an end."""
    turns = made()
    turns.push(query(answer_timeout_s=2.0), at())
    turns.performed(ack(1), at(0.5))
    turns.answered(Kind.QUERY_ORDER, answer(1, is_last=False, ref="1"), at(1))
    assert turns.deadline() == at(2.5).mono_ns
    assert ends(turns.due(at(2.5))) == [("query_order", Outcome.TIMED_OUT)]


def test_an_operation_without_an_acknowledgement():
    """`get_trading_day` has none: its answer ends the turn."""
    turns = made()
    day = Request(op="get_trading_day", answer=Kind.TRADING_DAY, acknowledged=False)
    turns.push(day, at())
    turns.push(cancel(), at())
    message = Message(5, {}, {"trading_day": "20210104"})
    told = turns.answered(Kind.TRADING_DAY, message, at())
    assert [type(item) for item in told] == [Row, Ended, SendFrame]


def test_an_acknowledgement_that_nobody_waits_for():
    """Changes nothing."""
    turns = made()
    assert [type(item) for item in turns.performed(ack(1), at())] == [Note]


def test_what_is_too_late_is_not_sent():
    """Expiry counts until the frame leaves."""
    turns = made()
    turns.push(order("1"), at())
    turns.push(order("2", expires_mono_ns=at(1).mono_ns), at())
    told = turns.performed(ack(1), at(1))
    assert ends(told) == [("insert_order", Outcome.DONE), ("insert_order", Outcome.NOT_SENT)]
    assert frames(told) == []


def test_what_waits_can_be_taken_back():
    """And what has left cannot."""
    turns = made()
    turns.push(order("1"), at())
    turns.push(order("2"), at())
    assert ends(turns.withdraw("2")) == [("insert_order", Outcome.NOT_SENT)]
    assert turns.withdraw("1") == []
    assert turns.withdraw("3") == []


def test_queues_are_bounded_and_leave_room_for_cancels():
    """Orders beyond the bound are not sent; cancels have more."""
    turns = made()
    for number in range(WAITING_MAX + 1):
        assert ends(turns.push(order(str(number)), at())) == []
    assert ends(turns.push(order("x"), at())) == [("insert_order", Outcome.NOT_SENT)]
    for number in range(CANCELS_WAITING_MAX - WAITING_MAX):
        assert ends(turns.push(cancel(str(number)), at())) == []
    assert ends(turns.push(cancel("x"), at())) == [("delete_order", Outcome.NOT_SENT)]


def test_a_frame_that_is_too_long_is_not_sent():
    """It would cut the connection."""
    turns = made()
    told = turns.push(Request(op="x", data={"y": "z" * 20_000}, rank=Rank.ORDER), at())
    assert ends(told) == [("x", Outcome.NOT_SENT)]


def test_a_frame_that_never_left():
    """The driver's word is proof."""
    turns = made()
    turns.push(order("1"), at())
    assert turns.unsent("2") == []
    assert ends(turns.unsent("1")) == [("insert_order", Outcome.NOT_SENT)]
    assert turns.lost("gone") == []


def test_a_lost_connection():
    """What was sent is unknown, what waited was not sent."""
    turns = made()
    turns.push(query("answered"), at())
    turns.performed(ack(1), at())
    turns.push(order("sent"), at())
    turns.push(order("waiting"), at())
    assert ends(turns.lost("gone")) == [
        ("insert_order", Outcome.LOST),
        ("query_order", Outcome.LOST),
        ("insert_order", Outcome.NOT_SENT),
    ]
    assert turns.push(order("next"), at()) == []


def test_a_lost_front():
    """The request under way is still acknowledged by the gateway, with -1."""
    turns = made()
    turns.push(query(), at())
    turns.performed(ack(1), at())
    turns.push(order("sent"), at())
    turns.push(order("waiting"), at())
    assert ends(turns.front_lost("gone")) == [
        ("query_order", Outcome.LOST),
        ("insert_order", Outcome.NOT_SENT),
    ]
    assert ends(turns.performed(ack(2, -1), at())) == [("insert_order", Outcome.REFUSED)]


EVENTS = st.sampled_from(
    [
        "order",
        "cancel",
        "query",
        "ack",
        "nack",
        "row",
        "last",
        "error",
        "complaint",
        "time",
        "front",
    ]
)


@given(st.lists(EVENTS, max_size=60))
def test_every_request_ends_exactly_once_and_never_two_are_under_way(events):
    """Whatever the gateway does, and however it mixes its answers."""
    turns = made()
    asked, ended, sent, seconds, req_id = 0, [], 0, 0.0, 0
    happened = []
    for event in events:
        now = at(seconds)
        if event in ("order", "cancel", "query"):
            asked += 1
            request = {"order": order, "cancel": cancel, "query": query}[event](str(asked))
            request = Request(**{**vars_of(request), "tag": asked})
            happened = turns.push(request, now)
        elif event in ("ack", "nack"):
            req_id += 1
            happened = turns.performed(ack(req_id, 0 if event == "ack" else -1), now)
        elif event in ("row", "last"):
            message = answer(req_id, is_last=event == "last", ref="1")
            happened = turns.answered(Kind.QUERY_ORDER, message, now) or []
        elif event == "error":
            happened = turns.answered(Kind.ERROR, answer(req_id, err={"code": 90}), now) or []
        elif event == "complaint":
            happened = turns.complained(Complaint("error", ""), now)
        elif event == "front":
            happened = turns.front_lost("gone")
        else:
            seconds += 1.0
            happened = turns.due(at(seconds))
        ended += [item.request.tag for item in happened if isinstance(item, Ended)]
        sent += len(frames(happened))
        over = sum(1 for item in happened if isinstance(item, Ended))
        assert len(frames(happened)) <= 1 + over
        if any(isinstance(item, Drop) for item in happened):
            break
    ended += [item.request.tag for item in turns.lost("gone") if isinstance(item, Ended)]
    assert sorted(ended) == list(range(1, asked + 1))
    assert turns.is_idle


def vars_of(request):
    names = ("op", "data", "rank", "answer", "order")
    return {name: getattr(request, name) for name in names}


def test_what_is_written():
    """Compact JSON with op and data."""
    turns = made()
    told = turns.push(cancel("5"), at())
    assert json.loads(told[0].data) == {"op": "delete_order", "data": {"ref": "5"}}
