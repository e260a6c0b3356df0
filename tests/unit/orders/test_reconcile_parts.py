"""Whether an answer that came in parts is all there."""

import pytest

from engine.messages.venue import ReconcilePart
from engine.orders.reconcile import is_whole


def part(number: int) -> ReconcilePart:
    return ReconcilePart(
        session="testvenue.trade",
        boot=1,
        sequence=1,
        request_id=1,
        part=number,
        last=False,
        complete=True,
        since_ns=0,
        orders=(),
        fills=(),
        positions=(),
        balances=(),
        error="",
    )


@pytest.mark.parametrize("numbers", [[0], [0, 1], [1, 0], [0, 1, 1, 2]])
def test_every_part_up_to_the_last_is_there(numbers: list[int]):
    """In any order, and some of them twice."""
    assert is_whole(map(part, numbers))


@pytest.mark.parametrize(
    "numbers", [[1], [0, 2], [0, 0, 2], [-1], [-1, 0], [-1, 1], [0, 2**31], [2**63 - 1]]
)
def test_a_part_is_missing_or_there_cannot_be_one(numbers: list[int]):
    """A hole, a beginning elsewhere, a number of any size."""
    assert not is_whole(map(part, numbers))
