"""The running simulator over real sockets: handshake, login, subscriptions, market data, its end."""

import json
from collections import Counter

import pytest
import trio

from actors.venues.wooxpro.simulator import Running, SimulatorSettings, serve
from engine.errors import ConfigError
from tests.kit.recordings import recorded_folder
from tests.kit.waiting import deadline_s, until
from tests.kit.wooxpro_simulator import HANDSHAKE, Socket, http, port_of, simulator, socket

PUBLIC = (
    "futures/ticker:BTCUSDT",
    "futures/depth5:BTCUSDT@100ms",
    "futures/depth50:BTCUSDT",
    "futures/depthAll20:BTCUSDT",
    "futures/depthIncrease50:BTCUSDT",
    "futures/bookticker:BTCUSDT",
    "futures/trade:BTCUSDT",
    "futures/klineBin1m:BTCUSDT",
    "futures/markPriceKlineBin1H:BTCUSDT",
    "futures/fundingRate:BTCUSDT",
)


async def test_the_description_says_where_and_how_to_connect():
    """Keys and names as programs read them."""
    async with simulator() as running:
        described = running.description()
        assert list(described) == ["venue", "endpoints", "credentials", "instruments"]
        assert described["venue"] == "wooxpro"
        assert list(described["endpoints"]) == ["http", "public_ws", "private_ws"]
        assert list(described["credentials"]) == ["api_key", "api_secret", "memo"]
        assert described["instruments"][0] == {
            "symbol": "BTCUSDT",
            "price_increment": "0.1",
            "lot": "1",
            "reference_price": "61800.2",
        }
        json.dumps(described)


async def test_every_public_channel_delivers():
    """One ack and at least two pushes of each, on a generated market."""
    knobs = {"ticker_interval_ms": 50, "quotes_per_s": 200.0}
    wanted = {topic.partition("@")[0]: 2 for topic in PUBLIC}
    wanted["futures/fundingRate:BTCUSDT"] = 1
    async with simulator(**knobs) as running, socket(running) as client:
        await client.send("subscribe", *PUBLIC)
        seen = Counter[str]()
        acks: set[str] = set()
        with trio.fail_after(deadline_s(20)):
            while not all(seen[name] >= count for name, count in wanted.items()):
                frame = await client.next()
                if "action" in frame:
                    assert frame["success"] is True
                    acks.add(frame["group"])
                else:
                    seen[frame["group"].partition("@")[0]] += 1
        assert acks == set(PUBLIC)


@pytest.mark.parametrize("endpoint", ["public_ws", "private_ws"])
async def test_both_paths_serve_both_sorts_of_topics(endpoint):
    """Private topics need the login on either path, public ones never."""
    async with simulator() as running, socket(running, endpoint) as client:
        await client.send("subscribe", "futures/bookticker:BTCUSDT", "futures/order")
        refusal = await client.until(lambda frame: frame.get("success") is False)
        assert refusal["error"] == "futures/order need authenication"
        assert (await client.login())["success"] is True
        await client.send("subscribe", "futures/order")
        ack = await client.until(
            lambda frame: frame.get("action") == "subscribe" and frame["group"] == "futures/order"
        )
        assert ack["success"] is True


@pytest.mark.parametrize(
    ("terms", "accepted"),
    [
        ({}, True),
        ({"action": "login"}, True),
        ({"suffix": "bitmart.WebSocket"}, True),
        ({"skew_s": 5}, True),
        ({"skew_s": -55}, True),
        ({"skew_s": 70}, False),
        ({"suffix": "other.WebSocket"}, False),
        ({"memo": "wrong"}, False),
        ({"api_key": "unknown0key0"}, False),
    ],
)
async def test_logins_are_judged_as_the_sheet_says(terms, accepted):
    """After a refusal the connection stays and a right login succeeds."""
    async with simulator() as running, socket(running, "private_ws") as client:
        answer = await client.login(**terms)
        assert answer["success"] is accepted
        if not accepted:
            assert answer["error"].startswith("access failed: openapi auth: apiKey ")
            assert (await client.login())["success"] is True


