"""The running simulator's gateways over real sockets, on WebSocket and on TCP, with bare clients."""

import contextlib
import json
from random import Random
from urllib.parse import urlsplit

import pytest
import trio
import trio_websocket

from actors.venues.longbridge.simulator import Running
from engine.simulator.moment import Moment
from tests.kit.fuzzing import SEED, mutated
from tests.kit.longbridge_gateways import (
    APPLE,
    TENCENT,
    connected,
    fields_of,
    logged_in,
    message,
    otp_of,
    request,
    simulator,
)
from tests.kit.loopback import http_client
from tests.kit.recordings import recorded_folder
from tests.kit.waiting import deadline_s, until

QUOTES = ("quote_ws", "quote_tcp")
TRADES = ("trade_ws", "trade_tcp")
ENDPOINTS = (*QUOTES, *TRADES)
ALL_TYPES = message((1, TENCENT), (1, APPLE), (2, b"\x01\x02\x03\x04"), (3, 1))
UNPACK_ERROR = [3]


async def fault(running: Running, kind: str, **terms: object) -> dict[str, object]:
    """Arm a fault through the admin route."""
    async with http_client() as client:
        url = running.endpoints["http"] + "/simulator/faults"
        answer = await client.post(url, json={"kind": kind, **terms})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def state(running: Running) -> dict[str, object]:
    """What the simulator shows of itself."""
    async with http_client() as client:
        answer = await client.get(running.endpoints["http"] + "/simulator/state")
    return dict(answer.json())


async def test_the_description_says_where_and_how_to_connect():
    """Names as programs read them."""
    async with simulator() as running:
        described = running.description()
    assert list(described) == ["venue", "endpoints", "credentials", "instruments"]
    assert list(described["endpoints"]) == [
        "http",
        "quote_ws",
        "trade_ws",
        "quote_tcp",
        "trade_tcp",
    ]
    assert list(described["credentials"]) == ["app_key", "app_secret", "access_token"]
    assert described["instruments"][0] == {
        "symbol": TENCENT,
        "price_increment": "0.2",
        "lot": "100",
        "reference_price": "320.6",
    }
    json.dumps(described)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_login_command_and_resumption(endpoint: str):
    """The whole way of a session, on each gateway and transport."""
    async with simulator() as running:
        async with logged_in(running, endpoint) as client:
            greeting = client.seen[-1].fields
            command, body = (
                (16, message((1, "private")))
                if "trade" in endpoint
                else (11, message((1, TENCENT)))
            )
            assert (await client.ask(command, body)).status == 0
            assert (await client.ask(command, body, timeout_ms=0)).status == 0
        async with connected(running, endpoint) as client:
            answer = await client.ask(3, message((1, greeting[1][0])))
            assert answer.status == 0
            assert answer.fields[1] == greeting[1]
            assert (await client.ask(command, body)).status == 0


@pytest.mark.parametrize("endpoint", QUOTES)
async def test_every_type_is_pushed(endpoint: str):
    """First the state, then what happens, in packets of their own."""
    async with simulator(quotes_per_s=50.0) as running, logged_in(running, endpoint) as client:
        answer = await client.ask(6, ALL_TYPES)
        assert len(answer.fields[1]) == 2
        first = [await client.packet() for _ in range(3)]
        assert [each.command for each in first] == [101, 102, 103]
        for command in (101, 102, 103, 104):
            push = await client.push(command)
            assert push.fields[1][0].decode() in (TENCENT, APPLE)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_requests_may_be_compressed_signed_and_sent_together(endpoint: str):
    """All in one write on TCP, the first directly behind the handshake."""
    async with simulator() as running:
        otp = await otp_of(running)
        packets = [
            request(1, 1, b"before the login"),
            request(
                2, 2, message((1, otp), (2, message((1, "accept-language"), (2, "en"))), (77, "x"))
            ),
            request(1, 3, b"z" * 2_000, zipped=True),
            request(1, 4, b"signed", signed=True, timeout_ms=0),
        ]
        async with connected(running, endpoint) as client:
            if endpoint.endswith("_tcp"):
                await client.send(b"".join(packets))
            else:
                for each in packets:
                    await client.send(each)
            answers = [await client.packet() for _ in packets]
    assert [(each.number, each.status) for each in answers] == [(1, 0), (2, 0), (3, 0), (4, 0)]
    assert [answers[place].body for place in (0, 2, 3)] == [
        b"before the login",
        b"z" * 2_000,
        b"signed",
    ]


