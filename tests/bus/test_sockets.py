"""The socket wrapper on real ipc sockets: bursts, absent and slow peers, sizes, the edge traps."""

import os
import stat
import time

import pytest
import trio
import trio.testing
import zmq

from engine.bus import sockets
from engine.bus.options import BATCH_MAX, ORDER_BYTES_MAX, ORDER_QUEUE_MAX
from engine.errors import BusError, BusFull, LimitExceeded, LocalProtocolError, UnknownPeer
from tests.kit.waiting import deadline_s, until

ATTEMPTS_MAX = 200


def echo_to(router):
    """A handler that answers every message with itself."""

    def handler(batch):
        for received in batch:
            router.send(received.identity, received.payload)

    return handler


def flood(send):
    """Far more than any queue holds."""
    for _ in range(50 * ORDER_QUEUE_MAX):
        send()


async def test_t020_burst_arrives_whole(stage):
    """100 messages sent at once are all received, in order, without further traffic (T-020)."""
    got = []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        nursery.start_soon(router.pump, got.extend)
        await until(lambda: dealer.connected)
        for number in range(100):
            dealer.send(b"%d" % number)
        await until(lambda: len(got) == 100, within_s=0.5)
        nursery.cancel_scope.cancel()
    assert [received.payload for received in got] == [b"%d" % number for number in range(100)]
    assert {received.peer.name for received in got} == {"a"}
    assert {received.identity for received in got} == {b"a:1"}


async def test_long_burst_lets_other_tasks_run(stage):
    """While more than a batch waits, other tasks get their turns before the last batch."""
    sizes, turns = [], []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        await until(lambda: dealer.connected)
        for number in range(3 * BATCH_MAX):
            dealer.send(b"%d" % number)
        await until(router._input_waits)
        await trio.sleep(0.05)  # the burst is in the receiver's queue before the pump starts

        def handler(batch):
            sizes.append(len(batch))
            turns.append(other)

        async def bystander():
            nonlocal other
            while True:
                other += 1
                await trio.lowlevel.checkpoint()

        other = 0
        nursery.start_soon(bystander)
        nursery.start_soon(router.pump, handler)
        await until(lambda: sum(sizes) == 3 * BATCH_MAX)
        nursery.cancel_scope.cancel()
    assert max(sizes) <= BATCH_MAX
    assert len(turns) >= 3
    assert len(set(turns)) > 1


async def test_a_crowd_of_messages_is_noticed_and_its_end_too(stage):
    """While batches are large I/O threads need not hurry; single messages are hurried again."""
    told, got, sent = [], [], []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        router.on_crowd = lambda *, begins: told.append(begins)
        nursery.start_soon(router.pump, got.extend)
        await until(lambda: dealer.connected)

        async def send_until_told(times, at_once):
            for _ in range(ATTEMPTS_MAX):
                if len(told) >= times:
                    return
                for _ in range(at_once):
                    dealer.send(b"x")
                    sent.append(b"x")
                await until(lambda: len(got) == len(sent))

        await send_until_told(1, at_once=2 * BATCH_MAX)
        await send_until_told(2, at_once=1)
        nursery.cancel_scope.cancel()
    assert told == [True, False]


async def test_a_crowd_that_ends_in_silence_is_over_too(stage, monkeypatch):
    """A burst of a socket that then says nothing would make the process's I/O threads patient for ever."""
    monkeypatch.setattr(sockets, "CALM_AFTER_S", 0.05)
    told, got, sent = [], [], 0
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        router.on_crowd = lambda *, begins: told.append(begins)
        nursery.start_soon(router.pump, got.extend)
        await until(lambda: dealer.connected)
        while not told and sent < ATTEMPTS_MAX * BATCH_MAX:
            for _ in range(2 * BATCH_MAX):
                dealer.send(b"x")
            sent += 2 * BATCH_MAX
            await until(lambda: router.stats.received == dealer.stats.sent)
        await until(lambda: told == [True, False])
        dealer.send(b"y")
        await until(lambda: got[-1].payload == b"y")
        nursery.cancel_scope.cancel()


