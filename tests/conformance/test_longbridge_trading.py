"""Longbridge's trade session over the real driver against the real simulator, on loopback."""

import random
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
import trio

from actors.venues.longbridge import VENUE
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.simulator import SimulatorSettings, serve
from engine.clock import SystemClock
from engine.messages.codec import encode
from engine.messages.venue import (
    CancelAllOrders,
    Fill,
    OrderUpdate,
    ReconcilePart,
    ReconcileRequest,
    UpdateKind,
)
from engine.model.enums import Lifecycle, OrdType, Pending, Side, TimeInForce, VenueStateWord
from engine.session.backoff import Backoff
from engine.session.driver import SessionDriver
from engine.session.http import HttpDriver, HttpOptions
from engine.session.making import stream_opener
from engine.session.panic import Panic, Phase
from tests.kit.longbridge_trade import APPLE, TENCENT, cancel, query, replace, submit
from tests.kit.waiting import until

K = UpdateKind
ORDER = "/v1/trade/order"
STILL = {"hold": True}
"""A market that never moves: whatever trades is the test's own doing."""
LISTED = {"symbols": ("700.HK", "AAPL.US")}
LIVELY = {"quotes_per_s": 50.0}
DEEP = Decimal(300)
"""Far below the market: rests."""
HIGH = Decimal(340)
"""Far above: trades at once."""


class Session:
    """A session with a driver of its own; keeps what it is told."""

    def __init__(self, protocol: Any, http_url: str) -> None:
        self.protocol = protocol
        self.events: list[Any] = []
        self.states: list[VenueStateWord] = []
        self.notes: list[Any] = []
        self.requests = 0
        self.driver = SessionDriver(
            protocol,
            open_stream=stream_opener(plain=True),
            http=HttpDriver(
                http_url,
                VENUE.budgets,
                clock=SystemClock(),
                options=HttpOptions(plain_allowed=True),
            ),
            backoff=Backoff(first_s=0.1, floor_s=0.1),
            clock=SystemClock(),
            rng=random.Random(1),
            sink=self,
        )

    def publish(self, message: Any) -> None:
        raise AssertionError(f"a trade session published {message}")

    def hold(self) -> None:
        """Nothing is published here."""

    def release(self) -> None:
        """Nothing was."""

    def report(self, event: Any) -> None:
        encode(event)
        self.events.append(event)

    def define(self, instrument: Any) -> None:
        raise AssertionError(f"a trade session defined {instrument}")

    def state(self, state: VenueStateWord, reason: str) -> None:
        self.states.append(state)

    def note(self, note: Any) -> None:
        self.notes.append(note)

    def call(self, method: str, *arguments: Any) -> None:
        self.driver.apply(getattr(self.protocol, method)(*arguments, self.driver.now()))

    def submit(self, name: str, **changes: Any) -> None:
        self.call("submit", submit(client_order_id=name, **changes))

    def updates(self, name: str) -> list[OrderUpdate]:
        return [
            event
            for event in self.events
            if isinstance(event, OrderUpdate) and event.client_order_id == name
        ]

    def kinds(self, name: str) -> list[UpdateKind]:
        return [event.kind for event in self.updates(name)]

    def fills(self, name: str) -> list[Fill]:
        return [e for e in self.events if isinstance(e, Fill) and e.client_order_id == name]

    async def until_kind(self, name: str, kind: UpdateKind) -> OrderUpdate:
        await until(lambda: kind in self.kinds(name), what=f"{name} {kind}")
        return next(each for each in self.updates(name) if each.kind is kind)

    async def reconcile(self) -> list[ReconcilePart]:
        self.requests += 1
        number = self.requests
        request = ReconcileRequest(
            session_boot=1,
            router_boot=1,
            request_id=number,
            since_ns=self.driver.now().wall_ns - 600 * 10**9,
            instruments=(TENCENT, APPLE),
        )
        self.call("reconcile", request)

        def parts() -> list[ReconcilePart]:
            parts = [each for each in self.events if isinstance(each, ReconcilePart)]
            return [each for each in parts if each.request_id == number]

        await until(lambda: parts() and parts()[-1].last, what="reconciled")
        return parts()


