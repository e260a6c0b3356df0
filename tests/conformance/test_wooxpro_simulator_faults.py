"""Misbehaviour over real sockets: every fault does to a bare client what its name says."""

import json

import httpx
import pytest
import trio

from tests.kit.waiting import deadline_s, until
from tests.kit.wooxpro_simulator import HANDSHAKE, http, port_of, simulator, socket

STILL = {"hold_for": ("never",)}
SUBMIT = "/contract/private/submit-order"
DOOR = ("order", "rejected")
ORDER = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "price": "60000", "size": 1}


def placed(running) -> int:
    """Orders the exchange holds."""
    return len(running.exchange.open_orders(running.credentials["api_key"]))


@pytest.mark.parametrize(("status", "code"), [(500, 40012), (503, 30014), (429, 30013)])
async def test_http_failures_come_without_processing(status, code):
    """The order does not exist afterwards, the next one does."""
    async with simulator(**STILL) as running, http(running) as rest:
        await rest.fault("http_status", match=SUBMIT, value=status)
        answer = await rest.post(SUBMIT, **ORDER)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert placed(running) == 0
        await rest.submit(price="60000")
        assert placed(running) == 1


@pytest.mark.parametrize(
    ("kind", "error", "count"),
    [
        ("http_reset", httpx.TransportError, 1),
        ("http_reset_before", httpx.TransportError, 0),
        ("http_no_answer", httpx.ReadTimeout, 1),
        ("http_lost", httpx.ReadTimeout, 0),
    ],
)
async def test_an_order_without_an_answer_is_or_is_not_at_the_venue(kind, error, count):
    """The client sees the same twice; only the witness knows the difference."""
    async with simulator(**STILL) as running, http(running) as rest:
        await rest.fault(kind, match=SUBMIT)
        rest.client.timeout = httpx.Timeout(0.5)
        with pytest.raises(error):
            await rest.post(SUBMIT, **ORDER)
        assert placed(running) == count
        (request,) = [e for e in await rest.log("request") if e["path"] == SUBMIT]
        assert request["fault"] == kind


async def test_the_witness_tells_of_orders_that_come_no_further_than_the_door(tmp_path):
    """Each is an order that arrived and was refused, once; what nobody could read is none."""
    path = tmp_path / "witness.jsonl"
    async with simulator(**STILL, witness_file=str(path)) as running, http(running) as rest:
        await rest.fault("http_status", match=SUBMIT, value=503)
        await rest.post(SUBMIT, **ORDER, client_order_id="faulted")
        await rest.post(SUBMIT, **ORDER | {"size": 0}, client_order_id="senseless")
        await rest.client.post(SUBMIT, content=json.dumps(ORDER | {"client_order_id": "unsigned"}))
        await rest.client.post(SUBMIT, content=b"[")
        await rest.post(SUBMIT, **ORDER, client_order_id="taken")
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(each["word"], each["client_order_id"]) for each in told] == [
        *((word, name) for name in ("faulted", "senseless", "unsigned") for word in DOOR),
        ("order", "taken"),
        ("accepted", "taken"),
    ]
    assert (told[0]["side"], told[0]["quantity"], told[0]["price"]) == ("buy", "1", "60000")


async def test_a_late_answer_is_late_but_its_push_is_not():
    """The push of the order overtakes the answer."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await client.login()
        await client.send("subscribe", "futures/order")
        await rest.fault("http_delay", match=SUBMIT, value=0.5)
        answered: list[float] = []

        async def submit() -> None:
            await rest.submit(price="60000")
            answered.append(trio.current_time())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(submit)
            await client.order(2, 2)
            pushed = trio.current_time()
        assert answered[0] > pushed


async def test_details_can_flake_with_the_gateways_404():
    """Once, then the real answer."""
    async with simulator(**STILL) as running, http(running) as rest:
        await rest.fault("http_not_found", match="/contract/public/details")
        flaky = await rest.get("/contract/public/details")
        assert (flaky.status_code, flaky.text) == (404, '{"error_msg":"404 Route Not Found"}')
        assert (await rest.get("/contract/public/details")).json()["code"] == 1000


async def test_order_events_can_be_lost_and_doubled():
    """A dropped submit and a doubled cancel."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await client.login()
        await client.send("subscribe", "futures/order")
        await client.until(lambda frame: frame.get("action") == "subscribe")
        await rest.fault("drop", match="futures/order")
        await rest.fault("duplicate", match="futures/order")
        order_id = await rest.submit(price="60000")
        await rest.post("/contract/private/cancel-order", symbol="BTCUSDT", order_id=str(order_id))
        assert [await client.order(3, 4), await client.order(3, 4)]
        assert not [
            f
            for f in client.seen
            if f.get("group") == "futures/order" and "data" in f and f["data"][0]["action"] == 2
        ]