async def test_t021_absent_identity_is_an_error(stage):
    """The router hears at once that nobody is there under an identity (T-021)."""
    async with stage.bus("router") as server:
        router = server.bind_router("strategies", stage.peers("a"))
        with pytest.raises(UnknownPeer):
            router.send(b"a:1", b"report")
    assert router.stats.refused_unknown == 1
    assert router.stats.sent == 0


async def test_t029_message_for_an_absent_binder_is_never_sent_later(stage):
    """A command for an absent session is refused at once and does not arrive when it appears (T-029)."""
    got = []
    async with stage.bus("a") as client:
        dealer = client.connect_dealer("strategies")
        with pytest.raises(UnknownPeer):
            dealer.send(b"too early")
        async with stage.bus("router") as server, trio.open_nursery() as nursery:
            router = server.bind_router("strategies", stage.peers("a"))
            nursery.start_soon(router.pump, got.extend)
            await until(lambda: dealer.connected)
            dealer.send(b"in time")
            await until(lambda: got)
            nursery.cancel_scope.cancel()
        await until(lambda: not dealer.connected)
        with pytest.raises(UnknownPeer):
            dealer.send(b"too late")
    assert [received.payload for received in got] == [b"in time"]


async def test_binder_that_returns_is_found(stage):
    """A dealer finds a restarted binder by itself and is served again."""
    async with stage.bus("a") as client:
        dealer = client.connect_dealer("strategies")
        for _ in range(2):
            got = []
            async with stage.bus("router") as server, trio.open_nursery() as nursery:
                router = server.bind_router("strategies", stage.peers("a"))
                nursery.start_soon(router.pump, got.extend)
                await until(lambda: dealer.connected)
                dealer.send(b"hello")
                await until(lambda got=got: got)
                nursery.cancel_scope.cancel()
            await until(lambda: not dealer.connected)


async def test_t026_too_large_is_refused_locally(stage):
    """A message one byte too large never leaves; the connection and the next message stay (T-026)."""
    got = []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        nursery.start_soon(router.pump, got.extend)
        await until(lambda: dealer.connected)
        dealer.send(b"x" * ORDER_BYTES_MAX)
        with pytest.raises(LimitExceeded):
            dealer.send(b"x" * (ORDER_BYTES_MAX + 1))
        dealer.send(b"next")
        await until(lambda: len(got) == 2)
        with pytest.raises(LimitExceeded):
            router.send(got[0].identity, b"x" * (ORDER_BYTES_MAX + 1))
        assert router.stats.disconnects == dealer.stats.disconnects == 0
        nursery.cancel_scope.cancel()
    assert [len(received.payload) for received in got] == [ORDER_BYTES_MAX, 4]
    assert dealer.stats.oversize == router.stats.oversize == 1


async def test_t027_oversize_from_a_foreign_peer_costs_only_its_connection(stage):
    """A peer that sends too much is cut off and counted; the others notice nothing (T-027)."""
    got = []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a", "foreign"))
        dealer = client.connect_dealer("strategies")
        nursery.start_soon(router.pump, got.extend)
        await until(lambda: dealer.connected)
        with stage.raw(zmq.DEALER) as foreign:
            stage.give_keys(foreign, "foreign")
            foreign.connect(stage.address("strategies"))
            foreign.send(b"small")
            await until(lambda: got)
            foreign.send(b"x" * (2 * ORDER_BYTES_MAX))
            await until(lambda: router.stats.disconnects == 1)
            dealer.send(b"still here")
            await until(lambda: len(got) == 2)
        assert dealer.stats.disconnects == 0
        nursery.cancel_scope.cancel()
    assert [received.payload for received in got] == [b"small", b"still here"]


