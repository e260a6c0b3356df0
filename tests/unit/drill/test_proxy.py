"""The fault proxy over real sockets: each mode does what it says, and healing heals."""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.drill.proxy import Direction, LinkFault, LinkMode, Proxy, _Connection
from tests.kit.waiting import deadline_s, until

QUIET_S = 0.2
"""How long nothing must arrive for us to believe that nothing does."""


class Server:
    """Keeps what each connection sent; answers with `reply` of it."""

    def __init__(self, reply: Callable[[bytes], bytes]) -> None:
        self.reply = reply
        self.heard: list[bytearray] = []
        self.ended: list[str] = []

    async def serve(self, stream: trio.SocketStream) -> None:
        heard = bytearray()
        self.heard.append(heard)
        try:
            async for data in stream:
                heard += data
                await stream.send_all(self.reply(data))
            self.ended.append("eof")
        except trio.BrokenResourceError:
            self.ended.append("reset")


@asynccontextmanager
async def link(reply: Callable[[bytes], bytes] = bytes) -> AsyncIterator[tuple[Proxy, Server]]:
    server = Server(reply)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, server.serve, 0, host="127.0.0.1"))
        proxy = Proxy(*listeners[0].socket.getsockname()[:2])
        await nursery.start(proxy.run)
        yield proxy, server
        nursery.cancel_scope.cancel()


async def connect(proxy: Proxy) -> trio.SocketStream:
    return await trio.open_tcp_stream(*proxy.address)


async def connect_and_read(proxy: Proxy) -> bytes:
    async with await connect(proxy) as stream:
        return await read(stream, 1)


async def read(stream: trio.SocketStream, count: int) -> bytes:
    data = b""
    with trio.fail_after(deadline_s(5)):
        while len(data) < count:
            part = await stream.receive_some(count - len(data))
            if not part:
                break
            data += part
    return data


async def is_quiet(stream: trio.SocketStream) -> bool:
    with trio.move_on_after(QUIET_S):
        await stream.receive_some(1)
        return False
    return True


@settings(max_examples=30, deadline=None)
@given(parts=st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=5))
@pytest.mark.parametrize(
    "fault",
    [
        None,
        LinkFault(LinkMode.SLICE),
        LinkFault(LinkMode.LATENCY, 0.002),
        LinkFault(LinkMode.BANDWIDTH, 2e6),
        LinkFault(LinkMode.SLOW_CLOSE, 0.001),
    ],
    ids=lambda fault: fault.mode if fault else "healthy",
)
def test_harmless_modes_change_no_byte(fault: LinkFault | None, parts: list[bytes]):
    """Whatever is only slow or torn arrives whole and in order, both ways, with its end."""

    async def main() -> None:
        async with link() as (proxy, server), await connect(proxy) as stream:
            proxy.set(fault)
            sent = b"".join(parts)
            for part in parts:
                await stream.send_all(part)
            assert await read(stream, len(sent)) == sent
            await stream.send_eof()
            assert await read(stream, 1) == b""
            assert bytes(server.heard[0]) == sent
            assert server.ended == ["eof"]

    trio.run(main)


async def test_sliced_bytes_arrive_one_by_one():
    async with link() as (proxy, _):
        proxy.set(LinkFault(LinkMode.SLICE))
        async with await connect(proxy) as stream:
            await stream.send_all(b"0123456789")
            arrived = [await stream.receive_some(100) for _ in range(3)]
        # The kernel may put neighbours together, but not all of them.
        assert len(arrived[0]) < 10
        assert b"0123456789".startswith(b"".join(arrived))


async def test_latency_delays_and_keeps_order():
    async with link() as (proxy, _), await connect(proxy) as stream:
        proxy.set(LinkFault(LinkMode.LATENCY, 0.15, Direction.UP))
        began = trio.current_time()
        await stream.send_all(b"one")
        assert await read(stream, 3) == b"one"
        assert trio.current_time() - began >= 0.15


@pytest.mark.parametrize("limit", [0, 1, 7, 5000])
@pytest.mark.parametrize("way", [Direction.UP, Direction.DOWN])
async def test_a_limit_cuts_after_exactly_so_many_bytes(limit: int, way: Direction):
    """F-09: exactly n bytes pass, then the connection is over."""
    async with link() as (proxy, server), await connect(proxy) as stream:
        proxy.set(LinkFault(LinkMode.LIMIT, limit, way))
        await stream.send_all(b"x" * 9000)
        got = b""
        try:
            got = await read(stream, 9000)
        except trio.BrokenResourceError:
            assert way is Direction.UP  # unread input turns our close into a reset
        if way is Direction.DOWN:
            assert len(got) == limit
        else:
            await until(lambda: server.ended, what="the server sees the end")
            assert len(server.heard[0]) == limit


