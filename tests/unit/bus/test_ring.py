"""The publisher's ring: what it keeps, what it gives, what it says is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus.ring import ENTRY_OVERHEAD_BYTES, Ring


def ring_of(count, keep):
    ring = Ring(keep * (1 + ENTRY_OVERHEAD_BYTES))
    for number in range(1, count + 1):
        ring.append(bytes([number]))
    return ring


def piece(ring, after, through, count_max=100, bytes_max=100):
    found = ring.piece(after, through, count_max=count_max, bytes_max=bytes_max)
    return found.lost, [message[0] for message in found.messages], found.through


@pytest.mark.parametrize(
    ("after", "through", "expected"),
    [
        (7, 10, (0, [8, 9, 10], 10)),
        (7, 9, (0, [8, 9], 9)),
        (2, 9, (3, [6, 7, 8, 9], 9)),
        (0, 3, (3, [], 3)),
        (10, 12, (0, [], 10)),
        (12, 15, (0, [], 12)),
        (9, 99, (0, [10], 10)),
        (9, 0, (0, [], 9)),
    ],
)
def test_pieces(after, through, expected):
    """A piece has what is there and counts what is not."""
    assert piece(ring_of(10, keep=5), after, through) == expected


def test_pieces_are_bounded():
    """Count and bytes end a piece; asking on from there gives the rest."""
    ring = ring_of(10, keep=10)
    assert piece(ring, 0, 10, count_max=4) == (0, [1, 2, 3, 4], 4)
    assert piece(ring, 0, 10, bytes_max=3) == (0, [1, 2, 3], 3)


def test_a_message_larger_than_an_answer_is_lost():
    """What cannot travel in an answer is told as lost instead of blocking the rest."""
    ring = Ring(10_000)
    for data in (b"a", b"x" * 50, b"c"):
        ring.append(data)
    assert ring.piece(1, 3, count_max=9, bytes_max=10).lost == 1
    assert ring.piece(1, 3, count_max=9, bytes_max=10).messages == (b"c",)


def test_the_newest_always_stays():
    """Even a message above the bound is kept until the next one."""
    ring = Ring(10)
    ring.append(b"x" * 1000)
    assert ring.last == b"x" * 1000
    ring.append(b"y")
    assert (len(ring), ring.last, ring.head) == (1, b"y", 2)


@given(
    st.integers(0, 60),
    st.integers(1, 20),
    st.integers(0, 70),
    st.integers(0, 70),
    st.integers(1, 9),
)
def test_asking_on_covers_every_number_once(count, keep, after, through, count_max):
    """Pieces asked one after the other give each number of the range once, as message or as lost."""
    ring = ring_of(count, keep)
    wanted = list(range(after + 1, min(through, count) + 1))
    lost, numbers = 0, []
    while True:
        some_lost, some, reached = piece(ring, after, through, count_max=count_max)
        assert reached >= after
        if reached == after:
            break
        assert reached == after + some_lost + len(some)
        lost, after = lost + some_lost, reached
        numbers += some
    assert numbers == wanted[lost:]
    assert lost == len(wanted) - len(numbers)