async def test_an_unknown_path_is_refused_before_the_upgrade():
    """404 with the gateway's body."""
    async with (
        simulator() as running,
        await trio.open_tcp_stream("127.0.0.1", port_of(running)) as stream,
    ):
        await stream.send_all(HANDSHAKE.replace(b"/api", b"/other"))
        answer = b""
        with trio.fail_after(deadline_s(5)):
            while data := await stream.receive_some(4_096):
                answer += data
    assert answer.startswith(b"HTTP/1.1 404")
    assert answer.endswith(b'{"error_msg":"404 Route Not Found"}')


async def test_a_protocol_ping_is_answered_and_counts_as_life():
    """The connection outlives the five seconds on pings alone."""
    knobs = {"lifeless_s": 0.3, "idle_timeout_s": 5.0}
    async with simulator(**knobs) as running, socket(running) as client:
        with trio.fail_after(deadline_s(5)):
            await client.websocket.ping(b"x")
            await trio.sleep(0.5)
            await client.websocket.ping(b"y")


async def test_a_silent_connection_is_closed_as_lifeless_and_a_quiet_one_as_idle():
    """Two rules, two reasons in the log."""
    async with simulator(lifeless_s=0.2, idle_timeout_s=0.6, hold_for=("never",)) as running:
        async with socket(running) as silent, socket(running) as quiet:
            await quiet.send("subscribe", "futures/order")
            await silent.closed()
            await quiet.closed()
        await until(lambda: len(running.log.since(kind="disconnect")) == 2)
        assert endings(running) == ["lifeless", "idle"]


async def test_pushed_data_keeps_a_connection_alive():
    """Data from the venue is data: no idle close while it flows."""
    knobs = {"idle_timeout_s": 0.4, "quotes_per_s": 100.0}
    async with simulator(**knobs) as running, socket(running) as client:
        await client.send("subscribe", "futures/bookticker:BTCUSDT")
        with trio.move_on_after(1.2):
            while True:
                await client.next()
        await client.send("ping")
        assert (await client.push("System"))["data"] == "pong"


async def test_a_client_that_does_not_read_is_cut_off_and_others_go_on():
    """The bounded outbox ends the slow one."""
    knobs = {"outbox_bytes_max": 200_000, "quotes_per_s": 3_000.0}
    async with simulator(**knobs) as running, socket(running) as healthy:
        await healthy.send("subscribe", "futures/bookticker:BTCUSDT")
        async with await trio.open_tcp_stream("127.0.0.1", port_of(running)) as slow:
            slow.setsockopt(*RECEIVE_BUFFER)
            await slow.send_all(HANDSHAKE)
            await slow.receive_some(4_096)
            topics = [
                f"futures/{kind}:{name}" for name in ALL for kind in ("bookticker", "depthAll50")
            ]
            await slow.send_all(masked(json.dumps({"action": "subscribe", "args": topics})))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(read_on, healthy)
                await until(lambda: "slow client" in endings(running), within_s=30)
                nursery.cancel_scope.cancel()


async def read_on(client: Socket) -> None:
    while True:
        await client.next()


def endings(running: Running) -> list[str]:
    return [entry.details["reason"] for entry in running.log.since(kind="disconnect")]


ALL = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
RECEIVE_BUFFER = (1, 8, 4_096)  # SOL_SOCKET, SO_RCVBUF


def masked(text: str) -> bytes:
    """A client's text frame with a mask of zeros."""
    payload = text.encode()
    return b"\x81\xfe" + len(payload).to_bytes(2, "big") + b"\0\0\0\0" + payload


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 64,
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /api HTTP/1.1\r\nHost: x\r\n\r\n",
        HANDSHAKE + b"\xff\xff\xff\xff",
        HANDSHAKE + b"\x81\x05hello",
        HANDSHAKE + b"\x88\x00",
    ],
)
@pytest.mark.parametrize("endpoint", ["http", "public_ws"])
async def test_garbage_ends_only_its_own_connection(garbage, endpoint):
    """After it the server still answers."""
    async with simulator() as running:
        port = port_of(running, endpoint)
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        await stream.send_all(garbage)
        with trio.move_on_after(0.2):
            while await stream.receive_some(4_096):
                pass
        await stream.aclose()
        async with http(running) as client, socket(running) as other:
            assert (await client.get("/system/time")).status_code == 200
            await other.send("ping")
            assert (await other.push("System"))["data"] == "pong"


