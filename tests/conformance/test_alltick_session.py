"""Both sessions of AllTick over the real driver against the real simulator, on loopback.

What the conformance battery demands of every venue is not repeated here.
"""

import logging
from itertools import pairwise
from typing import Any

import pytest
import trio

from actors.venues.alltick.simulator import Account
from engine.messages.market import Bar, MarketStale
from engine.model.enums import VenueStateWord
from engine.model.instrument import AssetClass
from tests.kit.alltick import Session, topic, venue
from tests.kit.alltick_simulator import http, socket
from tests.kit.waiting import deadline_s, until

LIVELY: dict[str, Any] = {
    "seed": 3,
    "quotes_per_s": 20.0,
    "symbols": ("BTCUSDT", "ETHUSDT", "EURUSD", "GOLD", "US500", "AAPL.US", "700.HK", "600519.SH"),
}
OTHER = (
    "Quote BTCUSDT",
    "Book BTCUSDT",
    "Trade BTCUSDT",
    "Quote EURUSD",
    "Ticker GOLD",
    "Quote US500",
)
STOCK = ("Quote AAPL.US", "Book 700.HK", "Trade 700.HK", "Ticker 600519.SH")


async def delivers(session: Session, *wanted: str) -> None:
    """Something new of each of these topics."""
    before = {text: len(session.seen(text)) for text in wanted}
    await until(
        lambda: all(len(session.seen(text)) > before[text] for text in wanted),
        within_s=20,
        what=f"data of {wanted}",
    )


def connections(session: Session) -> int:
    """How often it was connected."""
    return session.count(VenueStateWord.RECONCILING)


async def test_both_families_come_into_service_and_deliver_every_kind():
    """Instruments first, then data of each kind, then bars with their history."""
    async with venue({"bars_history": 5, "bar_poll_s": 1.0}, **LIVELY) as (session, _):
        other, stock = session("other"), session("stock")
        other.want(*OTHER, "Bar EURUSD")
        stock.want(*STOCK, "Bar 700.HK")
        await delivers(other, *OTHER)
        await delivers(stock, *STOCK)
        for one in (other, stock):
            await until(lambda: one.count(VenueStateWord.READY), what="ready")  # noqa: B023
            assert [note for note in one.notes if note.alert] == []
        books = stock.seen("Book 700.HK")
        assert {book.depth for book in books} == {10}
        assert max(len(book.bids) for book in books) > 1
        assert {trade.aggressor for trade in other.seen("Trade BTCUSDT")} <= {-1, 0, 1}
        assert other.instruments["GOLD.ALLTICK"].asset_class is AssetClass.COMMODITY
        await until(
            lambda: (
                len(other.seen("Bar EURUSD")) >= 6
                and not all(bar.closed for bar in other.seen("Bar EURUSD"))
            ),
            within_s=20,
            what="bars",
        )
        # At the turn of a minute the sixth is closed as well, and the next one runs.
        bars: list[Bar] = other.seen("Bar EURUSD")[:6]
        assert all(bar.closed for bar in bars[:5])
        assert [b.ts_ns - a.ts_ns for a, b in pairwise(bars)] == [60 * 10**9] * 5


@pytest.mark.parametrize(
    "knobs",
    [
        {"ws_numbers": "strings", "tick_time": "s", "absent_volume": "omit"},
        {"ack": "after_snapshot", "strict_heartbeats": True, "absent_volume": "empty"},
        {
            "snapshot": False,
            "http_status": "by_kind",
            "http_numbers": "integers",
            "legacy_ret": True,
        },
    ],
)
async def test_whichever_way_the_venue_does_what_is_not_documented(knobs: dict[str, Any]):
    """Each [I] of the sheet's section 10 either way."""
    async with venue(**LIVELY, without_volume=("cfd_index", "forex"), **knobs) as (session, _):
        other = session("other")
        other.want(*OTHER)
        await delivers(other, *OTHER)
        assert [note for note in other.notes if note.alert] == []
        quote = other.seen("Quote EURUSD")[-1]
        assert quote.bid_price > 0
        assert quote.bid_size == 0
        assert abs(quote.ts_ns - quote.recv_ns) < 5 * 10**9


