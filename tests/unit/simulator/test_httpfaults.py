"""HTTP requests under faults: lost, late, cut or reset, before or after they are processed."""

from enum import StrEnum

import pytest

from engine.simulator.faults import AnyFault
from engine.simulator.http import Ending, Reply
from engine.simulator.httpfaults import processed, unprocessed
from engine.simulator.requests import Response

GOOD = Response(201, '{"a":1}', {"x-trace": "t"})


class Kind(StrEnum):
    """Of a venue that is none."""

    HTTP_STATUS = "http_status"
    HTTP_LOST = "http_lost"
    HTTP_RESET_BEFORE = "http_reset_before"
    HTTP_DELAY = "http_delay"
    HTTP_NO_ANSWER = "http_no_answer"
    HTTP_RESET = "http_reset"
    HTTP_MALFORMED = "http_malformed"


def fault(kind: str, value: float | None = None) -> AnyFault[Kind]:
    return AnyFault(number=1, kind=Kind(kind), value=value)


@pytest.mark.parametrize(
    ("kind", "ending"), [("http_lost", Ending.SILENCE), ("http_reset_before", Ending.RESET)]
)
def test_some_requests_are_never_processed(kind, ending):
    """Nobody is asked for an answer."""
    reply = unprocessed(fault(kind))
    assert reply is not None
    assert reply.ending is ending


@pytest.mark.parametrize("kind", ["http_delay", "http_no_answer", "http_reset", "http_malformed"])
def test_others_are(kind):
    """The fault has its turn afterwards; without a fault there is none."""
    assert unprocessed(fault(kind)) is None
    assert unprocessed(None) is None


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("http_delay", None, Reply(GOOD, delay_s=1.0)),
        ("http_delay", 2.5, Reply(GOOD, delay_s=2.5)),
        ("http_delay", -1.0, Reply(GOOD)),
        ("http_no_answer", None, Reply(GOOD, Ending.SILENCE)),
        ("http_reset", None, Reply(GOOD, Ending.RESET)),
        ("http_malformed", None, Reply(Response(201, '{"a', {"x-trace": "t"}))),
        ("http_status", 503.0, Reply(GOOD)),
    ],
)
def test_answers_are_late_lost_reset_or_cut(kind, value, expected):
    """A kind that is the venue's own affair changes nothing here."""
    assert processed(fault(kind, value), GOOD) == expected
    assert processed(None, GOOD) == Reply(GOOD)
