"""What servers of simulators share: listeners, the pump, the report."""

import attrs
import pytest
import trio

from engine.errors import ConfigError
from engine.simulator.faults import FaultRegistry
from engine.simulator.moment import NS, Moment
from engine.simulator.serving import Pump, Report, address, listen
from engine.simulator.witnesslog import WitnessLog
from tests.kit.waiting import until

FAR = 1 << 62


class Clockwork:
    """A venue that counts how often it is moved."""

    def __init__(self, deadlines: list[int]) -> None:
        self.deadlines = deadlines
        self.moved: list[Moment] = []

    def next_deadline_ns(self) -> int:
        return self.deadlines.pop(0) if self.deadlines else FAR

    def advance(self, now: Moment) -> None:
        self.moved.append(now)


async def test_a_listener_says_where_it_is_and_a_port_is_taken_once():
    """The second one is told what to do."""
    listener = await listen("127.0.0.1", 0)
    async with listener:
        host, _, port = address(listener).rpartition(":")
        assert host == "127.0.0.1"
        with pytest.raises(ConfigError, match="0 takes a free port"):
            await listen("127.0.0.1", int(port))


async def test_the_pump_moves_a_venue_at_its_deadlines():
    """At once where they have passed; the clock only goes forward."""
    pump = Pump()
    venue = Clockwork([0, 0, 0])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pump.run, venue)
        await until(lambda: len(venue.moved) == 4)
        times = [each.mono_ns for each in venue.moved]
        assert times == sorted(times)
        nursery.cancel_scope.cancel()


async def test_a_kick_wakes_the_pump():
    """Something became due earlier than it believed."""
    pump = Pump()
    venue = Clockwork([])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pump.run, venue)
        await until(lambda: len(venue.moved) == 1)
        pump.kick()
        await until(lambda: len(venue.moved) == 2)
        nursery.cancel_scope.cancel()


async def test_the_pump_wakes_by_itself():
    """When the deadline has come."""
    pump = Pump()
    venue = Clockwork([pump.now().mono_ns + NS // 50])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pump.run, venue)
        await until(lambda: len(venue.moved) == 2)
        nursery.cancel_scope.cancel()


@attrs.define
class Errs:
    """A venue's inner handles."""

    faults: FaultRegistry = attrs.field(default=None)
    log: WitnessLog = attrs.field(factory=WitnessLog)


@attrs.frozen(kw_only=True)
class Shown(Report[Errs]):
    """A report."""

    NAME = "some"


def test_a_report_describes_itself_as_programs_read_it():
    """Its keys in this order."""
    venue = Errs()
    report = Shown(
        endpoints={"http": "http://x"}, credentials={"key": "k"}, instruments=[{}], venue=venue
    )
    assert list(report.description()) == ["venue", "endpoints", "credentials", "instruments"]
    assert report.description()["venue"] == "some"
    assert report.log is venue.log
