"""T4's joint session over the real driver against the real simulator, on loopback: orders in every way."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
import trio

from actors.venues.t4 import VENUE
from actors.venues.t4.orderspreads import Leg
from actors.venues.t4.settings import Settings
from actors.venues.t4.simulator import Running, SimulatorSettings, serve
from engine.clock import SystemClock
from engine.messages.codec import encode
from engine.messages.market import Quote
from engine.messages.venue import (
    CancelAllOrders,
    Fill,
    FillBust,
    OrderUpdate,
    ReconcilePart,
    SubmitOrder,
    SubmitOrderList,
    UpdateKind,
)
from engine.model.enums import (
    TERMINAL,
    Contingency,
    Lifecycle,
    Mode,
    OrdType,
    Pending,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.session.backoff import Backoff
from engine.session.contract import Note, Topic
from engine.session.driver import SessionDriver
from engine.session.making import make_driver
from engine.session.panic import Panic
from tests.kit.t4_trade import ES, MARKET, cancel, query, replace, request, submit
from tests.kit.waiting import until

K = UpdateKind
DEEP = Decimal(4500)
"""Far below the market: rests."""
HIGH = Decimal(5100)
"""Far above."""
ENDS = {K.FILLED, K.CANCELLED, K.REJECTED, K.EXPIRED}


class Session:
    """A session with a driver of its own; keeps what it is told."""

    def __init__(self, settings: Settings, protocol: Any) -> None:
        self.protocol = protocol
        self.events: list[Any] = []
        self.states: list[VenueStateWord] = []
        self.notes: list[Note] = []
        self.quotes: list[Quote] = []
        self.instruments: dict[str, Any] = {}
        self.requests = 0
        self.driver: SessionDriver = make_driver(
            VENUE,
            settings,
            protocol,
            plain=True,
            backoff=Backoff(first_s=0.1, floor_s=0.05, max_s=0.2),
            clock=SystemClock(),
            sink=self,
        )

    def publish(self, message: Any) -> None:
        if isinstance(message, Quote):
            self.quotes.append(message)

    def hold(self) -> None:
        """Nothing depends on it here."""

    def release(self) -> None:
        """Nothing was held."""

    def report(self, event: Any) -> None:
        encode(event)
        self.events.append(event)

    def define(self, instrument: Any) -> None:
        self.instruments[instrument.id] = instrument

    def state(self, state: VenueStateWord, reason: str) -> None:
        self.states.append(state)

    def note(self, note: Note) -> None:
        self.notes.append(note)

    # --- asking -------------------------------------------------------------------------------

    def call(self, method: str, *arguments: Any) -> None:
        self.driver.apply(getattr(self.protocol, method)(*arguments, self.driver.now()))

    def submit(self, name: str, **changes: Any) -> None:
        self.call("submit", submit(client_order_id=name, **{"price": DEEP, **changes}))

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

    async def until_kind(self, name: str, *kinds: UpdateKind) -> OrderUpdate:
        await until(lambda: set(kinds) & set(self.kinds(name)), what=f"{name} {kinds}")
        return next(each for each in self.updates(name) if each.kind in kinds)

    async def logged_in(self, times: int = 1) -> None:
        await until(
            lambda: self.states.count(VenueStateWord.RECONCILING) >= times, what="logged in"
        )

    async def reconcile(self) -> ReconcilePart:
        """The answer, whose one part it is."""
        self.requests += 1
        number = self.requests
        since_ns = self.driver.now().wall_ns - 600 * 10**9
        self.call("reconcile", request(request_id=number, since_ns=since_ns))

        def parts() -> list[ReconcilePart]:
            found = [each for each in self.events if isinstance(each, ReconcilePart)]
            return [each for each in found if each.request_id == number]

        await until(lambda: parts() and parts()[-1].last, what="reconciled")
        (part,) = parts()
        assert not part.error
        return part

    async def told(self, name: str) -> Any:
        """What a reconciliation says of an order."""
        part = await self.reconcile()
        return next((o for o in part.orders if o.client_order_id == name), None)


@asynccontextmanager
async def venue(
    settings: dict[str, Any] | None = None, **simulator: Any
) -> AsyncIterator[tuple[Callable[..., Session], Running]]:
    """A simulator, and a maker of sessions against it."""
    options = {"markets": (MARKET,), "quotes_per_s": 30.0, "sessions_per_user": 4, **simulator}
    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, SimulatorSettings(**options))
        chosen = Settings(**{"order_timeout_s": 2.0, **(settings or {})}).for_simulator(
            running.endpoints
        )

        def session(kind: str = "trade") -> Session:
            maker = VENUE.trade if kind == "trade" else VENUE.panic
            assert maker is not None
            made = Session(chosen, maker(chosen, VENUE.simulator_credentials))
            nursery.start_soon(made.driver.run)
            return made

        yield session, running
        nursery.cancel_scope.cancel()


async def opened(made: Session) -> Session:
    """In service, with the market that it trades."""
    await made.logged_in()
    made.call("demand", frozenset({Topic(Quote, ES)}))
    await until(lambda: ES in made.instruments and made.quotes, what="the market is known")
    await made.reconcile()
    return made


# --- lives of orders ---------------------------------------------------------------------------------


async def test_data_and_orders_come_over_one_connection():
    async with venue() as (session, _):
        one = await opened(session())
        await until(lambda: VenueStateWord.READY in one.states, what="ready")
        one.submit("a1", ord_type=OrdType.MARKET, price=None)
        await one.until_kind("a1", K.FILLED)
        assert one.quotes
        assert one.driver.reconnects == 0


@pytest.mark.parametrize("step_ms", [0.0, 20.0])
async def test_a_market_order_is_filled_and_its_position_told(step_ms: float):
    async with venue(step_ms=step_ms) as (session, _):
        one = await opened(session())
        one.submit("a1", ord_type=OrdType.MARKET, price=None, quantity=Decimal(3))
        await one.until_kind("a1", K.FILLED)
        assert sum(fill.last_qty for fill in one.fills("a1")) == 3
        part = await one.reconcile()
        assert {f.fill_key for f in part.fills} == {f.fill_key for f in one.fills("a1")}
        assert [(p.instrument, p.quantity) for p in part.positions] == [(ES, 3)]
        assert part.balances[0].total > 0
        assert part.complete


@pytest.mark.parametrize("step_ms", [0.0, 20.0])
async def test_an_order_rests_is_changed_and_cancelled(step_ms: float):
    async with venue(step_ms=step_ms) as (session, _):
        one = await opened(session())
        one.submit("a1")
        await one.until_kind("a1", K.ACCEPTED)
        terms = {"client_order_id": "a1", "quantity": Decimal(5), "price": Decimal("4501.25")}
        one.call("replace", replace(**terms))
        news = await one.until_kind("a1", K.REPLACED)
        assert (news.quantity, news.price) == (5, Decimal("4501.25"))
        shown = await one.told("a1")
        assert (shown.quantity, shown.price, shown.lifecycle) == (
            5,
            Decimal("4501.25"),
            Lifecycle.OPEN,
        )
        one.call("cancel", cancel(client_order_id="a1"))
        await one.until_kind("a1", K.CANCELLED)
        assert (await one.told("a1")).lifecycle is Lifecycle.CANCELLED
        assert one.kinds("a1").count(K.CANCELLED) == 1


@pytest.mark.parametrize(
    ("time_in_force", "terms", "kind"),
    [
        (TimeInForce.IOC, {}, K.CANCELLED),
        (TimeInForce.FOK, {}, K.CANCELLED),
        (TimeInForce.FOK, {"price": HIGH}, K.FILLED),
        (TimeInForce.GTC, {}, K.ACCEPTED),
        (TimeInForce.DAY, {}, K.ACCEPTED),
    ],
)
async def test_every_time_in_force(
    time_in_force: TimeInForce, terms: dict[str, Any], kind: UpdateKind
):
    async with venue() as (session, _):
        one = await opened(session())
        one.submit("a1", time_in_force=time_in_force, quantity=Decimal(1), **terms)
        await one.until_kind("a1", kind)
        assert (await one.told("a1")).time_in_force is time_in_force


@pytest.mark.parametrize(
    ("terms", "shown_as"),
    [
        ({"ord_type": OrdType.STOP, "price": None, "stop_price": HIGH}, OrdType.STOP),
        ({"ord_type": OrdType.STOP_LIMIT, "price": HIGH, "stop_price": HIGH}, OrdType.STOP_LIMIT),
        ({"ord_type": OrdType.TRAILING_STOP, "price": None, "trail": Decimal(200)}, None),
    ],
)
async def test_stops_wait_and_can_be_cancelled(terms: dict[str, Any], shown_as: OrdType | None):
    async with venue() as (session, _):
        one = await opened(session())
        one.submit("a1", **terms)
        await one.until_kind("a1", K.ACCEPTED)
        shown = await one.told("a1")
        assert shown.lifecycle is Lifecycle.OPEN
        assert shown.ord_type is (shown_as or OrdType.TRAILING_STOP)
        one.call("cancel", cancel(client_order_id="a1"))
        await one.until_kind("a1", K.CANCELLED)


async def test_a_stop_that_the_market_has_reached_is_filled():
    async with venue() as (session, _):
        one = await opened(session())
        one.submit("a1", ord_type=OrdType.STOP, price=None, stop_price=DEEP)
        await one.until_kind("a1", K.FILLED)


# --- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("reject_risk", "SUBMISSION_RISK_REJECTED"),
        ("reject_order", "SUBMISSION_REJECTED"),
        ("fail_order", "SUBMISSION_FAILED"),
    ],
)
async def test_every_way_to_refuse_an_order(fault: str, code: str):
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm(fault, match=MARKET, value="not today")
        one.submit("a1")
        news = await one.until_kind("a1", K.REJECTED)
        assert (news.code, news.text) == (code, "not today")
        assert one.kinds("a1") == [K.REJECTED]
        assert (await one.told("a1")).lifecycle is Lifecycle.REJECTED


async def test_refused_changes_and_cancels_leave_the_order():
    async with venue() as (session, running):
        one = await opened(session())
        one.submit("a1")
        await one.until_kind("a1", K.ACCEPTED)
        running.venue.faults.arm("reject_revise", match=MARKET, value="no change")
        one.call("replace", replace(client_order_id="a1", price=DEEP))
        assert (await one.until_kind("a1", K.REPLACE_REJECTED)).text == "no change"
        running.venue.faults.arm("reject_pull", match=MARKET, value="no cancel")
        one.call("cancel", cancel(client_order_id="a1"))
        assert (await one.until_kind("a1", K.CANCEL_REJECTED)).text == "no cancel"
        shown = await one.told("a1")
        assert (shown.lifecycle, shown.quantity) == (Lifecycle.OPEN, 2)
        one.call("cancel", cancel(client_order_id="a1"))
        await one.until_kind("a1", K.CANCELLED)


async def test_an_order_that_the_account_may_not_place_is_refused():
    async with venue({"account": "SIM00002"}) as (session, _):
        one = await opened(session())
        one.submit("a1", quantity=Decimal(6))
        assert (await one.until_kind("a1", K.REJECTED)).code == "SUBMISSION_RISK_REJECTED"


async def test_a_blocked_account_is_told():
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm("block_account", match="SIM00001")
        await until(
            lambda: any(n.event == "account_restricted" for n in one.notes), what="the block"
        )


# --- races ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step_ms", [0.0, 50.0])
async def test_a_cancel_right_behind_its_order_follows_it(step_ms: float):
    """The order has no id yet: the cancel waits for it, and never overtakes it."""
    async with venue(step_ms=step_ms) as (session, _):
        one = await opened(session())
        one.submit("a1")
        one.call("cancel", cancel(client_order_id="a1"))
        await one.until_kind("a1", K.CANCELLED)
        assert K.CANCEL_REJECTED not in one.kinds("a1")
        assert K.NOT_SENT not in one.kinds("a1")


async def test_a_cancel_that_races_a_fill_ends_in_what_the_venue_says():
    async with venue(step_ms=30.0) as (session, running):
        one = await opened(session())
        one.submit("a1", quantity=Decimal(4))
        await one.until_kind("a1", K.ACCEPTED)
        running.venue.faults.arm("late_fill", match=MARKET, value=0.2)
        one.call("cancel", cancel(client_order_id="a1"))
        await one.until_kind("a1", K.CANCELLED)
        await until(lambda: one.fills("a1"), what="the late fill")
        shown = await one.told("a1")
        assert shown.cum_qty == sum(fill.last_qty for fill in one.fills("a1"))


async def test_an_old_event_that_comes_again_changes_nothing():
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm("stale", match="*/orders", count=3)
        one.submit("a1")
        await one.until_kind("a1", K.ACCEPTED)
        one.call("cancel", cancel(client_order_id="a1"))
        await one.until_kind("a1", K.CANCELLED)
        await one.reconcile()
        assert [k for k in one.kinds("a1") if k in ENDS] == [K.CANCELLED]
        assert one.kinds("a1")[-1] is K.CANCELLED


@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
async def test_pushes_twice_or_out_of_order_tell_each_fill_once(fault: str):
    async with venue(step_ms=10.0, joined_updates=False) as (session, running):
        one = await opened(session())
        running.venue.faults.arm(fault, match="*/orders", count=4)
        one.submit("a1", ord_type=OrdType.MARKET, price=None, quantity=Decimal(3))
        await one.until_kind("a1", K.FILLED)
        keys = [fill.fill_key for fill in one.fills("a1")]
        assert len(keys) == len(set(keys))
        part = await one.reconcile()
        assert set(keys) <= {fill.fill_key for fill in part.fills}
        assert sum(f.last_qty for f in part.fills) == 3


# --- lost answers ----------------------------------------------------------------------------------------


async def test_an_order_whose_events_are_lost_is_unknown_and_then_found():
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm("no_answer", match=MARKET)
        one.submit("a1")
        await one.until_kind("a1", K.UNKNOWN)
        await one.until_kind("a1", K.ACCEPTED)
        assert (await one.told("a1")).lifecycle is Lifecycle.OPEN


async def test_an_order_that_never_arrived_is_unknown_and_absent():
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm("request_lost", match="order_submit")
        one.submit("a1")
        await one.until_kind("a1", K.UNKNOWN)
        part = await one.reconcile()
        assert part.complete
        assert part.orders == ()


@pytest.mark.parametrize("fault", ["request_reset", "request_reset_before"])
async def test_a_connection_lost_with_an_order_under_way_leaves_it_unknown(fault: str):
    """Nothing is sent again; the next login shows what became of it."""
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm(fault, match="order_submit")
        one.submit("a1")
        await one.until_kind("a1", K.UNKNOWN)
        await one.logged_in(times=2)
        shown = await one.told("a1")
        assert (shown is not None) == (fault == "request_reset")
        assert K.NOT_SENT not in one.kinds("a1")


async def test_without_a_connection_nothing_is_sent():
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm("refuse_connection", match="ws", count=2)
        running.venue.faults.arm("reset", match="ws")
        await until(lambda: VenueStateWord.DISCONNECTED in one.states, what="the loss")
        one.submit("a1")
        news = await one.until_kind("a1", K.NOT_SENT)
        assert news.command is Pending.NEW
        await one.logged_in(times=2)
        assert await one.told("a1") is None


async def test_orders_live_on_over_a_loss_and_over_a_restart_of_the_session():
    async with venue() as (session, running):
        one = await opened(session())
        one.submit("a1")
        one.submit("a2", ord_type=OrdType.MARKET, price=None)
        await one.until_kind("a1", K.ACCEPTED)
        await one.until_kind("a2", K.FILLED)
        told = len(one.updates("a1"))
        running.venue.faults.arm("reset", match="ws")
        await one.logged_in(times=2)
        part = await one.reconcile()
        assert {o.client_order_id: o.lifecycle for o in part.orders} == {
            "a1": Lifecycle.OPEN,
            "a2": Lifecycle.FILLED,
        }
        assert len(one.updates("a1")) == told, "nothing is news"
        one.driver.stop()
        two = await opened(session())
        part = await two.reconcile()
        assert {f.fill_key for f in part.fills} == {f.fill_key for f in one.fills("a2")}
        two.call("cancel", cancel(client_order_id="a1"))
        await two.until_kind("a1", K.CANCELLED)


async def test_a_snapshot_of_two_megabytes_is_read():
    """A busy day's; what is not known in it is skipped."""
    async with venue() as (session, running):
        one = await opened(session())
        running.venue.faults.arm("oversized", match="*/account", value=2_000_000, count=5)
        assert (await one.reconcile()).complete
        assert one.driver.reconnects == 0


