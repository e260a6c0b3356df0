"""Who may speak on the bus: keys, identities, locks, the run directory."""

import pytest
import trio
import zmq

from engine.bus.context import open_bus
from engine.bus.keys import Peer
from engine.errors import BusError, ConfigError, LocalProtocolError, UnknownPeer
from tests.kit.waiting import until


def dealer_with_key(stage, socket, name):
    stage.give_keys(socket, name)
    socket.connect(stage.address("strategies"))


async def test_t090_unknown_key_is_refused_and_counted(stage):
    """T-090: PT-30: a stranger with a fresh key finishes no handshake; it is counted, reported and never read."""
    got = []
    async with (
        stage.bus("router") as server,
        stage.bus("stranger") as client,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        nursery.start_soon(router.pump, got.extend)
        dealer = client.connect_dealer("strategies")
        await until(lambda: server.handshakes_refused and router.stats.handshakes_refused)
        with pytest.raises(UnknownPeer):
            dealer.send(b"let me in")
        nursery.cancel_scope.cancel()
    assert not got
    assert router.stats.handshakes == 0
    assert any("not admitted" in alert for alert in stage.alerts)


async def test_t090_no_key_is_refused_and_counted(stage):
    """T-090: A peer without CURVE is turned away before it can say anything."""
    got = []
    async with stage.bus("router") as server, trio.open_nursery() as nursery:
        router = server.bind_router("strategies", stage.peers("a"))
        nursery.start_soon(router.pump, got.extend)
        with stage.raw(zmq.DEALER) as foreign:
            foreign.connect(stage.address("strategies"))
            foreign.send(b"hello")
            await until(lambda: router.stats.handshakes_refused)
        nursery.cancel_scope.cancel()
    assert not got


async def test_t090_a_key_counts_only_where_it_is_admitted(stage):
    """T-090: A key of one endpoint opens no other endpoint of the same process."""
    got = []
    async with stage.bus("router") as server, trio.open_nursery() as nursery:
        router = server.bind_router("strategies", stage.peers("a"))
        operator = server.bind_router("operator", stage.peers("console"))
        nursery.start_soon(router.pump, got.extend)
        nursery.start_soon(operator.pump, got.extend)
        with stage.raw(zmq.DEALER) as foreign:
            stage.give_keys(foreign, "a")
            foreign.connect(stage.address("operator"))
            foreign.send(b"arm")
            await until(lambda: operator.stats.handshakes_refused)
        nursery.cancel_scope.cancel()
    assert not got
    assert router.stats.handshakes_refused == 0


async def test_t090_the_sender_is_who_its_key_says(stage):
    """T-090: Each message carries the peer of its key, whatever identity the sender chose."""
    got = []
    async with stage.bus("router") as server, trio.open_nursery() as nursery:
        router = server.bind_router("strategies", stage.peers("a", "b"))
        nursery.start_soon(router.pump, got.extend)
        with stage.raw(zmq.DEALER) as foreign:
            foreign.routing_id = b"a:1"
            dealer_with_key(stage, foreign, "b")
            foreign.send(b"I am a")
            await until(lambda: got)
        nursery.cancel_scope.cancel()
    assert [(r.peer, r.identity) for r in got] == [(Peer("b", "strategy"), b"a:1")]


async def test_an_identity_that_changes_hands_brings_its_new_key(stage):
    """When another key takes a freed identity, its messages are the other peer's from the first one."""
    got = []
    async with stage.bus("router") as server, trio.open_nursery() as nursery:
        router = server.bind_router("strategies", stage.peers("a", "b"))
        nursery.start_soon(router.pump, got.extend)
        for name in ("a", "b"):
            with stage.raw(zmq.DEALER) as foreign:
                foreign.routing_id = b"same"
                dealer_with_key(stage, foreign, name)
                foreign.send(name.encode())
                await until(lambda name=name: got and got[-1].payload == name.encode())
            await until(lambda: router.stats.disconnects == len(got))
        nursery.cancel_scope.cancel()
    assert [(r.peer.name, r.payload) for r in got] == [("a", b"a"), ("b", b"b")]


async def test_t090_identity_collision_gives_the_second_no_service(stage):
    """T-090: Of two peers with one identity the first stays served and gets its answers (M3)."""
    got, answers = [], []
    async with (
        stage.bus("router") as server,
        stage.bus("a", boot=7) as first,
        stage.bus("a", boot=7) as second,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        nursery.start_soon(router.pump, got.extend)
        one = first.connect_dealer("strategies")
        nursery.start_soon(one.pump, answers.extend)
        await until(lambda: one.connected)
        one.send(b"first")
        await until(lambda: got)
        two = second.connect_dealer("strategies")
        await until(lambda: two.connected)
        two.send(b"second")
        one.send(b"first again")
        await until(lambda: len(got) == 2)
        router.send(b"a:7", b"answer")
        await until(lambda: answers)
        nursery.cancel_scope.cancel()
    assert [received.payload for received in got] == [b"first", b"first again"]


async def test_a_new_boot_is_a_new_identity(stage):
    """A restarted actor is served at once although its old connection may still linger."""
    got = []
    async with (
        stage.bus("router") as server,
        stage.bus("a", boot=1) as old,
        stage.bus("a", boot=2) as new,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        nursery.start_soon(router.pump, got.extend)
        for bus in (old, new):
            dealer = bus.connect_dealer("strategies")
            await until(lambda dealer=dealer: dealer.connected)
            dealer.send(b"hello")
        await until(lambda: len(got) == 2)
        nursery.cancel_scope.cancel()
    assert {received.identity for received in got} == {b"a:1", b"a:2"}


async def test_expelled_and_admitted_keys(stage):
    """An expelled peer's open connection is read no more; a key admitted later is let in."""
    got = []
    async with (
        stage.bus("router") as server,
        stage.bus("a") as a,
        stage.bus("b") as b,
        trio.open_nursery() as nursery,
    ):
        router = server.bind_router("strategies", stage.peers("a"))
        nursery.start_soon(router.pump, got.extend)
        first = a.connect_dealer("strategies")
        await until(lambda: first.connected)
        first.send(b"1")
        await until(lambda: len(got) == 1)
        router.expel(stage.key("a").public)
        first.send(b"2")
        await until(lambda: router.stats.strangers == 1)
        router.admit(stage.key("b").public, Peer("b", "strategy"))
        second = b.connect_dealer("strategies")
        await until(lambda: second.connected)
        second.send(b"3")
        await until(lambda: len(got) == 2)
        nursery.cancel_scope.cancel()
    assert [received.payload for received in got] == [b"1", b"3"]


async def test_t028_second_bind_is_refused(stage):
    """Nobody else can bind an endpoint while its owner lives; afterwards it is free (T-028)."""
    async with stage.bus("other") as other:
        async with stage.bus("router") as server:
            server.bind_router("strategies", stage.peers("a"))
            server.bind_publisher("market.test")
            for bus in (server, other):
                with pytest.raises(BusError, match="held by another"):
                    bus.bind_router("strategies", stage.peers("a"))
                with pytest.raises(BusError, match="held by another"):
                    bus.bind_publisher("market.test")
        other.bind_router("strategies", stage.peers("a"))


async def test_t028_clients_refuse_a_binder_with_another_key(stage):
    """A process that takes over the path by raw ZeroMQ gets no client of ours to talk (T-028)."""
    async with stage.bus("a") as client:
        with stage.raw(zmq.ROUTER) as thief:
            thief.curve_server = True
            thief.curve_secretkey = stage.key("thief").secret
            thief.bind(stage.address("strategies"))
            dealer = client.connect_dealer("strategies")
            await until(lambda: dealer.stats.disconnects or dealer.stats.handshakes_refused)
            with pytest.raises(UnknownPeer):
                dealer.send(b"order")
            assert not thief.poll(20)
    assert dealer.stats.handshakes == 0


async def test_a_stale_socket_file_is_cleaned_up(stage):
    """What a killed binder left behind does not keep its successor out; other files do."""
    path = stage.run_dir / "strategies.ipc"
    with stage.raw(zmq.ROUTER) as dead:
        dead.bind(stage.address("strategies"))
        async with stage.bus("router") as server, stage.bus("a") as client:
            server.bind_router("strategies", stage.peers("a"))
            dealer = client.connect_dealer("strategies")
            await until(lambda: dealer.connected)
    path.unlink(missing_ok=True)
    path.write_text("precious")
    async with stage.bus("router") as server:
        with pytest.raises(BusError, match="not a socket"):
            server.bind_router("strategies", stage.peers("a"))
    assert path.read_text() == "precious"


async def test_keys_go_with_endpoints_that_change_state(stage):
    """Neither an order endpoint without keys nor a market endpoint with keys can be made."""
    async with stage.bus("router") as server:
        with pytest.raises(LocalProtocolError):
            server.bind_router("strategies")
        with pytest.raises(LocalProtocolError):
            server.bind_router("replay.test", stage.peers("a"))
        with pytest.raises(LocalProtocolError):
            server.connect_dealer("sessions")
        for make in (server.bind_publisher, server.connect_subscriber):
            with pytest.raises(LocalProtocolError):
                make("strategies")


async def test_the_run_directory_is_private_or_refused(stage):
    """An open directory, a link to one and a file are refused; a missing one is made private."""
    key = stage.key("a")
    made = stage.run_dir / "made"
    async with open_bus(made, name="a", boot=1, keys=key):
        assert made.stat().st_mode & 0o777 == 0o700
    open_dir, link, file = (stage.run_dir / name for name in ("open", "link", "file"))
    open_dir.mkdir()
    open_dir.chmod(0o750)
    link.symlink_to(made)
    file.write_text("")
    for wrong in (open_dir, link, file, link / ".." / "link"):
        with pytest.raises(ConfigError):
            async with open_bus(wrong, name="a", boot=1, keys=key):
                pass


async def test_names_too_long_for_an_identity_are_refused(stage):
    """An actor name that ZeroMQ could not carry is refused before anything is opened."""
    with pytest.raises(LocalProtocolError):
        async with stage.bus("x" * 300):
            pass
