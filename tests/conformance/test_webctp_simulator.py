"""The WebCTP simulator over real sockets, by a client that shares nothing with it."""

import json
import socket

import pytest
import trio
import trio_websocket

from tests.kit.loopback import http_client
from tests.kit.waiting import deadline_s, until
from tests.kit.webctp_simulator import (
    DBL_MAX,
    IOC,
    SELL,
    TODAY,
    YESTERDAY,
    market_data,
    md_log_in,
    refused,
    simulator,
    trade,
)

CFFEX = {"instrument": "IF2101", "exchange": "CFFEX"}


def base(running):
    return f"http://{running.endpoints['host']}:{running.endpoints['port']}"


async def test_one_port_for_everything():
    async with simulator() as running, http_client(base_url=base(running)) as http:
        health = await http.get("/health")
        assert (health.status_code, "OK" in health.text) == (200, True)
        assert "text/html" in health.headers["content-type"]
        assert (await http.get("/")).status_code == 404
        assert (await http.get("/market_data")).status_code == 404
        state = (await http.get("/simulator/state")).json()
        assert state["connections"] == []
        assert running.description()["endpoints"] == running.endpoints
        assert await refused(running, "/other") == 404


async def test_any_sub_protocol_is_echoed():
    async with simulator() as running:
        stream = await trio.open_tcp_stream(
            running.endpoints["host"], int(running.endpoints["port"])
        )
        async with stream, trio.open_nursery() as nursery:
            websocket = await trio_websocket.wrap_client_stream(
                nursery, stream, "localhost", "/trade", subprotocols=["anything", "more"]
            )
            assert websocket.subprotocol == "anything"
            assert isinstance(await websocket.get_message(), bytes)
            nursery.cancel_scope.cancel()


async def test_opcodes():
    async with simulator() as running, trade(running) as trader:
        await trader.websocket.send_message("{")
        await trader.hear("parse_error")
        await trader.send("get_trading_day")
        await trader.hear(5)
        assert trader.kinds == [bytes, bytes, str]


async def test_a_day_of_trading():
    async with (
        simulator(positions=("rb2101 long 3",)) as running,
        market_data(running) as follower,
        trade(running) as trader,
    ):
        login = await trader.log_in(running)
        assert login["info"]["trading_day"]
        await md_log_in(follower, running)
        await follower.send("subscribe", instruments=["rb2101"])
        shown = (await follower.hear(10, count=3))["info"]
        assert shown["lower_limit_price"] <= shown["bp1"] < shown["ap1"]
        assert shown["bp2"] == DBL_MAX
        before = await trader.insert(price=shown["upper_limit_price"])
        told = await trader.story(before, 4)
        assert (told[0], told[1], told[-1]) == ("15:6", "15:6", "16:1")
        before = await trader.insert(price=shown["lower_limit_price"] + 100)
        assert await trader.story(before, 3) == ["15:6", "15:3", "15:3"]
        resting = trader.since(before, 15)[-1]["info"]
        before = await trader.send(
            "delete_order",
            exchange="SHFE",
            instrument="rb2101",
            delete_ref=0,
            order_sys_id=resting["order_sys_id"],
        )
        assert await trader.story(before, 2) == ["15:3", "20:5"]
        sell = {"direction": SELL, "price": shown["lower_limit_price"], "time_condition": IOC}
        before = await trader.insert(**sell, offset=TODAY, volume=2)
        assert await trader.story(before, 2) == ["13:50", "14:50"]
        before = await trader.insert(**sell, offset=YESTERDAY, volume=3)
        await trader.until(lambda: sum(_lots(trader.since(before, 16))) == 3)
        (account,) = await trader.rows(12, "query_trading_account")
        assert account["commission"] > 0
        orders = await trader.rows(17, "query_order")
        assert [row["order_status"] for row in orders] == [0, 5, 0]


def _lots(trades):
    return [each["info"]["volume"] for each in trades]


async def test_the_day_is_told_again_to_a_new_socket_and_after_the_front_was_lost():
    async with simulator() as running, trade(running) as trader:
        await trader.log_in(running)
        before = await trader.insert(price=4300)
        told = await trader.story(before, 3)
        running.faults.arm("front_down", match="trade", value="8193:0.1")
        lost = await trader.hear(6)
        assert lost == {"err": {"code": 8193, "msg": "Heartbeat timeout"}, "info": None, "msg": 6}
        await trader.hear(4, count=2)
        before = len(trader.messages)
        await trader.log_in_again(running)
        assert await trader.story(before, 3) == told
        async with trade(running) as other:
            await other.log_in(running)
            assert await other.story(0, 3) == told