async def test_a_list_replaces_the_former_one():
    """The venue serves what is wanted now and nothing else; what stays is not interrupted."""
    async with venue(**LIVELY) as (session, running), http(running) as client:
        other = session("other")
        other.want("Quote BTCUSDT", "Quote EURUSD", "Trade BTCUSDT")
        await delivers(other, "Quote BTCUSDT", "Quote EURUSD", "Trade BTCUSDT")
        other.want("Quote EURUSD", "Quote GOLD")
        await delivers(other, "Quote GOLD")

        async def served() -> tuple[set[str], set[str]]:
            (one,) = (await client.admin("GET", "state"))["connections"]
            return set(one["depth"]), set(one["trade"])

        with trio.fail_after(deadline_s(10)):
            while await served() != ({"EURUSD", "GOLD"}, set()):  # noqa: ASYNC110 - asked over HTTP
                await trio.sleep(0.02)
        await delivers(other, "Quote EURUSD")
        assert connections(other) == 1
        assert other.stale("Quote EURUSD") is None


async def test_a_stalled_venue_is_left_and_everything_is_subscribed_again():
    """No data and no answers to heartbeats over an open connection; stale in between."""
    quick = {"heartbeat_interval_s": 0.5, "heartbeat_timeout_s": 1.5}
    async with venue(quick, **LIVELY) as (session, running):
        other = session("other")
        other.want("Quote BTCUSDT", "Trade BTCUSDT")
        await delivers(other, "Quote BTCUSDT", "Trade BTCUSDT")
        running.faults.arm("stall", match="other_ws")
        await until(lambda: other.stale("Quote BTCUSDT"), within_s=5, what="stale")
        told = other.stale("Quote BTCUSDT")
        assert told is not None
        assert not told.fresh
        assert "lost" in told.reason
        await until(lambda: connections(other) == 2, what="connected again")
        await delivers(other, "Quote BTCUSDT", "Trade BTCUSDT")
        for text in ("Quote BTCUSDT", "Trade BTCUSDT"):
            fresh = other.stale(text)
            assert fresh is not None
            assert fresh.fresh


async def test_data_without_answers_to_heartbeats_is_a_venue_that_does_not_read():
    """Half a connection is none, however lively it looks."""
    quick = {"heartbeat_interval_s": 0.5, "heartbeat_timeout_s": 1.5}
    async with venue(quick, **LIVELY) as (session, running):
        other = session("other")
        other.want("Quote BTCUSDT")
        await delivers(other, "Quote BTCUSDT")
        running.faults.arm("reply_lost", match="22000", count=20)
        await until(lambda: connections(other) >= 2, what="left")
        assert any("no answer to any heartbeat" in reason for _, reason in other.states)


async def test_a_list_that_is_cut_silently_is_noticed():
    """The venue says 200 and serves two of four; the others are stale and an alert says why."""
    async with venue({"unheard_after_s": 1.0, "fill_gaps": False}, code_limit=2, **LIVELY) as (
        session,
        _,
    ):
        other = session("other")
        wanted = ("Quote BTCUSDT", "Quote ETHUSDT", "Quote EURUSD", "Quote GOLD")
        other.want(*wanted)
        await delivers(other, *wanted[:2])
        await until(lambda: other.noted("codes_unheard"), what="noticed")
        (note,) = other.noted("codes_unheard")
        assert note.alert
        assert "may serve 2 codes" in note.detail
        for text in wanted[2:]:
            told = other.stale(text)
            assert told is not None
            assert not told.fresh
        assert other.stale(wanted[0]) is None


async def test_a_list_that_is_refused_for_its_length_is_cut():
    """The other way a plan may be enforced: 603."""
    limits = {"code_limit": 2, "over_code_limit": "refuse"}
    async with venue(None, **limits, **LIVELY) as (session, _):
        other = session("other")
        other.want("Quote BTCUSDT", "Quote ETHUSDT", "Quote EURUSD")
        await delivers(other, "Quote BTCUSDT", "Quote ETHUSDT")
        await until(lambda: other.noted("codes_left_out"), what="told")
        assert "EURUSD: the plan takes 2 codes" in other.noted("codes_left_out")[-1].detail
        await until(lambda: other.count(VenueStateWord.READY), what="ready")


