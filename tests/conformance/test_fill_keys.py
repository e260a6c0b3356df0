"""The key of a fill at each venue that is found: declared, sufficient, the same wherever it is told (ORD-10).

For every venue the declaration is put to a collision: two fills that differ in one declared part only
are both counted by the router, a second telling of either is not. Where a part is left out of the
rule, one of them is lost: that is what the declaration is for.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import attrs
import pytest

import actors.venues
from actors.venues import discover
from engine.errors import ConfigError
from engine.messages.venue import UpdateKind
from engine.session.declaration import Venue
from engine.session.fillkeys import FillKeyPart, FillKeyRule
from tests.kit.orders import CAPABILITIES, SESSION, Bench, settings

TRADING = {name: venue for name, venue in discover().items() if venue.trade is not None}
CASES = [
    (name, part)
    for name, venue in TRADING.items()
    for part in venue.capabilities.fill_key.parts
    if not venue.capabilities.fill_key.is_cumulative
]
NEEDED_WHOLE = ((FillKeyPart.ORDER_ID, FillKeyPart.SEQUENCE),)
"""Rules that are sufficient by these parts together, so that nothing shorter can be declared."""
ONE = {part: f"{part}-1" for part in FillKeyPart}


def bench_of(venue: Venue) -> Bench:
    config = settings()
    session = config.trade_sessions[SESSION]
    can = attrs.evolve(CAPABILITIES, fill_key=venue.capabilities.fill_key)
    sessions = {SESSION: attrs.evolve(session, capabilities=can)}
    made = Bench(attrs.evolve(config, trade_sessions=sessions))
    made.greet("alpha")
    return made.open_venue()


def counted(venue: Venue, keys: list[str]) -> Decimal:
    """What the router counts when fills of 1 come under these keys, each of them twice."""
    bench = bench_of(venue)
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    for key in (*keys, *keys):
        bench.fill(order, key, "1")
    return order.cum_qty


@pytest.mark.parametrize(("name", "part"), CASES)
def test_fills_that_differ_in_one_part_are_two(name: str, part: FillKeyPart):
    """A collision in all other parts loses no fill and doubles none."""
    rule = TRADING[name].capabilities.fill_key
    keys = [rule.key(ONE), rule.key({**ONE, part: f"{part}-2"})]
    assert counted(TRADING[name], keys) == 2


@pytest.mark.parametrize(
    ("name", "part"), [(n, p) for n, p in CASES if p is not FillKeyPart.TRADE_ID]
)
def test_a_rule_that_lacks_a_part_would_lose_a_fill(name: str, part: FillKeyPart):
    """Each declared part is needed: without it the same two fills are one, or it is no rule at all."""
    rule = TRADING[name].capabilities.fill_key
    left = tuple(each for each in rule.parts if each is not part)
    if rule.parts in NEEDED_WHOLE:
        with pytest.raises(ConfigError):
            FillKeyRule(left)
        return
    short = FillKeyRule(left)
    keys = [short.key(ONE), short.key({**ONE, part: f"{part}-2"})]
    assert counted(TRADING[name], keys) == 1


@pytest.mark.parametrize("name", TRADING)
def test_the_rule_is_documented_where_the_venue_is(name: str):
    """The README of the venue's folder says what its fills are known by."""
    readme = Path(actors.venues.__file__).parent / name / "README.md"
    assert "A fill is known by" in readme.read_text(encoding="utf-8")
