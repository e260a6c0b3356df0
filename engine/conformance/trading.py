"""Cases of trade sessions over real sockets: orders live and end, doubts are settled by evidence, panic works."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import trio

from engine.conformance.case import Effort
from engine.conformance.package import VenuePackage
from engine.conformance.session import Session
from engine.conformance.stage import Stage, open_stage
from engine.conformance.streams import sampled
from engine.conformance.verdict import demand
from engine.drill.proxy import Direction, LinkFault, LinkMode
from engine.messages.market import Quote
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    ReconcilePart,
    SubmitOrder,
    UpdateKind,
    VenueOrder,
)
from engine.model.enums import TERMINAL, Lifecycle, Mode, OrdType, Side, TimeInForce
from engine.session.contract import Topic
from engine.session.panic import Panic
from engine.settings.converter import structure

ANSWER_S = 20.0
"""For the news of an order, pacing and queries included."""

PANIC_S = 30.0
PANIC_STEP_S = 0.05
PANIC_ORDERS = 3

CUT_BYTES = 600
"""Into an order and its answer: beyond the heads of either."""

_REFUSED = frozenset({UpdateKind.NOT_SENT, UpdateKind.REJECTED})
_DEFAULTS: Mapping[str, object] = {
    "session_boot": 1,
    "router_boot": 1,
    "expires_mono_ns": 0,
    "mode": Mode.LIVE.value,
    "side": Side.BUY.value,
    "ord_type": OrdType.LIMIT.value,
    "price": None,
    "stop_price": None,
    "time_in_force": TimeInForce.GTC.value,
    "post_only": False,
    "reduce_only": False,
    "position_quantity": "0",
    "tick_mono_ns": 0,
    "intent_mono_ns": 0,
    "routed_mono_ns": 0,
}


def order_of(stage: Stage, name: str, terms: Mapping[str, object], **more: object) -> SubmitOrder:
    """A command to submit an order on the declared instrument, under this name or one for it."""
    orders = stage.package.conformance.orders
    assert orders is not None  # noqa: S101 - cases of trade sessions need it
    given = {"client_order_id": stage.id_of(name), "instrument": orders.instrument, **terms, **more}
    command: SubmitOrder = structure({**_DEFAULTS, **given}, SubmitOrder)
    return command


def cancel_of(order: SubmitOrder, venue_order_id: str = "") -> CancelOrder:
    """A command to cancel it."""
    return CancelOrder(
        session_boot=1,
        router_boot=1,
        expires_mono_ns=0,
        client_order_id=order.client_order_id,
        venue_order_id=venue_order_id,
        instrument=order.instrument,
    )


async def entered(stage: Stage) -> Session:
    """A trade session that is logged in and reconciled.

    A joint one has been told what is traded, as its actor tells it, and has defined it: no order passes
    the router before that.
    """
    session = stage.trade()
    await session.logged_in()
    orders = stage.package.conformance.orders
    if stage.package.venue.joined and orders is not None:
        session.call("demand", frozenset({Topic(Quote, orders.instrument)}))
        await session.until(
            lambda: orders.instrument in session.instruments,
            f"{orders.instrument} is defined",
            ANSWER_S,
        )
    await session.reconciled()
    return session


def told(parts: Iterable[ReconcilePart], name: str) -> list[VenueOrder]:
    """What a reconciliation says of an order."""
    return [order for part in parts for order in part.orders if order.client_order_id == name]


async def heard(session: Session, name: str, *kinds: UpdateKind) -> None:
    """Wait for news of one of these kinds."""
    await session.until(
        lambda: set(session.kinds(name)) & set(kinds),
        f"order {name} is {' or '.join(kinds)}",
        ANSWER_S,
    )


async def lives_of_orders(package: VenuePackage, effort: Effort) -> None:
    """Rest and be cancelled, be filled: stream and reconciliation tell the same."""
    orders = package.conformance.orders
    assert orders is not None  # noqa: S101 - the case needs it
    async with open_stage(package, patience=effort.patience) as stage:
        session = await entered(stage)
        resting = order_of(stage, "rest1", orders.resting)
        session.call("submit", resting)
        rested = resting.client_order_id
        await heard(session, rested, UpdateKind.ACCEPTED)
        (shown,) = told(await session.reconciled(), rested)
        demand(shown.lifecycle is Lifecycle.OPEN, f"an order that rests is {shown.lifecycle}")
        demand(
            (shown.instrument, shown.side, shown.quantity, shown.price)
            == (resting.instrument, resting.side, resting.quantity, resting.price),
            f"an order is not what was sent: {shown}",
        )
        session.call("cancel", cancel_of(resting, session.updates(rested)[-1].venue_order_id))
        await heard(session, rested, UpdateKind.CANCELLED)
        filling = order_of(stage, "fill1", orders.filling)
        session.call("submit", filling)
        filled = filling.client_order_id
        await heard(session, filled, UpdateKind.FILLED)
        parts = await session.reconciled()
        demand(told(parts, rested)[-1].lifecycle is Lifecycle.CANCELLED, "a cancelled order is not")
        demand(told(parts, filled)[-1].lifecycle is Lifecycle.FILLED, "a filled order is not")
        _check_fills(session, parts, filling)


def _check_fills(session: Session, parts: list[ReconcilePart], order: SubmitOrder) -> None:
    """One key, quantity and price per fill, from stream and query alike, up to the whole order."""
    streamed = session.fills()
    queried = {fill.fill_key: fill for part in parts for fill in part.fills}
    demand(
        streamed.keys() == queried.keys(),
        f"fills of the stream {sorted(streamed)}, of the query {sorted(queried)}",
    )
    for key, fill in streamed.items():
        same = (fill.last_qty, fill.last_px) == (queried[key].last_qty, queried[key].last_px)
        demand(same, f"two tellings of one fill: {fill} and {queried[key]}")
    total = sum((fill.last_qty for fill in streamed.values()), Decimal(0))
    demand(total == order.quantity, f"fills of {total} for an order of {order.quantity}")


async def settles_doubts(package: VenuePackage, effort: Effort) -> None:
    """T-062: an order whose answer is lost is unknown, then found by evidence, and never sent again."""
    orders = package.conformance.orders
    assert orders is not None  # noqa: S101 - the case needs it
    async with open_stage(package, patience=effort.patience) as stage:
        session = await entered(stage)
        stage.spoil(LinkFault(LinkMode.BLACKHOLE, direction=Direction.DOWN))
        order = order_of(stage, "doubt1", orders.resting)
        session.call("submit", order)
        await heard(session, order.client_order_id, UpdateKind.UNKNOWN)
        demand(
            UpdateKind.NOT_SENT not in session.kinds(order.client_order_id),
            "an order that left was called unsent",
        )
        stage.spoil(None)
        stage.cut()
        shown = await _agreed(session, order.client_order_id)
        demand(len(shown) == 1, f"one order was sent, the venue has {shown}")
        demand(shown[0].lifecycle is Lifecycle.OPEN, f"it should rest: {shown[0]}")


async def _agreed(session: Session, name: str) -> list[VenueOrder]:
    """What a complete reconciliation says of an order, after the links were healed."""
    times = sum(1 for moment in session.moments if moment.state == "reconciling")
    with trio.move_on_after(ANSWER_S):
        await session.until(
            lambda: sum(m.state == "reconciling" for m in session.moments) > times,
            "logged in anew",
            ANSWER_S,
        )
    return told(await session.reconciled(), name)


async def survives_cut_orders(package: VenuePackage, effort: Effort) -> None:
    """T-043: cut at any byte of an order or its answer: venue and session agree in the end."""
    orders = package.conformance.orders
    assert orders is not None  # noqa: S101 - the case needs it
    async with open_stage(package, patience=effort.patience) as stage:
        session = await entered(stage)
        for way in (Direction.UP, Direction.DOWN):
            for place in sampled(CUT_BYTES, max(2, effort.cuts // 2)):
                name = f"cut{way}{place}"
                await _cut_order(stage, session, order_of(stage, name, orders.resting), way, place)


async def _cut_order(
    stage: Stage, session: Session, order: SubmitOrder, way: Direction, place: int
) -> None:
    name = order.client_order_id
    logins = sum(moment.state == "reconciling" for moment in session.moments)
    stage.spoil(LinkFault(LinkMode.LIMIT, place, way))
    session.call("submit", order)
    await session.until(
        lambda: session.kinds(name), f"news of an order cut after {place} bytes {way}", ANSWER_S
    )
    stage.spoil(None)
    stage.cut()
    await session.logged_in(times=logins + 1)
    parts = await session.reconciled()
    shown = told(parts, name)
    demand(len(shown) <= 1, f"{name} was sent once, the venue has {shown}")
    refused = set(session.kinds(name)) & _REFUSED
    demand(not (refused and shown), f"{name} was told {refused}, the venue has it")
    accepted = UpdateKind.ACCEPTED in session.kinds(name)
    demand(shown or not accepted, f"{name} was told accepted, the venue has it not")


async def _rested(stage: Stage, session: Session, word: str) -> list[str]:
    """Client order ids of some orders that rest."""
    orders = stage.package.conformance.orders
    assert orders is not None  # noqa: S101 - the case needs it
    sent = [order_of(stage, f"{word}{number}", orders.resting) for number in range(PANIC_ORDERS)]
    for order in sent:
        session.call("submit", order)
    for order in sent:
        await heard(session, order.client_order_id, UpdateKind.ACCEPTED)
    return [order.client_order_id for order in sent]


async def panics(package: VenuePackage, effort: Effort) -> None:
    """What `panic` drives cancels every open order and says so only when the venue shows none."""
    async with open_stage(package, patience=effort.patience) as stage:
        session = await entered(stage)
        await _rested(stage, session, "panic")
        session.driver.stop()
        await session.ended.wait()
        report = await _panic(stage)
        demand(report["ok"], f"panic failed: {report}")
        demand(len(report["gone"]) == PANIC_ORDERS, f"panic cancelled {report['gone']}")
        after = await entered(stage)
        parts = await after.reconciled()
        left = [o for part in parts for o in part.orders if o.lifecycle not in TERMINAL]
        demand(not left, f"open after a panic: {left}")


async def _panic(stage: Stage) -> Mapping[str, Any]:
    session = stage.panic()
    panic = Panic(session.protocol, stage.package.venue.capabilities)
    seen_moments = seen_events = 0
    with trio.move_on_after(PANIC_S * stage.patience):
        while not panic.over:
            now = session.driver.now()
            for moment in session.moments[seen_moments:]:
                session.driver.apply(panic.state(moment.state, moment.reason, now))
                seen_moments += 1
            for event in session.events[seen_events:]:
                seen_events += 1
                if isinstance(event, ReconcilePart):
                    session.driver.apply(panic.part(event, now))
            session.driver.apply(panic.due(now))
            await trio.sleep(PANIC_STEP_S)
    session.driver.stop()
    return panic.report()


async def sweeps(package: VenuePackage, effort: Effort) -> None:
    """Cancelling everything, natively: all that rests is cancelled and told."""
    async with open_stage(package, patience=effort.patience) as stage:
        session = await entered(stage)
        names = await _rested(stage, session, "sweep")
        session.call("cancel_all", CancelAllOrders(session_boot=1, router_boot=1, instrument=""))
        for name in names:
            await heard(session, name, UpdateKind.CANCELLED)