@asynccontextmanager
async def venue(settings: dict[str, Any] | None = None, **simulator: Any):
    """A simulator, and a maker of trade sessions against it."""
    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, SimulatorSettings(**{**LISTED, **simulator}))
        chosen = Settings(**(settings or {})).for_simulator(running.endpoints)

        def session(kind: str = "trade") -> Session:
            maker = VENUE.trade if kind == "trade" else VENUE.panic
            assert maker is not None
            made = Session(maker(chosen, VENUE.simulator_credentials), chosen.http_url)
            nursery.start_soon(made.driver.run)
            return made

        yield session, running
        nursery.cancel_scope.cancel()


async def trading(session) -> Session:
    """A trade session that is logged in and reconciled."""
    trade = session()
    await until(lambda: VenueStateWord.RECONCILING in trade.states, what="logged in")
    parts = await trade.reconcile()
    assert all(part.complete for part in parts), parts
    return trade


# --- the ordinary life -------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["ws", "tcp"])
@pytest.mark.parametrize("step_ms", [0.0, 30.0])
async def test_an_order_lives_from_submit_over_replace_to_cancel(transport: str, step_ms: float):
    """Accepted, changed, cancelled; each told once, whatever is quicker, push or answer."""
    async with venue({"transport": transport}, step_ms=step_ms, **STILL) as (session, _):
        trade = await trading(session)
        trade.submit("life", price=DEEP)
        accepted = await trade.until_kind("life", K.ACCEPTED)
        await until(lambda: trade.protocol._following.named("life").seen is not None)
        await until(lambda: not trade.protocol._following.named("life").seen.status.busy)
        change = replace(client_order_id="life", venue_order_id=accepted.venue_order_id)
        trade.call("replace", change)
        replaced = await trade.until_kind("life", K.REPLACED)
        assert (replaced.price, replaced.quantity) == (Decimal(320), Decimal(300))
        trade.call("cancel", cancel(client_order_id="life"))
        await trade.until_kind("life", K.CANCELLED)
        kinds = trade.kinds("life")
        assert kinds.count(K.REPLACED) == kinds.count(K.CANCELLED) == 1
        assert not {K.CANCEL_REJECTED, K.REPLACE_REJECTED, K.UNKNOWN} & set(kinds)


@pytest.mark.parametrize("step_ms", [0.0, 30.0])
async def test_an_order_that_trades_tells_its_fills_and_then_its_end(step_ms: float):
    """The sum of the fills is the order; reconciliation tells the same keys."""
    async with venue(step_ms=step_ms, **LIVELY) as (session, _):
        trade = await trading(session)
        trade.submit("buy", price=HIGH)
        await trade.until_kind("buy", K.FILLED)
        fills = trade.fills("buy")
        assert sum(fill.last_qty for fill in fills) == Decimal(200)
        end = next(e for e in trade.updates("buy") if e.kind is K.FILLED)
        assert max(map(trade.events.index, fills)) < trade.events.index(end)
        parts = await trade.reconcile()
        told = [fill for part in parts for fill in part.fills]
        assert {fill.fill_key for fill in told} == {fill.fill_key for fill in fills}
        assert {fill.client_order_id for fill in told} == {"buy"}
        (position,) = [each for part in parts for each in part.positions]
        assert (position.instrument, position.quantity) == (TENCENT, Decimal(200))
        balances = {each.currency for part in parts for each in part.balances}
        assert {"HKD", "USD"} <= balances
        (order,) = [each for part in parts for each in part.orders]
        assert (order.lifecycle, order.cum_qty) == (Lifecycle.FILLED, Decimal(200))