async def test_foreign_multipart_messages_are_dropped(stage):
    """A message of several frames from a foreign sender is counted and dropped whole."""
    got = []
    async with stage.bus("router") as server, trio.open_nursery() as nursery:
        router = server.bind_router("strategies", stage.peers("foreign"))
        nursery.start_soon(router.pump, got.extend)
        with stage.raw(zmq.DEALER) as foreign:
            stage.give_keys(foreign, "foreign")
            foreign.connect(stage.address("strategies"))
            foreign.send_multipart([b"", b"two", b"three"])
            foreign.send(b"one frame")
            await until(lambda: got)
        nursery.cancel_scope.cancel()
    assert [received.payload for received in got] == [b"one frame"]
    assert router.stats.malformed == 1


async def test_a_peer_that_does_not_read_is_an_error(stage):
    """Both sides hear that the other does not read, before memory grows."""
    async with stage.bus("router") as server, stage.bus("a") as client:
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        await until(lambda: dealer.connected)
        with pytest.raises(BusFull):
            flood(lambda: dealer.send(b"x" * 1000))
        with pytest.raises(BusFull):
            flood(lambda: router.send(b"a:1", b"x" * 1000))
    assert dealer.stats.sent < 50 * ORDER_QUEUE_MAX
    assert dealer.stats.refused_full == router.stats.refused_full == 1


async def test_a_stall_loses_nothing_that_was_accepted(stage):
    """After a reader stalled with a full queue, all that was accepted arrives on the same connection."""
    accepted, got = [], []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        await until(lambda: dealer.connected)
        stalled_until = trio.current_time() + 1.5  # beyond any ZMTP heartbeat one would set
        while trio.current_time() < stalled_until:
            try:
                dealer.send(b"%d" % len(accepted))
                accepted.append(b"%d" % len(accepted))
            except BusFull:
                await trio.sleep(0.005)
        nursery.start_soon(router.pump, lambda batch: got.extend(r.payload for r in batch))
        await until(lambda: len(got) == len(accepted))
        assert router.stats.disconnects == dealer.stats.disconnects == 0
        nursery.cancel_scope.cancel()
    assert got == accepted


async def test_a_peer_that_reads_is_never_called_full(stage):
    """Credit that libzmq has not looked at yet does not make a reading peer look full."""
    count = 20_000
    got = 0
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")

        def handler(batch):
            nonlocal got
            got += len(batch)

        nursery.start_soon(router.pump, handler)
        await until(lambda: dealer.connected)
        for number in range(count):
            dealer.send(b"x" * 100)
            if number - got > ORDER_QUEUE_MAX // 2:
                await until(lambda number=number: number - got < 100)
        await until(lambda: got == count)
        nursery.cancel_scope.cancel()
    assert dealer.stats.refused_full == 0


async def test_a_refusal_is_looked_at_twice(stage, monkeypatch):
    """A refusal that one look at EVENTS cures is no refusal (libzmq sees credit lazily, trap 3)."""
    looked = False

    async with stage.bus("router") as server, stage.bus("a") as client:
        server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        await until(lambda: dealer.connected)
        send, get = dealer._send_frame, dealer._get

        def lazy_send(*arguments):
            if not looked:
                raise zmq.Again
            return send(*arguments)

        def look(option):
            nonlocal looked
            looked = True
            return get(option)

        monkeypatch.setattr(dealer, "_send_frame", lazy_send)
        monkeypatch.setattr(dealer, "_get", look)
        dealer.send(b"x")
    assert (dealer.stats.sent, dealer.stats.retried, dealer.stats.refused_full) == (1, 1, 0)