async def test_a_query_is_answered():
    async with venue() as (session, _):
        one = await opened(session())
        one.submit("a1")
        await one.until_kind("a1", K.ACCEPTED)
        told = len(one.updates("a1"))
        one.call("query", query(client_order_id="a1"))
        await until(lambda: len(one.updates("a1")) > told, what="the answer")


# --- busts and the end of the day ------------------------------------------------------------------------


async def test_a_bust_takes_a_fill_back():
    async with venue() as (session, running):
        one = await opened(session())
        one.submit("a1", ord_type=OrdType.MARKET, price=None, quantity=Decimal(1))
        await one.until_kind("a1", K.FILLED)
        (fill,) = one.fills("a1")
        running.venue.faults.arm("bust", match=MARKET)
        await until(lambda: any(isinstance(e, FillBust) for e in one.events), what="the bust")
        (bust,) = [e for e in one.events if isinstance(e, FillBust)]
        assert (bust.fill_key, bust.last_qty) == (fill.fill_key, 1)
        part = await one.reconcile()
        assert part.fills == ()
        assert part.positions == ()
        assert part.orders[0].cum_qty == 0


async def test_a_bust_while_nobody_listened_is_told_after_the_login():
    """Found by the snapshot alone: the session knows what it had counted."""
    async with venue() as (session, running):
        one = await opened(session())
        one.submit("a1", ord_type=OrdType.MARKET, price=None, quantity=Decimal(1))
        await one.until_kind("a1", K.FILLED)
        running.venue.faults.arm("drop", match="*/orders", count=1)
        running.venue.faults.arm("bust", match=MARKET)
        part = await one.reconcile()
        assert part.fills == ()
        (bust,) = [e for e in one.events if isinstance(e, FillBust)]
        assert bust.fill_key == one.fills("a1")[0].fill_key
        assert one.events.index(bust) < one.events.index(part)


