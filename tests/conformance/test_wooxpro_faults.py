"""WOO X Pro's sessions while the simulator misbehaves: found out, repaired, never sent twice."""

from decimal import Decimal

import pytest

from engine.messages.market import Quote
from engine.messages.venue import Fill, UpdateKind
from engine.model.enums import OrdType, Pending, VenueStateWord
from engine.session.contract import Topic
from tests.conformance.test_wooxpro_session import Session, venue
from tests.kit.waiting import until
from tests.kit.wooxpro import BTC, cancel, submit

SUBMIT = "/contract/private/submit-order"
CANCEL = "/contract/private/cancel-order"


async def trading(session) -> Session:
    """A trade session that is logged in and reconciled."""
    trade = session("trade")
    await until(lambda: VenueStateWord.RECONCILING in trade.states, what="logged in")
    (part,) = await trade.reconcile(1)
    assert part.complete
    return trade


async def watching(session, kind: type = Quote) -> Session:
    """A data session that delivers."""
    data = session("data")
    data.call("demand", frozenset({Topic(kind, BTC)}))
    await until(lambda: data.seen(kind), what="data")
    return data


@pytest.mark.parametrize("kind", ["torn", "oversized"])
async def test_a_broken_frame_costs_the_connection_and_no_more(kind: str):
    """Reconnected, subscribed again, data flows."""
    async with venue(quotes_per_s=200.0) as (session, running):
        data = await watching(session)
        running.faults.arm(kind, match="futures/bookticker*")
        await until(lambda: data.driver.reconnects == 1, what="reconnected")
        count = len(data.seen(Quote))
        await until(lambda: len(data.seen(Quote)) > count, what="data again")


async def test_an_acknowledgement_after_the_first_data_is_fine():
    """The order of the two is the venue's choice."""
    async with venue(quotes_per_s=200.0) as (session, running):
        running.faults.arm("ack_after_data", match="futures/bookticker*")
        data = await watching(session)
        await until(lambda: VenueStateWord.READY in data.states, what="ready")


async def test_the_flake_of_the_instrument_list_is_outlived():
    """Two 404 in a row, then the list."""
    async with venue({"details_retry_s": 0.1}) as (session, running):
        running.faults.arm("http_not_found", match="/contract/public/details", count=2)
        data = session("data")
        await until(lambda: BTC in data.instruments, what="instruments")


async def test_logins_that_cannot_be_checked_end_the_attempts_only_when_refused():
    """A refusal is one attempt."""
    async with venue() as (session, running):
        running.faults.arm("reject_login")
        trade = session("trade")
        await until(lambda: VenueStateWord.DOWN in trade.states, what="down")
        assert trade.states.count(VenueStateWord.LOGGING_IN) == 1


@pytest.mark.parametrize("kind", ["http_reset", "http_no_answer"])
async def test_an_order_whose_answer_is_lost_is_found_and_not_sent_again(kind: str):
    """Unknown, then known by push or query; the venue has seen it once (T-062)."""
    async with venue({"order_timeout_s": 0.5}) as (session, running):
        trade = await trading(session)
        running.faults.arm("drop", match="futures/order", count=1)
        running.faults.arm(kind, match=SUBMIT)
        trade.call("submit", submit(client_order_id="lost", price=Decimal(100)))
        await until(lambda: UpdateKind.UNKNOWN in trade.kinds("lost"), what="unknown")
        await until(lambda: UpdateKind.ACCEPTED in trade.kinds("lost"), what="found")
        assert trade.updates("lost")[-1].venue_order_id
        parts = await trade.reconcile(2)
        orders = [order for part in parts for order in part.orders]
        assert [order.client_order_id for order in orders] == ["lost"]


@pytest.mark.parametrize("kind", ["http_reset_before", "http_lost", "http_status"])
async def test_an_order_that_never_arrived_stays_unknown_until_evidence(kind: str):
    """Not found is no news; a complete reconciliation without it is the router's evidence."""
    async with venue({"order_timeout_s": 0.5}) as (session, running):
        trade = await trading(session)
        running.faults.arm(kind, match=SUBMIT, value=500)
        trade.call("submit", submit(client_order_id="never", price=Decimal(100)))
        await until(lambda: UpdateKind.UNKNOWN in trade.kinds("never"), what="unknown")
        parts = await trade.reconcile(2)
        assert all(part.complete for part in parts)
        assert not [o for p in parts for o in p.orders if o.client_order_id == "never"]
        assert set(trade.kinds("never")) == {UpdateKind.UNKNOWN}