@pytest.mark.parametrize("ord_type", [OrdType.MARKET, OrdType.LIMIT])
async def test_us_orders_trade(ord_type: OrdType):
    """Another market, another currency; sold again at once."""
    async with venue(**LIVELY) as (session, running):
        trade = await trading(session)
        await until(lambda: running.venue.market.best("AAPL.US").ask is not None)
        price = Decimal("900.25") if ord_type is OrdType.LIMIT else None
        terms = {"instrument": APPLE, "quantity": Decimal(7), "ord_type": ord_type}
        trade.submit("us", price=price, **terms)
        await trade.until_kind("us", K.FILLED)
        assert {fill.fee_currency for fill in trade.fills("us")} == {"USD"}
        price = Decimal("1.25") if ord_type is OrdType.LIMIT else None
        trade.submit("back", side=Side.SELL, price=price, **terms)
        await trade.until_kind("back", K.FILLED)
        parts = await trade.reconcile()
        assert [each for part in parts for each in part.positions] == []


async def test_a_stop_waits_at_the_venue():
    """As a conditional order; its cancel does not wait."""
    async with venue(**STILL) as (session, _):
        trade = await trading(session)
        stop = {"ord_type": OrdType.STOP_LIMIT, "stop_price": Decimal(330), "price": Decimal(331)}
        trade.submit("stop", time_in_force=TimeInForce.GTC, **stop)
        await trade.until_kind("stop", K.ACCEPTED)
        trade.call("cancel", cancel(client_order_id="stop"))
        await trade.until_kind("stop", K.CANCELLED)


async def test_a_cancel_right_behind_its_order_is_never_refused():
    """The venue takes none before the order has reached the exchange: the cancel waits for that."""
    async with venue(step_ms=100.0, **STILL) as (session, _):
        trade = await trading(session)
        trade.submit("quick", price=DEEP)
        trade.call("cancel", cancel(client_order_id="quick"))
        await until(lambda: {K.CANCELLED, K.NOT_SENT} & set(trade.kinds("quick")), what="over")
        assert K.CANCEL_REJECTED not in trade.kinds("quick")
        trade.submit("later", price=DEEP)
        await trade.until_kind("later", K.ACCEPTED)
        trade.call("cancel", cancel(client_order_id="later"))
        await trade.until_kind("later", K.CANCELLED)
        assert K.CANCEL_REJECTED not in trade.kinds("later")


# --- refusals ----------------------------------------------------------------------------------


async def test_refusals_of_the_venue_are_rejections():
    """At once by answer, later by push; with the venue's words."""
    async with venue(**STILL) as (session, running):
        trade = await trading(session)
        running.venue.faults.arm("reject_order", match="700.HK", value=602315)
        trade.submit("now", price=DEEP)
        assert (await trade.until_kind("now", K.REJECTED)).code == "602315"
        running.venue.faults.arm("reject_late", match="700.HK", value="not today")
        trade.submit("late", price=DEEP)
        assert (await trade.until_kind("late", K.REJECTED)).text == "not today"
        trade.submit("poor", quantity=Decimal(10_000_000), price=DEEP)
        assert (await trade.until_kind("poor", K.REJECTED)).code == "602902"


async def test_what_the_venue_would_refuse_is_not_sent():
    """Ticks: the venue's table and ours agree, and ours is asked first."""
    async with venue(**STILL) as (session, running):
        trade = await trading(session)
        trade.submit("tick", price=Decimal("320.7"))
        news = await trade.until_kind("tick", K.NOT_SENT)
        assert (news.code, news.command) == ("price_tick", Pending.NEW)
        asked = [str(each.as_json()) for each in running.venue.log.since(kind="request")]
        assert asked
        assert not [each for each in asked if "POST" in each]


# --- doubt -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["http_reset", "http_no_answer"])
async def test_an_order_whose_answer_and_push_are_lost_is_found_by_its_remark(kind: str):
    """Unknown, then found; the venue has seen it once (T-062)."""
    async with venue({"order_timeout_s": 0.5}, **STILL) as (session, running):
        trade = await trading(session)
        running.venue.faults.arm("drop", match="private", count=2)
        running.venue.faults.arm(kind, match=f"POST {ORDER}")
        trade.submit("lost", price=DEEP)
        await trade.until_kind("lost", K.UNKNOWN)
        found = await trade.until_kind("lost", K.ACCEPTED)
        assert found.venue_order_id
        parts = await trade.reconcile()
        assert [each.client_order_id for part in parts for each in part.orders] == ["lost"]


