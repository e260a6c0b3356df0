"""`jobs` and `checks`: several calls in one piece of work, and orders to be asked for."""

import pytest

from actors.venues.wooxpro.rest import Path, Rest, read_answer
from engine.errors import LimitExceeded
from engine.session.checks import CHECKS_MAX, TRIES_MAX, Check, Checks
from engine.session.contract import Note
from engine.session.jobs import JOBS_MAX, Jobs, Pause
from tests.kit.wooxpro import answer, at, calls, settings

REST = Rest(settings(), None)


def two_at_once():
    answers, now = yield (REST.get(Path.DETAILS), REST.get(Path.DETAILS))
    _, later = yield Pause(2.0)
    return [Note("done", f"{[a.data for a in answers]} {(later.mono_ns - now.mono_ns) / 1e9}")]


def test_a_step_ends_with_its_last_answer_and_a_pause_with_its_time():
    """Answers come in the order of the calls, whatever order they arrive in."""
    jobs = Jobs()
    running, effects = jobs.start(two_at_once(), at(0))
    first, second = calls(effects)
    assert jobs.answered(second.call_id, read_answer(answer("b")), at(1)) == []
    assert jobs.answered(first.call_id, read_answer(answer("a")), at(1)) == []
    assert jobs.deadline() == at(3).mono_ns
    assert jobs.due(at(2.9)) == []
    assert jobs.due(at(3)) == [Note("done", "['a', 'b'] 2.0")]
    assert not jobs.running(running)


def test_a_stopped_job_ignores_late_answers():
    """They are still ours, and nothing follows from them."""
    jobs = Jobs()
    running, effects = jobs.start(two_at_once(), at(0))
    jobs.stop(running)
    for call in calls(effects):
        assert jobs.mine(call.call_id)
        assert jobs.answered(call.call_id, read_answer(answer("a")), at(1)) == []
    assert not any(jobs.mine(call.call_id) for call in calls(effects))


def test_jobs_are_bounded():
    """One more than the bound is refused."""
    jobs = Jobs()
    for _ in range(JOBS_MAX):
        jobs.start(two_at_once(), at(0))
    with pytest.raises(LimitExceeded):
        jobs.start(two_at_once(), at(0))


def check(name: str, second: float, *, until_end: bool = False) -> Check:
    return Check("BTCUSDT", name, "", until_end=until_end, due_ns=at(second).mono_ns)


def taken(checks: Checks, second: float) -> list[str]:
    names = []
    while (found := checks.take(at(second))) is not None:
        names.append(found.client_order_id)
    return names


def test_an_order_is_asked_for_with_growing_pauses_and_then_left():
    """Four tries: after 0, 2, 4 and 8 seconds."""
    checks = Checks()
    checks.add(check("a", 0))
    moments = []
    while (deadline := checks.deadline()) is not None:
        second = (deadline - at(0).mono_ns) / 1e9
        assert taken(checks, second) == ["a"]
        moments.append(second)
    assert moments == [0, 2, 6, 14]
    assert len(moments) == TRIES_MAX


def test_being_shown_answers_an_arrival_but_not_an_end():
    """A working order settles a doubtful submit, not a doubtful cancel."""
    checks = Checks()
    checks.add(check("new", 1))
    checks.add(check("cancel", 1, until_end=True))
    for name in ("new", "cancel"):
        checks.shown(name, "31")
    assert taken(checks, 1) == ["cancel"]
    checks.ended("cancel", "31")
    assert checks.deadline() is None


def test_the_earlier_and_the_stricter_reason_win():
    """Two doubts about one order make one check."""
    checks = Checks()
    checks.add(check("a", 5, until_end=True))
    checks.add(check("a", 1))
    found = checks.take(at(1))
    assert found is not None
    assert found.until_end
    assert checks.take(at(1)) is None


def test_checks_are_bounded():
    """The oldest go; the router's reconciliation finds them."""
    checks = Checks()
    for number in range(CHECKS_MAX + 5):
        checks.add(check(f"o{number}", number))
    assert checks.deadline() == at(5).mono_ns


def test_the_one_that_is_due_longest_is_asked_first():
    """What finds no room now is not overtaken by what comes due later."""
    checks = Checks()
    for name, second in (("late", 3), ("early", 1), ("middle", 2), ("not yet", 9)):
        checks.add(check(name, second))
    assert taken(checks, 4) == ["early", "middle", "late"]


def test_a_doubt_that_repeats_itself_does_not_hasten_the_questions():
    """A strategy that cancels an unknown order with each quote costs no look-up more."""
    checks = Checks()
    asked = []
    for tenth in range(150):
        checks.add(check("a", tenth / 10 + 0.5, until_end=True))
        asked += taken(checks, tenth / 10)
    assert len(asked) == TRIES_MAX
