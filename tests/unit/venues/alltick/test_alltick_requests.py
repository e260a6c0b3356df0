"""The requests of a stream: whole lists, paced, one at a time, and what each answer means (section 4, 5.1)."""

import json

import pytest

from actors.venues.alltick.requests import ATTEMPTS_MAX
from actors.venues.alltick.settings import Family, Quiet
from engine.errors import ConnectionLost, CredentialsRejected, PeerSilent
from engine.messages.market import MarketStale
from engine.model.enums import VenueStateWord
from engine.session.contract import Drop, GiveUp, Note, SetState
from tests.kit.alltick import (
    Bench,
    at,
    depth,
    frames_in,
    last,
    lists_in,
    of,
    reply,
    unreadable,
)

DEPTH, TRADE, CANCEL = 22002, 22004, 22006
NEVER = Quiet(quote_s=0, trade_s=0)
FIVE = ("BTCUSDT", "ETHUSDT", "EURUSD", "GOLD", "USOIL")


def quotes(*codes: str) -> tuple[str, ...]:
    return tuple(f"Quote {code}" for code in codes)


def states(effects) -> list[VenueStateWord]:
    return [effect.state for effect in of(SetState, effects)]


def test_both_lists_go_out_one_after_the_other_and_make_it_ready():
    """Books first, a second's pause, then trades; ready when both are granted."""
    bench = Bench()
    bench.want("Quote BTCUSDT", "Book ETHUSDT", "Trade BTCUSDT")
    opened = bench.open()
    assert states(opened) == [VenueStateWord.RECONCILING]
    (first,) = frames_in(opened)
    body = json.loads(first.data)
    assert body["cmd_id"] == DEPTH
    assert body["data"]["symbol_list"] == [
        {"code": "BTCUSDT", "depth_level": 1},
        {"code": "ETHUSDT", "depth_level": 5},
    ]
    assert frames_in(bench.hear(reply(first))) == []  # too soon for the next one
    assert bench.pass_to(1.0) == []
    second = bench.pass_to(1.1)
    assert lists_in(second) == [(TRADE, ["BTCUSDT"])]
    assert states(bench.grant(second)) == [VenueStateWord.READY]


def test_with_nothing_wanted_it_is_ready_at_once_and_beats():
    """A heartbeat alone keeps the connection."""
    bench = Bench()
    opened = bench.open()
    assert states(opened) == [VenueStateWord.RECONCILING, VenueStateWord.READY]
    assert frames_in(opened) == []
    assert '"cmd_id":22000' in opened[1].data


def test_every_change_sends_the_whole_list_and_the_last_reader_cancels():
    """Replace, never add; an empty list cannot be sent, so it is cancelled by its type."""
    bench = Bench()
    bench.open()
    bench.second = 2
    first = bench.want(*quotes("BTCUSDT"))
    assert lists_in(first) == [(DEPTH, ["BTCUSDT"])]
    bench.grant(first)
    bench.second = 4
    second = bench.want(*quotes("BTCUSDT", "ETHUSDT"))
    assert lists_in(second) == [(DEPTH, ["BTCUSDT", "ETHUSDT"])]
    bench.grant(second)
    bench.second = 6
    third = bench.want(*quotes("ETHUSDT"))
    assert lists_in(third) == [(DEPTH, ["ETHUSDT"])]
    bench.grant(third)
    bench.second = 8
    fourth = bench.want()
    assert lists_in(fourth) == [(CANCEL, ["1"])]
    bench.grant(fourth)
    assert frames_in(bench.pass_to(20)) == []


def test_changes_are_coalesced_and_paced():
    """Readers that come one by one make two requests, not twenty."""
    bench = Bench(coalesce_s=0.1)
    bench.open()
    sent = []
    for number in range(20):
        bench.second = number / 100
        now = bench.want(*quotes(*[f"C{n}USDT" for n in range(number + 1)]))
        now += bench.pass_to(number / 100 + 0.009)
        bench.grant(now)
        sent += now
    sent += bench.pass_to(5)
    assert len(lists_in(sent)) == 2
    assert len(lists_in(sent)[-1][1]) == 20