@pytest.mark.parametrize("kind", ["http_reset_before", "http_lost", "http_plain", "http_code"])
async def test_an_order_that_never_arrived_stays_unknown_until_evidence(kind: str):
    """Not found is no news; a complete reconciliation without it is the router's evidence."""
    async with venue({"order_timeout_s": 0.5}, **STILL) as (session, running):
        trade = await trading(session)
        value = 503 if kind == "http_plain" else None
        match = ORDER if kind == "http_code" else f"POST {ORDER}"
        running.venue.faults.arm(kind, match=match, value=value)
        trade.submit("never", price=DEEP)
        await trade.until_kind("never", K.UNKNOWN)
        parts = await trade.reconcile()
        assert all(part.complete for part in parts)
        assert [each for part in parts for each in part.orders] == []
        assert trade.kinds("never") == [K.UNKNOWN]


@pytest.mark.parametrize("kind", ["http_plain", "http_code"])
async def test_429_with_and_without_the_envelope_is_a_refusal(kind: str):
    """Not carried out: known, and nothing is sent again."""
    async with venue(**STILL) as (session, running):
        trade = await trading(session)
        value = 429 if kind == "http_plain" else 429002
        match = ORDER if kind == "http_code" else f"POST {ORDER}"
        running.venue.faults.arm(kind, match=match, value=value)
        trade.submit("slow", price=DEEP)
        rejected = await trade.until_kind("slow", K.REJECTED)
        assert rejected.code == ("http-429" if kind == "http_plain" else "429002")
        parts = await trade.reconcile()
        assert [each for part in parts for each in part.orders] == []


async def test_lost_duplicated_and_reordered_pushes_change_nothing():
    """Fills come from executions by their ids: the sums are right whatever the pushes do."""
    async with venue(**LIVELY) as (session, running):
        trade = await trading(session)
        for kind in ("reorder", "duplicate", "delay"):
            value = 0.2 if kind == "delay" else None
            running.venue.faults.arm(kind, match="private", value=value)
            trade.submit(kind, price=HIGH)
            await trade.until_kind(kind, K.FILLED)
            assert sum(fill.last_qty for fill in trade.fills(kind)) == Decimal(200)
            assert trade.kinds(kind).count(K.FILLED) == 1
        running.venue.faults.arm("drop", match="private", count=5)
        trade.submit("dropped", price=HIGH)
        await trade.until_kind("dropped", K.ACCEPTED)
        trade.call("query", query(client_order_id="dropped"))
        await trade.until_kind("dropped", K.FILLED)
        assert sum(fill.last_qty for fill in trade.fills("dropped")) == Decimal(200)


# --- connections -------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["ws", "tcp"])
@pytest.mark.parametrize("kind", ["reset", "close_push", "half_close", "restart"])
async def test_what_happened_without_a_connection_is_told_by_reconciliation(
    transport: str, kind: str
):
    """Logged in again, the topic subscribed again, orders and their ends complete."""
    async with venue({"transport": transport}, **STILL) as (session, running):
        trade = await trading(session)
        trade.submit("before", price=DEEP)
        accepted = await trade.until_kind("before", K.ACCEPTED)
        match = "*" if kind == "restart" else f"trade_{transport}"
        value = 0.05 if kind == "restart" else None
        running.venue.faults.arm(kind, match=match, value=value)
        again = trade.states.count(VenueStateWord.RECONCILING)
        await until(
            lambda: trade.states.count(VenueStateWord.RECONCILING) > again, what="logged in again"
        )
        parts = await trade.reconcile()
        assert all(part.complete for part in parts)
        (order,) = [each for part in parts for each in part.orders]
        assert (order.venue_order_id, order.lifecycle) == (accepted.venue_order_id, Lifecycle.OPEN)
        trade.call("cancel", cancel(client_order_id="before"))
        await trade.until_kind("before", K.CANCELLED)


