"""Subscriptions against a model: whatever is asked for in whatever order, each sink hears its own sets."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actors.venues.alltick.simulator.connection import Watch
from tests.kit.alltick_simulator import Quiet, Sink

CODES = ("BTCUSDT", "EURUSD", "700.HK")
SINKS = st.integers(0, 2)
KINDS = st.sampled_from(["depth", "trade"])
SETS = st.dictionaries(st.sampled_from(CODES), st.integers(1, 5), max_size=3)


class Subscriptions(RuleBasedStateMachine):
    """Three connections that replace sets, cancel and go, while the market moves."""

    def __init__(self) -> None:
        super().__init__()
        self.quiet = Quiet(snapshot=False)
        self.sinks = [Sink() for _ in range(3)]
        self.wanted: dict[tuple[int, str], dict[str, int]] = {}
        self.ticks = 1_000

    @rule(number=SINKS, kind=KINDS, levels=SETS)
    def replace(self, number, kind, levels) -> None:
        """A whole new set; an empty one is a cancel."""
        self.quiet.venue.watch(self.sinks[number], Watch(kind, levels), self.quiet.now)
        self.wanted[number, kind] = levels

    @rule(number=SINKS)
    def leave(self, number) -> None:
        """The connection ends, and with it both sets."""
        self.quiet.venue.hub.drop(self.sinks[number])
        self.wanted = {key: levels for key, levels in self.wanted.items() if key[0] != number}

    @rule(number=SINKS, code=st.sampled_from(CODES))
    def silence(self, number, code) -> None:
        """One code falls silent, of both kinds."""
        self.quiet.venue.hub.unsubscribe(self.sinks[number], code)
        for key in list(self.wanted):
            if key[0] == number:
                self.wanted[key] = {c: n for c, n in self.wanted[key].items() if c != code}

    @rule(code=st.sampled_from(CODES))
    def move(self, code) -> None:
        """A book and a trade: exactly those hear of it who asked, to their depth."""
        self.ticks += 1
        bids = {self.ticks - step: 1 for step in range(6)}
        asks = {self.ticks + 1 + step: 1 for step in range(6)}
        self.quiet.book(bids, asks, code)
        self.quiet.trade(self.ticks, 1, None, code)
        most = self.quiet.venue.symbols[code].listing.levels
        for number, sink in enumerate(self.sinks):
            heard = [(frame["cmd_id"], frame["data"]) for frame in sink.take()]
            depth = self.wanted.get((number, "depth"), {}).get(code)
            trade = code in self.wanted.get((number, "trade"), {})
            assert [kind for kind, _ in heard] == [22999] * (depth is not None) + [22998] * trade
            assert {data["code"] for _, data in heard} <= {code}
            if depth is not None:
                assert len(heard[0][1]["bids"]) == min(depth, most)

    @invariant()
    def what_is_shown_is_what_was_asked(self) -> None:
        """The state route tells the truth, and nobody is kept who wants nothing."""
        hub = self.quiet.venue.hub
        for number, sink in enumerate(self.sinks):
            for kind in ("depth", "trade"):
                assert hub.watched(sink, kind) == self.wanted.get((number, kind), {})
        assert hub.anybody == any(self.wanted.values())


Subscriptions.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSubscriptions = Subscriptions.TestCase