@pytest.mark.parametrize("kind", ["http_no_answer", "http_reset"])
async def test_a_cancel_follows_an_order_that_nobody_confirms(kind: str):
    """Neither answer nor push: after a bounded wait the cancel goes, and the order is gone."""
    async with venue() as (session, running):
        trade = await trading(session)
        running.faults.arm("drop", match="futures/order", count=1)
        running.faults.arm(kind, match=SUBMIT)
        trade.call("submit", submit(client_order_id="c", price=Decimal(100)))
        trade.call("cancel", cancel(client_order_id="c"))
        await until(lambda: UpdateKind.CANCELLED in trade.kinds("c"), what="cancelled")
        assert UpdateKind.CANCEL_REJECTED not in trade.kinds("c")


async def test_stopping_tells_what_became_of_a_waiting_cancel():
    """The order's answer still comes; the cancel that waited for it is provably not sent."""
    async with venue() as (session, running):
        trade = await trading(session)
        running.faults.arm("drop", match="futures/order", count=1)
        running.faults.arm("http_delay", match=SUBMIT, value=0.4)
        trade.call("submit", submit(client_order_id="c", price=Decimal(100)))
        trade.call("cancel", cancel(client_order_id="c"))
        await until(lambda: trade.driver._http.under_way == 1, what="under way")
        trade.driver.stop()
        await until(lambda: len(trade.kinds("c")) == 2, what="both ends are told")
        assert trade.kinds("c") == [UpdateKind.ACCEPTED, UpdateKind.NOT_SENT]
        assert trade.updates("c")[-1].command is Pending.CANCEL


async def test_a_cancel_whose_push_is_lost_is_confirmed_by_query():
    """Acknowledged, silent, asked for."""
    async with venue() as (session, running):
        trade = await trading(session)
        trade.call("submit", submit(client_order_id="c", price=Decimal(100)))
        await until(lambda: trade.kinds("c").count(UpdateKind.ACCEPTED) == 2, what="accepted")
        running.faults.arm("drop", match="futures/order")
        trade.call("cancel", cancel(client_order_id="c"))
        await until(lambda: UpdateKind.CANCELLED in trade.kinds("c"), what="cancelled")
        assert trade.kinds("c")[-2:] == [UpdateKind.CANCEL_PENDING, UpdateKind.CANCELLED]


async def test_a_lost_fill_is_found_by_reconciliation_and_repeats_have_one_key():
    """The push is dropped, then doubled: the same keys from either source (T-067, T-068)."""
    async with venue() as (session, running):
        trade = await trading(session)
        market = {"ord_type": OrdType.MARKET, "price": None, "quantity": Decimal(1)}
        running.faults.arm("drop", match="futures/order", count=2)
        trade.call("submit", submit(client_order_id="a", **market))
        await until(lambda: UpdateKind.ACCEPTED in trade.kinds("a"), what="answered")
        running.faults.clear()
        running.faults.arm("duplicate", match="futures/order", count=10)
        trade.call("submit", submit(client_order_id="b", **market))
        await until(lambda: UpdateKind.FILLED in trade.kinds("b"), what="filled")
        parts = await trade.reconcile(2)
        queried = {fill.fill_key: fill.client_order_id for part in parts for fill in part.fills}
        pushed = {e.fill_key: e.client_order_id for e in trade.events if isinstance(e, Fill)}
        assert set(queried.values()) == {"a", "b"}
        assert {key for key, name in queried.items() if name == "b"} == {
            key for key, name in pushed.items() if name == "b"
        }


async def test_a_stream_that_breaks_during_reconciliation_voids_it():
    """What was read may have missed a push: an error, and a new beginning."""
    async with venue() as (session, running):
        trade = await trading(session)
        running.faults.arm("http_delay", match="/contract/private/assets-detail", value=5.0)
        number = len(trade.events)
        running.faults.arm("close", match="private")
        parts = await trade.reconcile(2) if trade.driver._stream else []
        assert not any(part.complete for part in parts)
        assert len(trade.events) >= number
        await until(lambda: trade.states.count(VenueStateWord.RECONCILING) == 2, what="again")