@pytest.mark.parametrize("endpoint", ["quote_tcp", "trade_tcp"])
async def test_a_stream_may_come_byte_by_byte(endpoint: str):
    """Handshake included."""
    async with simulator() as running:
        otp = await otp_of(running)
        async with connected(running, endpoint, greeting=b"") as client:
            for byte in b"\x11\x09" + request(2, 1, message((1, otp))):
                await client.send(bytes((byte,)))
            assert (await client.packet()).status == 0


@pytest.mark.parametrize(
    "query",
    [
        "codec=1&platform=9&version=1",
        "extra=yes&version=1&codec=1&platform=9&other=",
        "version=1&codec=1&platform=9&version=2",
    ],
)
async def test_the_query_of_the_handshake_may_have_any_order_and_more(query: str):
    """SDKs differ."""
    async with simulator() as running, connected(running, "quote_ws", query=query) as client:
        assert (await client.login(await otp_of(running))).status == 0


@pytest.mark.parametrize(
    "query",
    ["version=2&codec=1&platform=9", "codec=1&platform=9", "", "version=1&codec=2&platform=9"],
)
async def test_a_wrong_query_is_told_and_disconnected(query: str):
    """By a Close packet; nothing is answered."""
    async with simulator() as running, connected(running, "quote_ws", query=query) as client:
        (farewell,) = await client.closed()
        assert (farewell.kind, farewell.command, farewell.fields[1]) == (3, 0, UNPACK_ERROR)


@pytest.mark.parametrize("greeting", [b"\x12\x09", b"\x21\x09", b"\x11\x19", b"GE"])
async def test_a_wrong_greeting_is_told_and_disconnected(greeting: bytes):
    """And the login behind it is not carried out."""
    async with simulator() as running:
        otp = await otp_of(running)
        login = request(2, 1, message((1, otp)))
        async with connected(running, "quote_tcp", greeting=greeting + login) as client:
            (farewell,) = await client.closed()
            assert (farewell.command, farewell.fields[1]) == (0, UNPACK_ERROR)
        async with connected(running, "quote_tcp") as client:
            assert (await client.login(otp)).status == 0


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_what_is_no_packet_ends_the_connection_alone(endpoint: str):
    """With a Close packet; the neighbour does not notice."""
    async with simulator() as running, logged_in(running, endpoint) as neighbour:
        async with logged_in(running, endpoint) as client:
            await client.send(b"\x0fgarbage")
            assert (await client.closed())[-1].fields[1] == UNPACK_ERROR
        assert (await neighbour.ask(1)).status == 0


async def test_a_text_message_is_no_packet():
    """Unless its bytes happen to be one."""
    async with simulator() as running, logged_in(running, "quote_ws") as client:
        assert client.websocket is not None
        await client.websocket.send_message(request(1, 99, b"text").decode())
        assert (await client.until(lambda each: each.number == 99)).body == b"text"
        await client.websocket.send_message("hello")
        assert (await client.closed())[-1].fields[1] == UNPACK_ERROR


@pytest.mark.parametrize("endpoint", ["quote_ws", "trade_ws"])
async def test_the_server_pings_and_answers_pings(endpoint: str):
    """Both keep a silent connection alive."""
    knobs = {"ping_s": 0.05, "idle_s": 1.0}
    async with simulator(**knobs) as running, logged_in(running, endpoint) as client:
        assert client.websocket is not None
        with trio.fail_after(deadline_s(5)):
            await client.websocket.ping(b"\x08\x01payload")
        with trio.move_on_after(2.0):  # twice the idle limit: the pongs are all that is sent
            await client.packet()
        assert (await client.ask(1)).status == 0


