"""The queue of quote requests: paced, few at a time, none twice."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.control import Answered
from actors.venues.longbridge.requests import LIMITS_MAX, WAITING_MAX, Request, Requests
from actors.venues.longbridge.settings import Settings
from tests.kit.longbridge_quote import at


class Gateway:
    """Takes every request."""

    in_service = True

    def __init__(self):
        self.asked = []

    def ask(self, command, body, tag, now):
        self.asked.append((tag, now.mono_ns))
        return [tag]


def queue(**settings):
    gateway = Gateway()
    return Requests(Settings(**settings), gateway), gateway


def request(number, command=11):
    return Request(command, b"", ("word", number))


def answer(made):
    return Answered(command=made.command, tag=made, status=0)


def test_five_at_a_time():
    """The next goes when one has come back, whatever became of it."""
    requests, gateway = queue()
    requests.add(*map(request, range(7)))
    assert len(requests.pump(at(0))) == 5
    assert requests.pump(at(0.1)) == []
    assert requests.deadline() is None
    requests.ended(answer(gateway.asked[0][0]))
    assert requests.pump(at(0.2)) == [request(5)]


def test_ten_a_second():
    """The eleventh waits until the first is a second old."""
    requests, _ = queue(requests_under_way_max=100)
    requests.add(*map(request, range(11)))
    assert len(requests.pump(at(0))) == 10
    assert requests.deadline() == at(1).mono_ns
    assert requests.pump(at(1)) == [request(10)]


def test_nothing_is_asked_twice():
    """While it waits or is under way; afterwards it may be."""
    requests, gateway = queue()
    requests.add(request(1), request(1))
    assert requests.pump(at(0)) == [request(1)]
    requests.add(request(1))
    assert requests.pump(at(0)) == []
    assert requests.has("word")
    requests.ended(answer(gateway.asked[0][0]))
    assert not requests.has("word")
    requests.add(request(1))
    assert requests.pump(at(1)) == [request(1)]


def test_limits_of_the_profile():
    """Per command; the others go on behind a queue in order."""
    requests, gateway = queue(requests_under_way_max=100)
    requests.limit(17, 1)
    requests.limit(18, 0)
    requests.limit(19, 1 << 31)
    for number in range(2 * LIMITS_MAX):
        requests.limit(1000 + number, 1)
    requests.add(request(1, 17), request(2, 17), request(3))
    assert len(requests.pump(at(0))) == 1
    assert requests.pump(at(1)) == [request(2, 17), request(3)]
    assert len(gateway.asked) == 3


def test_a_pause_stops_everything():
    """The venue said that we ask too often."""
    requests, _ = queue()
    requests.add(request(1))
    requests.pause(at(0))
    assert requests.pump(at(0.5)) == []
    assert requests.deadline() == at(1).mono_ns
    assert requests.pump(at(1)) == [request(1)]


def test_the_queue_is_bounded_and_forgets_at_a_loss():
    """What does not fit is counted; a new connection begins with nothing."""
    requests, _ = queue()
    requests.add(*map(request, range(WAITING_MAX + 3)))
    assert requests.dropped == 3
    requests.pump(at(0))
    requests.lost()
    assert requests.pump(at(5)) == []
    assert not requests.has("word")


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 8), st.integers(0, 8)), max_size=60))
def test_no_window_of_a_second_holds_more_than_ten(steps):
    """Whenever requests come and answers go."""
    requests, gateway = queue()
    numbers: Iterator[int] = iter(range(10_000))
    second, ended = 0.0, 0
    for pause, more, answers in steps:
        second += pause
        requests.add(*(request(next(numbers)) for _ in range(more)))
        for made, _ in gateway.asked[ended : ended + answers]:
            requests.ended(answer(made))
            ended += 1
        requests.pump(at(second))
        assert len(gateway.asked) - ended <= 5
    times = [asked_ns for _, asked_ns in gateway.asked]
    for place in range(len(times) - 10):
        assert times[place + 10] - times[place] >= 10**9 - 1_000
