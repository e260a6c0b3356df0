"""`turns`: two processes that share a clock and nothing else."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from actors.venues.alltick.settings import Family
from actors.venues.alltick.turns import TURN_NS, WINDOW_NS, wait_ns
from tests.kit.alltick import Bench, frames_in

TIMES = st.integers(0, 4 * 10**18)


@given(TIMES, st.integers(2, 5), st.data())
def test_moments_in_windows_of_two_are_three_seconds_apart(wall_ns: int, turns: int, data):
    """Whenever each of them may send."""
    first, second = data.draw(st.permutations(range(turns)))[:2]
    one = wall_ns + wait_ns(wall_ns, first, turns)
    other_wall_ns = one + data.draw(st.integers(-2 * turns * TURN_NS, 2 * turns * TURN_NS))
    other = other_wall_ns + wait_ns(other_wall_ns, second, turns)
    assert abs(one - other) > 3_000_000_000
    assert wait_ns(one, first, turns) == 0
    assert wait_ns(one + WINDOW_NS, first, turns) > 0


def test_sessions_that_take_turns_send_in_their_own_windows_only():
    """Each list in its turn, nothing lost, and the pace of the connection kept as well."""
    sent: dict[Family, list[float]] = {family: [] for family in Family}
    for family, code in ((Family.STOCK, "AAPL.US"), (Family.OTHER, "EURUSD")):
        bench = Bench(family, take_turns=True, heartbeat_timeout_s=60)
        bench.open()
        for step in range(300):
            effects = bench.pass_to(step / 10)
            if step == 3:
                effects += bench.want(f"Quote {code}", f"Trade {code}")
            for _ in frames_in(effects):
                sent[family].append(bench.second)
            bench.grant(effects)
    assert {family: len(times) for family, times in sent.items()} == dict.fromkeys(Family, 2)
    moments = sorted((second, family) for family, times in sent.items() for second in times)
    for (before, one), (after, other) in pairwise(moments):
        assert one is other or after - before > 3
