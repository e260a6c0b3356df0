"""The AllTick simulator over real sockets, asked by a bare client that was written from the sheet."""

import contextlib
import json
import os
import socket as socket_module
from urllib.parse import quote

import pytest

from actors import simulator as actor
from actors.venues.alltick import simulator as alltick_simulator
from actors.venues.alltick.simulator import Account, SimulatorSettings, serve
from engine.errors import ConfigError
from tests.kit.alltick_simulator import (
    STILL,
    handshake,
    http,
    simulator,
    socket,
    symbol_list,
)
from tests.kit.waiting import until

BOOK, TRADE = 22999, 22998
STRINGS = {"price", "volume", "turnover", "code"}


async def test_the_recipe_of_the_sheet_works():
    """Heartbeat, books, trades, pushes without an envelope, cancel."""
    async with simulator() as running, socket(running) as client:
        assert await client.heartbeat() == {
            "ret": 200,
            "msg": "ok",
            "cmd_id": 22001,
            "seq_id": 1,
            "trace": "t-1",
            "data": {},
        }
        assert (await client.depth("BTCUSDT", BTCUSDT=5))["cmd_id"] == 22003
        assert (await client.trades("BTCUSDT"))["cmd_id"] == 22005
        book = await client.push(BOOK)
        trade = await client.push(TRADE)
        assert (await client.ask(22006, {"cancel_type": 0}))["cmd_id"] == 22007
    assert all(set(f) == {"cmd_id", "data"} for f in client.seen if "ret" not in f)
    assert set(book) == {"code", "seq", "tick_time", "bids", "asks"}
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert isinstance(book["seq"], int)
    assert isinstance(book["tick_time"], int)
    assert book["tick_time"] > 1e12
    assert all(isinstance(trade[name], str) for name in STRINGS)
    assert trade["trade_direction"] in (1, 2)
    assert not {"true", "false", "null"} & set(json.dumps(client.seen).replace('"', " ").split())


@pytest.mark.parametrize("data", [{}, [], {"symbol_list": None}, None, 7, "text"])
async def test_malformed_heartbeats_of_published_examples_are_answered(data):
    """They count too."""
    async with simulator(**STILL) as running, socket(running) as client:
        seq_id = await client.send(22000, data)
        assert (await client.next())["seq_id"] == seq_id
        await client.websocket.send_message('{"cmd_id":22000,"seq_id":9}')
        answer = await client.next()
        assert (answer["ret"], answer["seq_id"], answer["trace"]) == (200, 9, "")


async def test_binary_frames_and_unknown_fields_are_taken():
    """Where text is usual; in any order of optional steps."""
    async with simulator() as running, socket(running, "stock_ws") as client:
        request = {
            "ac": {"token": "x"},
            "cmd_id": 22004,
            "seq_id": 4294967295,
            "trace": "a" * 64,
            "data": {"symbol_list": [{"code": "700.HK", "depth_level": 5, "more": 1}], "x": None},
        }
        await client.websocket.send_message(json.dumps(request).encode())
        answer = await client.until(lambda frame: "ret" in frame)
        assert (answer["ret"], answer["seq_id"], answer["trace"]) == (200, 4294967295, "a" * 64)
        assert (await client.push(TRADE))["code"] == "700.HK"


async def test_a_subscription_replaces_the_former_one():
    """Of its own kind, on its own connection."""
    async with simulator() as running, socket(running) as one, socket(running) as two:
        await one.depth("BTCUSDT", "ETHUSDT")
        await two.depth("BTCUSDT")
        await one.trades("BTCUSDT")
        await one.depth("GOLD")
        one.seen.clear()
        for _ in range(3):
            await one.push(BOOK)
            await one.push(TRADE)
            await two.push(BOOK)
        assert {f["data"]["code"] for f in one.seen if f["cmd_id"] == BOOK} == {"GOLD"}
        assert {f["data"]["code"] for f in one.seen if f["cmd_id"] == TRADE} == {"BTCUSDT"}
        assert {f["data"]["code"] for f in two.seen if f["cmd_id"] == BOOK} == {"BTCUSDT"}