async def test_orders_of_the_day_end_with_it_and_others_stay():
    async with venue() as (session, running):
        one = await opened(session())
        one.submit("a1", time_in_force=TimeInForce.DAY)
        one.submit("a2", time_in_force=TimeInForce.GTC)
        await one.until_kind("a1", K.ACCEPTED)
        await one.until_kind("a2", K.ACCEPTED)
        running.venue.faults.arm("rollover", match="SIM00001")
        await one.until_kind("a1", K.EXPIRED)
        shown = await one.told("a2")
        assert shown.lifecycle is Lifecycle.OPEN
        one.call("cancel", cancel(client_order_id="a2"))
        await one.until_kind("a2", K.CANCELLED)


# --- lists, batches, spreads --------------------------------------------------------------------------------


def order_list(contingency: Contingency, *orders: SubmitOrder) -> SubmitOrderList:
    return SubmitOrderList(
        session_boot=1,
        router_boot=1,
        expires_mono_ns=0,
        mode=Mode.LIVE,
        contingency=contingency,
        orders=orders,
    )


def exits(side: Side = Side.SELL) -> tuple[SubmitOrder, SubmitOrder]:
    gain = submit(client_order_id="gain", side=side, price=HIGH, time_in_force=TimeInForce.GTC)
    stop = submit(
        client_order_id="stop",
        side=side,
        ord_type=OrdType.STOP,
        price=None,
        stop_price=DEEP,
        time_in_force=TimeInForce.GTC,
    )
    return gain, stop


