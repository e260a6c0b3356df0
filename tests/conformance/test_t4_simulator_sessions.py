"""The running T4 simulator over real sockets: one port, sessions, market data, how it ends things."""

import json

import pytest
import trio
import trio_websocket

from actors.venues.t4.simulator import SimulatorSettings, peer, serve
from engine.errors import ConfigError
from tests.kit.recordings import recorded_folder
from tests.kit.t4_simulator import (
    ALL_LEVELS,
    ES,
    NORMAL,
    OPEN,
    PRE_OPEN,
    SMART,
    SMART_TRADE,
    by_key,
    by_password,
    http,
    simulator,
    socket,
)
from tests.kit.waiting import deadline_s, until

QUICK = {"markets": (ES,), "quotes_per_s": 50.0}


async def test_the_description_says_where_and_how_to_connect():
    """Keys and names as programs read them; one port for both."""
    async with simulator() as running:
        described = running.description()
        assert list(described) == ["venue", "endpoints", "credentials", "instruments"]
        assert described["venue"] == "t4"
        ws, rest = described["endpoints"]["ws"], described["endpoints"]["http"]
        assert (ws.startswith("ws://"), ws.endswith("/v1")) == (True, True)
        assert rest.removeprefix("http://") in ws
        assert list(described["credentials"]) == [
            "firm",
            "username",
            "password",
            "app_name",
            "app_license",
            "api_key",
        ]
        assert described["instruments"][0] == {
            "symbol": ES,
            "price_increment": "0.25",
            "lot": "1",
            "reference_price": "4800",
        }
        json.dumps(described)


async def test_ports_may_differ():
    """Each of them then answers both."""
    async with simulator() as first, simulator() as second:
        ports = [int(each.endpoints["http"].rpartition(":")[2]) for each in (first, second)]
    async with simulator(ws_port=ports[0], http_port=ports[1]) as running:
        assert running.endpoints["ws"] == f"ws://127.0.0.1:{ports[0]}/v1"
        assert running.endpoints["http"] == f"http://127.0.0.1:{ports[1]}"
        async with socket(running) as client, http(running) as rest:
            assert "result" not in await client.log_in()
            assert (await rest.get("/markets/exchanges")).status_code == 200


async def test_a_port_that_is_taken_is_refused():
    """With words for the user."""
    async with simulator() as running:
        port = int(running.endpoints["http"].rpartition(":")[2])
        with pytest.raises(ConfigError, match="cannot listen"):
            await serve(SimulatorSettings(port=port))


@pytest.mark.parametrize("login", [by_key(), by_password()], ids=["key", "password"])
async def test_login_then_details_snapshot_and_stream(login):
    """In this order; heartbeats before the response are tolerated."""
    async with simulator(**QUICK) as running, socket(running) as client:
        await client.say("login_request", **login)
        await client.say("heartbeat", timestamp=1)
        assert (await client.next())[0] == "login_response"
        await client.depth(buffer=SMART_TRADE)
        await client.until("market_depth_trade")
        await client.until("market_depth")
        names = [name for name, _ in client.seen]
        assert names[1:3] == ["market_details", "market_snapshot"]
        images = [body for name, body in client.seen if name == "market_depth"]
        for image in images:
            assert len(image["bids"]) == len(image["offers"]) == NORMAL
            assert float(image["bids"][0]["price"]) < float(image["offers"][0]["price"])


async def test_a_login_in_fragments_is_understood():
    """Clients may cut a message into continuation frames, and so may the server."""
    async with simulator(**QUICK) as running, socket(running) as client:
        await client.log_in()
        running.faults.arm("fragmented", match="*/depth", count=3)
        await client.depth()
        for _ in range(3):
            assert (await client.until("market_depth"))["market_id"] == ES


async def test_only_the_path_of_the_venue_is_served():
    """A query behind it does not matter."""
    async with simulator() as running:
        async with socket(running, "/v1?x=1") as client:
            assert "result" not in await client.log_in()
        with pytest.raises((trio_websocket.HandshakeError, ExceptionGroup)):
            async with socket(running, "/v2"):
                pass


async def test_another_login_takes_over():
    """The older session is told and closed in order; the newer one goes on."""
    async with simulator() as running, socket(running) as older, socket(running) as newer:
        await older.log_in()
        await newer.log_in(**by_password())
        assert await older.closed() == 1000
        assert older.seen[-1][0] == "login_response"
        assert older.seen[-1][1]["result"] == 6
        await newer.depth()
        await newer.until("market_snapshot")


