"""The simulator's process: it says where it is, and a restart does not move it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
import structlog
import trio

from actors import simulator
from actors.context import ActorContext
from engine.clock import SystemClock
from engine.errors import ConfigError
from engine.model.enums import Mode
from engine.supervise.launch import LaunchSpec
from tests.kit.waiting import deadline_s, until

ENDPOINTS = ("http", "public_ws", "private_ws")


@attrs.define
class Running:
    """A simulator in service."""

    context: ActorContext
    ended: trio.Event = attrs.field(factory=trio.Event)

    @property
    def published(self) -> dict[str, Any]:
        return self.context._published

    @property
    def ports(self) -> list[int]:
        return [urlsplit(self.published["endpoints"][name]).port for name in ENDPOINTS]


def context_of(before: dict[str, Any] | None = None, **settings: Any) -> ActorContext:
    launch = LaunchSpec(
        name="simulator.wooxpro",
        kind="simulator",
        module="actors.simulator",
        mode=Mode.PAPER,
        boot=1,
        run_dir="/nowhere",
        public_key="",
        secret_key="",
        settings={"venue": "wooxpro", **settings},
        published_before=before or {},
    )
    return ActorContext(launch, bus=None, clock=SystemClock(), log=structlog.get_logger(), peers={})


@asynccontextmanager
async def simulating(
    before: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[Running]:
    """The actor in service, as after a boot that published `before`."""
    async with trio.open_nursery() as nursery:
        running = Running(context_of(before, options={"quotes_per_s": 1.0, **options}))

        async def live() -> None:
            await simulator.run(running.context)
            running.ended.set()

        nursery.start_soon(live)
        await until(lambda: running.context.in_service)
        yield running
        nursery.cancel_scope.cancel()


async def stop(running: Running) -> None:
    running.context.stop.set()
    with trio.fail_after(deadline_s(5)):
        await running.ended.wait()


async def test_it_publishes_how_to_reach_it():
    """Endpoints, credentials and instruments, in the words that programs read; and it answers there."""
    async with simulating() as running:
        assert set(running.published["endpoints"]) == set(ENDPOINTS)
        assert set(running.published["credentials"]) == {"api_key", "api_secret", "memo"}
        assert {"symbol", "price_increment", "lot", "reference_price"} <= set(
            running.published["instruments"][0]
        )
        for port in running.ports:
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            await stream.aclose()


async def test_a_restart_takes_the_same_ports():
    """Its clients reconnect as they would to a venue that was away."""
    async with simulating() as first:
        pass
    async with simulating(first.published) as second:
        assert second.ports == first.ports


async def test_a_port_that_was_taken_meanwhile_is_given_up():
    """It comes back elsewhere, and says where, instead of failing for ever."""
    async with simulating() as first:
        pass
    (thief,) = await trio.open_tcp_listeners(first.ports[1], host="127.0.0.1")
    async with thief, simulating(first.published) as second:
        assert first.ports[1] not in second.ports


async def test_the_end_frees_the_ports():
    """Asked to stop, it returns, and nobody listens any more."""
    async with simulating() as running:
        await stop(running)
        for port in running.ports:
            with pytest.raises(OSError, match="all attempts to connect"):
                await trio.open_tcp_stream("127.0.0.1", port)


async def test_a_first_start_with_chosen_ports_takes_them():
    """The settings choose; what was published before wins only after a restart."""
    (probe,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = probe.socket.getsockname()[1]
    await probe.aclose()
    async with simulating(http_port=port) as running:
        assert running.ports[0] == port


async def test_a_chosen_port_that_is_taken_is_an_error():
    """Nobody would look for it anywhere else."""
    (thief,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with thief:
        port = thief.socket.getsockname()[1]
        with pytest.raises(BaseExceptionGroup) as caught:
            await simulator.run(context_of(options={"http_port": port}))
    assert caught.group_contains(ConfigError, match="cannot listen")


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"venue": "nowhere"}, "venues.nowhere: there is no such venue"),
        ({"options": {"sped": 1.0}}, "venues.wooxpro.simulator: unknown key 'sped'"),
        ({"options": {"speed": 0.0}}, "venues.wooxpro.simulator: 'speed' must be > 0"),
        ({"option": {}}, "unknown key 'option'"),
    ],
)
async def test_settings_that_cannot_be_used_are_named(settings, where):
    """A ConfigError with the path in the user's file: it is never restarted."""
    with pytest.raises((ConfigError, BaseExceptionGroup)) as caught:
        await simulator.run(context_of(**settings))

    error = caught.value
    while isinstance(error, BaseExceptionGroup):
        (error,) = error.exceptions
    assert isinstance(error, ConfigError)
    assert where in str(error)


def test_ports_of_the_last_boot_become_settings():
    """Only endpoints that the simulator has a port setting for; nothing the first time."""
    module = SimpleNamespace(SimulatorSettings=attrs.make_class("S", ["a_port", "b_port", "port"]))
    published = {"endpoints": {"a": "ws://127.0.0.1:81/x", "b": "http://h", "c": "http://h:83"}}

    assert simulator.ports_before(module, published) == {"a_port": 81}
    assert simulator.ports_before(module, {}) == {}
    assert simulator.ports_before(module, {"endpoints": None}) == {}


def test_the_port_of_a_pair_becomes_a_setting():
    """Endpoints `host` and `port` are one address, which a restarted simulator takes again."""
    module = SimpleNamespace(SimulatorSettings=attrs.make_class("S", ["host", "port"]))
    published = {"endpoints": {"host": "127.0.0.1", "port": "81"}}

    assert simulator.port_names(module) == ["port"]
    assert simulator.ports_before(module, published) == {"port": 81}


def test_every_venue_has_a_simulator_with_settings():
    """`simulate` and the demo need no more than the folder's name."""
    module = simulator.module_of("wooxpro")

    assert simulator.port_names(module) == ["http_port", "public_ws_port", "private_ws_port"]
    assert callable(module.serve)