async def test_a_bracket_is_held_until_its_entry_trades():
    async with venue() as (session, _):
        one = await opened(session())
        entry = submit(client_order_id="entry", price=DEEP)
        one.call("submit_list", order_list(Contingency.BRACKET, entry, *exits()))
        for name in ("entry", "gain", "stop"):
            await one.until_kind(name, K.ACCEPTED)
        assert [u.quantity for u in one.updates("gain")] == [None]
        part = await one.reconcile()
        assert {o.client_order_id: o.lifecycle for o in part.orders} == {
            "entry": Lifecycle.OPEN,
            "gain": Lifecycle.OPEN,
            "stop": Lifecycle.OPEN,
        }
        terms = {"client_order_id": "entry", "quantity": Decimal(2), "price": HIGH}
        one.call("replace", replace(**terms))
        await one.until_kind("entry", K.FILLED)
        for name in ("gain", "stop"):
            await until(
                lambda name=name: one.updates(name)[-1].quantity == 2, what=f"{name} active"
            )
        one.call("cancel", cancel(client_order_id="gain"))
        await one.until_kind("gain", K.CANCELLED)


async def test_of_a_bracket_the_stop_goes_when_the_gain_is_filled():
    async with venue() as (session, _):
        one = await opened(session())
        entry = submit(client_order_id="entry", ord_type=OrdType.MARKET, price=None)
        gain, stop = exits()
        one.call("submit_list", order_list(Contingency.BRACKET, entry, gain, stop))
        await one.until_kind("entry", K.FILLED)
        await until(lambda: one.updates("gain") and one.updates("gain")[-1].quantity == 2)
        terms = {"client_order_id": "gain", "quantity": Decimal(2), "price": DEEP}
        one.call("replace", replace(**terms))
        await one.until_kind("gain", K.FILLED)
        await one.until_kind("stop", K.CANCELLED)
        part = await one.reconcile()
        assert part.positions == ()


