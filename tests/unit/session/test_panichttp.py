"""A panic protocol over HTTP alone: in service at once, and jobs that are bounded and go on in time."""

from engine.model.enums import VenueStateWord
from engine.session.contract import HttpCall, Note, Now, SetState
from engine.session.jobs import JOBS_MAX, Pause
from engine.session.panichttp import PanicOverHttp


class Panic(PanicOverHttp[str]):
    """Asks for nothing but what the test wants."""

    def ask(self, now: Now):
        return self._start(self._job(), now)

    def _job(self):
        yield (HttpCall(call_id=1, method="GET", path="/"),)
        return []

    def wait(self, now: Now):
        return self._start(self._pause(), now)

    def _pause(self):
        yield Pause(2.0)
        return [Note("done")]


def at(second: float) -> Now:
    return Now(int(second * 1e9), 0)


def test_it_is_in_service_without_a_stream():
    """There is nothing to connect to and nothing to load, and one may ask at once."""
    panic = Panic("REST")
    assert panic.target().url == ""
    assert not panic.start(at(0))
    assert panic.opened(at(0)) == [SetState(VenueStateWord.RECONCILING, "REST only")]
    assert panic.deadline() is None


def test_a_pause_is_waited_for():
    """It is what the deadline tells."""
    panic = Panic("REST")
    assert panic.wait(at(0)) == []
    assert panic.deadline() == at(2).mono_ns
    assert panic.due(at(2)) == [Note("done")]
    assert panic.deadline() is None


def test_too_much_at_once_is_an_alert():
    """It never raises: whoever panics goes on with what can be done."""
    panic = Panic("REST")
    for _ in range(JOBS_MAX):
        panic.ask(at(0))
    (note,) = panic.ask(at(0))
    assert isinstance(note, Note)
    assert (note.event, note.alert) == ("panic_busy", True)