async def test_codes_that_the_venue_does_not_serve_cost_nobody_else_anything():
    """Unknown (600) and outside the plan (604), among good ones."""
    async with venue(None, unauthorized=("GOLD",), **LIVELY) as (session, _):
        other = session("other")
        other.want("Quote BTCUSDT", "Quote AAAUSDT", "Quote EURUSD", "Quote GOLD", "Quote US500")
        await delivers(other, "Quote BTCUSDT", "Quote EURUSD", "Quote US500")
        left = ("Quote AAAUSDT", "Quote GOLD")
        await until(lambda: all(other.stale(text) for text in left), what="told")
        notes = [note.detail for note in other.noted("codes_left_out")]
        assert len(notes) == 2
        assert any("AAAUSDT" in note and "600" in note for note in notes)
        assert any("GOLD" in note and "604" in note for note in notes)


async def test_606_costs_the_connection_and_the_plans_pause():
    """Too fast for a strict venue: left at once, back no sooner than the pause, then slow enough."""
    strict = {"pacing": "reject_and_close", "request_interval_s": 0.4, "reconnect_pacing": False}
    async with venue({"request_interval_s": 0.1, "reconnect_pause_s": 1.0}, **strict, **LIVELY) as (
        session,
        running,
    ):
        other = session("other")
        other.want("Quote BTCUSDT", "Trade BTCUSDT")
        await until(lambda: other.noted("venue_closes_connection"), what="606")
        await until(lambda: connections(other) == 2, what="again")
        log = running.log.since()
        ends = [entry.mono_ns for entry in log if entry.kind == "disconnect"]
        begins = [entry.mono_ns for entry in log if entry.kind == "connect"]
        assert begins[1] - ends[0] > 0.9 * 10**9
        other.want("Quote BTCUSDT")  # one list is slow enough
        await delivers(other, "Quote BTCUSDT")


async def test_a_patient_client_never_meets_606():
    """At the venue's own pace; heartbeats do not count."""
    strict = {"pacing": "reject_and_close", "request_interval_s": 0.3}
    patient = {"request_interval_s": 0.4, "heartbeat_interval_s": 0.5, "coalesce_s": 0.05}
    async with venue(patient, **strict, **LIVELY) as (session, _):
        other = session("other")
        for number in range(2, len(OTHER) + 1):
            other.want(*OTHER[:number])
            await trio.sleep(0.1)
        await delivers(other, *OTHER)
        assert connections(other) == 1
        assert [note for note in other.notes if note.alert] == []


async def test_a_second_connection_is_refused_until_the_first_one_ends():
    """429 at the upgrade: come back, at the plan's pace, for ever."""
    async with venue({"reconnect_pause_s": 0.5}, connection_limit=1, **LIVELY) as (
        session,
        running,
    ):
        async with socket(running, "other_ws"):
            other = session("other")
            other.want("Quote BTCUSDT")
            await until(lambda: other.count(VenueStateWord.DISCONNECTED) >= 2, what="refused")
            assert any("HTTP 429" in reason for _, reason in other.states)
            stock = session("stock")
            stock.want("Quote AAPL.US")
            await delivers(stock, "Quote AAPL.US")  # the other path counts for itself
        await delivers(other, "Quote BTCUSDT")
        refusals = [entry.mono_ns for entry in running.log.since(kind="refuse")]
        assert all(b - a > 0.45 * 10**9 for a, b in pairwise(refusals))


async def test_what_the_stream_does_not_bring_comes_over_http():
    """A market that rests, and a venue that sends nothing on subscription."""
    still = {"hold_for": ("depth:XAGUSD",), "snapshot": False}
    async with venue({"fill_after_s": 0.2}, **still) as (session, _):
        other = session("other")
        other.want("Quote BTCUSDT", "Ticker BTCUSDT")
        await delivers(other, "Quote BTCUSDT", "Ticker BTCUSDT")
        assert other.seen("Quote BTCUSDT")[-1].bid_price > 0


