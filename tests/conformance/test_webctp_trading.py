"""WebCTP's trade session over the real driver against the real simulator, on loopback."""

from decimal import Decimal
from pathlib import Path

import pytest

from actors.venues.webctp import VENUE
from actors.venues.webctp.positions import Held, Overnight
from actors.venues.webctp.seed import Seed, text_of
from engine.clock import SystemClock
from engine.messages.venue import CancelAllOrders, ReconcilePart, UpdateKind
from engine.model.enums import (
    Lifecycle,
    OrdType,
    PositionEffect,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.session.panic import Panic, Phase
from tests.kit.waiting import until
from tests.kit.webctp_trading import (
    IF,
    RB,
    Live,
    cancel,
    desk,
    orders_in,
    positions_in,
    query,
)

K = UpdateKind
D = Decimal
LOW, HIGH = D(4200), D(4400)
"""Far below and above rb2101's market, within its daily band."""
ENDS = (K.FILLED, K.CANCELLED, K.REJECTED, K.NOT_SENT)
INSERT = "trade/insert_order"
TRADED = "trade/ORDER_TRADED"
OVERNIGHT = {"positions": ("rb2101 long 2",)}


def seed_file(folder: Path, day: str, *rows: Overnight, investor: str = "100001") -> str:
    """A seed for the simulator's account."""
    seed = Seed(trading_day=day, broker_id="9999", investor_id=investor, positions=rows)
    path = folder / "seed.toml"
    path.write_text(text_of(seed))
    return str(path)


def held(quantity: int) -> Overnight:
    """Lots of rb2101, long, from earlier days."""
    return Overnight(
        instrument="rb2101", exchange="SHFE", held=Held.LONG, quantity=quantity, price=D(4300)
    )


async def bought(session: Live, quantity: int) -> None:
    """Buy so many lots of rb2101."""
    name = session.submit(price=HIGH, quantity=D(quantity))
    await session.heard(name, K.FILLED)


def legs(running, name: str) -> list[dict]:
    """The legs of an order as the simulator's witness noted them."""
    return [
        line for line in witnessed(running) if line["client_order_id"] == name
    ]


def witnessed(running) -> list[dict]:
    """Orders that arrived at the simulator."""
    return [line for line in running.log.since(0)[0] if line.get("kind") == "order"]


# --- the ordinary life ---------------------------------------------------------------------------


async def test_an_order_rests_and_is_cancelled():
    """The exchange's id comes with a push, and the cancel names it."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        accepted = await session.heard(name, K.ACCEPTED)
        assert accepted.venue_order_id
        (shown,) = orders_in(await session.reconciled(), name)
        assert (shown.lifecycle, shown.price, shown.quantity) == (Lifecycle.OPEN, LOW, 1)
        session.cancel(name)
        await session.heard(name, K.CANCELLED)
        assert session.kinds(name)[-2:] == [K.CANCEL_PENDING, K.CANCELLED]


async def test_a_fill_is_told_once_with_an_estimated_price():
    """No price is transmitted: the limit or what the router's reference says, marked as estimated."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=HIGH, quantity=D(2), reference_price=D(4301))
        await session.heard(name, K.FILLED)
        fills = session.fills(name)
        assert sum(fill.last_qty for fill in fills) == 2
        assert {(fill.px_estimated, fill.last_px) for fill in fills} == {(True, D(4301))}
        parts = await session.reconciled()
        told = {fill.fill_key: fill.last_px for part in parts for fill in part.fills}
        assert told == {fill.fill_key: fill.last_px for fill in fills}
        assert positions_in(parts) == {RB: D(2)}
        assert parts[-1].complete and not parts[-1].unproven


async def test_an_immediate_order_leaves_nothing_behind():
    """FAK: what does not trade at once is cancelled."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW, time_in_force=TimeInForce.IOC)
        assert (await session.heard(name, *ENDS)).kind is K.CANCELLED


async def test_a_market_order_is_a_limit_beyond_the_market():
    """Emulated with the router's reference; without one it cannot be said."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        terms = {"ord_type": OrdType.MARKET, "price": None, "time_in_force": TimeInForce.IOC}
        name = session.submit(**terms, reference_price=D(4300))
        assert (await session.heard(name, *ENDS)).kind is K.FILLED
        blind = session.submit(**terms)
        assert session.updates(blind)[-1].code == "reference"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"time_in_force": TimeInForce.FOK}, "time_in_force"),
        ({"ord_type": OrdType.STOP, "stop_price": D(4000)}, "ord_type"),
        ({"post_only": True}, "post_only"),
        ({"price": D("4200.5")}, "tick"),
        ({"quantity": D("1.5")}, "quantity"),
        ({"instrument": "xx2101.WEBCTP"}, "contract_unknown"),
        ({"position_effect": PositionEffect.CLOSE}, "closes_too_much"),
        ({"reduce_only": True}, "closes_too_much"),
    ],
)
async def test_what_cannot_be_said_is_not_sent(changes, code):
    """Refused here, with the reason."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(**changes)
        (update,) = session.updates(name)
        assert (update.kind, update.code) == (K.NOT_SENT, code)


# --- legs ----------------------------------------------------------------------------------------


async def test_an_order_closes_today_then_yesterday_then_opens(tmp_path):
    """SHFE: one order of ours is three of CTP's, and one again in all that is told of it."""
    async with desk(**OVERNIGHT) as found:
        day = found.running.trading_day if hasattr(found.running, "trading_day") else ""
        session = found.session(seed=seed_file(tmp_path, day or "20261130", held(2)))
        await session.ready()
        await bought(session, 3)
        name = session.submit(side=Side.SELL, price=LOW, quantity=D(6))
        end = await session.heard(name, *ENDS)
        assert (end.kind, end.cum_qty, end.quantity) == (K.FILLED, 6, 6)
        assert sum(fill.last_qty for fill in session.fills(name)) == 6
        parts = await session.reconciled()
        assert positions_in(parts) == {RB: D(-1)}
        (shown,) = orders_in(parts, name)
        assert (shown.quantity, shown.cum_qty, shown.lifecycle) == (6, 6, Lifecycle.FILLED)
        assert parts[-1].unproven == ""