async def test_logout_and_in_again():
    async with simulator() as running, trade(running) as trader:
        await trader.log_in(running)
        before = await trader.send("logout", user_id=running.credentials["user_id"])
        await trader.hear(4, before)
        assert [each["msg"] for each in trader.since(before)] == [0, 9, 6, 4]
        await trader.log_in_again(running)


async def test_a_frame_too_long_cuts_the_connection_without_a_word():
    async with simulator() as running, trade(running) as trader:
        frame = json.dumps({"op": "x", "data": {"pad": "x" * 20_000}})
        await trader.websocket.send_message(frame)
        await trader.until(lambda: trader.closed)
        assert trader.websocket.closed.code == 1006
        fits = json.dumps({"op": "x", "data": {"pad": "x" * 16_000}})
        async with trade(running) as other:
            await other.websocket.send_message(fits)
            await other.hear("error")


async def test_a_reader_who_keeps_up_gets_every_row_of_a_long_answer():
    async with simulator(options_listed=3_000) as running, trade(running) as trader:
        await trader.log_in(running)
        rows = await trader.rows(21, "query_instrument")
        assert len(rows) == 3_008
        assert len({row["instrument_id"] for row in rows}) == 3_008


async def test_what_a_slow_reader_leaves_unread_is_lost():
    async with simulator(symbols=("rb2101",), snapshot_ms=20.0) as running:
        running.faults.arm("duplicate", match="market_data/MARKET_DATA*", count=-1, value=200)
        narrow = trio.socket.socket()
        # What the kernel keeps for a reader that does not read is not lost, and may be megabytes.
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await narrow.connect((running.endpoints["host"], int(running.endpoints["port"])))
        async with (
            trio.SocketStream(narrow) as stream,
            http_client(base_url=base(running)) as http,
        ):
            with trio.fail_after(deadline_s(60)):
                await stream.send_all(HANDSHAKE)
                answer = b""
                while b"\r\n\r\n" not in answer:  # nothing may be said before the upgrade
                    answer += await stream.receive_some(64)
                for op, data, sign in (
                    ("connect", {"addr": "x", "port": "1"}, "front"),
                    ("login", {"broker_id": "", "user_id": "", "password": ""}, "logged_in"),
                    ("subscribe", {"instruments": ["rb2101"]}, "lost"),
                ):
                    await stream.send_all(frame_of(op, data))
                    await shows(http, sign)


async def shows(http, sign):
    """Wait until the simulator shows something of its only connection."""
    while True:
        state = (await http.get("/simulator/state")).json()
        if any(each[sign] for each in state["connections"]):
            return


