"""Publisher and reader over a channel that loses, doubles and reorders: nothing is lost silently."""

from collections import deque
from unittest.mock import patch

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bus import ordered
from engine.bus.publisher import Publisher
from engine.bus.readercore import ReaderCore, ReaderLimits
from engine.bus.replayserver import ReplayServer
from engine.bus.track import Fresh, Lost, Outlet, Stale
from engine.messages.codec import decode, decode_as, encode
from engine.messages.market import Quote, Trade
from engine.messages.replay import ReplayRequest
from tests.kit.bus import INSTRUMENT, quote, trade

SECOND_NS = 1_000_000_000


@attrs.define
class Wire:
    """Stands in for the publisher's socket: what was sent waits for the world to deliver it."""

    waiting: deque = attrs.field(factory=deque)

    def send(self, data: bytes) -> None:
        self.waiting.append(data)


class World:
    """One publisher, one reader, and an adversary between them."""

    def __init__(self, ring_bytes_max: int) -> None:
        self.ring_bytes_max = ring_bytes_max
        self.wire, self.requests, self.answers = Wire(), deque(), deque()
        self.events: list[object] = []
        self.arrived: list[bytes] = []
        self.now_ns, self.boot, self.count = SECOND_NS, 0, 0
        note = self.events.append
        outlet = Outlet(
            note, note, note, note, lambda _track, request: self.requests.append(encode(request))
        )
        self.core = ReaderCore(outlet, ReaderLimits(age_max_s=1e6, silence_max_s=1e6))
        self.wanted = [
            self.core.open(cls, INSTRUMENT, conflate=cls is Quote) for cls in (Trade, Quote)
        ]
        self.restart()

    def restart(self) -> None:
        self.boot += 1
        self.publisher = Publisher(self.wire, boot=self.boot, ring_bytes_max=self.ring_bytes_max)
        self.server = ReplayServer(None, self.publisher)
        self.wire.waiting.clear()
        for wanted in self.wanted:
            self.publisher.on_subscription(True, wanted)

    def publish(self) -> None:
        self.count += 1
        self.publisher.publish(trade(self.count))
        self.publisher.publish(quote(float(self.count)))

    def burst(self) -> None:
        for _ in range(6):
            self.publish()

    def gulp(self) -> None:
        self.deliver(8)

    def deliver(self, count: int = 1) -> None:
        batch = [self.wire.waiting.popleft() for _ in range(min(count, len(self.wire.waiting)))]
        self.arrived += batch
        if batch:
            self.core.take(batch, self.now_ns)

    def drop(self) -> None:
        if self.wire.waiting:
            self.wire.waiting.popleft()

    def double(self) -> None:
        if self.wire.waiting:
            self.wire.waiting.append(self.wire.waiting[0])

    def swap(self) -> None:
        waiting = self.wire.waiting  # trades and quotes alternate
        if len(waiting) > 2:
            waiting[0], waiting[2] = waiting[2], waiting[0]

    def serve(self) -> None:
        if self.requests:
            request = decode_as(self.requests.popleft(), ReplayRequest)
            self.answers.append(encode(self.server.answer(request)))

    def answer(self) -> None:
        if self.answers:
            self.core.answered(self.answers.popleft(), self.now_ns)

    def lose_request(self) -> None:
        if self.requests:
            self.requests.popleft()

    def double_answer(self) -> None:
        if self.answers:
            self.answers.append(self.answers[0])

    def tick(self) -> None:
        self.now_ns += 11 * SECOND_NS // 10
        self.core.tick(self.now_ns, connected=True)

    def heal(self) -> None:
        """The channel behaves from here on; the publisher has one more thing to say."""
        self.publish()
        for _ in range(40):
            self.deliver(1000)
            while self.requests or self.answers:
                self.serve()
                self.answer()
            self.tick()


ACTIONS = ["publish", "deliver", "drop", "double", "swap", "serve", "answer", "lose_request",
           "double_answer", "tick", "restart"]  # fmt: skip
WEIGHTED = ACTIONS + ["publish"] * 6 + ["deliver"] * 5 + ["serve", "answer", "swap"] * 3


def check_trades(events: list[object]) -> None:
    boot, last, lost = 0, 0, 0
    for event in events:
        if isinstance(event, Lost):
            lost += event.count
        elif isinstance(event, Trade):
            if event.boot != boot:
                assert event.boot > boot
                last = event.sequence - 1 if boot == 0 else 0
                boot = event.boot
            assert event.sequence == last + lost + 1
            last, lost = event.sequence, 0
    assert lost == 0


