"""Trading on the T4 simulator over real sockets, by a bare client that shares no code with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from actors.venues.t4.simulator import Running
from tests.kit.t4_orders_wire import BUY, SELL, Trader, images, new_order
from tests.kit.t4_simulator import CL, ES, http, simulator, socket

CL_NEXT = "XCME_Ny CL (J24)"
LIVELY: dict[str, Any] = {"markets": (ES, CL, CL_NEXT), "quotes_per_s": 50.0}


@asynccontextmanager
async def trader(running: Running, *, subscribe: bool = True) -> AsyncIterator[Trader]:
    """A client that is logged in and subscribed to the first account."""
    async with socket(running) as client:
        login = await client.log_in()
        one = Trader(client, login["accounts"][0]["account_id"])
        if subscribe:
            await one.subscribe()
        yield one


def far(side: int = BUY, **terms: Any) -> dict[str, Any]:
    """A limit order that rests."""
    price = "4500" if side == BUY else "5100"
    return new_order(side, price_type=1, limit_price=price, **terms)


async def test_a_market_order_from_the_submission_to_the_money() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one:
        await one.submit(new_order(volume=2, tag="1"))
        image = await one.event("order_update", tag="1")
        assert (image["change"], image["response_pending"], image["sequence_order"]) == (4, 1, 1)
        await one.socket.until("account_position", lambda m: m.get("buys") == 2)
        money = await one.socket.until("account_update")
        assert money["balance"] == pytest.approx(10_000_000 - 2 * 2.25)
        assert money["margin"] == 2 * 11_200


async def test_an_order_in_an_account_that_is_not_subscribed_is_rejected() -> None:
    async with simulator(**LIVELY) as running, trader(running, subscribe=False) as one:
        await one.submit(new_order(tag="1"))
        refused = await one.event("order_update_status", change=3)
        assert "not subscribed" in refused["status_detail"]


async def test_what_rests_is_filled_by_the_market_that_comes_to_it() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one:
        await one.submit(new_order(volume=2, price_type=8), new_order(SELL, 2, price_type=8))
        fill = await one.event("order_update_trade")
        assert fill["exchange_trade_id"]
        assert fill["price"]


async def test_orders_outlive_the_connection_and_are_shown_to_the_next() -> None:
    async with simulator(**LIVELY) as running:
        async with trader(running) as one:
            await one.submit(far(tag="rests"), new_order(tag="done"))
            name = (await one.event("order_update", tag="rests"))["unique_id"]
            await one.socket.until("account_position", lambda m: m.get("buys") == 1)
            running.venue.faults.arm("reset", match="ws")
            assert await one.socket.closed() == 1006
        async with trader(running, subscribe=False) as two:
            shown = images(await two.subscribe())
            assert {each["tag"] for each in shown.values()} == {"rests", "done"}
            assert shown[name]["working_volume"] == 1
            done = next(each for each in shown.values() if each["tag"] == "done")
            assert [trade["volume"] for trade in done["trades"]] == [1]
            await two.pull(name)
            assert (await two.event("order_update_status", change=18))["status"] == 2


async def test_two_sessions_hear_of_the_same_order() -> None:
    async with (
        simulator(**LIVELY, sessions_per_user=2) as running,
        trader(running) as one,
        trader(running) as two,
    ):
        await one.submit(far(tag="shared"))
        assert (await two.event("order_update", tag="shared"))["buy_sell"] == BUY


async def test_a_pull_without_a_market_is_never_answered() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one:
        await one.submit(far(tag="1"))
        name = (await one.event("order_update_status", change=6))["unique_id"]
        await one.pull(name, market="")
        await one.pull("nobody")
        assert (await one.event("order_update_failed"))["unique_id"] == "nobody"
        assert images(await one.subscribe())[name]["status"] == 1


async def test_a_revision_keeps_the_id_and_counts_on() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one:
        await one.submit(far(volume=2, tag="1"))
        name = (await one.event("order_update_status", change=6))["unique_id"]
        await one.socket.say(
            "order_revise",
            account_id=one.account_id,
            market_id=ES,
            revisions=[{"unique_id": name, "volume": 5, "limit_price": {"value": "4501.25"}}],
        )
        revised = await one.event("order_update_status", change=12)
        assert (revised["current_volume"], revised["current_limit_price"]) == (5, "4501.25")
        assert revised["sequence_order"] == 4


async def test_a_bracket_is_held_and_activated_by_its_fill() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one:
        exits = {"volume": 0, "activation_type": 1, "time_type": 2}
        await one.submit(
            new_order(volume=2, tag="entry"),
            new_order(SELL, price_type=1, limit_price="20.00", tag="profit", **exits),
            new_order(SELL, price_type=2, stop_price="-20.00", tag="loss", **exits),
            link=2,
        )
        profit = await one.event("order_update_status", tag="profit", status=1)
        assert (profit["change"], profit["current_volume"], profit["working_volume"]) == (6, 2, 2)
        assert float(profit["current_limit_price"]) > 4500


async def test_a_batch_is_acknowledged_first_or_refused_whole() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one:
        good = {"account_id": one.account_id, "market_id": ES, "orders": [far(tag="1")]}
        bad = {**good, "orders": [far(tag="2"), new_order(price_type=1, tag="3")]}
        await one.socket.say("order_batch", batch_id="B1", submissions=[good, bad])
        refused = await one.socket.until("order_batch_reject")
        assert [(e["submission_index"], e.get("order_index", 0)) for e in refused["errors"]] == [
            (1, 1)
        ]
        await one.socket.say("order_batch", batch_id="B2", submissions=[good, good])
        taken = await one.socket.until("order_batch_acknowledge")
        assert "order_update_multi" not in [name for name, _ in one.socket.seen]
        image = await one.event("order_update", tag_relation_id="B2")
        assert image["unique_id"] == taken["accepted"][0]["unique_id"][0]


async def test_a_spread_is_made_and_found_again() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one:
        legs = [
            {"market_id": CL, "buy_sell": BUY, "volume": 2},
            {"market_id": CL_NEXT, "buy_sell": SELL, "volume": 1},
        ]
        for status in (1, 3):
            await one.socket.say("create_uds", request_id="R", account_id=one.account_id, legs=legs)
            made = await one.socket.until("create_uds_response")
            assert made["uds_status"] == status
        await one.submit(new_order(volume=1, tag="spread"), market=made["MarketRef"])
        assert (await one.event("order_update_trade_leg"))["volume"] == 2


async def test_profits_are_streamed_where_they_are_wanted() -> None:
    async with (
        simulator(**LIVELY, profit_interval_ms=50.0) as running,
        trader(running, subscribe=False) as one,
    ):
        await one.subscribe(upl_mode=1)
        assert (await one.socket.until("account_profit"))["available_cash"] == 10_000_000
        await one.submit(new_order(volume=1))
        await one.socket.until("account_profit", lambda m: m.get("upl", 0.0) != 0.0)


async def test_a_lost_submission_never_was_and_a_reset_one_was() -> None:
    async with simulator(**LIVELY) as running:
        async with trader(running) as one:
            running.venue.faults.arm("request_lost", match="order_submit")
            await one.submit(far(tag="lost"))
            running.venue.faults.arm("request_reset", match="order_submit")
            await one.submit(far(tag="was"))
            assert await one.socket.closed() == 1006
        async with trader(running, subscribe=False) as two:
            shown = images(await two.subscribe())
            assert {each["tag"] for each in shown.values()} == {"was"}


async def test_a_fill_is_taken_back_by_the_operators_route() -> None:
    async with simulator(**LIVELY) as running, trader(running) as one, http(running) as rest:
        await one.submit(new_order(tag="1"))
        fill = await one.event("order_update_trade")
        answer = await rest.post("/simulator/faults", json={"kind": "bust", "match": ES})
        assert answer.json()["used"] == 1
        bust = await one.event("order_update_trade", change=22)
        assert bust["exchange_trade_id"] == fill["exchange_trade_id"]
        position = await one.socket.until("account_position", lambda m: m.get("buys", 0) == 0)
        assert position["account_id"] == one.account_id