@pytest.mark.parametrize("way", [Direction.UP, Direction.DOWN, Direction.BOTH])
async def test_a_black_hole_swallows_one_way_and_heals(way: Direction):
    """F-07: the other direction goes on; after healing the late bytes arrive, nothing is closed."""
    async with link() as (proxy, server), await connect(proxy) as stream:
        await stream.send_all(b"a")
        assert await read(stream, 1) == b"a"
        proxy.set(LinkFault(LinkMode.BLACKHOLE, direction=way))
        await stream.send_all(b"b")
        assert await is_quiet(stream)
        assert bytes(server.heard[0]) == (b"ab" if way is Direction.DOWN else b"a")
        proxy.set(None)
        assert await read(stream, 1) == b"b"
        assert bytes(server.heard[0]) == b"ab"


async def test_bytes_in_a_black_hole_outlive_their_sender():
    """The client gives up and closes; what it had sent still reaches the venue when the hole heals."""
    async with link() as (proxy, server):
        async with await connect(proxy) as stream:
            await stream.send_all(b"a")
            assert await read(stream, 1) == b"a"
            proxy.set(LinkFault(LinkMode.BLACKHOLE, direction=Direction.UP))
            await stream.send_all(b"late order")
        proxy.set(None)
        await until(lambda: bytes(server.heard[0]) == b"alate order")


async def test_held_connections_wait_while_new_ones_pass():
    async with link() as (proxy, server), await connect(proxy) as old:
        await old.send_all(b"a")
        assert await read(old, 1) == b"a"
        proxy.hold()
        await old.send_all(b"late")
        async with await connect(proxy) as new:
            await new.send_all(b"b")
            assert await read(new, 1) == b"b"
        assert bytes(server.heard[0]) == b"a"
        proxy.release()
        assert await read(old, 4) == b"late"


@pytest.mark.parametrize("opened", ["before", "after"])
async def test_the_connection_that_carries_what_is_held_waits_alone(opened: str):
    async with link() as (proxy, server), contextlib.AsyncExitStack() as open_now:
        if opened == "after":
            proxy.hold_next(b"order")
        held = await open_now.enter_async_context(await connect(proxy))
        await held.send_all(b"a")
        assert await read(held, 1) == b"a"
        if opened == "before":
            proxy.hold_next(b"order")
        await held.send_all(b"an order")
        await until(lambda: any(each.held for each in proxy.connections))
        async with await connect(proxy) as other:
            await other.send_all(b"order")
            assert await read(other, 5) == b"order"
        assert bytes(server.heard[0]) == b"a"
        proxy.release()
        assert await read(held, 8) == b"an order"


async def test_a_reset_ends_open_connections_and_new_ones():
    async with link() as (proxy, server), await connect(proxy) as stream:
        await stream.send_all(b"a")
        assert await read(stream, 1) == b"a"
        proxy.set(LinkFault(LinkMode.RESET))
        with pytest.raises(trio.BrokenResourceError):
            await read(stream, 1)
        await until(lambda: server.ended == ["reset"])
        # The reset may come before the connection is looked at for the first time.
        with pytest.raises((OSError, trio.BrokenResourceError)):
            await connect_and_read(proxy)
        proxy.set(None)
        async with await connect(proxy) as third:
            await third.send_all(b"c")
            assert await read(third, 1) == b"c"


async def test_a_slow_close_comes_late():
    async with link() as (proxy, server), await connect(proxy) as stream:
        proxy.set(LinkFault(LinkMode.SLOW_CLOSE, QUIET_S, Direction.UP))
        await stream.send_all(b"a")
        assert await read(stream, 1) == b"a"
        began = trio.current_time()
        await stream.send_eof()
        await until(lambda: server.ended)
        assert trio.current_time() - began >= QUIET_S