async def test_what_a_token_may_not_do_is_refused_at_the_upgrade():
    """Missing, wrong, expired; each with its body, before the path is looked at."""
    accounts = ({"token": "good", "plan": "basic"}, {"token": "old", "expired": True})
    known = tuple(Account(**each) for each in accounts)
    async with simulator(**STILL, accounts=known) as running:
        missing = (401, '{"msg":"token is required","ret":401}')
        wrong = (401, '{"ret":401,"msg":"token invalid"}')
        assert await handshake(running, "/quote-b-ws-api") == missing
        assert await handshake(running, "/elsewhere") == missing
        assert await handshake(running, "/quote-b-ws-api?token=bad") == wrong
        assert await handshake(running, "/quote-stock-b-ws-api?token=old") == wrong
        assert (await handshake(running, "/elsewhere?token=good"))[0] == 404
        async with socket(running, token="good") as client:
            assert (await client.heartbeat())["ret"] == 200


async def test_connections_are_counted_per_token_and_path():
    """One of each on the small plans; the next one meets 429; a freed place can be taken."""
    async with simulator(**STILL, plan="basic") as running:
        path = f"/quote-b-ws-api?token={quote(running.credentials['token'])}"
        async with socket(running) as other, socket(running, "stock_ws") as stock:
            await other.heartbeat()
            await stock.heartbeat()
            assert await handshake(running, path) == (429, '{"ret":429,"msg":"Too Many Requests"}')
        await until(lambda: len(running.log.since(kind="disconnect")) == 2)
        async with socket(running) as again:
            assert (await again.heartbeat())["ret"] == 200


async def test_an_excess_connection_may_be_accepted_and_closed():
    """The other reading of "dropped at once"."""
    async with (
        simulator(**STILL, connection_limit=1, excess_connection="close") as running,
        socket(running) as first,
        socket(running) as second,
    ):
        assert await second.closed() == 1000
        assert second.seen[0]["ret"] == 606
        assert (await first.heartbeat())["ret"] == 200


async def test_without_heartbeats_the_connection_is_closed():
    """Subscriptions and pings do not count."""
    async with (
        simulator(**STILL, heartbeat_timeout_s=0.3) as running,
        socket(running) as client,
    ):
        await client.depth("BTCUSDT")
        await client.websocket.ping(b"x")
        assert await client.closed() == 1000
        await until(lambda: running.log.since(kind="disconnect"))
        assert running.log.since(kind="disconnect")[0].details["reason"] == "no heartbeat"


async def test_too_many_requests_close_the_connection():
    """606 first; a heartbeat beside a subscription is none of them."""
    async with simulator(**STILL, pacing="reject_and_close") as running, socket(running) as client:
        await client.heartbeat()
        assert (await client.depth("BTCUSDT"))["ret"] == 200
        await client.heartbeat()
        answer = await client.trades("BTCUSDT")
        assert (answer["ret"], answer["msg"]) == (
            606,
            "too many requests and connection will be closed",
        )
        assert await client.closed() == 1000


