"""`codelist`: whole lists, found by halves and cut to what the plan takes."""

import math

from hypothesis import given
from hypothesis import strategies as st

from actors.venues.alltick.codelist import CodeList

CODES = [f"C{number}" for number in range(40)]


class Venue:
    """A venue that refuses bad codes and long lists, as the sheet says."""

    def __init__(self, bad: set[str], room: int) -> None:
        self.bad = bad
        self.room = room
        self.served: dict[str, int] = {}

    def ask(self, codes: CodeList) -> None:
        asked = dict(codes.compose())
        if self.bad & asked.keys():
            codes.refuse_codes(600, 0)
        elif len(asked) > self.room:
            codes.refuse_length(603, 0)
        else:
            self.served = asked
            codes.grant()


def settle(codes: CodeList, venue: Venue) -> int:
    """How many requests it takes until nothing is left to send."""
    for number in range(10_000):
        if not codes.differs():
            return number
        venue.ask(codes)
    raise AssertionError("no end")


@given(
    st.sets(st.sampled_from(CODES), max_size=40),
    st.sets(st.sampled_from(CODES), max_size=6),
)
def test_bad_codes_are_found_and_all_others_served(wanted: set[str], bad: set[str]):
    """Exactly the good ones, in about so many requests as halving needs."""
    codes, venue = CodeList(3_000, 10), Venue(bad, 3_000)
    codes.want(dict.fromkeys(sorted(wanted), 1))
    requests = settle(codes, venue)
    assert venue.served.keys() == wanted - bad
    assert codes.refused.keys() == wanted & bad
    found = len(wanted & bad)
    assert requests <= 2 + found * (2 * math.ceil(math.log2(len(wanted) + 2)) + 2)


@given(
    st.lists(st.sampled_from(CODES), unique=True, min_size=1),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_the_plans_room_is_found(wanted: list[str], believed: int, room: int):
    """Whatever we believe of the plan, its room is filled if that is not more; data never stops."""
    codes, venue = CodeList(believed, 10), Venue(set(), room)
    codes.want(dict.fromkeys(wanted, 1))
    settle(codes, venue)
    assert len(venue.served) == min(len(wanted), believed, room)
    assert list(venue.served) == wanted[: len(venue.served)]
    assert codes.left_out() == wanted[len(venue.served) :]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(CODES), st.integers(1, 10), max_size=20),
        min_size=1,
        max_size=8,
    ),
    st.sets(st.sampled_from(CODES), max_size=5),
    st.lists(st.integers(0, 3), min_size=8, max_size=8),
)
def test_readers_change_their_minds_meanwhile(
    wishes: list[dict[str, int]], bad: set[str], steps: list[int]
):
    """Whatever is wanted between requests, the last wish is served in the end, with its levels."""
    codes, venue = CodeList(3_000, 10), Venue(bad, 3_000)
    for wish, number in zip(wishes, steps, strict=False):
        codes.want(wish)
        for _ in range(number):
            if codes.differs():
                venue.ask(codes)
    settle(codes, venue)
    assert venue.served == {code: level for code, level in wishes[-1].items() if code not in bad}


def test_good_codes_keep_flowing_while_suspects_are_tried():
    """Each request holds what was granted before."""
    codes, venue = CodeList(3_000, 10), Venue({"C9"}, 3_000)
    codes.want(dict.fromkeys(CODES[:5], 1))
    settle(codes, venue)
    codes.want(dict.fromkeys(CODES[:12], 1))
    while codes.differs():
        venue.ask(codes)
        assert set(CODES[:5]) <= venue.served.keys()


def test_a_granted_list_that_is_refused_later_is_searched_too():
    """A code may be delisted under us."""
    codes, venue = CodeList(3_000, 10), Venue(set(), 3_000)
    codes.want(dict.fromkeys(CODES[:8], 1))
    settle(codes, venue)
    venue.bad = {"C3"}
    codes.again()
    settle(codes, venue)
    assert venue.served.keys() == set(CODES[:8]) - {"C3"}


def test_refusals_end_after_their_time_and_outlive_a_connection():
    """Listings change, and a new connection need not search again."""
    codes, venue = CodeList(3_000, 10), Venue({"C1"}, 3_000)
    codes.want(dict.fromkeys(CODES[:3], 1))
    settle(codes, venue)
    codes.lost()
    assert codes.target().keys() == {"C0", "C2"}
    assert codes.next_expiry_ns() == 10
    assert not codes.expire(9)
    assert codes.expire(10)
    assert codes.target().keys() == {"C0", "C1", "C2"}


def test_one_code_that_is_too_many_is_left_out():
    """A plan of no codes at all ends the search."""
    codes, venue = CodeList(5, 10), Venue(set(), 0)
    codes.want({"C0": 1, "C1": 1})
    settle(codes, venue)
    assert venue.served == {}
    assert codes.refused.keys() == {"C0", "C1"}
