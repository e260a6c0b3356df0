"""Answers to reconciliations: whatever was found travels once, in messages of bounded size."""

from decimal import Decimal

import attrs
from hypothesis import given
from hypothesis import strategies as st

from engine.messages.venue import PART_ITEMS_MAX, VenueBalance, VenuePosition
from engine.session.findings import Findings, failed_part, parts_of
from tests.kit.commands import request


def positions(count):
    zero = Decimal(0)
    return tuple(
        VenuePosition(instrument=f"X{number}.VENUE", quantity=zero, avg_px=zero)
        for number in range(count)
    )


def balances(count):
    zero = Decimal(0)
    return tuple(
        VenueBalance(currency=f"C{number}", total=zero, available=zero) for number in range(count)
    )


@given(
    st.integers(0, 3 * PART_ITEMS_MAX),
    st.integers(0, 3 * PART_ITEMS_MAX),
    st.booleans(),
)
def test_everything_found_is_told_once_in_bounded_parts(held, owned, complete):
    """Each item in its own list and order, parts numbered from 0, the last and only the last says so."""
    found = Findings(
        orders=(),
        positions=positions(held),
        balances=balances(owned),
        complete=complete,
        since_ns=7,
    )
    parts = parts_of(request(), found)
    assert sum((part.positions for part in parts), ()) == found.positions
    assert sum((part.balances for part in parts), ()) == found.balances
    assert all(len(part.positions) + len(part.balances) <= PART_ITEMS_MAX for part in parts)
    assert [part.part for part in parts] == list(range(len(parts)))
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert {(part.complete, part.since_ns, part.error) for part in parts} == {(complete, 7, "")}


def test_no_part_is_empty_but_the_only_one():
    """An account without anything is an answer too; a full part needs no empty one behind it."""
    nothing = Findings(orders=(), complete=True, since_ns=0)
    assert len(parts_of(request(), nothing)) == 1
    full = attrs.evolve(nothing, positions=positions(PART_ITEMS_MAX))
    assert len(parts_of(request(), full)) == 1


def test_a_failure_is_one_part_that_claims_nothing():
    """It ends the request, is never complete, and says why."""
    part = failed_part(request(), "the venue is away")
    assert part.last
    assert not part.complete
    assert part.error == "the venue is away"
    assert part.request_id == request().request_id
    assert part.since_ns == request().since_ns
