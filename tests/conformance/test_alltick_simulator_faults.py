"""The AllTick simulator's misbehaviour over real sockets, and what hostile clients can do to it."""

import json
import random
from contextlib import suppress
from urllib.parse import quote, urlsplit

import httpx
import pytest
import trio
import trio_websocket

from tests.kit.alltick_simulator import (
    STILL,
    handshake,
    http,
    simulator,
    socket,
    symbol_list,
)
from tests.kit.fuzzing import hostile
from tests.kit.waiting import deadline_s, until

BOOK, TRADE = 22999, 22998
WS_PATH = "/quote-b-ws-api"


def upgrade(path: str, more: str = "") -> bytes:
    """A handshake by hand."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    ).encode()


def address(running) -> tuple[str, int]:
    target = urlsplit(running.endpoints["other_ws"])
    return str(target.hostname), int(target.port or 0)


async def exchange(running, data: bytes) -> bytes:
    """Send bytes, end, and read all that comes until the end or the reset."""
    received = b""
    async with await trio.open_tcp_stream(*address(running)) as stream:
        with trio.fail_after(deadline_s(15)):
            try:
                await stream.send_all(data)
                await stream.send_eof()
                while part := await stream.receive_some(65_536):
                    received += part
            except (trio.BrokenResourceError, OSError):
                return received
    return received


# --- pushes and answers -----------------------------------------------------------------------


async def test_pushes_can_be_lost_doubled_and_broken():
    """Over the admin route, seen by a client."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await client.depth("BTCUSDT")
        first = await client.push(BOOK)
        await rest.fault("duplicate", match="depth/BTCUSDT")
        again = await client.until(
            lambda frame: [f for f in client.seen if f == frame and "ret" not in f][1:] != []
        )
        assert again["data"]["seq"] >= first["seq"]
        await rest.fault("one_sided", match="depth/BTCUSDT")
        one_sided = await client.until(
            lambda frame: frame["data"]["asks"] == [{"price": "0", "volume": "0"}]
        )
        assert float(one_sided["data"]["bids"][0]["price"]) > 0
        await rest.fault("malformed", match="depth/BTCUSDT")
        with pytest.raises(json.JSONDecodeError):
            await client.until(lambda _: False)
        assert (await client.push(BOOK))["code"] == "BTCUSDT"


async def test_a_push_may_come_before_its_confirmation():
    """By the switch, and by the fault where nothing is known yet."""
    async with (
        simulator(ack="after_snapshot") as running,
        socket(running) as client,
        http(running) as rest,
    ):
        await client.depth("BTCUSDT")
        assert [frame["cmd_id"] for frame in client.seen] == [BOOK, 22003]
        await rest.fault("reply_late", match="22004")
        client.seen.clear()
        await client.trades("BTCUSDT")
        assert any(frame["cmd_id"] in (BOOK, TRADE) for frame in client.seen[:-1])


async def test_answers_can_be_lost_refused_or_unreadable():
    """A refused subscription leaves the former set."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await client.depth("BTCUSDT")
        await rest.fault("reply_error", match="22002", value=600)
        refused = await client.depth("ETHUSDT")
        assert (refused["ret"], refused["msg"]) == (600, "code invalid")
        await rest.fault("reply_unreadable", match="22002")
        await client.send(22002, symbol_list("ETHUSDT"))
        zeros = await client.until(lambda frame: "ret" in frame)
        assert (zeros["ret"], zeros["cmd_id"], zeros["seq_id"]) == (400, 0, 0)
        client.seen.clear()
        assert (await client.push(BOOK))["code"] == "BTCUSDT"
        await rest.fault("reply_lost", match="22000")
        await client.send(22000, {})
        answer = await client.heartbeat()
        lost = answer["seq_id"] - 1
        assert all(frame.get("seq_id") != lost for frame in client.seen)


# --- connections ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (429, (429, '{"ret":429,"msg":"Too Many Requests"}')),
        (401, (401, '{"ret":401,"msg":"token invalid"}')),
        (503, (503, "")),
        (0, (0, "")),
    ],
)
async def test_handshakes_can_be_refused(value, answer):
    """By status or by a reset; the next one is accepted."""
    async with simulator(**STILL) as running, http(running) as rest:
        await rest.fault("refuse_connection", match="other_ws", value=value)
        path = f"{WS_PATH}?token={quote(rest.token)}"
        assert await handshake(running, path) == answer
        async with socket(running) as client:
            assert (await client.heartbeat())["ret"] == 200


async def test_a_mute_connection_stays_open_without_a_word():
    """No pushes, no 22001, beyond the heartbeat's timeout; then it goes on."""
    timeout_s = deadline_s(1.0)
    async with (
        simulator(heartbeat_timeout_s=timeout_s) as running,
        socket(running) as client,
        http(running) as rest,
    ):
        await client.depth("BTCUSDT")
        assert (await rest.fault("mute", match="other_ws"))["used"] == 1
        with trio.move_on_after(1.2 * timeout_s):
            while True:
                client.seen.append(json.loads(await client.websocket.get_message()))
        client.seen.clear()
        await client.send(22000, {})
        await rest.fault("resume", match="other_ws")
        answer = await client.heartbeat()
        assert answer["ret"] == 200