@pytest.mark.parametrize("endpoint", ["quote_tcp", "trade_tcp"])
async def test_the_server_sends_heartbeats_on_tcp(endpoint: str):
    """Requests with a body; the answers are signs of life."""
    knobs = {"tcp_heartbeat_s": 0.05, "idle_s": 1.0}
    async with simulator(**knobs) as running, logged_in(running, endpoint) as client:
        client.lively = False
        heartbeat = await client.until(lambda each: each.kind == 1)
        assert heartbeat.command == 1
        assert heartbeat.fields.keys() == {1, 2}
        client.lively = True
        with trio.move_on_after(2.0):
            await client.packet()
        assert client.heartbeats > 3
        assert (await client.ask(1)).status == 0


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_silence_is_disconnected(endpoint: str):
    """Close code 0, after the idle limit."""
    knobs = {"ping_s": 0.0, "tcp_heartbeat_s": 0.0, "idle_s": 0.5}
    async with simulator(**knobs) as running, logged_in(running, endpoint) as client:
        farewell = (await client.closed())[-1]
        assert (farewell.command, farewell.fields.get(1, [0])) == (0, [0])


async def test_a_resumed_session_ends_its_old_connection():
    """Close code 6; the connections of the account stay one."""
    async with simulator() as running, logged_in(running, "quote_ws") as old:
        session = old.seen[-1].fields[1][0]
        async with connected(running, "quote_tcp") as new:
            answer = await new.ask(3, message((1, session)))
            assert answer.status == 0
            assert (await old.closed())[-1].fields[1] == [6]
            await until(lambda: running.venue.sessions.online("LBPT00000001") == 1)


async def test_the_connection_limit_counts_both_gateways():
    """Status 6, code 403."""
    async with (
        simulator(connection_limit=2) as running,
        logged_in(running, "quote_ws"),
        logged_in(running, "trade_tcp"),
        connected(running, "quote_tcp") as client,
    ):
        assert (await client.login(await otp_of(running))).error == (6, 403)


@pytest.mark.parametrize("endpoint", TRADES)
async def test_order_pushes_arrive(endpoint: str):
    """As JSON in the body of a notification."""
    async with simulator() as running, logged_in(running, endpoint) as client:
        await client.ask(16, message((1, "private")))
        account = running.venue.settings.credentials[0].account
        running.venue.hub.push_order(account, {"order_id": "7"}, Moment(0, 0))
        push = await client.push(18)
        assert json.loads(push.fields[4][0])["data"] == {"order_id": "7"}


# --- misbehaviour -------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", QUOTES)
@pytest.mark.parametrize("code", range(7))
async def test_close_packets_of_every_code(endpoint: str, code: int):
    """Then the end of the connection."""
    async with simulator() as running, logged_in(running, endpoint) as client:
        assert (await fault(running, "close_push", match=endpoint, value=code))["used"] == 1
        farewell = (await client.closed())[-1]
        assert farewell.fields.get(1, [0]) == [code]
        assert farewell.fields[2][0]


@pytest.mark.parametrize("endpoint", QUOTES)
async def test_answers_misbehave(endpoint: str):
    """Errors, doubles, strangers, nonsense, compression, silence, delay."""
    async with simulator(rate_limits=False) as running, logged_in(running, endpoint) as client:
        body = message((1, TENCENT))
        await fault(running, "answer_error", match="quote/11", value="3:301606")
        assert (await client.ask(11, body)).error == (3, 301606)
        await fault(running, "answer_malformed")
        assert (await client.ask(11, body)).body == b"\x0a\x7f\x01"
        await fault(running, "answer_gzip")
        assert (await client.ask(11, body)).zipped
        await fault(running, "answer_unknown")
        assert (await client.ask(11, body)).status == 0
        assert client.seen[-2].number == 0xFFFF_FFF0
        await fault(running, "answer_twice")
        number = (await client.ask(11, body)).number
        assert (await client.packet()).number == number
        await fault(running, "answer_lost")
        await client.send(request(11, 5_000, body))
        await fault(running, "answer_delay", value=0.2)
        await client.send(request(11, 5_001, body))
        await client.send(request(11, 5_002, body))
        assert [(await client.packet()).number for _ in range(2)] == [5_002, 5_001]