async def test_heartbeats_and_silence():
    """The server speaks when it has nothing to say, and leaves a client that never does."""
    quick = {"markets": (ES,), "heartbeat_s": 0.2, "silence_s": deadline_s(0.5)}
    async with simulator(**quick) as running, socket(running) as client:
        await client.log_in()
        assert (await client.until("heartbeat"))["timestamp"] > 1_600_000_000_000
        assert await client.closed() == 1000
    silence_s = deadline_s(1.0)
    knobs = {"markets": (ES,), "heartbeat_s": 0.2, "silence_s": silence_s}
    async with simulator(**knobs) as running, socket(running) as client:
        await client.log_in()
        with trio.move_on_after(1.5 * silence_s):
            while True:
                await client.say("heartbeat", timestamp=1)
                await trio.sleep(0.1)
        await client.say("authentication_token_request", request_id="alive")
        assert (await client.until("authentication_token"))["request_id"] == "alive"


async def test_out_of_turn_text_and_nonsense_end_the_connection():
    """Each with its code; a refused login is left to the client for a moment."""
    async with simulator() as running:
        async with socket(running) as early:
            await early.depth()
            assert await early.closed() == 1008
        async with socket(running) as texting:
            await texting.websocket.send_message("hello")
            assert await texting.closed() == 1003
        async with socket(running) as broken:
            await broken.websocket.send_message(b"\x12\x7f\x0a")
            assert await broken.closed() == 1007
        async with socket(running) as wrong:
            assert (await wrong.log_in(api_key="wrong"))["result"] == 9
            assert await wrong.closed() == 1000


async def test_the_recorded_market_opens():
    """Auction, then trading, with the book by order beside it."""
    folder = str(recorded_folder("esh4-mbo-20231225"))
    knobs = {"replay": folder, "markets": (ES,), "hold_for": (f"{ES}/mbo",), "pre_open_s": 0.5}
    async with simulator(**knobs) as running, socket(running) as client:
        await client.log_in()
        await client.depth(buffer=SMART)
        snapshot = await client.until("market_snapshot")
        assert snapshot["mode"] == PRE_OPEN
        await client.by_order()
        by_order = await client.until("market_by_order_snapshot")
        assert len(by_order["orders"]) > 5_000
        await client.until("market_depth", lambda image: image["mode"] == OPEN)
        trade = await client.until("market_by_order_trade")
        assert trade["orders"]


async def test_a_slow_client_is_told_of_its_backlog_and_cut_off(monkeypatch):
    """Once the bytes it did not read are too many.

    Found: on a busy machine it had not read them within the server's patience with a close.
    """
    monkeypatch.setattr(peer, "CLOSE_S", deadline_s(15))
    knobs = {"markets": (ES,), "quotes_per_s": 500.0, "outbox_bytes_max": 200_000}
    async with simulator(**knobs) as running, socket(running) as slow:
        await slow.log_in()
        await slow.depth(levels=ALL_LEVELS)
        await slow.by_order()
        log = running.log
        await until(lambda: log.since(0, "backlog"), within_s=60, what="too much")
        ended = await slow.drained()
        assert (ended, slow.seen[-1][0]) == (1000, "login_response")
        assert slow.seen[-1][1]["result"] == 12
        await until(lambda: log.since(0, "disconnect"), within_s=60, what="cut off")
        assert log.since(0, "disconnect")[0].details["reason"] == "message backlog"


async def test_other_clients_are_not_disturbed_by_a_slow_one():
    """While nothing leaves for one, the other hears its market."""
    async with (
        simulator(sessions_per_user=2, **QUICK) as running,
        socket(running) as slow,
        socket(running) as quick,
    ):
        await slow.log_in()
        await slow.depth()
        await quick.log_in()
        running.faults.arm("stall", match="1")
        await quick.depth(buffer=SMART)
        for _ in range(20):
            await quick.until("market_depth")


async def test_the_witness_tells_what_happened():
    """Over its own routes, without a login."""
    async with simulator() as running, http(running) as rest:
        async with socket(running) as client:
            await client.log_in()
            await client.depth()
            await client.until("market_snapshot")
            state = (await rest.get("/simulator/state")).json()
            assert state["connections"] == [
                {"number": 1, "user": "pitboss", "subscribed": [f"{ES}/depth"], "accounts": []}
            ]
        await until(lambda: running.log.since(0, "disconnect"), within_s=deadline_s(5))
        log = (await rest.get("/simulator/log")).json()
        kinds = [each["kind"] for each in log]
        assert kinds[0] == "connect"
        assert kinds[-1] == "disconnect"
        assert [each["result"] for each in log if each["kind"] == "login"] == ["SUCCESS"]


async def test_web_pages_may_ask():
    """Answers and preflights carry what a browser wants to see."""
    async with simulator() as running, http(running) as rest:
        preflight = await rest.options("/markets/exchanges")
        assert preflight.status_code == 204
        answer = await rest.get("/markets/exchanges")
        for each in (preflight, answer):
            assert each.headers["access-control-allow-origin"] == "*"
        assert "authorization" in preflight.headers["access-control-allow-headers"]