@pytest.mark.parametrize(("kind", "code"), [("close", 1001), ("reset", 1006), ("torn", 1006)])
async def test_connections_can_end_in_every_way(kind, code):
    """The others stay."""
    async with (
        simulator() as running,
        socket(running, "stock_ws") as other,
        socket(running) as client,
        http(running) as rest,
    ):
        await client.depth("BTCUSDT")
        await rest.fault(kind, match="depth/BTCUSDT" if kind == "torn" else "other_ws")
        assert await client.closed() == code
        assert (await other.heartbeat())["ret"] == 200


async def test_a_half_closed_connection_still_listens():
    """Nothing comes any more, nothing fails when it is written to."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await client.depth("BTCUSDT")
        await rest.fault("half_close", match="other_ws")
        assert await client.closed() == 1006
        await alive(running)


@pytest.mark.parametrize(("style", "code"), [("frame", 1000), ("drop", 1006)])
async def test_the_venues_own_close_has_two_styles(style, code):
    """A close frame, or the bare end; here after a time."""
    async with (
        simulator(**STILL, drop_after_s=0.2, close_style=style) as running,
        socket(running) as client,
    ):
        assert await client.closed() == code
        await until(lambda: running.log.since(kind="disconnect"))
        assert running.log.since(kind="disconnect")[0].details["reason"] == "drop_after_s"


async def test_a_code_can_fall_silent():
    """Without a word; the others go on."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await client.depth("BTCUSDT", "ETHUSDT")
        await rest.fault("unsubscribe", match="other_ws", value="BTCUSDT")
        await client.heartbeat()
        client.seen.clear()
        for _ in range(5):
            await client.push(BOOK)
        assert {frame["data"]["code"] for frame in client.seen} == {"ETHUSDT"}


async def test_connecting_too_soon_is_refused():
    """Ten seconds on the free plan; each path for itself."""
    async with simulator(**STILL, plan="free", reconnect_pacing=True) as running:
        async with socket(running) as client:
            await client.heartbeat()
        await until(lambda: running.log.since(kind="disconnect"))
        path = f"{WS_PATH}?token={quote(running.credentials['token'])}"
        assert (await handshake(running, path))[0] == 429
        async with socket(running, "stock_ws") as stock:
            assert (await stock.heartbeat())["ret"] == 200


async def test_requests_on_two_connections_of_a_token_are_paced():
    """3 s between them, over both paths unless the scope is the family."""
    knobs = {**STILL, "pacing": "reject"}
    async with (
        simulator(**knobs) as running,
        socket(running) as other,
        socket(running, "stock_ws") as stock,
    ):
        assert (await other.depth("BTCUSDT"))["ret"] == 200
        assert (await stock.depth("700.HK"))["ret"] == 605
    async with (
        simulator(**knobs, pacing_scope="family") as running,
        socket(running) as other,
        socket(running, "stock_ws") as stock,
    ):
        assert (await other.depth("BTCUSDT"))["ret"] == 200
        assert (await stock.depth("700.HK"))["ret"] == 200


async def test_a_client_that_does_not_read_is_cut_off():
    """And nobody else notices."""
    async with (
        simulator() as running,
        socket(running) as slow,
        socket(running) as quick,
        http(running) as rest,
    ):
        await rest.fault("oversized", match="depth/ETHUSDT", count=-1, value=1_000_000)
        await slow.depth("ETHUSDT")
        await quick.depth("BTCUSDT")

        def cut() -> bool:
            ends = running.log.since(kind="disconnect")
            return any(each.details["reason"] == "slow client" for each in ends)

        with trio.fail_after(deadline_s(60)):
            while not cut():
                await quick.push(BOOK)
        assert (await quick.heartbeat())["ret"] == 200


