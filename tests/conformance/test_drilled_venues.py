"""What venues declare for drills holds for their simulators: no fault of a schedule is struck in vain."""

import pytest
import trio

from actors.drill.venue import DrilledVenue
from actors.drill.venues import DrilledVenues
from actors.venues import discover, module_of
from engine.conformance.package import VenuePackage, package_of
from engine.drill.declared import VENUE_CLASSES, Drilled, venue_targets
from engine.drill.proxy import LinkFault, LinkMode
from engine.drill.schedule import CATALOGUE
from engine.settings.model import SimulatorSection

PACKAGES = [package_of(module_of(name)) for name in discover()]
CLASSES = {row.kind: row.targets for row in CATALOGUE}


def drilled_of(package: VenuePackage) -> Drilled:
    assert package.conformance.drill is not None, "drill = Drilled(…) is missing in conformance.py"
    return package.conformance.drill


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_venue_can_be_drilled(package: VenuePackage):
    """It declares places for what a drill strikes everywhere, and only kinds that the catalogue has."""
    drilled = drilled_of(package)
    assert {CLASSES[kind] for kind in drilled.deeds} == set(drilled.places)
    assert set(drilled.places) <= VENUE_CLASSES
    assert {"market", "stream", "topic"} <= set(drilled.places)
    takes_orders = package.conformance.orders is not None
    assert ("orders" in drilled.places) is takes_orders
    assert ({"duplicate", "delay", "drop"} <= set(drilled.deeds)) is takes_orders


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
async def test_its_simulator_knows_every_deed_and_every_link(package: VenuePackage, tmp_path):
    venue = DrilledVenue.of(package.name, SimulatorSection(), seed=1, witness_dir=tmp_path)
    values = {row.kind: row.values for row in CATALOGUE}
    async with trio.open_nursery() as nursery:
        await nursery.start(venue.run)
        assert set(venue.drilled.links) <= set(venue.proxies)
        found = venue_targets(CLASSES, {venue.name: venue.drilled}, {venue.name: ["A.B"]})
        for kind in venue.drilled.deeds:
            assert found[kind]
            for name in found[kind]:
                place = name.removeprefix(f"{venue.name}.")
                drawn = float(values[kind][0]) if values[kind] else None
                venue.behave(venue.misbehave(kind, place, value=drawn))
        venue.heal()
        assert not venue.running.faults
        assert not venue.events()
        assert list(venue.log("")) == list(venue.running.log.since())
        nursery.cancel_scope.cancel()


async def test_a_link_of_one_venue_breaks_and_that_of_another_does_not(tmp_path):
    """Endpoints of different venues have the same names; targets tell them apart."""
    venues = DrilledVenues(
        {
            package.name: DrilledVenue.of(
                package.name, SimulatorSection(), seed=1, witness_dir=tmp_path
            )
            for package in PACKAGES
            if "http" in drilled_of(package).links
        }
    )
    first, second, *_ = venues.by_name
    async with trio.open_nursery() as nursery:
        await nursery.start(venues.run)
        fault = LinkFault(LinkMode.BLACKHOLE)
        venues.set_link(f"{first}.http", fault)
        assert venues.link_fault(f"{first}.http") is fault
        assert venues.link_fault(f"{second}.http") is None
        venues.heal()
        assert venues.link_fault(f"{first}.http") is None
        nursery.cancel_scope.cancel()
