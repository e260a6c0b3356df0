"""`bars`: the beginning and the end of a bar."""

from actors.venues.wooxpro.bars import BarStream
from actors.venues.wooxpro.market import Doubt
from tests.kit.wooxpro import BTC, at


def item(stamp_s: int, close: str = "2", **changes: object) -> dict[str, object]:
    return {"o": "2", "h": "3", "l": "1", "c": close, "v": "5", "ts": stamp_s, **changes}


def read(stream: BarStream, *items: dict[str, object]):
    return stream.read({"symbol": "BTCUSDT", "items": list(items)}, at(0))


def test_a_bar_closes_with_its_last_state_when_the_next_begins():
    """Repeats of the running bar replace it; its last state is published once as closed."""
    stream = BarStream(BTC, "BTCUSDT", 60)
    read(stream, item(61))
    read(stream, item(61, "2.5"))
    closed, running = read(stream, item(121))
    assert (closed.ts_ns, closed.close, closed.closed) == (60_000_000_000, 2.5, True)
    assert (running.ts_ns, running.closed) == (120_000_000_000, False)


def test_several_bars_in_one_push_come_in_time_order():
    """Newest first or oldest first, the older ones are closed."""
    bars = read(BarStream(BTC, "BTCUSDT", 60), item(181), item(61), item(121))
    assert [(bar.ts_ns // 10**9, bar.closed) for bar in bars] == [
        (60, False), (60, True), (120, False), (120, True), (180, False),
    ]  # fmt: skip


def test_an_older_bar_is_skipped():
    """What came before the running bar is history."""
    stream = BarStream(BTC, "BTCUSDT", 60)
    read(stream, item(121))
    assert read(stream, item(61)) == []


def test_a_bar_that_may_have_changed_unseen_is_not_closed():
    """After a loss the running bar is closed only if it was seen again."""
    stream = BarStream(BTC, "BTCUSDT", 60)
    read(stream, item(61))
    stream.restart()
    assert [bar.closed for bar in read(stream, item(181))] == [False]
    stream.restart()
    read(stream, item(181))
    assert [bar.closed for bar in read(stream, item(241))] == [True, False]


def test_weeks_begin_on_mondays():
    """2025-02-23 was a Sunday: its week began on the 17th."""
    (bar,) = read(BarStream(BTC, "BTCUSDT", 604_800), item(1740319199))
    assert bar.ts_ns == 1739750400 * 10**9


def test_an_impossible_bar_is_doubted():
    """A high below the close is withheld."""
    assert isinstance(read(BarStream(BTC, "BTCUSDT", 60), item(61, h="1.5")), Doubt)