async def test_input_is_noticed_while_others_send(stage):
    """A parked pump is woken although another task's sends swallow the announcements (trap 1)."""
    count, late = 300, []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")

        def handler(batch):
            now = trio.current_time()
            late.extend(now - float(payload) for payload in batch)

        async def chatter():
            while True:
                dealer.send(b"chatter")
                await trio.sleep(0.0007)

        nursery.start_soon(router.pump, lambda _batch: None)
        nursery.start_soon(dealer.pump, handler)
        await until(lambda: dealer.connected)
        nursery.start_soon(chatter)
        await until(lambda: router.stats.received)
        for _ in range(count):
            router.send(b"a:1", b"%r" % trio.current_time())
            await trio.sleep(0.002)
        await until(lambda: len(late) == count)
        nursery.cancel_scope.cancel()
    assert sorted(late)[count // 2] < deadline_s(0.02)
    assert sum(lateness > deadline_s(0.05) for lateness in late) < count // 10


async def test_input_is_noticed_while_sends_are_refused(stage):
    """A parked pump is woken although refused sends swallow the announcements (trap 2)."""
    count, got, refused = 300, [], 0
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        nursery.start_soon(dealer.pump, got.extend)
        await until(lambda: dealer.connected)

        async def push():
            nonlocal refused
            while True:
                try:
                    dealer.send(b"x" * 1000)
                except BusFull:
                    refused += 1
                    await trio.sleep(0.0007)

        nursery.start_soon(push)  # the router has no pump: it never reads
        await until(lambda: refused)
        for number in range(count):
            router.send(b"a:1", b"%d" % number)
            await trio.sleep(0.001)
        await until(lambda: len(got) == count)
        nursery.cancel_scope.cancel()
    assert refused > 10


async def test_answers_sent_from_the_handler_hide_nothing(stage):
    """A ping-pong over one socket pair runs on though every handler sends on its own socket."""
    rounds = 0
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")

        def again(batch):
            nonlocal rounds
            rounds += len(batch)
            for payload in batch:
                dealer.send(payload)

        nursery.start_soon(router.pump, echo_to(router))
        nursery.start_soon(dealer.pump, again)
        await until(lambda: dealer.connected)
        for _ in range(3):
            dealer.send(b"ball")
        await until(lambda: rounds > 3000)
        nursery.cancel_scope.cancel()


async def test_a_send_from_the_handler_does_not_hide_what_came_meanwhile(stage):
    """Input that arrives while a handler works is noticed though its own send swallowed the sign."""
    rounds = 0
    async with (
        stage.bus("router") as server,
        stage.bus("a") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")

        def handler(batch):
            nonlocal rounds
            rounds += len(batch)
            dealer.send(b"more")
            time.sleep(0.003)  # it arrives, and libzmq's throttle of 1 ms is over
            router.send(b"a:1", b"answer")

        nursery.start_soon(router.pump, handler)
        await until(lambda: dealer.connected)
        dealer.send(b"first")
        await until(lambda: rounds >= 20)
        nursery.cancel_scope.cancel()


async def test_one_pump_per_socket(stage):
    """A second pump on a socket is refused; after the first ended there may be another."""
    async with stage.bus("router") as server:
        router = server.bind_router("strategies", stage.peers("a"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(router.pump, list)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(LocalProtocolError):
                await router.pump(list)
            nursery.cancel_scope.cancel()
        with trio.move_on_after(0):
            await router.pump(list)


async def test_a_handler_s_error_ends_the_pump(stage):
    """What a handler raises leaves the pump; nothing is swallowed."""
    async with stage.bus("router") as server, stage.bus("a") as client:
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        await until(lambda: dealer.connected)
        dealer.send(b"x")

        def handler(_batch):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), trio.fail_after(deadline_s(5)):
            await router.pump(handler)


async def test_cancelling_a_pump_loses_nothing(stage):
    """Messages that arrive around a cancellation are there for the next pump."""
    got = []
    async with stage.bus("router") as server, stage.bus("a") as client:
        router = server.bind_router("strategies", stage.peers("a"))
        dealer = client.connect_dealer("strategies")
        await until(lambda: dealer.connected)
        for number in range(200):
            dealer.send(b"%d" % number)
            if number % 10 == 0:
                with trio.move_on_after(0.001):
                    await router.pump(got.extend)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(router.pump, got.extend)
            await until(lambda: len(got) == 200)
            nursery.cancel_scope.cancel()
    assert [received.payload for received in got] == [b"%d" % number for number in range(200)]


async def test_t030_closing_with_unsent_messages_is_quick(stage):
    """The block ends at once although nobody read what was sent (T-030)."""
    with trio.fail_after(deadline_s(1)):
        async with stage.bus("router") as server, stage.bus("a") as client:
            router = server.bind_router("strategies", stage.peers("a"))
            publisher = server.bind_publisher("market.test")
            reader = client.connect_subscriber("market.test")
            reader.subscribe(b"")
            dealer = client.connect_dealer("strategies")
            await until(lambda: dealer.connected and reader.connected)
            for _ in range(ORDER_QUEUE_MAX):
                dealer.send(b"x" * 100)
                router.send(b"a:1", b"y" * 100)
                publisher.send(b"z" * 100)
    assert not stage.alerts


async def test_a_closed_bus_refuses(stage):
    """Sockets outlive their bus only to say that they are closed."""
    async with stage.bus("router") as server:
        router = server.bind_router("strategies", stage.peers("a"))
        publisher = server.bind_publisher("market.test")
    with pytest.raises(BusError):
        router.send(b"a:1", b"x")
    with pytest.raises(BusError):
        publisher.send(b"x")
    with pytest.raises(LocalProtocolError):
        server.connect_dealer("strategies")


async def test_every_subscription_of_many_arrives(stage):
    """Of 200 subscriptions made at once each one brings its own message."""
    topics = [b"topic-%03d:" % number for number in range(200)]
    seen, got = [], []
    async with stage.bus("s") as server, stage.bus("a") as client, trio.open_nursery() as nursery:
        publisher = server.bind_publisher("market.test")
        reader = client.connect_subscriber("market.test")
        nursery.start_soon(
            publisher.pump, lambda subscribed, prefix: seen.append((subscribed, prefix))
        )
        nursery.start_soon(reader.pump, got.extend)
        for topic in topics:
            reader.subscribe(topic)
        await until(lambda: len(seen) == len(topics))
        for topic in [*topics, b"nobody asked"]:
            publisher.send(topic + b"value")
        await until(lambda: len(got) == len(topics))
        reader.unsubscribe(topics[0])
        await until(lambda: (False, topics[0]) in seen)
        nursery.cancel_scope.cancel()
    assert got == [topic + b"value" for topic in topics]


async def test_every_subscriber_is_reported(stage):
    """The second reader of a topic is seen as well; only the last one's leaving is."""
    seen = []
    async with stage.bus("s") as server, trio.open_nursery() as nursery:
        publisher = server.bind_publisher("market.test")
        nursery.start_soon(
            publisher.pump, lambda subscribed, prefix: seen.append((subscribed, prefix))
        )
        async with stage.bus("a") as first:
            first.connect_subscriber("market.test").subscribe(b"topic")
            await until(lambda: len(seen) == 1)
            async with stage.bus("b") as second:
                second.connect_subscriber("market.test").subscribe(b"topic")
                await until(lambda: len(seen) == 2)
        await until(lambda: len(seen) == 3)
        nursery.cancel_scope.cancel()
    assert seen == [(True, b"topic"), (True, b"topic"), (False, b"topic")]


async def test_files_are_private(stage):
    """Directory, sockets and locks belong to this user alone, whatever the umask is."""
    old = os.umask(0)
    try:
        async with stage.bus("router") as server:
            server.bind_router("strategies", stage.peers("a"))
            server.bind_publisher("market.test")
            modes = {
                path.name: stat.S_IMODE(path.stat().st_mode) for path in stage.run_dir.iterdir()
            }
    finally:
        os.umask(old)
    assert {mode & 0o077 for mode in modes.values()} == {0}
    assert set(modes) == {
        "strategies.ipc",
        "strategies.lock",
        "market.test.ipc",
        "market.test.lock",
    }