async def test_a_lost_topic_is_subscribed_again():
    """Silently forgotten by the venue: renewed within its interval (T-048)."""
    async with venue({"topic_renewal_s": 0.3}, **STILL) as (session, running):
        trade = await trading(session)
        log = running.venue.log
        running.venue.faults.arm("unsubscribe", match="trade_ws", value="private")
        forgotten = log.since()[-1].number
        await until(lambda: log.since(forgotten, kind="subscribe"), what="subscribed again")
        trade.submit("heard", price=DEEP)
        await until(lambda: trade.protocol._following.named("heard") is not None)
        await until(lambda: trade.protocol._following.named("heard").seen is not None)
        assert trade.driver.reconnects == 0


async def test_rejected_credentials_end_the_attempts():
    """One attempt, an alert, no further one (T-046)."""
    async with venue(**STILL) as (session, running):
        running.venue.faults.arm("http_code", match="*/v1/socket/token", value=401004, count=-1)
        trade = session()
        await until(lambda: VenueStateWord.DOWN in trade.states, what="down")
        assert trade.states.count(VenueStateWord.CONNECTING) == 1
        assert [note.event for note in trade.notes if note.alert] == ["session_gave_up"]


async def test_an_expired_token_is_refreshed_once_and_the_session_goes_on():
    """The order that met it is known to be rejected, the next one works (T-047)."""
    async with venue(old_token=False, **STILL) as (session, running):
        trade = await trading(session)
        running.venue.faults.arm("http_code", match=ORDER, value=401003)
        trade.submit("met", price=DEEP)
        assert (await trade.until_kind("met", K.REJECTED)).code == "401003"
        await until(lambda: any(n.event == "access_token_refreshed" for n in trade.notes))
        trade.submit("next", price=DEEP)
        await trade.until_kind("next", K.ACCEPTED)
        parts = await trade.reconcile()
        assert [order.client_order_id for part in parts for order in part.orders] == ["next"]
        assert trade.driver.reconnects == 0


async def test_a_token_that_is_not_refreshed_ends_the_session():
    """With an alert that says what to do; no further attempt."""
    async with venue(**STILL) as (session, running):
        trade = await trading(session)
        running.venue.faults.arm("expire_access")
        trade.submit("late", price=DEEP)
        await trade.until_kind("late", K.REJECTED)
        await until(lambda: VenueStateWord.DOWN in trade.states, what="down")
        (alert,) = [note for note in trade.notes if note.alert]
        assert "developer page" in alert.detail


# --- everything --------------------------------------------------------------------------------


async def test_everything_open_is_cancelled_and_nothing_else_happens():
    """Orders of this session and of others alike."""
    # Two sessions that know nothing of each other cannot keep one account's spacing of calls.
    async with venue(rate_limits=False, **STILL) as (session, _):
        first, second = await trading(session), await trading(session)
        for number in range(3):
            first.submit(f"a{number}", price=DEEP)
            second.submit(f"b{number}", price=DEEP)
        for number in range(3):
            await first.until_kind(f"a{number}", K.ACCEPTED)
            await second.until_kind(f"b{number}", K.ACCEPTED)
        everything = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
        first.call("cancel_all", everything)
        await until(lambda: any(n.event == "cancel_all_done" for n in first.notes), what="done")
        parts = await first.reconcile()
        found = [each for part in parts for each in part.orders]
        assert {each.lifecycle for each in found} == {Lifecycle.CANCELLED}
        assert len(found) == 6


async def test_panic_cancels_everything_over_http_alone():
    """With no gateway to log in to."""
    async with venue(**STILL) as (session, running):
        trade = await trading(session)
        for number in range(3):
            trade.submit(f"a{number}", price=DEEP)
            await trade.until_kind(f"a{number}", K.ACCEPTED)
        running.venue.faults.arm("refuse_connection", match="trade_*", count=-1, value=503)
        alone = session("panic")
        driven = Panic(alone.protocol, VENUE.capabilities)
        told = states = 0
        while not driven.over:
            now = alone.driver.now()
            for state in alone.states[states:]:
                alone.driver.apply(driven.state(state, "", now))
            states = len(alone.states)
            for part in alone.events[told:]:
                alone.driver.apply(driven.part(part, now))
            told = len(alone.events)
            alone.driver.apply(driven.due(now))
            await trio.sleep(0.05)
        assert driven.phase is Phase.DONE
        assert driven.report()["ok"]
        assert len(driven.found) == 3