async def test_of_an_oco_the_other_goes_when_one_is_filled():
    async with venue() as (session, _):
        one = await opened(session())
        gain, stop = exits()
        one.call("submit_list", order_list(Contingency.OCO, gain, stop))
        for name in ("gain", "stop"):
            assert (await one.until_kind(name, K.ACCEPTED)).quantity == 2
        terms = {"client_order_id": "gain", "quantity": Decimal(2), "price": DEEP}
        one.call("replace", replace(**terms))
        await one.until_kind("gain", K.FILLED)
        await one.until_kind("stop", K.CANCELLED)


async def test_a_batch_is_taken_or_refused_as_one():
    async with venue() as (session, _):
        one = await opened(session())
        good = [submit(client_order_id=f"b{n}", price=DEEP) for n in range(3)]
        one.call("submit_batch", good)
        for order in good:
            await one.until_kind(order.client_order_id, K.ACCEPTED)
        bad = submit(client_order_id="c2", instrument="XCME_Eq ES (H99).T4", price=DEEP)
        one.call("submit_batch", [submit(client_order_id="c1", price=DEEP), bad])
        await one.until_kind("c1", K.REJECTED)
        await one.until_kind("c2", K.REJECTED)
        assert await one.told("c1") is None


async def test_a_spread_is_made():
    legs = ("XCME_Ny CL (H24)", "XCME_Ny CL (J24)")
    async with venue(markets=(MARKET, *legs)) as (session, _):
        one = await opened(session())
        sides = (Side.BUY, Side.SELL)
        made = [
            Leg(exchange_id="CME_Ny", contract_id="CL", market_id=leg, side=side)
            for leg, side in zip(legs, sides, strict=True)
        ]
        one.driver.apply(one.protocol.create_spread(made))
        await until(
            lambda: any(n.event in ("spread_created", "spread_exists") for n in one.notes),
            what="the spread",
        )


