"""Faults: armed, used up, and what they make of pushes and answers; a venue standing still."""

import json

import pytest

from actors.venues.alltick.simulator import bending
from actors.venues.alltick.simulator.faults import (
    BOOK_ONLY,
    HTTP,
    IMMEDIATE,
    PUSH,
    REPLY,
    FaultKind,
    Faults,
)
from tests.kit.alltick_simulator import START, Quiet, Sink

NO_SIDE = [{"price": "0", "volume": "0"}]


def bent(kind: str, value=None) -> list[str]:
    """What is sent for one book under a fault."""
    quiet = Quiet()
    sink = quiet.watch("depth", BTCUSDT=2)
    quiet.venue.faults.arm(kind, match="depth/BTCUSDT", value=value)
    quiet.book({100: 5, 99: 1}, {101: 6, 102: 2})
    return sink.texts


def test_every_kind_has_its_place():
    """And no kind two of them."""
    places = [*PUSH, *REPLY, *HTTP, *IMMEDIATE, FaultKind.REFUSE_CONNECTION]
    assert sorted(places) == sorted(FaultKind)


def test_faults_of_books_wait_for_a_book():
    """A trade does not use them up."""
    for kind in BOOK_ONLY:
        faults = Faults()
        faults.arm(kind)
        assert faults.take_push("trade", "BTCUSDT") is None
        assert faults.take_push("depth", "BTCUSDT") is not None


def test_pushes_are_dropped_doubled_cut_and_padded():
    """Frames that stay whole."""
    assert bent("drop") == []
    twice = bent("duplicate")
    assert len(twice) == 2
    assert twice[0] == twice[1]
    assert len(bent("duplicate", 7.0)) == 7
    (cut,) = bent("malformed")
    with pytest.raises(ValueError, match="char"):
        json.loads(cut)
    (padded,) = bent("oversized", 5_000.0)
    assert len(padded) > 5_000
    assert json.loads(padded) == json.loads(twice[0])


@pytest.mark.parametrize(
    ("kind", "value", "changes", "touched"),
    [
        ("one_sided", None, {"asks": NO_SIDE}, set()),
        ("one_sided", "asks", {"bids": NO_SIDE}, set()),
        ("delisted", None, {"bids": NO_SIDE, "asks": NO_SIDE}, set()),
        ("empty_side", None, {"asks": []}, set()),
        ("empty_side", "bids", {"bids": []}, set()),
        ("no_volume", None, {"bids": [{"price": "10.0"}, {"price": "9.9"}]}, {"asks"}),
        (
            "empty_volume",
            None,
            {"bids": [{"price": p, "volume": ""} for p in ("10.0", "9.9")]},
            {"asks"},
        ),
        ("null_field", None, {"tick_time": None}, set()),
        ("null_field", "seq", {"seq": None}, set()),
        ("seconds", None, {"tick_time": START.wall_ns // 10**9}, set()),
        ("strings", None, {"tick_time": str(START.wall_ns // 10**6)}, {"seq"}),
    ],
)
def test_books_are_bent_as_the_kind_says(kind, value, changes, touched):
    """Everything else stays."""
    good, (text,) = json.loads(bent("duplicate")[0])["data"], bent(kind, value)
    data = json.loads(text)["data"]
    assert {name: data[name] for name in changes} == changes
    alike = set(good) - set(changes) - touched
    assert {name: data[name] for name in alike} == {name: good[name] for name in alike}


def test_sequence_numbers_step_back_and_ahead():
    """The next push goes on as if nothing had been."""
    quiet = Quiet()
    sink = quiet.watch("depth", BTCUSDT=1)
    for kind in ("drop", "seq_back", "seq_gap", "unknown_push"):
        quiet.venue.faults.arm(kind)
    for lots in range(1, 6):
        quiet.book({100: lots}, {101: 5})
    frames = sink.take()
    first = START.wall_ns // 10**9 * 1_000_000
    assert [frame["data"]["seq"] - first for frame in frames] == [0, 8, 4, 5]
    assert [frame["cmd_id"] for frame in frames] == [22999, 22999, 22997, 22999]


def test_crossed_books_have_their_sides_exchanged():
    """Best bid above best ask."""
    (text,) = bent("crossed")
    data = json.loads(text)["data"]
    assert data["bids"][0]["price"] > data["asks"][0]["price"]


def test_volumes_vanish_from_trades_too():
    """The field of the trade itself."""
    quiet = Quiet()
    sink = quiet.watch("trade", BTCUSDT=1)
    quiet.venue.faults.arm("no_volume")
    quiet.trade(100, 1)
    (frame,) = sink.take()
    assert "volume" not in frame["data"]
    assert "turnover" in frame["data"]


def test_delayed_pushes_are_overtaken():
    """And come in the end."""
    quiet = Quiet()
    sink = quiet.watch("depth", BTCUSDT=1)
    quiet.venue.faults.arm("delay", value=2.0)
    quiet.book({100: 1}, {101: 5})
    quiet.book({100: 2}, {101: 5})
    assert len(sink.take()) == 1
    assert quiet.venue.next_deadline_ns() == START.mono_ns + 2 * 10**9
    quiet.advance(1.9)
    assert sink.take() == []
    quiet.advance(0.1)
    (late,) = sink.take()
    assert late["data"]["bids"][0]["volume"] == "0.001"


def test_a_torn_frame_is_a_part_of_one():
    """What follows is the connection's business."""
    quiet = Quiet()
    sink = quiet.watch("depth", BTCUSDT=1)
    quiet.venue.faults.arm("torn")
    quiet.book({100: 1}, {101: 5})
    (part,) = sink.parts
    assert part.startswith(b"\x81")
    assert sink.texts == []


def test_a_bent_book_leaves_the_venues_own_alone():
    """The next subscriber sees the true one."""
    quiet = Quiet()
    sink = quiet.watch("depth", BTCUSDT=1)
    quiet.venue.faults.arm("delisted")
    quiet.book({100: 1}, {101: 5})
    assert sink.take()[0]["data"]["bids"] == NO_SIDE
    fresh = quiet.watch("depth", Sink(), BTCUSDT=1)
    assert fresh.take()[0]["data"]["bids"] == [{"price": "10.0", "volume": "0.001"}]


def test_answers_are_turned_into_refusals():
    """With the request's numbers, or with zeros."""
    good = '{"ret":200,"msg":"ok","cmd_id":22003,"seq_id":5,"trace":"t","data":{}}'
    refused = json.loads(bending.failed(good, 600, "code invalid"))
    assert (refused["ret"], refused["msg"], refused["seq_id"]) == (600, "code invalid", 5)
    zeros = json.loads(bending.unreadable(good))
    assert (zeros["ret"], zeros["cmd_id"], zeros["seq_id"], zeros["trace"]) == (400, 0, 0, "")
