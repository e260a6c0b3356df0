"""A session without a stream is open from its first moment until somebody closes it."""

import pytest
import trio
import trio.testing

from engine.errors import LocalProtocolError, PeerSilent
from engine.session.contract import SendFrame, Target
from engine.session.nostream import NoStream
from engine.session.stream import StreamEnd


class Handler:
    """Counts openings; nothing else may ever be called."""

    def __init__(self) -> None:
        self.opened = 0

    def stream_opened(self) -> None:
        self.opened += 1


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def stream(handler: Handler) -> NoStream:
    return NoStream(Target(url=""), handler)


async def run_in(nursery: trio.Nursery, stream: NoStream) -> list[StreamEnd]:
    """Start it; the list gets its end."""
    ends: list[StreamEnd] = []

    async def run() -> None:
        ends.append(await stream.run())

    nursery.start_soon(run)
    await trio.testing.wait_all_tasks_blocked()
    return ends


async def test_it_opens_once_and_stays_open(stream, handler):
    """Opened is told once, and without a close it runs on."""
    async with trio.open_nursery() as nursery:
        ends = await run_in(nursery, stream)
        assert handler.opened == 1
        assert ends == []
        nursery.cancel_scope.cancel()


async def test_a_close_ends_it_in_order(stream):
    """Closed without an error, it says that it was open and that nothing went wrong."""
    async with trio.open_nursery() as nursery:
        ends = await run_in(nursery, stream)
        stream.close(None)
    assert ends == [StreamEnd(error=None, opened=True)]


async def test_the_first_error_stands(stream):
    """A second close, with another error or with none, does not hide why it ended."""
    first = PeerSilent("nothing for 5 s")
    async with trio.open_nursery() as nursery:
        ends = await run_in(nursery, stream)
        stream.close(first)
        stream.close(PeerSilent("later"))
        stream.close(None)
    assert ends[0].error is first


async def test_a_close_before_it_runs_is_not_lost(stream):
    """A driver that gives up at once does not wait for ever."""
    stream.close(None)
    with trio.fail_after(5):
        assert (await stream.run()).error is None


def test_a_frame_has_nowhere_to_go(stream):
    """Sending is a bug of the protocol, and nothing counts as unsent afterwards."""
    with pytest.raises(LocalProtocolError, match="3 bytes"):
        stream.send(SendFrame(data=b"abc"))
    assert stream.unsent() == ()
