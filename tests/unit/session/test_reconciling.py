"""The reconciliation under way: its request gets one answer, whatever ends it."""

import pytest

from engine.errors import LimitExceeded
from engine.messages.venue import ReconcilePart
from engine.session.contract import HttpCall, Now
from engine.session.findings import failed_part
from engine.session.jobs import JOBS_MAX, Jobs
from engine.session.reconciling import Reconciling
from tests.kit.commands import request

LIMIT_S = 5.0


def at(second: float) -> Now:
    return Now(int(second * 1e9), 0)


def job(call_id=1):
    yield (HttpCall(call_id=call_id, method="GET", path="/"),)
    return []


def begun():
    jobs: Jobs[str] = Jobs()
    reconciling = Reconciling(jobs, LIMIT_S)
    (call,) = reconciling.begin(request(), job(), at(1))
    assert isinstance(call, HttpCall)
    return jobs, reconciling


def test_one_that_takes_too_long_is_answered_as_failed():
    """Once, at its limit and not before."""
    jobs, reconciling = begun()
    assert reconciling.deadline() == at(1 + LIMIT_S).mono_ns
    assert reconciling.due(at(LIMIT_S)) == []
    (part,) = reconciling.due(at(1 + LIMIT_S))
    assert isinstance(part, ReconcilePart)
    assert part.error == "not complete within 5 s"
    assert reconciling.due(at(99)) == []
    assert reconciling.deadline() is None
    assert jobs.answered(1, "late", at(99)) == []


def test_one_that_is_given_up_says_why():
    """And what is none is not given up."""
    _, reconciling = begun()
    assert reconciling.end("connection lost") == [failed_part(request(), "connection lost")]
    assert reconciling.end("connection lost") == []


def test_one_that_has_ended_by_itself_is_over():
    """Its job has answered: neither the limit nor a lost connection answer again."""
    jobs, reconciling = begun()
    jobs.answered(1, "all", at(2))
    assert reconciling.deadline() is None
    assert reconciling.due(at(99)) == []
    assert reconciling.end("connection lost") == []


def test_no_room_for_it_leaves_nothing_under_way():
    """Whoever began it answers."""
    jobs: Jobs[str] = Jobs()
    for number in range(JOBS_MAX):
        jobs.start(job(number), at(0))
    reconciling = Reconciling(jobs, LIMIT_S)
    with pytest.raises(LimitExceeded):
        reconciling.begin(request(), job(), at(1))
    assert reconciling.deadline() is None