# --- HTTP -------------------------------------------------------------------------------------


async def test_http_requests_can_fail_in_every_way():
    """By code, by status, cut, reset, late, never."""
    async with simulator(**STILL) as running, http(running) as rest:
        codes, path = symbol_list("BTCUSDT"), "/quote-b-api/trade-tick"

        async def ask() -> httpx.Response:
            return await rest.get("other_http", "trade-tick", codes)

        await rest.fault("http_ret", match=path, value=600)
        assert (await ask()).json()["ret"] == 600
        await rest.fault("http_status", match=path)
        assert (await ask()).status_code == 503
        await rest.fault("http_malformed", match=path)
        with pytest.raises(json.JSONDecodeError):
            (await ask()).json()
        await rest.fault("http_reset", match=path)
        with pytest.raises(httpx.TransportError):
            await ask()
        await rest.fault("http_delay", match=path, value=0.2)
        began = trio.current_time()
        assert (await ask()).json()["ret"] == 200
        assert trio.current_time() - began >= 0.2
        await rest.fault("http_no_answer", match=path)
        rest.client.timeout = httpx.Timeout(0.3)
        with pytest.raises(httpx.ReadTimeout):
            await ask()


async def test_the_witness_knows_everything_but_the_token():
    """Connections, commands, heartbeats, requests, refusals."""
    async with simulator(**STILL) as running, socket(running) as client, http(running) as rest:
        await client.heartbeat()
        await client.depth("BTCUSDT")
        await rest.get("other_http", "trade-tick", symbol_list("BTCUSDT"))
        await handshake(running, f"{WS_PATH}?token=wrong")
        entries = await rest.admin("GET", "log")
        kinds = [entry["kind"] for entry in entries]
        assert kinds == ["connect", "heartbeat", "command", "request", "refuse"]
        assert running.credentials["token"] not in json.dumps(entries)
        state = await rest.admin("GET", "state")
        assert state["connections"][0]["depth"] == {"BTCUSDT": 1}
        assert state["market_started"] is False


# --- hostile clients --------------------------------------------------------------------------


async def alive(running) -> None:
    """It still serves."""
    async with socket(running) as client:
        assert (await client.heartbeat())["ret"] == 200
        assert (await client.depth("BTCUSDT"))["ret"] == 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /quote-b-ws-api?token=x HTTP/9.9\r\nUpgrade: websocket\r\n\r\n",
        b"GET /quote-b-api/kline?" + b"a=b&" * 2_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /quote-b-api/batch-kline HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\nx",
        b"POST /simulator/faults HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\xff\xff",
        b"NONSENSE\r\n\r\n",
    ],
)
async def test_bytes_that_are_no_request_end_only_their_connection(data):
    """Not HTTP, too long, cut off."""
    async with simulator(**STILL) as running:
        await exchange(running, data)
        await alive(running)


async def test_broken_handshakes_and_frames_end_only_their_connection():
    """After the upgrade anything may come: 300 mutations of good bytes, then a good client."""
    async with simulator(**STILL, connection_limit=400) as running:
        path = f"{WS_PATH}?token={quote(running.credentials['token'])}"
        heartbeat = b'{"cmd_id":22000,"seq_id":1,"trace":"a","data":{}}'
        mask = b"\x01\x02\x03\x04"
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(heartbeat))
        frame = b"\x81" + bytes([0x80 | len(heartbeat)]) + mask + masked
        seeds = [frame * 3, b"\x89\x80" + mask + frame, b"\x88\x82" + mask + b"\x02\xea" + frame]
        for word, data in hostile(seeds, 100):
            head = upgrade(path)
            if random.Random(word).random() < 0.2:
                head = head.replace(b"Version: 13", b"Version: 12")
            received = await exchange(running, head + data)
            assert received.startswith(b"HTTP/1.1 "), word
        await alive(running)


async def test_a_message_beyond_every_bound_ends_its_connection():
    """Two megabytes where one is the most."""
    async with simulator(**STILL) as running, socket(running) as client:
        with suppress(trio_websocket.ConnectionClosed):
            await client.websocket.send_message("x" * (2 << 20))
        assert await client.closed() == 1009
        await alive(running)
