"""Misbehaviour: which frames arrive, in which shape and order, while a fault is armed."""

import json

import pytest

from actors.venues.wooxpro.simulator.topics import parse
from engine.exchange.model import Side
from engine.simulator.frames import text_frame
from tests.kit.wooxpro_simulator import Quiet, Sink


@pytest.fixture
def quiet() -> Quiet:
    made = Quiet()
    made.book({600_000: 50}, {600_010: 50})
    return made


def trades(quiet: Quiet, sink: Sink, count: int) -> list[str]:
    """Make so many prints with sizes 1, 2, …; the raw texts that arrived."""
    sink.texts.clear()
    for lots in range(1, count + 1):
        quiet.trade(600_000, lots, Side.SELL)
    return sink.texts


def volumes(texts: list[str]) -> list[str]:
    return [json.loads(text)["data"][0]["deal_vol"] for text in texts]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("drop", ["2", "3"]), ("duplicate", ["1", "1", "2", "3"]), ("oversized", ["1", "2", "3"])],
)
def test_frames_are_dropped_doubled_or_blown_up_once(quiet, kind, expected):
    """The first frame is hit, the rest arrives as it should."""
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    quiet.venue.faults.arm(kind, match="futures/trade:*")
    texts = trades(quiet, sink, 3)
    assert volumes(texts) == expected
    if kind == "oversized":
        assert len(texts[0]) > 2_000_000


def test_a_malformed_frame_is_no_json(quiet):
    """Whole as a frame, broken inside."""
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    quiet.venue.faults.arm("malformed")
    texts = trades(quiet, sink, 2)
    with pytest.raises(ValueError):  # noqa: PT011 - the json module's own
        json.loads(texts[0])
    assert volumes(texts[1:]) == ["2"]


def test_a_torn_frame_is_half_of_it(quiet):
    """The part is handed over as the connection's last bytes."""
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    quiet.venue.faults.arm("torn")
    trades(quiet, sink, 1)
    (part,) = sink.parts
    assert text_frame(json.dumps({"group": "x"}))[:1] == part[:1]
    assert len(part) < int.from_bytes(part[2:4], "big") + 4


def test_a_delayed_frame_comes_later_than_its_successors(quiet):
    """Delay reorders: the second goes first."""
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    quiet.venue.faults.arm("delay", value=2)
    assert volumes(trades(quiet, sink, 2)) == ["2"]
    assert quiet.venue.next_deadline_ns() <= quiet.now.mono_ns + 2 * 10**9
    quiet.advance(2)
    assert volumes(sink.texts) == ["2", "1"]


def test_a_pattern_spares_other_topics_and_counts_down(quiet):
    """Two drops of one topic, none of the other."""
    trade, quote = (quiet.subscribe(f"futures/{name}:BTCUSDT") for name in ("trade", "bookticker"))
    quote.take()
    fault = quiet.venue.faults.arm("drop", match="futures/trade:BTCUSDT", count=2)
    assert volumes(trades(quiet, trade, 4)) == ["3", "4"]
    assert fault.used == 2
    assert not quiet.venue.faults.armed()
    quiet.book({600_000: 1}, {600_010: 50})
    assert len(quote.texts) == 1


def test_unlimited_faults_last_until_disarmed(quiet):
    """Count -1 has no end but its removal."""
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    fault = quiet.venue.faults.arm("drop", count=-1)
    assert trades(quiet, sink, 5) == []
    assert quiet.venue.faults.disarm(fault.number)
    assert len(trades(quiet, sink, 1)) == 1


def test_a_gap_skips_one_version_of_depth_increase(quiet):
    """The client sees version + 2 and a book that lacks a change."""
    sink = quiet.subscribe("futures/depthIncrease5:BTCUSDT")
    quiet.venue.faults.arm("gap")
    for lots in (1, 2, 3):
        quiet.book({600_000: lots}, {600_010: 50})
        quiet.advance(0.2)
    versions = [frame["data"]["version"] for frame in sink.take()]
    assert [version - versions[0] for version in versions] == [0, 2, 3]


def test_the_ack_can_follow_the_first_data(quiet):
    """A late ack is handed to the sink after the first push of its topic, once."""
    sink = Sink()
    topic = parse("futures/bookticker:BTCUSDT", quiet.venue.symbols)
    assert topic is not None
    ack = text_frame('{"action":"subscribe"}')
    quiet.venue.subscribe(sink, topic, quiet.now, late_ack=ack)
    quiet.book({600_000: 51}, {600_010: 50})
    kinds = [next(iter(frame)) for frame in sink.take()]
    assert kinds == ["group", "action", "group"]


def test_an_armed_rejection_refuses_the_next_order_only(quiet):
    """With the code that was asked for."""
    quiet.venue.faults.arm("reject_order", value=40016)
    body = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "price": "50000", "size": 1}
    assert quiet.refused(quiet.post("/contract/private/submit-order", **body)) == (400, 40016)
    quiet.data(quiet.post("/contract/private/submit-order", **body))


def test_dropped_order_events_leave_the_state_of_the_order_alone(quiet):
    """The push is lost, the query knows."""
    sink = quiet.subscribe("futures/order")
    quiet.venue.faults.arm("drop", match="futures/order", count=-1)
    quiet.submit(price="60001", size=10)
    assert sink.take() == []
    (row,) = quiet.data(quiet.get("/contract/private/order-history", symbol="BTCUSDT"))
    assert row["state"] == 4
