"""Trading on the running simulator over real sockets: REST in, private pushes out, timers in between."""

import json
from contextlib import suppress

import pytest
import trio

from tests.kit.waiting import deadline_s, until
from tests.kit.wooxpro_simulator import http, port_of, simulator, socket

STILL = {"hold_for": ("never",)}
"""A market that never moves and is empty: whatever trades is the test's own doing."""


async def private(client) -> None:
    """Log in and subscribe to all private topics."""
    assert (await client.login())["success"] is True
    await client.send("subscribe", "futures/order", "futures/position", "futures/asset:USDT")
    for _ in range(3):
        await client.until(lambda frame: frame.get("action") == "subscribe" and frame["success"])


async def test_an_order_lives_from_submit_over_modify_to_cancel():
    """Each step is answered by REST and told by push."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await private(client)
        order_id = await rest.submit(price="60000", client_order_id="life1")
        assert (await client.order(2, 2))["client_order_id"] == "life1"
        changed = await rest.post(
            "/contract/private/modify-limit-order",
            symbol="BTCUSDT",
            order_id=str(order_id),
            price="60001",
            size=5,
        )
        assert changed.json()["code"] == 1000
        assert (await client.order(2, 2))["size"] == "5"
        await rest.post("/contract/private/cancel-order", symbol="BTCUSDT", order_id=str(order_id))
        ended = await client.order(3, 4)
        assert (ended["order_id"], ended["deal_size"]) == (str(order_id), "0")
        asset = await client.push("futures/asset")
        assert asset["data"]["available_balance"] == "100000"


async def test_two_accounts_trade_with_each_other():
    """A second API key takes what the first one offers; each hears its own side."""
    from actors.venues.wooxpro.simulator.login import Credentials
    from actors.venues.wooxpro.simulator.settings import DEFAULT_CREDENTIALS

    other = Credentials(api_key="second0key", api_secret="s", memo="m")
    async with (
        simulator(**STILL, credentials=(DEFAULT_CREDENTIALS, other)) as running,
        socket(running, "private_ws") as maker,
        http(running) as rest,
    ):
        await private(maker)
        await rest.submit(price="60000", size=30)
        rest.credentials = {"api_key": "second0key", "api_secret": "s", "memo": "m"}
        await rest.submit(side=4, price="60000", size=12)
        order = await maker.order(1, 2)
        assert (order["deal_size"], order["last_trade"]["fee"]) == ("12", "-0.144")
        position = await maker.push("futures/position")
        assert position["data"][0]["hold_volume"] == "12"


async def test_a_market_order_fills_against_the_generated_book():
    """Approval, deals, position, asset: in this order on one connection."""
    async with (
        simulator() as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await private(client)
        await until(lambda: running.exchange.top("BTCUSDT")[3] > 0)
        await rest.submit(type="market", size=5)
        await client.order(2, 1)
        done = await client.order(1, 4)
        assert done["deal_size"] == "5"
        position = (await client.push("futures/position"))["data"][0]
        assert position["hold_volume"] == "5"
        assert position["hold_avg_price"] == done["deal_avg_price"]
        await client.push("futures/asset")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"symbol": "DOGEUSDT"}, 400, 40034),
        ({"price": "0.05"}, 400, 40043),
        ({"client_order_id": "not-allowed"}, 403, 40048),
        ({"side": 3}, 400, 40021),
    ],
)
async def test_refusals_come_as_http_status_and_code(change, status, code):
    """And nothing is pushed: the next push is about the order after."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await private(client)
        order = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "price": "60000", "size": 1}
        answer = await rest.post("/contract/private/submit-order", **{**order, **change})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        after = await rest.submit(price="60000")
        assert (await client.order(2, 2))["order_id"] == str(after)


async def test_the_rate_limit_shows_in_headers_and_ends_in_429():
    """24 orders in two seconds, then 30013."""
    async with simulator(**STILL) as running, http(running) as rest:
        answers = [
            await rest.post(
                "/contract/private/submit-order",
                symbol="BTCUSDT",
                side=1,
                type="limit",
                price="60000",
                size=1,
            )
            for _ in range(26)
        ]
        first = answers[0]
        assert first.headers["X-BM-RateLimit-Limit"] == "24"
        assert first.headers["X-BM-RateLimit-Reset"] == "2"
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.json()["code"] for answer in refused} == {30013}


async def test_the_dead_man_timer_fires_without_any_further_request():
    """Five seconds of silence, then the order is gone; the log knows why."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await private(client)
        order_id = await rest.submit(price="60000")
        answer = await rest.post("/contract/private/cancel-all-after", symbol="BTCUSDT", timeout=5)
        assert answer.json()["data"]["result"] is True
        ended = await client.order(3, 4)
        assert ended["order_id"] == str(order_id)
        (entry,) = [e for e in await rest.log("order_event") if e["action"] == 3]
        assert entry["reason"] == "timeout"


async def test_requests_without_a_signature_are_refused_and_keyed_ones_need_only_the_key():
    """401 with 30004; a GET with the bare key passes; both prefixes work."""
    async with simulator(**STILL) as running, http(running) as rest:
        key = running.credentials["api_key"]
        answer = await rest.client.post(
            "/contract/private/submit-order", content="{}", headers={"X-API-KEY": key}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, 30004)
        for prefix in ("X-API", "X-BM"):
            answer = await rest.client.get(
                "/contract/private/assets-detail", headers={f"{prefix}-KEY": key}
            )
            assert answer.json()["data"][0]["available_balance"] == "100000"
        answer = await rest.client.get("/contract/private/assets-detail")
        assert (answer.status_code, answer.json()["code"]) == (401, 30001)


async def test_the_log_witnesses_every_request_and_fill_with_comparable_times():
    """Monotonic stamps lie between the client's own, before and after."""
    import time

    async with simulator() as running, http(running) as rest:
        await until(lambda: running.exchange.top("BTCUSDT")[3] > 0)
        before = time.monotonic_ns()
        order_id = await rest.submit(type="market", size=2, client_order_id="seen1")
        after = time.monotonic_ns()
        (request,) = await rest.log("request")
        assert before < request["mono_ns"] < after
        assert json.loads(request["body"])["client_order_id"] == "seen1"
        fills = await rest.log("fill")
        assert {fill["order_id"] for fill in fills} == {order_id}
        assert sum(int(fill["volume"]) for fill in fills) == 2


async def test_pipelined_and_chunked_requests_are_served():
    """Clients of other makes may send bodies in chunks and keep the connection."""
    async with simulator(**STILL) as running, http(running) as rest:

        async def chunks():
            yield b"{"
            yield b"}"

        for _ in range(2):
            answer = await rest.client.post("/contract/private/cancel-orders", content=chunks())
            assert answer.json()["code"] == 30001


async def test_an_oversized_body_ends_the_connection():
    """Beyond 64 KiB nothing is parsed or answered."""
    async with simulator(**STILL) as running, http(running) as rest:
        async with await trio.open_tcp_stream("127.0.0.1", port_of(running, "http")) as stream:
            head = b"POST /contract/private/submit-order HTTP/1.1\r\nHost: x\r\n"
            with trio.fail_after(deadline_s(5)), suppress(trio.BrokenResourceError):
                await stream.send_all(head + b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
                assert await stream.receive_some(4_096) == b""
        assert (await rest.get("/system/time")).status_code == 200
