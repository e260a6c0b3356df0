import attrs
import pytest
import trio

from engine.messages.codec import kind_of
from engine.messages.market import (
    InstrumentDefinition,
    MarketStale,
    MarketStatus,
    Quote,
    Ticker,
    Trade,
)
from engine.messages.topic import Topic as Subscription
from engine.messages.venue import InstrumentUpdate, ReferencePrice
from engine.model.enums import VenueStateWord
from engine.session.contract import Note, Now, Topic
from engine.session.demand import DemandRule
from engine.session.marketside import DEFINITIONS_PER_STEP_MAX, MarketSide
from tests.kit.market import btc


class Publisher:
    """Keeps what is published; the test sets the demand."""

    def __init__(self):
        self.published = []
        self.wanted = ()

    def publish(self, message):
        self.published.append(message)

    def demand(self):
        return self.wanted

    async def run(self):
        await trio.sleep_forever()

    def kinds(self):
        return [type(message) for message in self.published]


class Uplink:
    """Keeps what is sent; takes only so many."""

    def __init__(self):
        self.router_boot = 1
        self.sent = []
        self.room = 10_000

    def send(self, message):
        if len(self.sent) >= self.room:
            return False
        self.sent.append(message)
        return True

    def of(self, kind):
        return [message for message in self.sent if type(message) is kind]


class Protocol:
    def __init__(self):
        self.asked = []

    def demand(self, topics, _now):
        self.asked.append(topics)
        return [Note("demand")]


class Driver:
    def __init__(self):
        self.applied = []

    def now(self):
        return Now(1, 2)

    def apply(self, effects):
        self.applied += effects


class Clock:
    def wall_ns(self):
        return 99


class Side:
    """A market side with its neighbours."""

    def __init__(self):
        self.publisher, self.uplink = Publisher(), Uplink()
        self.protocol, self.driver = Protocol(), Driver()
        self.side = MarketSide(
            "v",
            self.protocol,
            publisher=self.publisher,
            replay=Publisher(),
            uplink=self.uplink,
            rule=DemandRule(instruments=("A.V",), kinds=(Quote, Trade)),
            clock=Clock(),
        )


def quote(bid=1.0):
    return Quote("A.V", 0, 0, 0, 0, 4, bid, 1.0, bid + 2, 1.0)


def test_fresh_is_told_before_the_data_that_proves_it():
    """After a loss readers hear stale, the state, then fresh, then the data, in this order."""
    desk = Side()
    desk.side.publish(quote())
    desk.side.state(VenueStateWord.DISCONNECTED, "gone")
    desk.side.publish(quote())
    assert desk.publisher.kinds() == [Quote, MarketStale, MarketStatus, MarketStale, Quote]
    stale, status, fresh = desk.publisher.published[1:4]
    assert (stale.stream, stale.fresh, stale.reason) == ("quote", False, "gone")
    assert (status.instrument, status.state, status.ts_ns) == ("V", "disconnected", 99)
    assert fresh.fresh


@pytest.mark.parametrize("state", [VenueStateWord.RECONCILING, VenueStateWord.READY])
def test_a_live_state_makes_nothing_stale(state):
    """Subscribing and being ready are no reasons for doubt."""
    desk = Side()
    desk.side.publish(quote())
    desk.side.state(state, "")
    assert desk.publisher.kinds() == [Quote, MarketStatus]


def test_the_protocols_own_doubts_are_passed_on_once():
    """A doubt told twice is news once."""
    desk = Side()
    doubt = MarketStale(
        instrument="A.V", boot=0, sequence=0, stream="book", fresh=False, reason="gap"
    )
    desk.side.publish(doubt)
    desk.side.publish(doubt)
    assert desk.publisher.published == [doubt]
    assert desk.side.stale_topics == 1


def test_the_router_hears_prices_once_per_step():
    """Quotes and tickers between two steps become one price."""
    desk = Side()
    for bid in range(1, 50):
        desk.side.publish(quote(float(bid)))
    desk.side.publish(Ticker("A.V", 0, 0, 0, 0, 4, 7.0, 0.0, 0.0, 0.0))
    desk.side.step()
    desk.side.step()
    (price,) = desk.uplink.of(ReferencePrice)
    assert price.price == 50.0


def test_definitions_go_out_in_slices_and_survive_a_full_line():
    """What the line does not take is told in a later step, each definition once."""
    desk = Side()
    names = [f"I{number}.V" for number in range(DEFINITIONS_PER_STEP_MAX + 50)]
    for name in names:
        desk.side.define(btc(name))
    assert desk.publisher.kinds() == [InstrumentDefinition] * len(names)
    desk.uplink.room = 30
    desk.side.step()
    assert len(desk.uplink.sent) == 30
    desk.uplink.room = 10_000
    desk.side.step()
    assert len(desk.uplink.sent) == 30 + DEFINITIONS_PER_STEP_MAX
    desk.side.step()
    desk.side.step()
    assert [u.definition.id for u in desk.uplink.of(InstrumentUpdate)] == names


def test_nothing_is_told_before_a_router_has_welcomed_us():
    """Without a router prices and definitions wait, and a new one hears them all."""
    desk = Side()
    desk.uplink.router_boot = 0
    desk.side.define(btc("A.V"))
    desk.side.publish(quote())
    desk.side.step()
    assert desk.uplink.sent == []
    desk.uplink.router_boot = 2
    desk.side.step()
    desk.side.tell_again()
    desk.side.step()
    assert len(desk.uplink.of(InstrumentUpdate)) == 2
    assert len(desk.uplink.of(ReferencePrice)) == 2


def test_a_changed_definition_is_told_again():
    """The newest definition of an instrument goes out."""
    desk = Side()
    desk.side.define(btc("A.V"))
    desk.side.step()
    desk.side.define(attrs.evolve(btc("A.V"), tradeable=False))
    desk.side.step()
    assert [u.definition.tradeable for u in desk.uplink.of(InstrumentUpdate)] == [True, False]


async def test_a_batch_of_subscriptions_is_one_demand(autojump_clock):
    """The protocol is asked at the start and once per batch, always with the complete set."""
    desk = Side()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(desk.side.run, desk.driver)
        await trio.testing.wait_all_tasks_blocked()
        assert desk.protocol.asked == [{Topic(Quote, "A.V")}]
        desk.publisher.wanted = (Subscription(kind_of(Trade).tag, "A.V"),)
        for _ in range(100):
            desk.side.demand_changed(1, "A.V")
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert desk.protocol.asked[1:] == [{Topic(Quote, "A.V"), Topic(Trade, "A.V")}]
    assert desk.driver.applied == [Note("demand")] * 2