async def test_http_answers_strings_in_an_envelope():
    """Bars, books, trades, static information, halts."""
    async with simulator() as running, http(running) as rest:
        wanted = {
            "code": "BTCUSDT",
            "kline_type": 1,
            "kline_timestamp_end": 0,
            "query_kline_num": 600,
            "adjust_type": 0,
        }
        answer = (await rest.get("other_http", "kline", wanted, trace="abc")).json()
        assert {k: answer[k] for k in ("ret", "msg", "trace")} == {
            "ret": 200,
            "msg": "ok",
            "trace": "abc",
        }
        rows = answer["data"]["kline_list"]
        assert len(rows) == 500
        assert all(isinstance(value, str) for row in rows for value in row.values())
        assert [int(r["timestamp"]) for r in rows] == sorted(int(r["timestamp"]) for r in rows)
        group = {**wanted, "query_kline_num": 9}
        batch = (await rest.post("other_http", "batch-kline", {"data_list": [group]})).json()
        assert len(batch["data"]["kline_list"][0]["kline_data"]) == 2
        codes = symbol_list("700.HK")
        book = (await rest.get("stock_http", "depth-tick", codes)).json()["data"]["tick_list"][0]
        assert isinstance(book["seq"], str)
        assert isinstance(book["tick_time"], str)
        trade = (await rest.get("stock_http", "trade-tick", codes)).json()["data"]["tick_list"][0]
        assert isinstance(trade["trade_direction"], int)
        fixed = (await rest.get("stock_http", "static_info", codes)).json()["data"]
        assert fixed["static_info_list"][0]["lot_size"] == "100"


async def test_a_taken_port_is_a_configuration_error():
    """Said by name, not as a bare OSError."""
    async with simulator(**STILL) as running:
        port = int(running.endpoints["stock_http"].split(":")[2].split("/")[0])
        with pytest.raises(ConfigError, match=str(port)):
            await serve(SimulatorSettings(other_ws_port=port))


async def test_a_restart_takes_the_same_ports():
    """One port for all four, or four of them: what was published is what is asked for again."""
    module = actor.module_of("alltick")
    names = ["stock_ws_port", "other_ws_port", "stock_http_port", "other_http_port"]
    assert actor.port_names(module) == names
    async with simulator(**STILL) as running:
        before = running.description()
    pinned = actor.ports_before(module, before)
    assert len(set(pinned.values())) == 1
    async with simulator(**STILL, **pinned) as running:
        assert running.description()["endpoints"] == before["endpoints"]


def four_free_ports() -> int:
    """The first of four in a row below those that the kernel gives to others meanwhile."""
    for first in range(20_000 + os.getpid() % 10_000, 32_000, 4):
        with contextlib.ExitStack() as opened, contextlib.suppress(OSError):
            for port in range(first, first + 4):
                listener = opened.enter_context(socket_module.socket())
                listener.bind(("127.0.0.1", port))
            return first
    raise AssertionError("no four free ports in a row")


async def test_four_ports_serve_everything_each():
    """As `simulate --port` gives them; the paths decide, not the ports."""
    taken = four_free_ports()
    ports = {name: taken + step for step, name in enumerate(actor.port_names(alltick_simulator))}
    async with simulator(**STILL, **ports) as running, http(running) as rest:
        assert len({url.split("/")[2] for url in running.endpoints.values()}) == 4
        running.endpoints["other_ws"] = running.endpoints["other_ws"].replace(
            str(taken + 1), str(taken + 3)
        )
        async with socket(running) as client:
            assert (await client.heartbeat())["ret"] == 200
        answer = await rest.get("stock_http", "trade-tick", symbol_list("700.HK"))
        assert answer.json()["ret"] == 200


async def test_it_describes_itself_as_promised():
    """Names that programs outside read."""
    async with simulator(**STILL) as running:
        told = json.loads(json.dumps(running.description()))
    assert list(told) == ["venue", "endpoints", "credentials", "instruments"]
    assert list(told["endpoints"]) == ["stock_ws", "other_ws", "stock_http", "other_http"]
    assert list(told["credentials"]) == ["token"]
    fields = {"symbol", "price_increment", "lot", "reference_price"}
    assert all(set(each) == fields for each in told["instruments"])
    listed = {each["symbol"]: each for each in told["instruments"]}
    assert listed["700.HK"] == {
        "symbol": "700.HK",
        "price_increment": "0.2",
        "lot": "100",
        "reference_price": "320.0",
    }
    assert {"BTCUSDT", "EURUSD", "SPY.US", "BAC.US", "AAPL.US", "GOLD", "US500"} <= set(listed)