HANDSHAKE = (
    b"GET /market_data HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)


def frame_of(op, data):
    """A masked text frame with a mask of zeros."""
    payload = json.dumps({"op": op, "data": data}).encode()
    assert len(payload) < 126
    return b"\x81" + bytes((0x80 | len(payload),)) + bytes(4) + payload


async def test_a_silent_client_is_pinged_and_closed():
    async with simulator(idle_ping_s=0.1, idle_close_s=0.4) as running:
        stream = await trio.open_tcp_stream(
            running.endpoints["host"], int(running.endpoints["port"])
        )
        async with stream:
            await stream.send_all(HANDSHAKE)
            data = b""
            with trio.fail_after(deadline_s(5)):
                try:
                    while part := await stream.receive_some():
                        data += part
                except trio.BrokenResourceError:
                    pass  # a reset is an end as well
            assert b"\x89\x00" in data
        async with trade(running) as trader:  # its library answers pings
            await trio.sleep(1.0)
            await trader.send("get_trading_day")
            await trader.hear(5)


@pytest.mark.parametrize("what", ["connect", "delete", "fault"])
async def test_the_gateway_goes_and_comes_back_and_the_orders_stay(what):
    async with simulator(restart_s=0.3) as running:
        async with trade(running) as trader, market_data(running) as follower:
            await trader.log_in(running)
            await trader.story(await trader.insert(price=4300), 3)
            if what == "connect":
                await follower.send("connect", addr="x", port="1")
                await follower.send("connect", addr="x", port="1")
            elif what == "delete":
                await trader.send(
                    "delete_order",
                    exchange="SHFE",
                    instrument="rb2101",
                    delete_ref=1_000_000,
                    order_sys_id="x",
                )
            else:
                running.faults.arm("restart", value=0.3)
            await trader.until(lambda: trader.closed)
            await follower.until(lambda: follower.closed)
        await until(lambda: not running.venue.investors["9999", "100001"].sessions)
        await trio.sleep(0.4)
        async with trade(running) as again:
            await again.log_in(running)
            assert await again.story(0, 3) == ["15:6", "15:3", "15:3"]


async def test_faults_over_http():
    async with (
        simulator() as running,
        trade(running) as trader,
        http_client(base_url=base(running)) as http,
    ):
        await trader.log_in(running)
        fault = {"kind": "reject_order", "value": 22}
        assert (await http.post("/simulator/faults", json=fault)).status_code == 200
        assert await trader.story(await trader.insert(), 2) == ["13:22", "14:22"]
        for wrong in ({"kind": "nonsense"}, {"kind": "external_order", "value": "x"}):
            assert (await http.post("/simulator/faults", json=wrong)).status_code == 400
        order = {"kind": "external_order", "value": "rb2101 buy open 1 4300"}
        before = len(trader.messages)
        assert (await http.post("/simulator/faults", json=order)).status_code == 200
        assert await trader.story(before, 3) == ["15:6", "15:3", "15:3"]
        foreign = {"kind": "foreign_order", "value": "rb2101"}
        before = len(trader.messages)
        assert (await http.post("/simulator/faults", json=foreign)).status_code == 200
        await trader.hear(3, before)
        log = (await http.get("/simulator/log?kind=request")).json()
        assert {"connect", "auth", "login", "insert_order"} <= {each["op"] for each in log}


@pytest.mark.parametrize(
    ("kind", "value"), [("reset", None), ("close", 1001), ("half_close", None)]
)
async def test_connections_end_on_demand(kind, value):
    async with simulator() as running, trade(running) as trader:
        assert running.faults.arm(kind, match="trade", value=value).used == 1
        await trader.until(lambda: trader.closed)


@pytest.mark.parametrize("status", [503, 0])
async def test_connections_are_refused_on_demand(status):
    async with simulator() as running:
        running.faults.arm("refuse_connection", match="trade", value=float(status))
        assert await refused(running, "/trade") == status
        async with trade(running):
            pass


async def test_muted_and_heard_again():
    async with simulator() as running, trade(running) as trader:
        running.faults.arm("mute", match="trade")
        await trader.send("get_trading_day")
        await until(
            lambda: any(each.details.get("op") == "get_trading_day" for each in running.log.since())
        )
        await trio.sleep(0.1)
        assert len(trader.messages) == 1
        running.faults.arm("resume", match="trade")
        await trader.ask(5, "get_trading_day")


async def test_settlement_ends_the_day_and_the_sessions():
    async with simulator(trading_day="20210104") as running, trade(running) as trader:
        await trader.log_in(running)
        before = await trader.insert(price=4500)
        assert "16:1" in await trader.story(before, 4)
        running.faults.arm("end_of_day")
        await trader.hear(6)
        await trader.hear(4, count=2)
        login = await trader.log_in_again(running)
        assert login["info"]["trading_day"] == "20210105"
        assert await trader.rows(17, "query_order") == [
            {"req_id": trader.messages[-1]["info"]["req_id"], "is_last": True}
        ]


async def test_unsubscribed_without_a_word():
    async with simulator(snapshot_ms=20.0) as running, market_data(running) as follower:
        await md_log_in(follower, running)
        for symbol in ("rb2101", "IF2101"):
            await follower.send("subscribe", instruments=[symbol])
            await follower.hear(8, len(follower.messages) - 1)
        running.faults.arm("unsubscribe", match="market_data", value="rb2101")
        await trio.sleep(0.1)
        before = len(follower.messages)
        await follower.hear(10, before, count=5)
        assert {each["info"]["instrument_id"] for each in follower.since(before, 10)} == {"IF2101"}
