"""A trade session whose router is gone, and a venue whose session is gone: the real simulator, real sockets."""

import json
from contextlib import asynccontextmanager
from decimal import Decimal

import attrs
import pytest
import trio

from engine.messages.venue import OrderUpdate, SessionHeartbeat, SubmitOrder, UpdateKind
from engine.model.enums import OrdType
from tests.bus.test_session import MARKET, TRADE, order, reconcile, settings_of
from tests.kit.sessions import a_router, a_session
from tests.kit.waiting import deadline_s, until
from tests.kit.wooxpro_simulator import http, simulator

LOOK_S = 0.4
"""Pause before each further look at what the venue shows, which is a request to it."""

TIMER = "/contract/private/cancel-all-after"


def resting(name: str) -> SubmitOrder:
    """An order that stays in the book."""
    return order(name, ord_type=OrdType.LIMIT, price=Decimal("20000.0"))


@asynccontextmanager
async def trading(stage, running, **orphan):
    settings = {**settings_of(running, "trade"), "orphan": orphan}
    async with a_session(stage, TRADE, settings, secrets=dict(running.credentials)) as session:
        yield session


async def place(router, session, *names):
    """Orders that the venue has accepted, through an open gate."""
    await reconcile(router)
    await until(lambda: session.is_ready)
    for name in names:
        router.send(TRADE, resting(name))
        await router.hears(OrderUpdate, client_order_id=name, kind=UpdateKind.ACCEPTED)


async def open_at(client):
    """Client order ids that the venue shows as open."""
    answer = await client.get("/contract/private/get-open-orders", limit=100)
    assert answer.status_code == 200, answer.text
    return sorted(row["client_order_id"] for row in answer.json()["data"])


async def eventually(ask, holds):
    """The first answer that is as wanted; asked at a pace that the venue's limits allow."""
    with trio.fail_after(deadline_s(20)):
        # Polled: a venue has no event for what it shows.
        while not holds(answer := await ask()):  # noqa: ASYNC110
            await trio.sleep(LOOK_S)
    return answer


async def gone_at(client):
    """Wait until the venue shows no open order."""
    await eventually(lambda: open_at(client), lambda names: not names)


async def timers(client):
    """The lengths that the venue's timers were set to, in order."""
    requests = [each for each in await client.log("request") if each["path"] == TIMER]
    return [int(each["body"].partition('"timeout":')[2].rstrip("}")) for each in requests]


async def test_orders_of_a_router_that_stays_away_are_cancelled(stage):
    """Own ones and a stranger's, natively; the next router compares before anything passes."""
    async with (
        simulator(**MARKET) as running,
        http(running) as client,
        trading(stage, running, router_gone_s_max=1.0) as session,
    ):
        async with a_router(stage, TRADE) as router:
            await place(router, session, "c1", "c2")
            await client.submit(price="20000", leverage="10", open_type="cross")
            assert len(await open_at(client)) == 3
        await until(lambda: session.gauges["orphaned"])
        await gone_at(client)
        await until(lambda: session.gauges["open_orders"] == 0)
        assert not session.is_ready
        async with a_router(stage, TRADE, boot=901) as router:
            await until(lambda: not session.gauges["orphaned"])
            router.send(TRADE, order("c3", router_boot=901))
            update = await router.hears(OrderUpdate, client_order_id="c3")
            assert update.code == "NOT_SENT_GATE"


async def test_orders_are_kept_where_that_is_the_policy(stage):
    """Nothing is sent to the venue, neither cancel nor timer; the operator is told."""
    async with simulator(**MARKET) as running, http(running) as client:
        async with trading(stage, running, router_gone_s_max=1.0, policy="keep") as session:
            async with a_router(stage, TRADE) as router:
                await place(router, session, "c1")
            await until(lambda: session.gauges["orphaned"])
            async with a_router(stage, TRADE, boot=901) as router:
                await until(lambda: not session.gauges["orphaned"])
        assert await open_at(client) == ["c1"]
        assert await timers(client) == []