async def test_slow_answers_count_as_calls_under_way():
    """The sixth is refused."""
    async with simulator() as running, logged_in(running, "quote_tcp") as client:
        await fault(running, "answer_delay", match="quote/14", count=5, value=0.5)
        for number in range(100, 105):
            await client.send(request(14, number, message((1, TENCENT))))
        assert (await client.ask(14, message((1, TENCENT)))).error == (3, 301606)
        for _ in range(5):
            await client.until(lambda each: each.number >= 100)
        assert (await client.ask(14, message((1, TENCENT)))).status == 0


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_stalled_connection_says_nothing_until_it_is_resumed(endpoint: str):
    """It neither reads nor writes, and stays."""
    async with simulator() as running, logged_in(running, endpoint) as client:
        await fault(running, "stall", match=endpoint)
        await client.send(request(1, 500, b"stalled"))
        with trio.move_on_after(0.3) as scope:
            await client.packet()
        assert scope.cancelled_caught
        await fault(running, "resume", match=endpoint)
        assert (await client.until(lambda each: each.number == 500)).body == b"stalled"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", ["reset", "half_close", "close"])
async def test_connections_end_in_every_way(endpoint: str, kind: str):
    """The client sees the end of its stream."""
    async with simulator() as running, logged_in(running, endpoint) as client:
        await fault(running, kind, match=endpoint)
        with trio.fail_after(deadline_s(10)):
            await client.closed()


@pytest.mark.parametrize("endpoint", QUOTES)
async def test_a_subscription_is_lost_without_a_word(endpoint: str):
    """Its other types go on; it still shows."""
    async with simulator(quotes_per_s=50.0) as running, logged_in(running, endpoint) as client:
        await client.ask(6, ALL_TYPES)
        await fault(running, "unsubscribe", match=endpoint, value=f"{TENCENT}/trade")
        await client.ask(1)  # what was under way has arrived
        seen = [await client.push(104) for _ in range(10)]
        assert {each.fields[1][0].decode() for each in seen} == {APPLE}
        shown = {
            fields_of(each)[1][0].decode(): list(fields_of(each)[2][0])
            for each in (await client.ask(5)).fields[1]
        }
        assert shown == {TENCENT: [1, 2, 3, 4], APPLE: [1, 2, 3, 4]}


@pytest.mark.parametrize("endpoint", QUOTES)
async def test_what_no_client_expects(endpoint: str):
    """An unknown push, a heartbeat request, a stray Close; the connection goes on."""
    async with simulator() as running, logged_in(running, endpoint) as client:
        client.lively = False
        for kind in ("unknown_push", "server_heartbeat", "close_push_only"):
            await fault(running, kind, match=endpoint)
        expected = [(3, 250), (1, 1), (3, 0)]
        assert [
            (each.kind, each.command) for each in [await client.packet() for _ in expected]
        ] == expected
        assert (await client.ask(1)).status == 0


async def test_text_in_place_of_a_push():
    """On WebSocket a client sees another kind of message."""
    async with simulator(quotes_per_s=50.0) as running, logged_in(running, "quote_ws") as client:
        await fault(running, "text", match=f"{TENCENT}/depth")
        assert client.websocket is not None
        await client.send(request(6, 9, message((1, TENCENT), (2, 2), (3, 1))))
        with trio.fail_after(deadline_s(10)):
            try:
                while isinstance(await client.websocket.get_message(), bytes):
                    pass
            except trio_websocket.ConnectionClosed:
                pass  # bytes that are no text end it on the client's side, which is as good