async def test_bandwidth_is_kept_and_memory_with_it():
    """F-11: a slow link slows the sender down instead of filling the proxy."""
    async with link(lambda _: b"") as (proxy, server), await connect(proxy) as stream:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        proxy.set(LinkFault(LinkMode.BANDWIDTH, 20_000, Direction.UP))
        began = trio.current_time()
        with trio.move_on_after(0.5) as scope:
            await stream.send_all(bytes(32 << 20))
        assert scope.cancelled_caught
        assert len(server.heard[0]) <= 20_000 * (trio.current_time() - began) + 1_000


async def test_corruption_is_visible_and_one_byte():
    async with link() as (proxy, server), await connect(proxy) as stream:
        proxy.set(LinkFault(LinkMode.CORRUPT, 1.0, Direction.UP))
        await stream.send_all(b"hello")
        got = await read(stream, 5)
        assert [a == b for a, b in zip(got, b"hello", strict=True)].count(False) == 1
        assert b"\xff" in got
        assert server.heard[0] == got


async def test_a_refusing_link_keeps_what_is_open():
    """F-33: nobody listens, then the same address listens again."""
    async with link() as (proxy, _), await connect(proxy) as stream:
        await stream.send_all(b"a")
        assert await read(stream, 1) == b"a"
        before = proxy.address
        proxy.set(LinkFault(LinkMode.REFUSE))
        await trio.testing.wait_all_tasks_blocked(0.01)
        with pytest.raises(OSError, match="connect"):
            await connect(proxy)
        await stream.send_all(b"b")
        assert await read(stream, 1) == b"b"
        proxy.set(None)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert proxy.address == before
        async with await connect(proxy) as again:
            await again.send_all(b"c")
            assert await read(again, 1) == b"c"


async def test_a_server_that_is_away_resets_its_client():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = Proxy(*taken.getsockname())
        async with trio.open_nursery() as nursery:
            await nursery.start(proxy.run)
            async with await connect(proxy) as stream:
                with pytest.raises(trio.BrokenResourceError):
                    await read(stream, 1)
            await until(lambda: not proxy.connections)
            nursery.cancel_scope.cancel()


async def test_a_broken_connection_leaves_nothing_behind():
    """100 connections that end in every way: none is kept."""
    async with link() as (proxy, _):
        for number in range(100):
            async with await connect(proxy) as stream:
                await stream.send_all(b"a")
                assert await read(stream, 1) == b"a"
                if number % 3 == 0:
                    proxy.reset_all()
        await until(lambda: not proxy.connections)
        assert proxy.accepted == 100


async def test_what_is_read_for_a_pump_that_has_given_up_ends_that_connection_only():
    """Drilled with seed 8: under a flood a reader that went away took the whole drill with it."""
    ours, theirs = map(trio.SocketStream, trio.socket.socketpair())
    connection = _Connection(Proxy("127.0.0.1", 1), ours, ours)
    send, receive = trio.open_memory_channel[tuple[float, bytes]](1)
    receive.close()
    await theirs.send_all(b"x")
    with trio.fail_after(deadline_s(5)):
        await connection._read(ours, send)
    await theirs.aclose()
    await ours.aclose()


async def test_a_client_is_let_go_when_the_proxy_ends_while_it_connects(monkeypatch):
    """Its socket was left open, and some later test was blamed for it."""
    proxy = Proxy("127.0.0.1", 9)
    reached = trio.Event()

    async def never(*_address: object) -> None:
        reached.set()
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        await nursery.start(proxy.run)
        connected = trio.open_tcp_stream
        monkeypatch.setattr(trio, "open_tcp_stream", never)
        client = await connected(*proxy.address)
        with trio.fail_after(deadline_s(5)):
            await reached.wait()
        nursery.cancel_scope.cancel()
    async with client:
        with trio.fail_after(deadline_s(5)), pytest.raises(trio.BrokenResourceError):
            await client.receive_some()


async def test_the_longest_connection_is_measured_for_itself():
    """What several carry together says nothing of where one of them can be cut."""
    async with link() as (proxy, _):
        for count in (3, 5):
            async with await connect(proxy) as stream:
                await stream.send_all(b"x" * count)
                await read(stream, count)
        assert (proxy.passed[Direction.UP], proxy.longest[Direction.UP]) == (8, 5)
        proxy.measure_anew()
        async with await connect(proxy) as stream:
            await stream.send_all(b"xx")
            await read(stream, 2)
        assert (proxy.passed[Direction.UP], proxy.longest[Direction.UP]) == (10, 2)