def check_quotes(events: list[object], count: int) -> None:
    quotes = [event for event in events if isinstance(event, Quote)]
    positions = [(q.boot, q.sequence) for q in quotes]
    assert positions == sorted(set(positions))
    assert quotes[-1].bid_price == count


def check_trust(events: list[object]) -> None:
    stale: set[type] = set()
    for event in events:
        if isinstance(event, Stale):
            assert event.cls not in stale
            stale.add(event.cls)
        elif isinstance(event, Fresh):
            stale.remove(event.cls)
    assert not stale


@given(st.lists(st.sampled_from(WEIGHTED), max_size=80), st.sampled_from([400, 100_000]))
@settings(max_examples=300, deadline=None)
def test_t033_every_trade_is_delivered_once_in_order_or_told_lost(actions, ring_bytes_max):
    """T-033: Each number is handed on exactly once and in order, or is part of a Lost at its very place."""
    world = World(ring_bytes_max)
    for action in actions:
        getattr(world, action)()
    world.heal()
    check_trades(world.events)
    check_quotes(world.events, world.count)
    check_trust(world.events)


@given(
    st.lists(
        st.sampled_from(["publish", "deliver", "drop", "double", "serve", "answer"]), max_size=80
    )
)
@settings(max_examples=150, deadline=None)
def test_t033_with_a_whole_ring_and_a_publisher_that_lives_nothing_is_lost(actions):
    """T-033: When the ring still has it and answers arrive, gaps are repaired without any loss."""
    world = World(100_000)
    for action in actions:
        getattr(world, action)()
    world.heal()
    assert not [event for event in world.events if isinstance(event, Lost)]
    numbers = [event.sequence for event in world.events if isinstance(event, Trade)]
    assert numbers == list(range(numbers[0], world.count + 1))


def told_lost(events: list[object]) -> set[int]:
    last, numbers, pending = 0, set(), 0
    for event in events:
        if isinstance(event, Lost):
            numbers |= set(range(last + pending + 1, last + pending + event.count + 1))
            pending += event.count
        elif isinstance(event, Trade):
            last, pending = event.sequence, 0
    return numbers


@given(
    st.lists(
        st.sampled_from(["burst", "burst", "gulp", "drop", "serve", "answer", "tick"]),
        max_size=120,
    )
)
@settings(max_examples=300, deadline=None)
def test_nothing_is_called_lost_that_arrives(actions):
    """Over a channel that only drops, no number is told lost that arrived, early or late."""
    world = World(400)
    with patch.object(ordered, "HELD_MAX", 3):
        for action in actions:
            getattr(world, action)()
        world.heal()
    arrived = {m.sequence for m in map(decode, world.arrived) if isinstance(m, Trade)}
    assert not told_lost(world.events) & arrived
    check_trades(world.events)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_batching_changes_nothing_for_ordered_and_only_skips_for_conflated(instruments, size):
    """However a stream is cut into batches, trades are all handed on, and the newest quotes are."""
    wire = Wire()
    publisher = Publisher(wire, boot=1)
    publisher.on_subscription(True, b"")
    names = [f"I{number}.TEST" for number in range(4)]
    for place, number in enumerate(instruments):
        publisher.publish(trade(place, names[number]))
        publisher.publish(quote(float(place), names[number]))
    events: list[object] = []
    note = events.append
    core = ReaderCore(Outlet(note, note, note, note, lambda *_: None), ReaderLimits(age_max_s=1e6))
    core.open(Trade, None, conflate=False)
    core.open(Quote, None, conflate=True)
    sent = list(wire.waiting)
    for start in range(0, len(sent), size):
        core.take(sent[start : start + size], 1)
    trades = [int(event.trade_id) for event in events if isinstance(event, Trade)]
    assert trades == list(range(len(instruments)))
    quotes = [event for event in events if isinstance(event, Quote)]
    newest = {event.instrument: event.bid_price for event in quotes}
    assert newest == {names[number]: float(place) for place, number in enumerate(instruments)}
    assert core.stats.delivered + core.stats.conflated == len(sent)
    assert core.stats.gaps == core.stats.repeats == 0
    order = [e.sequence for e in quotes if e.instrument == names[instruments[0]]]
    assert order == sorted(set(order))