async def test_a_router_that_was_only_silent_has_to_compare(stage):
    """Same boot, same line: a hole in the numbers tells it that something happened without it."""
    async with (
        simulator(**MARKET) as running,
        http(running) as client,
        a_router(stage, TRADE) as router,
        trading(stage, running, router_gone_s_max=1.0) as session,
    ):
        await place(router, session, "c1")
        await until(lambda: session.gauges["orphaned"])
        await gone_at(client)
        await until(lambda: session.gauges["open_orders"] == 0)
        said = max(m.sequence for m in router.said if hasattr(m, "sequence"))
        router.beat()
        await until(lambda: not session.gauges["orphaned"])
        await until(lambda: router.of(SessionHeartbeat)[-1].sequence > said)
        assert "cancelled without it" in session.gauges["gate"]


@pytest.mark.parametrize("ending", ["killed", "stopped"])
async def test_the_venues_timer_outlives_the_session(stage, ending):
    """Renewed while it lives; killed, the venue cancels by itself; stopped in order, nothing is cancelled."""
    async with simulator(**MARKET) as running, http(running) as client:
        async with (
            a_router(stage, TRADE) as router,
            trading(stage, running, router_gone_s_max=60.0, dead_man_s=5) as session,
        ):
            await place(router, session, "c1")
            await until(
                lambda: session.gauges["dead_man"] == {"timeout_s": 5, "armed": 1, "left_out": 0}
            )
            await eventually(lambda: timers(client), lambda set_to: set_to == [5, 5, 5, 5])
            assert await open_at(client) == ["c1"]
            if ending == "stopped":
                await session.stop()
                assert (await timers(client))[-1] == 0
        if ending == "stopped":
            assert await open_at(client) == ["c1"]
        else:
            await gone_at(client)
            assert 0 not in await timers(client)


async def test_an_orderly_stop_switches_every_timer_off_even_when_renewals_have_used_the_budget(
    stage,
):
    """Four timers fill the venue's window of 2 s: the stop waits for the next one; found by review M4."""
    symbols = {"BTCUSDT": "20000.0", "ETHUSDT": "1000.00", "SOLUSDT": "50.00", "XRPUSDT": "0.2000"}
    market = {**MARKET, "symbols": tuple(symbols)}
    async with simulator(**market) as running, http(running) as client:
        async with (
            a_router(stage, TRADE) as router,
            trading(stage, running, router_gone_s_max=60.0, dead_man_s=6) as session,
        ):
            await place(router, session)
            for symbol, price in symbols.items():
                placed = resting(symbol)
                changes = {"instrument": f"{symbol}.WOOXPRO", "price": Decimal(price)}
                router.send(TRADE, attrs.evolve(placed, **changes))
                await router.hears(OrderUpdate, client_order_id=symbol, kind=UpdateKind.ACCEPTED)
            await until(lambda: session.gauges["dead_man"]["armed"] == len(symbols))
            sent = len(await timers(client))
            await eventually(lambda: timers(client), lambda set_to: len(set_to) >= sent + 4)
            await session.stop()
        last = {}
        for each in await client.log("request"):
            if each["path"] == TIMER:
                body = json.loads(each["body"])
                last[body["symbol"]] = body["timeout"]
        assert last == dict.fromkeys(symbols, 0)
        assert await open_at(client) == sorted(symbols)


async def test_a_timer_ends_with_the_last_order_of_its_instrument(stage):
    """An idle timer would take away orders that come later."""
    async with (
        simulator(**MARKET) as running,
        http(running) as client,
        a_router(stage, TRADE) as router,
        trading(stage, running, router_gone_s_max=60.0) as session,
    ):
        await place(router, session, "c1")
        await until(
            lambda: session.gauges["dead_man"] == {"timeout_s": 60, "armed": 1, "left_out": 0}
        )
        await client.post("/contract/private/cancel-orders", symbol="BTCUSDT")
        await router.hears(OrderUpdate, client_order_id="c1", kind=UpdateKind.CANCELLED)
        await until(lambda: session.gauges["dead_man"]["armed"] == 0)
        await eventually(lambda: timers(client), lambda set_to: set_to == [60, 0])
