"""Frames that a server sends, and the stream below them that can fall silent."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from engine.simulator.frames import binary_frame, frame_text, ping_frame, pong_frame, text_frame
from engine.simulator.wire import Wire, reset
from tests.kit.waiting import deadline_s


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_of_every_length_class_carry_their_text(size):
    """One, two and eight length bytes; text as text or as its bytes."""
    frame = text_frame("x" * size)
    assert frame[0] == 0x81
    assert frame_text(frame) == "x" * size
    assert text_frame(b"x" * size) == frame
    assert binary_frame(b"x" * size) == b"\x82" + frame[1:]


def test_control_frames_have_their_own_opcodes():
    """Ping and pong."""
    assert (ping_frame(b"a"), pong_frame(b"")) == (b"\x89\x01a", b"\x8a\x00")


async def pair(**how) -> tuple[Wire, trio.SocketStream]:
    """A wire and the client at its other end."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        client = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
        return Wire(await listener.accept(), **how), client


async def test_traffic_is_noted_and_the_head_comes_first():
    """What was read before the wire was made is not traffic any more."""
    noted = []
    wire, client = await pair(
        head=b"head", on_received=lambda: noted.append("in"), on_sent=lambda: noted.append("out")
    )
    async with wire, client:
        assert await wire.receive_some() == b"head"
        await client.send_all(b"more")
        assert await wire.receive_some() == b"more"
        await wire.send_all(b"x")
    assert noted == ["in", "out"]


async def test_a_muted_wire_says_nothing_and_a_deaf_one_reads_nothing():
    """What was to be sent in between is lost; what arrived is read after all."""
    wire, client = await pair()
    async with wire, client, trio.open_nursery() as nursery:
        heard = []

        async def read() -> None:
            heard.append(await wire.receive_some())

        with trio.fail_after(deadline_s(10)):
            wire.silence(deaf=True)
            await wire.send_all(b"lost")
            await client.send_all(b"kept")
            nursery.start_soon(read)
            await wait_all_tasks_blocked()
            assert heard == []
            wire.resume()
            await wire.send_all(b"said")
            assert await client.receive_some() == b"said"
    assert heard == [b"kept"]


async def test_a_half_closed_wire_sends_no_more_and_a_reset_one_is_broken():
    """The client sees an end of the stream, or an error."""
    wire, client = await pair()
    async with client:
        with trio.fail_after(deadline_s(10)):
            await wire.send_eof()
            await wire.send_all(b"lost")
            assert await client.receive_some() == b""
            reset(wire.stream)
            await wire.aclose()
            with pytest.raises(trio.BrokenResourceError):
                await client.send_all(b"x")