async def test_a_venue_whose_http_fails_goes_on_streaming():
    """Every way of failing; each is told, none costs the connection."""
    async with venue({"fill_after_s": 0.2, "bar_poll_s": 0.5, "bars_history": 0}, **LIVELY) as (
        session,
        running,
    ):
        for kind in ("http_ret", "http_status", "http_malformed", "http_reset"):
            running.faults.arm(kind, match="*batch-kline")
        other = session("other")
        other.want("Quote BTCUSDT", "Bar EURUSD")
        await delivers(other, "Quote BTCUSDT", "Bar EURUSD")
        # On a busy machine calls come in bunches, and the venue refuses one more with the same words.
        assert len({note.detail for note in other.noted("query_failed")}) == 4
        assert connections(other) == 1


@pytest.mark.parametrize("expired", [False, True])
async def test_a_refused_token_is_tried_once_and_shown_nowhere(
    expired: bool, caplog: pytest.LogCaptureFixture
):
    """T-046 INV-16: canary search over states, notes, messages, gauges and every library's log."""
    canary = "k4n4r13n-v0g3l-9b1f7c3e5a"
    accounts = (
        Account(token="another-token-0001"),
        *([Account(token=canary, expired=True)] if expired else []),
    )
    caplog.set_level(logging.DEBUG)
    async with venue(None, accounts=accounts, **LIVELY) as (session, running):
        sessions = [session("other", canary), session("stock", canary)]
        for one in sessions:
            one.want("Quote BTCUSDT", "Quote AAPL.US", "Bar EURUSD", "Bar AAPL.US")
            await until(lambda: one.count(VenueStateWord.DOWN), what="down")  # noqa: B023
        await trio.sleep(0.5)
        assert [one.count(VenueStateWord.CONNECTING) for one in sessions] == [1, 1]
        assert len(running.log.since(kind="refuse")) >= 2
        said = repr([(s.states, s.notes, s.messages, s.driver.gauges()) for s in sessions])
    assert any(note.alert for note in sessions[0].notes)
    for begin in range(len(canary) - 7):
        assert canary[begin : begin + 8] not in said + caplog.text


async def test_a_token_in_use_is_shown_nowhere(caplog: pytest.LogCaptureFixture):
    """INV-16: the same over data, calls, a cut connection and failures."""
    canary = "k4n4r13n-v0g3l-9b1f7c3e5a"
    caplog.set_level(logging.DEBUG)
    async with venue({"fill_after_s": 0.2}, token=canary, **LIVELY) as (session, running):
        stock = session("stock", canary)
        stock.want(*STOCK, "Bar 700.HK", "Quote 0.HK", "Quote 4711.HK")
        await delivers(stock, *STOCK, "Bar 700.HK")
        running.faults.arm("http_reset", match="*")
        running.faults.arm("malformed", match="depth/*")
        await until(lambda: connections(stock) >= 2, what="again")
        await delivers(stock, *STOCK)
        said = repr((stock.states, stock.notes, stock.messages, stock.driver.gauges()))
    for begin in range(len(canary) - 7):
        assert canary[begin : begin + 8] not in said + caplog.text


async def test_one_family_is_untouched_by_what_happens_to_the_other():
    """Two sessions, two fates."""
    async with venue(None, **LIVELY) as (session, running):
        other, stock = session("other"), session("stock")
        other.want("Quote BTCUSDT")
        stock.want("Quote AAPL.US")
        await delivers(other, "Quote BTCUSDT")
        await delivers(stock, "Quote AAPL.US")
        running.faults.arm("reset", match="stock_ws")
        await until(lambda: connections(stock) == 2, what="again")
        await delivers(stock, "Quote AAPL.US")
        assert connections(other) == 1
        stale = [m for m in other.messages if type(m) is MarketStale]
        assert stale == []
        assert topic("Quote BTCUSDT").instrument == other.messages[0].instrument


async def test_two_sessions_of_one_token_take_turns_at_a_strict_venue():
    """With the 3 s rule over both streams: no 606, however both begin at once."""
    strict = {"pacing": "reject_and_close", "pacing_scope": "token"}
    async with venue({"take_turns": True, "request_interval_s": 1.1}, **strict, **LIVELY) as (
        session,
        _,
    ):
        other, stock = session("other"), session("stock")
        other.want("Quote BTCUSDT")
        stock.want("Quote AAPL.US")
        await delivers(other, "Quote BTCUSDT")
        await delivers(stock, "Quote AAPL.US")
        assert [connections(one) for one in (other, stock)] == [1, 1]
        assert [note for one in (other, stock) for note in one.notes if note.alert] == []