async def test_a_replay_begins_with_its_first_subscriber_and_loses_nothing(tmp_path):
    """Every recorded quote and trade of both contracts arrives, in order, at sixty times its speed."""
    folders = [recorded_folder(f"{name}-perp-20240808") for name in ("btcusdt", "ethusdt")]
    knobs = {
        "replay": ":".join(map(str, folders)),
        "symbols": ("BTCUSDT", "ETHUSDT"),
        "speed": 60.0,
        "timestamps": "recorded",
        "hold_for": ("futures/bookticker:BTCUSDT", "futures/trade:ETHUSDT"),
        "outbox_bytes_max": 1 << 30,
        "idle_timeout_s": 600.0,  # a busy machine is not an idle client
    }
    async with simulator(**knobs) as running, socket(running) as client:
        await client.send("subscribe", "futures/bookticker:BTCUSDT")
        await client.until(lambda frame: frame.get("success"))
        assert not running.venue.market.started
        await client.send("subscribe", "futures/trade:ETHUSDT")
        wanted = 500
        with trio.fail_after(deadline_s(60)):
            while wanted:
                wanted -= "data" in await client.next()
    quotes = [
        f["data"] for f in client.seen if f["group"] == "futures/bookticker:BTCUSDT" and "data" in f
    ]
    prints = [
        row
        for f in client.seen
        if f["group"] == "futures/trade:ETHUSDT" and "data" in f
        for row in f["data"]
    ]
    assert len(quotes) > 100
    assert prints
    check_quotes(folders[0], quotes)
    check_trades(folders[1], prints)


def check_quotes(folder, quotes) -> None:
    import pyarrow.parquet as pq

    rows = pq.read_table(folder / "quotes.parquet").slice(0, len(quotes)).to_pylist()
    for row, quote in zip(rows, quotes, strict=True):
        assert float(quote["best_bid_price"]) == row["bid_price"]
        assert int(quote["best_bid_vol"]) == round(row["bid_size"] * 1_000)
        assert float(quote["best_ask_price"]) == row["ask_price"]
        assert int(quote["best_ask_vol"]) == round(row["ask_size"] * 1_000)
        assert quote["ms_t"] == row["ts_ns"] // 1_000_000


def check_trades(folder, prints) -> None:
    import pyarrow.parquet as pq

    rows = pq.read_table(folder / "trades.parquet").slice(0, len(prints)).to_pylist()
    for row, one in zip(rows, prints, strict=True):
        assert one["trade_id"] == row["trade_id"]
        assert float(one["deal_price"]) == row["price"]
        assert int(one["deal_vol"]) == round(row["size"] * 1_000)
        assert one["m"] is (row["aggressor"] == -1)


async def test_a_taken_port_is_a_configuration_error():
    """Said by name, not as a bare OSError."""
    async with simulator() as running:
        port = int(running.endpoints["http"].rpartition(":")[2])
        with pytest.raises(ConfigError, match=str(port)):
            await serve(SimulatorSettings(http_port=port))


async def test_cancelling_ends_the_server_at_once():
    """Connections and all; the ports are free again."""
    async with simulator() as running, socket(running) as client:
        await client.send("subscribe", "futures/bookticker:BTCUSDT")
        await client.push("futures/bookticker")
    for url in running.endpoints.values():
        with pytest.raises(OSError, match="connect"):
            await trio.open_tcp_stream("127.0.0.1", int(url.split(":")[2].split("/")[0]))
