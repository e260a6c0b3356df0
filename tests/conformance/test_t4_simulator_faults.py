"""What the T4 simulator does wrong on demand, over real sockets."""

import httpx
import pytest
import trio
import trio_websocket

from tests.kit.t4_simulator import ALL, ES, by_key, http, simulator, socket
from tests.kit.waiting import deadline_s

LIVELY = {"markets": (ES,), "quotes_per_s": 50.0, "sessions_per_user": 2}


async def arm(rest: httpx.AsyncClient, kind: str, **terms: object) -> dict:
    """Arm a fault as other programs do."""
    answer = await rest.post("/simulator/faults", json={"kind": kind, **terms})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(
    ("kind", "terms", "result"),
    [
        ("logged_in_elsewhere", {}, 6),
        ("login_result", {}, 7),
        ("login_result", {"value": "UNEXPECTED_DISCONNECT"}, 8),
        ("login_result", {"value": 12}, 12),
        ("login_result", {"value": "SERVER_MESSAGE_BACKLOG"}, 13),
    ],
)
async def test_sessions_end_with_any_result(kind, terms, result):
    """Told without having been asked, then closed in order."""
    async with simulator(**LIVELY) as running, http(running) as rest, socket(running) as client:
        await client.log_in()
        assert (await arm(rest, kind, match="pitboss", **terms))["used"] == 1
        assert await client.closed() == 1000
        assert client.seen[-1][1]["result"] == result


@pytest.mark.parametrize("kind", ["unknown_envelope", "empty_envelope"])
async def test_envelopes_nobody_knows(kind):
    """They stand alone in a frame; the stream goes on behind them."""
    async with simulator(**LIVELY) as running, http(running) as rest, socket(running) as client:
        await client.log_in()
        await client.depth(buffer=ALL)
        await arm(rest, kind, match="ws")
        await client.until("")
        await client.until("market_depth")


@pytest.mark.parametrize(("kind", "match"), [("break_frame", "ws"), ("malformed", "*/depth")])
async def test_frames_that_are_no_message(kind, match):
    """A whole frame, a broken protobuf."""
    async with simulator(**LIVELY) as running, http(running) as rest, socket(running) as client:
        await client.log_in()
        await client.depth(buffer=ALL)
        await client.until("market_snapshot")
        await arm(rest, kind, match=match)
        with pytest.raises(ValueError, match="beyond"):
            await client.until("nothing")


async def test_text_where_bytes_belong():
    """A text frame with the bytes of a message."""
    async with simulator(**LIVELY) as running, socket(running) as client:
        await client.log_in()
        running.faults.arm("text", match="*/high_low")
        await client.depth(buffer=ALL)
        with pytest.raises((AssertionError, trio_websocket.ConnectionClosed)):
            await client.until("nothing")


async def test_a_torn_frame_ends_the_connection():
    """Half of it arrives, then a reset."""
    async with simulator(**LIVELY) as running, socket(running) as client:
        await client.log_in()
        running.faults.arm("torn", match="*/depth")
        await client.depth(buffer=ALL)
        assert await client.closed() == 1006


@pytest.mark.parametrize(("kind", "code"), [("close", 1012), ("reset", 1006), ("half_close", 1006)])
async def test_connections_end_in_every_way(kind, code):
    """In order with a code, by a reset, by an end of the stream."""
    async with simulator(**LIVELY) as running, http(running) as rest, socket(running) as client:
        await client.log_in()
        await arm(rest, kind, match="ws", value=1012 if kind == "close" else None)
        assert await client.closed() == code


@pytest.mark.parametrize("kind", ["stall", "mute"])
async def test_a_silent_server(kind):
    """Nothing comes until it is told to resume; its own rules do not end the connection."""
    silence_s = deadline_s(1.0)
    knobs = {**LIVELY, "heartbeat_s": 0.1, "silence_s": silence_s}
    async with simulator(**knobs) as running, http(running) as rest, socket(running) as client:
        await client.log_in()
        await client.until("heartbeat")
        await arm(rest, kind, match="ws")
        await trio.sleep(1.5 * silence_s)
        await arm(rest, "resume", match="ws")
        await client.say("authentication_token_request", request_id="x")
        await client.until("authentication_token")


async def test_a_subscription_is_lost_without_a_word():
    """Depth alone, or the market by order alone."""
    async with simulator(**LIVELY) as running, http(running) as rest, socket(running) as client:
        await client.log_in()
        await client.depth(buffer=ALL)
        await client.by_order()
        await client.until("market_depth")
        await arm(rest, "unsubscribe", match="ws", value=f"{ES}/depth")
        await client.say("authentication_token_request", request_id="behind all of it")
        await client.until("authentication_token")
        client.seen.clear()
        for _ in range(5):
            await client.until("market_by_order_update")
        assert "market_depth" not in [name for name, _ in client.seen]


async def test_connections_are_refused():
    """With a status, or by a reset."""
    async with simulator() as running, http(running) as rest:
        await arm(rest, "refuse_connection", value=429)
        with pytest.raises((trio_websocket.HandshakeError, ExceptionGroup)):
            async with socket(running):
                pass
        async with socket(running) as client:
            assert "result" not in await client.log_in()


async def test_a_restart_forgets_sessions_and_tokens():
    """For a while nothing answers but the simulator's own routes."""
    async with simulator() as running, http(running) as rest, socket(running) as client:
        token = (await client.log_in())["authentication_token"]["token"]
        await arm(rest, "restart", value=0.2)
        assert await client.closed() == 1006
        with trio.fail_after(deadline_s(10)):
            while True:
                try:
                    answer = await rest.get(
                        "/markets/exchanges", headers={"authorization": f"Bearer {token}"}
                    )
                    break
                except httpx.TransportError:
                    await trio.sleep(0.05)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("kind", "value", "status"), [("http_status", 503, 503), ("http_status", 429, 429)]
)
async def test_requests_are_refused_by_status(kind, value, status):
    """Once, at the path that is named."""
    async with simulator() as running, http(running) as rest:
        await arm(rest, kind, match="/markets/*", value=value)
        assert (await rest.get("/markets/exchanges")).status_code == status
        assert (await rest.get("/markets/exchanges")).status_code == 200


@pytest.mark.parametrize("kind", ["http_reset", "http_reset_before"])
async def test_requests_end_in_a_reset(kind):
    """Before or after they are processed."""
    async with simulator() as running, http(running) as rest:
        await arm(rest, kind, match="/markets/*")
        with pytest.raises(httpx.TransportError):
            await rest.get("/markets/exchanges")
        assert (await rest.get("/markets/exchanges")).status_code == 200


async def test_login_faults_over_the_wire():
    """The next login of that user fails, the one behind it does not."""
    async with simulator() as running, http(running) as rest:
        await arm(rest, "reject_login", match="pitboss", value="TWO_FACTOR_REQUIRED")
        async with socket(running) as client:
            assert (await client.log_in(**by_key()))["result"] == 24
        async with socket(running) as client:
            assert "result" not in await client.log_in(**by_key())
