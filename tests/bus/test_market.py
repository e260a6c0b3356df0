"""Market data end to end on real sockets: late joiners, slow readers, restarts, demand."""

from contextlib import asynccontextmanager

import attrs
import psutil
import trio

from engine.bus.options import MARKET_QUEUE_MAX
from engine.bus.publisher import Publisher
from engine.bus.reader import MarketReader
from engine.bus.readercore import ReaderLimits
from engine.bus.replayserver import ReplayServer
from engine.bus.track import Lost
from engine.clock import SystemClock
from engine.messages.market import InstrumentDefinition, Quote, Trade
from tests.kit.bus import INSTRUMENT, quote, trade
from tests.kit.waiting import until

CLOCK = SystemClock()


def now_ns():
    return CLOCK.monotonic_ns()


@attrs.define
class Log:
    """What one reader was told, in order."""

    reader: MarketReader
    events: list = attrs.field(factory=list)

    def messages(self, cls=Quote):
        return [event for event in self.events if type(event) is cls]

    def sequences(self, cls=Quote):
        return [message.sequence for message in self.messages(cls)]

    def lost(self):
        return sum(event.count for event in self.events if type(event) is Lost)


@asynccontextmanager
async def publishing(stage, boot=1, **options):
    async with stage.bus("test.data", boot) as bus, trio.open_nursery() as nursery:
        publisher = Publisher(bus.bind_publisher("market.test"), boot=boot, **options)
        server = ReplayServer(bus.bind_router("replay.test"), publisher)
        nursery.start_soon(publisher.run)
        nursery.start_soon(server.run)
        yield publisher
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def reading(stage, *subscriptions, name="s", conflate=None, **limits):
    async with stage.bus(name) as bus, trio.open_nursery() as nursery:
        events = []
        note = events.append
        reader = MarketReader(
            bus, "test", clock=CLOCK, on_message=note, on_stale=note, on_fresh=note, on_lost=note,
            limits=ReaderLimits(**limits),
        )  # fmt: skip
        for cls, instrument in subscriptions:
            reader.subscribe(cls, instrument, conflate=conflate)
        nursery.start_soon(reader.run)
        yield Log(reader, events)
        nursery.cancel_scope.cancel()


async def test_t023_late_joiner_gets_the_last_value_then_updates(stage):
    """A reader that joins in the middle gets the last value, then every update, no hole, no repeat (T-023)."""
    async with (
        publishing(stage) as publisher,
        reading(stage, (Quote, INSTRUMENT), name="early") as early,
    ):
        await until(lambda: publisher.is_demanded(Quote, INSTRUMENT))
        for price in range(1, 6):
            publisher.publish(quote(price, mono_ns=now_ns()))
        await until(lambda: early.sequences()[-1:] == [5])
        async with reading(stage, (Quote, INSTRUMENT), conflate=False) as late:
            await until(late.messages)
            for price in range(6, 11):
                publisher.publish(quote(price, mono_ns=now_ns()))
            await until(lambda: late.sequences()[-1:] == [10])
            assert late.sequences() == [5, 6, 7, 8, 9, 10]
            assert [message.bid_price for message in late.messages()] == [5, 6, 7, 8, 9, 10]
        assert early.sequences() == sorted(set(early.sequences()))
        await until(lambda: early.sequences()[-1:] == [10])


async def test_t023_joining_under_fire_leaves_no_hole(stage):
    """T-023: Readers that join while messages flow see an unbroken run of numbers from their first one."""
    async with publishing(stage) as publisher, trio.open_nursery() as nursery:

        async def flow():
            while True:
                for _ in range(20):
                    publisher.publish(quote(mono_ns=now_ns()))
                await trio.sleep(0.001)

        nursery.start_soon(flow)
        for name in ("a", "b", "c"):
            async with reading(stage, (Quote, INSTRUMENT), name=name, conflate=False) as log:
                await until(lambda log=log: len(log.messages()) > 200)
                seen = log.sequences()
                assert seen == list(range(seen[0], seen[0] + len(seen)))
                assert log.reader.stats.gaps == 0
        nursery.cancel_scope.cancel()


async def test_last_value_was_published_before_anybody_read(stage):
    """What was published without any reader is there for the first one."""
    async with publishing(stage) as publisher:
        publisher.publish(quote(3.0))
        assert publisher.stats.sent == 0
        async with reading(stage, (Quote, None), (InstrumentDefinition, None)) as log:
            await until(log.messages)
        assert log.messages()[0].bid_price == 3.0


async def test_t024_slow_reader_loses_nothing_silently(stage):
    """A reader that stops reading is repaired or told; the others and the publisher do not suffer (T-024)."""
    count = 3 * MARKET_QUEUE_MAX
    process = psutil.Process()
    async with (
        publishing(stage) as publisher,
        stage.bus("slow") as bus,
        reading(stage, (Trade, INSTRUMENT), name="quick", age_max_s=60) as quick,
    ):
        told = []
        note = told.append
        slow = MarketReader(
            bus, "test", clock=CLOCK, on_message=note, on_stale=note, on_fresh=note, on_lost=note,
            limits=ReaderLimits(age_max_s=60),
        )  # fmt: skip
        slow.subscribe(Trade, INSTRUMENT)
        await until(lambda: publisher._socket.stats.received >= 2)
        before = process.memory_info().rss
        for number in range(1, count + 1):
            publisher.publish(trade(number, mono_ns=now_ns()))
            if number % 500 == 0:
                await until(lambda number=number: len(quick.events) == number)
        grown = process.memory_info().rss - before
        async with trio.open_nursery() as nursery:  # the slow one wakes up
            nursery.start_soon(slow.run)
            log = Log(slow, told)
            await until(
                lambda: log.sequences(Trade)[-1:] and slow.stats.received >= MARKET_QUEUE_MAX
            )
            publisher.publish(trade(count + 1, mono_ns=now_ns()))
            await until(lambda: log.sequences(Trade)[-1:] == [count + 1])
            await until(lambda: not slow.is_stale(Trade, INSTRUMENT))
            nursery.cancel_scope.cancel()
    seen = log.sequences(Trade)
    assert seen == sorted(set(seen))
    assert len(seen) + log.lost() == count + 1
    assert log.lost() > 0
    assert [type(event).__name__ for event in told if type(event) is not Trade][::2] == [
        "Stale",
        "Fresh",
    ]
    assert quick.sequences(Trade)[:count] == list(range(1, count + 1))
    assert grown < 100 * 2**20


