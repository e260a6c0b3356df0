"""Trading on the running Longbridge simulator over real sockets: HTTP in, order pushes out, faults between.

The client is a few lines of its own with its own signing; it shares no code with the venue's client.
"""

import json

import httpx
import pytest
import trio
import trio_websocket

from actors.venues.longbridge.simulator import DEFAULT_CREDENTIALS, Credentials
from tests.kit.longbridge_trading import ORDER, TENCENT, http, pushes, simulator, ticket
from tests.kit.waiting import deadline_s, until

STILL = {"hold": True, "rate_limits": False}
"""A market that never moves: whatever trades is the test's own doing."""
LIVELY = {"rate_limits": False, "symbols": (TENCENT,)}


async def submit(rest, **changes) -> str:
    return (await rest.data("POST", ORDER, ticket(**changes)))["order_id"]


async def row(rest, order_id: str) -> dict:
    return (await rest.data("GET", f"{ORDER}/today?order_id={order_id}"))["orders"][0]


async def reachable(rest) -> bool:
    try:
        await rest.data("GET", "/v1/socket/token")
    except httpx.HTTPError:
        return False
    return True


async def test_an_order_lives_from_submit_over_replace_to_cancel():
    """Each step is answered over HTTP and told on the trade gateway."""
    async with (
        simulator(**STILL) as running,
        http(running.endpoints["http"], running.credentials) as rest,
        pushes(running.endpoints["trade_ws"], rest) as told,
    ):
        order_id = await submit(rest, remark="life")
        assert (await told.until("NewStatus", order_id))["remark"] == "life"
        body = {"order_id": order_id, "quantity": "300", "price": "319.8"}
        assert await rest.data("PUT", ORDER, body) == {}
        changed = await told.until("ReplacedStatus", order_id)
        assert (changed["submitted_quantity"], changed["submitted_price"]) == ("300", "319.8")
        assert await rest.data("DELETE", f"{ORDER}?order_id={order_id}") == {}
        await told.until("CanceledStatus", order_id)
        detail = await rest.data("GET", f"{ORDER}?order_id={order_id}")
        assert detail["status"] == "CanceledStatus"
        assert [each["status"] for each in detail["history"]][-2:] == ["NewStatus", "WaitToNew"]


async def test_a_market_order_fills_against_the_generated_book():
    """And shows in pushes, executions, holdings and cash."""
    async with (
        simulator(**LIVELY) as running,
        http(running.endpoints["http"], running.credentials) as rest,
        pushes(running.endpoints["trade_ws"], rest) as told,
    ):
        await until(lambda: running.venue.market.best(TENCENT).ask is not None)
        order_id = await submit(rest, order_type="MO", submitted_price=None)
        filled = await told.until("FilledStatus", order_id)
        trades = (await rest.data("GET", f"/v1/trade/execution/today?order_id={order_id}"))[
            "trades"
        ]
        assert sum(int(each["quantity"]) for each in trades) == 100
        assert filled["executed_quantity"] == "100"
        assert filled["submitted_price"] == "0"
        held = (await rest.data("GET", "/v1/asset/stock"))["list"][0]["stock_info"]
        assert [each["quantity"] for each in held] == ["100"]
        assert (await rest.data("GET", "/v1/asset/account?"))["list"][0]["currency"] == "HKD"


async def test_an_answer_can_be_lost_after_the_order_was_taken():
    """The outcome is unknown to the client, and the order is there."""
    async with (
        simulator(**STILL) as running,
        http(running.endpoints["http"], running.credentials) as rest,
    ):
        rest.client.timeout = deadline_s(0.5)
        for kind in ("http_no_answer", "http_reset"):
            await rest.arm(kind, match=f"POST {ORDER}")
            with pytest.raises(httpx.TransportError):
                await submit(rest, remark=kind)
            orders = (await rest.data("GET", f"{ORDER}/today"))["orders"]
            assert kind in [each["remark"] for each in orders]
        await rest.arm("http_reset_before", match=f"POST {ORDER}")
        with pytest.raises(httpx.HTTPError):
            await submit(rest, remark="never")
        orders = (await rest.data("GET", f"{ORDER}/today"))["orders"]
        assert len(orders) == 2


async def test_failures_come_with_and_without_the_envelope():
    """Status and body as asked for; the request is not carried out."""
    async with (
        simulator(**STILL) as running,
        http(running.endpoints["http"], running.credentials) as rest,
    ):
        await rest.arm("http_plain", value=429)
        plain = await rest.ask("POST", ORDER, ticket())
        assert plain.status_code == 429
        with pytest.raises(json.JSONDecodeError):
            plain.json()
        await rest.arm("http_code", value=429002)
        told = await rest.ask("POST", ORDER, ticket())
        assert (told.status_code, told.json()["code"]) == (429, 429002)
        await rest.arm("http_status", value=500)
        assert (await rest.ask("POST", ORDER, ticket())).status_code == 500
        assert (await rest.data("GET", f"{ORDER}/today"))["orders"] == []