# --- everything at once -----------------------------------------------------------------------------------


async def test_cancel_all_takes_everything():
    async with venue() as (session, _):
        one = await opened(session())
        names = [f"a{n}" for n in range(5)]
        for name in names:
            one.submit(name)
        for name in names:
            await one.until_kind(name, K.ACCEPTED)
        one.call("cancel_all", CancelAllOrders(session_boot=1, router_boot=1, instrument=ES))
        for name in names:
            await one.until_kind(name, K.CANCELLED)


async def test_panic_works_alone_and_takes_the_place_of_a_session():
    async with venue(sessions_per_user=1) as (session, _):
        one = await opened(session())
        for name in ("a1", "a2"):
            one.submit(name)
            await one.until_kind(name, K.ACCEPTED)
        one.driver.stop()
        other = session("panic")
        panic = Panic(other.protocol, VENUE.capabilities)
        states = events = 0
        with trio.fail_after(30):
            while not panic.over:
                now = other.driver.now()
                for word in other.states[states:]:
                    other.driver.apply(panic.state(word, "", now))
                    states += 1
                for event in other.events[events:]:
                    events += 1
                    if isinstance(event, ReconcilePart):
                        other.driver.apply(panic.part(event, now))
                other.driver.apply(panic.due(now))
                await trio.sleep(0.02)
        report = panic.report()
        assert report["ok"]
        assert len(report["gone"]) == 2