def test_one_request_is_under_way_at_a_time():
    """A change waits for the answer, then goes with everything that came meanwhile."""
    bench = Bench()
    bench.open()
    (first,) = frames_in(bench.want(*quotes("BTCUSDT")))
    bench.second = 3
    assert frames_in(bench.want(*quotes("BTCUSDT", "ETHUSDT"), "Trade GOLD")) == []
    assert frames_in(bench.pass_to(5)) == []
    assert lists_in(bench.hear(reply(first))) == [(TRADE, ["GOLD"])]  # the lists take turns


@pytest.mark.parametrize("ret", [600, 604])
def test_a_bad_code_is_found_by_halves_and_left_out(ret: int):
    """The others flow on; the bad one is told once, and tried again after a while."""
    bench = Bench(refused_retry_s=100, quiet=NEVER)
    bench.open()
    effects = bench.want(*quotes(*FIVE))
    requests = 0
    while frames := frames_in(effects):
        (frame,) = frames
        requests += 1
        assert requests < 12
        bad = "GOLD" in frame.data
        answer = reply(frame, ret, "code invalid") if bad else reply(frame)
        effects = [*bench.hear(answer), *bench.pass_to(bench.second + 1.1)]
    assert lists_in(bench.effects)[-1] == (DEPTH, [code for code in FIVE if code != "GOLD"])
    (out,) = [n for n in of(Note, bench.effects) if n.event == "codes_left_out"]
    assert out.alert
    assert "GOLD" in out.detail
    assert str(ret) in out.detail
    (stale,) = of(MarketStale, bench.effects)
    assert stale.instrument == "GOLD.ALLTICK"
    assert states(bench.effects)[-1] is VenueStateWord.READY
    again = bench.pass_to(bench.second + 100)
    assert any("GOLD" in codes for _, codes in lists_in(again))


def test_a_list_that_is_too_long_is_cut_to_what_the_plan_takes():
    """603: the plan's number is found; what has no room is said to have none."""
    bench = Bench()
    bench.open()
    effects = bench.want(*quotes(*FIVE))
    while frames := frames_in(effects):
        (frame,) = frames
        many = frame.data.count('"code"') > 2
        answer = reply(frame, 603, "token level not enough") if many else reply(frame)
        effects = [*bench.hear(answer), *bench.pass_to(bench.second + 1.1)]
    assert bench.protocol._requests.codes("depth").granted.keys() == set(FIVE[:2])
    assert {told.instrument for told in of(MarketStale, bench.effects)} == {
        f"{code}.ALLTICK" for code in FIVE[2:]
    }
    note = [n for n in of(Note, bench.effects) if n.event == "codes_left_out"][-1]
    assert "takes 2 codes" in note.detail


def test_codes_beyond_the_plan_are_not_asked_for_and_told():
    """The venue would ignore them silently; the first ones keep their places."""
    bench = Bench(codes_max=3)
    bench.open()
    effects = bench.want(*quotes(*FIVE))
    assert lists_in(effects) == [(DEPTH, list(FIVE[:3]))]
    (note,) = of(Note, effects)
    assert note.alert
    assert "GOLD, USOIL" in note.detail
    assert [told.instrument for told in of(MarketStale, effects)] == [
        "GOLD.ALLTICK",
        "USOIL.ALLTICK",
    ]
    bench.grant(effects)
    bench.second = 5
    effects = bench.want(*quotes("AUDUSD", *FIVE[1:]))
    assert lists_in(effects) == [(DEPTH, ["ETHUSDT", "EURUSD", "GOLD"])]


def test_t055_an_answer_that_names_nothing_is_that_of_the_request_under_way():
    """And of that one alone; the request is repeated after a pause, and rests after three."""
    bench = Bench(reconnect_pause_s=3, refused_retry_s=100, quiet=NEVER)
    bench.open()
    bench.want("Quote BTCUSDT", "Trade BTCUSDT")
    for attempt in range(ATTEMPTS_MAX):
        effects = bench.hear(unreadable())
        (note,) = [n for n in of(Note, effects) if n.event == "subscription_refused"]
        assert note.detail.startswith("depth: ret 400")
        assert note.alert
        effects += bench.pass_to(bench.second + 1.2)
        if attempt == 0:
            (trades,) = frames_in(effects)
            assert lists_in([trades]) == [(TRADE, ["BTCUSDT"])]
            bench.hear(reply(trades))
        bench.pass_to(bench.second + 3)
    stale = of(MarketStale, bench.effects)
    assert [(told.stream, told.fresh) for told in stale] == [("quote", False)]
    assert states(bench.effects)[-1] is VenueStateWord.READY
    count = len(frames_in(bench.effects))
    bench.pass_to(bench.second + 50)
    assert len(frames_in(bench.effects)) == count
    assert len(frames_in(bench.pass_to(bench.second + 51))) == 1