UPGRADE = (
    b"GET /v2?version=1&codec=1&platform=9 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_refused_connection(endpoint: str):
    """By reset; the next one is served."""
    async with simulator() as running:
        await fault(running, "refuse_connection", match=endpoint, value=0)
        target = urlsplit(running.endpoints[endpoint])
        stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
        async with stream:
            with contextlib.suppress(trio.BrokenResourceError), trio.fail_after(deadline_s(10)):
                await stream.send_all(UPGRADE if endpoint.endswith("_ws") else b"\x11\x09")
                assert not await stream.receive_some()
        async with logged_in(running, endpoint):
            pass


async def test_an_upgrade_is_refused_with_a_status():
    """As an overloaded gateway does."""
    async with simulator() as running:
        await fault(running, "refuse_connection", match="quote_ws", value=503)
        target = urlsplit(running.endpoints["quote_ws"])
        stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
        async with stream:
            await stream.send_all(UPGRADE)
            with trio.fail_after(deadline_s(10)):
                assert (await stream.receive_some()).startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize("endpoint", QUOTES)
async def test_a_client_that_does_not_read_is_cut_off(endpoint: str):
    """When its outbox is full; its neighbour goes on."""
    knobs = {"outbox_bytes_max": 5_000_000, "quotes_per_s": 50.0}
    async with simulator(**knobs) as running, logged_in(running, endpoint) as neighbour:
        await neighbour.ask(6, message((1, TENCENT), (2, b"\x01\x02")))
        otp = await otp_of(running)
        async with connected(running, endpoint) as lazy:
            await lazy.send(request(2, 1, message((1, otp))))
            await lazy.send(request(6, 2, message((1, APPLE), (2, 2))))
            await fault(running, "oversized", match=f"{APPLE}/depth", count=50, value=1_000_000)

            def cut() -> bool:
                entries = running.venue.log.since(kind="disconnect")
                return any(each.details["reason"] == "slow client" for each in entries)

            with trio.fail_after(deadline_s(20)):
                while not cut():
                    await neighbour.packet()
        assert (await neighbour.ask(1)).status == 0


async def test_a_recording_waits_for_its_first_subscriber():
    """So that nothing of it is missed."""
    folder = recorded_folder("bac-20131007")
    knobs = {"symbols": ("BAC.US",), "replay": str(folder), "speed": 20.0}
    async with simulator(**knobs) as running, logged_in(running, "quote_ws") as client:
        before = await state(running)
        assert (before["market_started"], before["recorded"]) == (False, ["BAC.US"])
        await client.ask(6, message((1, "BAC.US"), (2, b"\x01\x04"), (3, 1)))
        assert (await client.push(104)).fields[1] == [b"BAC.US"]


async def test_hostile_clients_leave_the_server_alone():
    """Pieces of packets, wrong lengths, abrupt ends: the next client is served."""

    async def once(running: Running, data: bytes) -> None:
        async with connected(running, "quote_tcp") as client:
            await client.send(data)

    async with simulator() as running:
        good = request(6, 1, ALL_TYPES)
        for cut in range(1, len(good), 3):
            await once(running, good[:cut])
            await once(running, good[:cut] + bytes(40))
        async with logged_in(running, "quote_tcp") as client:
            assert (await client.ask(6, ALL_TYPES)).status == 0


def masked(opcode: int, payload: bytes) -> bytes:
    """A short frame as a client sends it."""
    key = b"\x01\x02\x03\x04"
    covered = bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))
    return bytes((0x80 | opcode, 0x80 | len(payload))) + key + covered


async def test_hostile_websockets_leave_the_server_alone():
    """Upgrades and frames with bytes changed; one was enough to end the server once."""
    frames = [masked(2, request(1, 1, b"hello")), masked(9, b"ping"), masked(8, b"\x03\xe8")]
    inputs = [UPGRADE.replace(b"Connection: Upgrade", b"Connection: Upgrad\x90\xf2")]
    rng = Random(SEED)
    inputs += [mutated(UPGRADE, rng) for _ in range(40)]
    inputs += [UPGRADE + mutated(rng.choice(frames), rng) for _ in range(60)]
    inputs.append(UPGRADE + b"\x82\xff" + (1 << 40).to_bytes(8, "big") + b"keyspayload")
    async with simulator() as running:
        target = urlsplit(running.endpoints["quote_ws"])
        for data in inputs:
            stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
            async with stream:
                await stream.send_all(data)
                with trio.move_on_after(0.02), contextlib.suppress(trio.BrokenResourceError):
                    await stream.receive_some()
        async with logged_in(running, "quote_ws") as client:
            assert (await client.ask(1, b"alive")).body == b"alive"