async def test_a_restarted_publisher_is_noticed(stage):
    """A new publisher's messages go on under its boot; the topic was stale in between."""
    async with reading(stage, (Quote, INSTRUMENT), (Trade, INSTRUMENT)) as log:
        for boot in (1, 2):
            async with publishing(stage, boot) as publisher:
                await until(lambda publisher=publisher: len(publisher.demand()) == 2)
                publisher.publish(quote(boot, mono_ns=now_ns()))
                for number in range(3):
                    publisher.publish(trade(number, mono_ns=now_ns()))
                await until(lambda boot=boot: len(log.messages(Trade)) == 3 * boot)
                assert not log.reader.is_stale(Quote, INSTRUMENT)
                await until(lambda: not log.reader.is_stale(Trade, INSTRUMENT))
            await until(lambda: log.reader.is_stale(Trade, INSTRUMENT))
    assert [(m.boot, m.sequence) for m in log.messages(Trade)] == [
        (b, n) for b in (1, 2) for n in (1, 2, 3)
    ]
    assert [(m.boot, m.bid_price) for m in log.messages(Quote)] == [(1, 1.0), (2, 2.0)]
    assert log.reader.stats.restarts == 2


async def test_a_tail_that_was_dropped_is_found(stage):
    """When the very last messages of a topic are lost, the echo of the quiet topic repairs them."""
    async with publishing(stage) as publisher, reading(stage, (Trade, INSTRUMENT)) as log:
        await until(publisher.demand)
        publisher.publish(trade(1, mono_ns=now_ns()))
        await until(lambda: log.messages(Trade))
        out = publisher._topics[Trade, INSTRUMENT]
        out.demanded = False  # as if the queue to the reader were full
        for number in (2, 3, 4):
            publisher.publish(trade(number, mono_ns=now_ns()))
        out.demanded = True
        await until(lambda: log.sequences(Trade) == [1, 2, 3, 4])
    assert log.lost() == 0
    assert publisher.stats.echoes >= 1


async def test_demand_follows_readers(stage):
    """The session hears of the first reader of a topic and of the last one's leaving, also by death."""
    calls = []
    async with publishing(
        stage,
        on_demand=lambda tag, instrument: calls.append(("+", tag, instrument)),
        on_release=lambda tag, instrument: calls.append(("-", tag, instrument)),
    ) as publisher:
        async with reading(stage, (Quote, "A.TEST"), (Trade, None), name="a") as first:
            await until(lambda: len(calls) == 2)
            async with reading(stage, (Quote, "A.TEST"), name="b"):
                await until(lambda: publisher._socket.stats.received == 3)
            assert len(calls) == 2
            first.reader.unsubscribe(Trade, None)
            await until(lambda: len(calls) == 3)
        await until(lambda: len(calls) == 4)
        assert not publisher.demand()
    assert calls == [("+", 30, "A.TEST"), ("+", 31, ""), ("-", 31, ""), ("-", 30, "A.TEST")]


async def test_each_of_many_topics_arrives(stage):
    """Subscribed at once, every instrument's quote arrives, and only what was asked for."""
    names = [f"SYM{number}.TEST" for number in range(150)]
    async with (
        publishing(stage) as publisher,
        reading(stage, *((Quote, name) for name in names)) as log,
    ):
        await until(lambda: len(publisher.demand()) == len(names))
        for name in [*names, "OTHER.TEST"]:
            publisher.publish(quote(instrument=name, mono_ns=now_ns()))
            publisher.publish(trade(1, instrument=name, mono_ns=now_ns()))
        await until(lambda: len(log.events) == len(names))
    assert {message.instrument for message in log.messages()} == set(names)


async def test_conflation_keeps_the_newest_of_each_instrument(stage):
    """After a burst every instrument's newest quote is handed on, and what was skipped is counted."""
    names = [f"SYM{number}.TEST" for number in range(10)]
    async with (
        publishing(stage) as publisher,
        reading(stage, *((Quote, name) for name in names)) as log,
    ):
        await until(lambda: len(publisher.demand()) == len(names))
        for price in range(1, 201):
            for name in names:
                publisher.publish(quote(price, name, mono_ns=now_ns()))
        stats = log.reader.stats
        await until(lambda: stats.received >= 2000)
        newest = {message.instrument: message.bid_price for message in log.messages()}
        assert newest == dict.fromkeys(names, 200.0)
        assert stats.delivered + stats.conflated == 2000
        assert stats.conflated > 0
        assert stats.gaps == stats.missing == stats.repeats == 0