async def test_the_next_login_can_be_rejected():
    """Right credentials, refused once."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await rest.fault("reject_login", match="private")
        assert (await client.login())["success"] is False
        assert (await client.login())["success"] is True


@pytest.mark.parametrize(
    ("value", "answer"), [(503, b"HTTP/1.1 503"), (429, b"HTTP/1.1 429"), (0, b"")]
)
async def test_connections_can_be_refused(value, answer):
    """By HTTP status, or by a reset without a word; the next one is accepted."""
    async with simulator(**STILL) as running, http(running) as rest:
        await rest.fault("refuse_connection", match="public", value=value)
        async with await trio.open_tcp_stream("127.0.0.1", port_of(running)) as stream:
            await stream.send_all(HANDSHAKE)
            assert (await everything(stream))[:12] == answer
        async with socket(running) as client:
            await client.send("ping")
            assert (await client.push("System"))["data"] == "pong"


async def everything(stream: trio.SocketStream) -> bytes:
    """All bytes until the end or the reset."""
    data = b""
    with trio.fail_after(deadline_s(5)):
        try:
            while part := await stream.receive_some(4_096):
                data += part
        except trio.BrokenResourceError:
            return data
    return data


async def test_a_login_can_expire_silently():
    """No frame, no close; private pushes stop until the next login."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await client.login()
        await client.send("subscribe", "futures/order")
        await client.until(lambda frame: frame.get("action") == "subscribe")
        assert (await rest.fault("expire_login", match="private"))["used"] == 1
        await rest.submit(price="60000")
        await client.send("subscribe", "futures/order")
        refusal = await client.until(lambda frame: "success" in frame)
        assert refusal["error"] == "futures/order need authenication"


async def test_a_topic_can_be_lost_silently():
    """The others go on, and subscribing again brings it back."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await client.send("subscribe", "futures/bookticker:BTCUSDT", "futures/bookticker:ETHUSDT")
        for symbol in ("BTCUSDT", "ETHUSDT"):
            await client.until(lambda f, s=symbol: "data" in f and f["data"]["symbol"] == s)
        await rest.fault("unsubscribe", value="futures/bookticker:BTCUSDT")
        await client.send("ping")
        await client.push("System")
        client.seen.clear()
        for _ in range(20):
            await client.next()
        assert {frame["data"]["symbol"] for frame in client.seen} == {"ETHUSDT"}
        await client.send("subscribe", "futures/bookticker:BTCUSDT")
        await client.until(lambda f: "data" in f and f["data"]["symbol"] == "BTCUSDT")


async def test_a_close_carries_its_code():
    """1012 as asked for."""
    async with simulator(**STILL) as running, socket(running) as client, http(running) as rest:
        await rest.fault("close", match="*", value=1012)
        assert (await client.closed()).reason.code == 1012


async def test_a_reset_is_an_abnormal_end():
    """1006 at the client."""
    async with simulator(**STILL) as running, socket(running) as client, http(running) as rest:
        await rest.fault("reset")
        assert (await client.closed()).reason.code == 1006


async def test_a_half_closed_connection_still_takes_frames():
    """The client reads the end; what it sends arrives and is logged."""
    async with simulator(**STILL) as running, socket(running) as client, http(running) as rest:
        await rest.fault("half_close")
        await client.closed()
        text = json.dumps({"action": "subscribe", "args": ["futures/trade:BTCUSDT"]})
        frame = b"\x81" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text.encode()
        await client.stream.send_all(frame)
        await until(lambda: running.log.since(kind="subscribe"))


@pytest.mark.parametrize(("kind", "heard"), [("stall", False), ("mute", True)])
async def test_a_stalled_connection_is_silent_without_closing(kind, heard):
    """Nothing comes, not even a protocol pong; a mute one still hears, a stalled one does not."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await client.send("subscribe", "futures/bookticker:BTCUSDT")
        await client.push("futures/bookticker")
        assert (await rest.fault(kind, match="public"))["used"] == 1
        with trio.move_on_after(0.3):
            while True:  # what was under way may still come
                await client.next()
        with trio.move_on_after(0.5) as silent:
            await client.websocket.ping(b"there?")
        assert silent.cancelled_caught
        await client.send("subscribe", "futures/trade:BTCUSDT")
        with trio.move_on_after(0.3):
            await until(lambda: len(running.log.since(kind="subscribe")) == 2)
        assert (len(running.log.since(kind="subscribe")) == 2) is heard
        await rest.fault("resume")
        await client.push("futures/bookticker")


async def test_a_torn_frame_ends_the_connection_in_its_middle():
    """The client never sees the frame, only the end."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await client.send("subscribe", "futures/bookticker:BTCUSDT")
        await client.push("futures/bookticker")
        await rest.fault("torn")
        assert (await client.closed()).reason.code == 1006


async def test_an_ack_can_come_after_the_first_data():
    """Data first, then the ack of the same topic."""
    async with simulator() as running, socket(running) as client, http(running) as rest:
        await until(lambda: running.exchange.top("BTCUSDT")[3] > 0)
        await rest.fault("ack_after_data", match="futures/bookticker:*")
        await client.send("subscribe", "futures/bookticker:BTCUSDT")
        frames = [await client.next(), await client.next()]
        assert ["data" in frame for frame in frames] == [True, False]


async def test_the_state_route_shows_who_is_there():
    """Connections, their topics and logins."""
    async with (
        simulator(**STILL) as running,
        socket(running, "private_ws") as client,
        http(running) as rest,
    ):
        await client.login()
        await client.send("subscribe", "futures/order")
        await client.until(lambda frame: frame.get("action") == "subscribe")
        (shown,) = (await rest.client.get("/simulator/state")).json()["connections"]
        assert shown["endpoint"] == "private"
        assert shown["logged_in"] is True
        assert shown["topics"] == ["futures/order"]