async def test_pushes_can_be_missing_doubled_and_out_of_order():
    """By the faults of the gateway; the rows tell the truth meanwhile."""
    async with (
        simulator(**STILL) as running,
        http(running.endpoints["http"], running.credentials) as rest,
        pushes(running.endpoints["trade_ws"], rest) as told,
    ):
        await rest.arm("drop", match="private")
        first = await submit(rest)
        assert (await told.take())["status"] == "NewStatus"
        await rest.arm("duplicate", match="private")
        second = await submit(rest)
        statuses = [(await told.take())["status"] for _ in range(3)]
        assert statuses == ["WaitToNew", "WaitToNew", "NewStatus"]
        await rest.arm("reorder", match="private")
        await submit(rest)
        assert [(await told.take())["status"] for _ in range(2)] == ["NewStatus", "WaitToNew"]
        for order_id in (first, second):
            assert (await row(rest, order_id))["status"] == "NewStatus"


async def test_a_restart_keeps_the_orders_and_loses_the_logins():
    """Nothing answers for a while; then the order is where it was, and its fill is told to newcomers."""
    async with (
        simulator(**STILL) as running,
        http(running.endpoints["http"], running.credentials) as rest,
    ):
        order_id = await submit(rest, remark="kept")
        async with pushes(running.endpoints["trade_ws"], rest) as told:
            assert (await rest.arm("restart", value=0.2))["used"] == 1
            with pytest.raises(trio_websocket.ConnectionClosed), trio.fail_after(deadline_s(5)):
                await told.take()
        with pytest.raises(httpx.HTTPError):
            await rest.data("GET", "/v1/socket/token")

        with trio.fail_after(deadline_s(10)):
            while not await reachable(rest):
                await trio.lowlevel.checkpoint()
        async with pushes(running.endpoints["trade_ws"], rest) as told:
            assert (await row(rest, order_id))["remark"] == "kept"
            await rest.data("DELETE", f"{ORDER}?order_id={order_id}")
            await told.until("CanceledStatus", order_id)


async def test_an_expired_token_is_refused_everywhere_until_revived():
    """401003 with its HTTP status."""
    async with (
        simulator(**STILL) as running,
        http(running.endpoints["http"], running.credentials) as rest,
    ):
        assert (await rest.arm("expire_access"))["used"] == 1
        for path in ("/v1/socket/token", "/v1/asset/account"):
            answer = await rest.ask("GET", path)
            assert (answer.status_code, answer.json()["code"]) == (401, 401003)
        await rest.arm("revive_access")
        await rest.data("GET", "/v1/asset/account")


async def test_thirty_calls_in_thirty_seconds_are_one_interfaces_own():
    """The thirty-first is 429002 in an envelope; other interfaces still answer."""
    async with (
        simulator(hold=True, spacing_ms=0) as running,
        http(running.endpoints["http"], running.credentials) as rest,
    ):
        for _ in range(30):
            await rest.data("GET", "/v1/asset/account")
        refused = await rest.ask("GET", "/v1/asset/account")
        assert (refused.status_code, refused.json()["code"]) == (429, 429002)
        await rest.data("GET", "/v1/asset/stock")


async def test_the_witness_tells_what_became_of_every_order(tmp_path):
    """One line for each thing that happened, by remark, in the words that drills know."""
    path = tmp_path / "witness.jsonl"
    other = Credentials(app_key="k", app_secret="s", access_token="t", account="SECOND")
    accounts = (DEFAULT_CREDENTIALS, other)
    async with (
        simulator(
            **STILL, witness_file=str(path), holdings={TENCENT: 1_000}, credentials=accounts
        ) as running,
        http(running.endpoints["http"], running.credentials) as rest,
    ):
        await submit(rest, remark="maker", submitted_quantity="200")
        rest.credentials = {"app_key": "k", "app_secret": "s", "access_token": "t"}
        await submit(rest, remark="taker", side="Sell")
        order_id = await submit(rest, submitted_price="310")
        await rest.data("DELETE", f"{ORDER}?order_id={order_id}")
        await rest.ask("POST", ORDER, ticket(remark="odd", side="Sell", submitted_quantity="5000"))
        log = (await rest.client.get("/simulator/log?kind=fill")).json()
    words = [(each["word"], each.get("client_order_id", "")) for each in said_in(path)]
    assert words[:6] == [
        ("order", "maker"),
        ("accepted", "maker"),
        ("order", "taker"),
        ("accepted", "taker"),
        ("fill", "maker"),
        ("fill", "taker"),
    ]
    assert words[6:] == [
        ("external", ""),
        ("cancel", ""),
        ("cancelled", ""),
        ("order", "odd"),
        ("rejected", "odd"),
    ]
    assert len(log) == 2


def said_in(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_the_witness_tells_of_requests_that_come_no_further_than_the_door(tmp_path):
    """Each is an order that arrived and one that was refused, whatever refused it."""
    path = tmp_path / "witness.jsonl"
    async with (
        simulator(**STILL, witness_file=str(path)) as running,
        http(running.endpoints["http"], running.credentials) as rest,
    ):
        for number, fault in enumerate(("http_plain", "http_status", "http_code", "reject_order")):
            await rest.arm(fault)
            answer = await rest.ask("POST", ORDER, ticket(remark=f"a{number}"))
            assert answer.status_code >= 400
        await rest.arm("reject_late")
        await submit(rest, remark="b")
        await rest.ask("POST", ORDER, ticket(remark="c", submitted_price="320.1"))
        rest.credentials = {**rest.credentials, "access_token": "wrong"}
        await rest.ask("POST", ORDER, ticket(remark="d"))
        await rest.client.post(ORDER, content=b"[")
    names = ["a0", "a1", "a2", "a3", "b", "c", "d"]
    told = [(each["word"], each["client_order_id"]) for each in said_in(path)]
    assert told == [(word, name) for name in names for word in ("order", "rejected")]
