"""What the end of a command's call means for its order: every kind of command, every kind of end."""

import pytest

from actors.venues.longbridge.outcomes import Command, needs_query, outcome
from actors.venues.longbridge.rest import Answer, read_answer, read_failure
from engine.messages.venue import UpdateKind
from engine.model.enums import Pending
from engine.session.contract import CallFailure, HttpResponse
from tests.kit.longbridge_trade import answer, at, cancel, replace, submit

K = UpdateKind
COMMANDS = (submit(), cancel(venue_order_id="701"), replace())
LOST = read_failure(CallFailure(not_sent=False, reason="no answer"))
UNSENT = read_failure(CallFailure(not_sent=True, reason="withdrawn"))


def read(response: HttpResponse) -> Answer:
    return read_answer(response)


REFUSED = (K.REJECTED, K.CANCEL_REJECTED, K.REPLACE_REJECTED)
UNKNOWN = (K.UNKNOWN, K.CANCEL_UNKNOWN, K.REPLACE_UNKNOWN)
ENDS = [
    (read(answer(code=602001, status=400)), REFUSED),
    (read(answer(code=602315, status=403)), REFUSED),
    (read(answer(code=429002, status=429)), REFUSED),
    (read(HttpResponse(429, {}, b"")), REFUSED),
    (read(answer(code=401003, status=401)), REFUSED),
    (read(answer(code=403202, status=403)), UNKNOWN),
    (read(answer(code=429303, status=429)), UNKNOWN),
    (read(answer(code=500000, status=500)), UNKNOWN),
    (read(HttpResponse(502, {}, b"bad gateway")), UNKNOWN),
    (LOST, UNKNOWN),
]


@pytest.mark.parametrize(("end", "kinds"), ENDS)
def test_refused_is_refused_and_the_rest_is_unknown(end: Answer, kinds: tuple[K, ...]):
    """An order is told as refused only where the venue plainly says so."""
    news = [outcome(command, end, at(1)) for command in COMMANDS]
    assert tuple(each.kind for each in news if each is not None) == kinds
    unknown = kinds is UNKNOWN
    # A refused cancel or change is a question too: no code says that the order does not exist.
    asked = [needs_query(command, end) for command in COMMANDS]
    assert asked == [unknown, True, True]


@pytest.mark.parametrize("command", COMMANDS)
def test_not_sent_names_the_command(command: Command):
    """Proof, and nothing to ask."""
    news = outcome(command, UNSENT, at(1))
    pending = (Pending.NEW, Pending.CANCEL, Pending.REPLACE)[COMMANDS.index(command)]
    assert news is not None
    assert (news.kind, news.command, news.ts_ns) == (K.NOT_SENT, pending, at(1).wall_ns)
    assert not needs_query(command, UNSENT)


@pytest.mark.parametrize("order_id", ["701276261045858304", 701276261045858304])
def test_success_of_an_order_has_its_id(order_id: object):
    """As text, or as the number that the documents show."""
    end = read(answer({"order_id": order_id}))
    news = outcome(submit(), end, at(1))
    assert news is not None
    assert (news.kind, news.venue_order_id) == (K.ACCEPTED, "701276261045858304")
    assert not needs_query(submit(), end)


@pytest.mark.parametrize("data", [{}, None, {"order_id": ""}, {"order_id": None}, [1], "x"])
def test_success_without_an_id_is_no_success(data: object):
    """The order may work; it is looked for by its remark."""
    end = read(answer(data))
    news = outcome(submit(), end, at(1))
    assert news is not None
    assert news.kind is K.UNKNOWN
    assert needs_query(submit(), end)


def test_a_taken_change_is_no_news_and_a_taken_cancel_is_pending():
    """What became of them the order shows."""
    end = read(answer({}))
    assert outcome(replace(), end, at(1)) is None
    assert needs_query(replace(), end)
    news = outcome(cancel(venue_order_id="701"), end, at(1))
    assert news is not None
    assert (news.kind, news.venue_order_id) == (K.CANCEL_PENDING, "701")