def test_t055_with_nothing_under_way_it_is_noted():
    """A heartbeat may be what the venue could not read."""
    bench = Bench()
    bench.open()
    assert of(Note, bench.hear(unreadable())) == [
        Note("venue_refusal", "ret 400 request header param invalid")
    ]


def test_an_answer_to_another_request_changes_nothing():
    """It came too late, and what it answered was asked again."""
    bench = Bench()
    bench.open()
    (first,) = frames_in(bench.want(*quotes("BTCUSDT")))
    (second,) = frames_in(bench.pass_to(11))
    assert bench.hear(reply(first)) == []
    assert of(Note, bench.hear(reply(first, 600)))[0].event == "venue_refusal"
    bench.hear(reply(second))
    assert frames_in(bench.pass_to(24)) == []


def test_requests_without_an_answer_end_the_connection():
    """Three times ten seconds."""
    bench = Bench(ack_timeout_s=5, heartbeat_timeout_s=60)
    bench.open()
    bench.want(*quotes("BTCUSDT"))
    effects = bench.pass_to(15)
    (drop,) = of(Drop, effects)
    assert isinstance(drop.error, PeerSilent)
    assert len(frames_in(effects)) == ATTEMPTS_MAX - 1


@pytest.mark.parametrize("ret", [429, 605])
def test_asked_too_often_is_asked_again_after_the_plans_pause(ret: int):
    """No code is blamed for it, and nobody is woken."""
    bench = Bench(reconnect_pause_s=10)
    bench.open()
    (frame,) = frames_in(bench.want(*quotes("BTCUSDT")))
    (note,) = bench.hear(reply(frame, ret))
    assert (note.event, note.alert) == ("subscription_refused", False)
    assert frames_in(bench.pass_to(9.9)) == []
    assert lists_in(bench.pass_to(10)) == [(DEPTH, ["BTCUSDT"])]


@pytest.mark.parametrize("matched", [True, False])
def test_606_leaves_the_connection_and_waits_the_plans_pause(matched: bool):
    """The venue closes it anyway; nothing more is asked of it."""
    bench = Bench(plan="free")
    bench.open()
    (frame,) = frames_in(bench.want(*quotes("BTCUSDT")))
    text = "too many requests and connection will be closed"
    effects = bench.hear(reply(frame, 606, text) if matched else unreadable(606, text))
    note, drop = effects
    assert (note.event, note.alert) == ("venue_closes_connection", True)
    assert isinstance(drop.error, ConnectionLost)
    bench.lose("closed")
    assert bench.protocol.prepare(at(0)) == ()
    assert [type(e).__name__ for e in bench.pass_to(9.9)] == []
    assert [type(e).__name__ for e in bench.pass_to(10)] == ["Connect"]


@pytest.mark.parametrize("matched", [True, False])
def test_401_ends_all_attempts(matched: bool):
    """One attempt: a token that is wrong or has expired stays so (T-046)."""
    bench = Bench()
    bench.open()
    (frame,) = frames_in(bench.want(*quotes("BTCUSDT")))
    answer = (
        reply(frame, 401, "token invalid") if matched else '{"ret":401,"msg":"token is required"}'
    )
    (effect,) = bench.hear(answer)
    assert isinstance(effect, GiveUp)
    assert isinstance(effect.error, CredentialsRejected)


def test_a_new_connection_gets_both_lists_again():
    """Nothing is kept by the venue; refused codes are not tried again at once."""
    bench = Bench(Family.STOCK)
    bench.open()
    bench.grant(bench.want("Quote AAPL.US", "Trade AAPL.US"))
    bench.grant(bench.pass_to(2))
    bench.hear(depth("AAPL.US"))
    bench.hear(last("AAPL.US"))
    told = bench.lose("reset by peer")
    assert {(one.stream, one.fresh) for one in of(MarketStale, told)} == {
        ("quote", False),
        ("trade", False),
    }
    bench.second = 10
    sent = bench.open()
    bench.grant(sent)
    sent += bench.pass_to(12)
    assert lists_in(sent) == [(DEPTH, ["AAPL.US"]), (TRADE, ["AAPL.US"])]