@pytest.mark.parametrize("seed", range(3))
async def test_a_storm_of_orders_and_cancels_ends_in_agreement(seed: int):
    """Whatever was told live is what a reconciliation says in the end, fill by fill."""
    rng = random.Random(seed)
    async with venue(step_ms=5.0, quotes_per_s=80.0) as (session, running):
        one = await opened(session())
        names = [f"s{seed}x{n}" for n in range(30)]
        running.venue.faults.arm("duplicate", match="*/orders", count=10)
        for name in names:
            side = rng.choice((Side.BUY, Side.SELL))
            kind = rng.choice(("rest", "cross", "market"))
            price = {"rest": DEEP if side is Side.BUY else HIGH, "cross": None, "market": None}[
                kind
            ]
            if kind == "cross":
                price = HIGH if side is Side.BUY else DEEP
            ord_type = OrdType.MARKET if kind == "market" else OrdType.LIMIT
            one.submit(
                name, side=side, price=price, ord_type=ord_type, quantity=Decimal(rng.randint(1, 3))
            )
            if rng.random() < 0.5:
                one.call("cancel", cancel(client_order_id=name))
            if rng.random() < 0.3:
                await trio.sleep(0.01)
        for name in names:
            await one.until_kind(name, K.ACCEPTED, *ENDS)
        one.call("cancel_all", CancelAllOrders(session_boot=1, router_boot=1, instrument=""))
        for name in names:
            await one.until_kind(name, *ENDS)
        part = await one.reconcile()
        told = {fill.fill_key: fill.last_qty for name in names for fill in one.fills(name)}
        assert told == {fill.fill_key: fill.last_qty for fill in part.fills}
        by_name = {order.client_order_id: order for order in part.orders}
        assert set(by_name) == set(names)
        for name, order in by_name.items():
            assert order.lifecycle in TERMINAL
            assert order.cum_qty == sum(fill.last_qty for fill in one.fills(name))
        net = sum(fill.last_qty * fill.side.sign for name in names for fill in one.fills(name))
        assert sum((p.quantity for p in part.positions), Decimal(0)) == net
