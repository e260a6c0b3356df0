"""Orders between strategy, router and session on a real bus: repeats, silence (T-022, T-025)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import trio

from engine.errors import BusFull
from engine.journal import read
from engine.messages.codec import encode
from engine.messages.orders import (
    ExecutionReport,
    IntentJournaled,
    StrategyHello,
    StrategyWelcome,
    SubmitIntent,
    VenueState,
    intent_id_of,
)
from engine.messages.venue import SessionHello, SessionRole, SessionState, SubmitOrder
from engine.model.enums import Mode, OrdType, Side, TimeInForce, VenueStateWord
from engine.orders import records as r
from tests.kit.bus import Stage, a_stage
from tests.kit.orders import BTC, SESSION, D
from tests.kit.routerdesk import Client, Desk, a_desk, a_session, a_strategy
from tests.kit.waiting import deadline_s, until

INTENTS = 1_000
BOOT = 5


@pytest.fixture
def stage():
    with a_stage() as made:
        yield made


def wish(counter: int) -> SubmitIntent:
    return SubmitIntent(
        intent_id=intent_id_of("alpha", BOOT, counter),
        strategy="alpha",
        boot=BOOT,
        counter=counter,
        instrument=BTC,
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        quantity=D(1),
        price=D(100),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        created_mono_ns=time.monotonic_ns(),
        data_mono_ns=0,
        note="",
    )


def journal_of(desk: Desk) -> list[object]:
    with read(desk.actor.settings.journal_file) as records:
        return [r.from_bytes(record.body) for record in records]


def answered(strategy: Client) -> set[str]:
    confirmed = {message.intent_id for message in strategy.all(IntentJournaled)}
    return confirmed | {message.intent_id for message in strategy.all(ExecutionReport)}


async def tell(strategy: Client, wishes: list[SubmitIntent]) -> None:
    """All of them, as fast as the socket takes them; a full one is waited for."""
    for each in wishes:
        payload = encode(each)

        def taken(payload: bytes = payload) -> bool:
            with suppress(BusFull):
                strategy.socket.send(payload)
                return True
            return False

        await until(taken, what="the router reads on")


async def test_t022_intents_survive_the_router_exactly_once(stage, tmp_path):
    """T-022: the router dies with 1,000 intents under way; repeated, each is in the journal once.

    None leads to two orders, and no session of either life saw a client order id twice.
    """
    wishes = [wish(number) for number in range(1, INTENTS + 1)]
    commands: list[str] = []
    async with a_desk(stage, tmp_path, boot=700) as first, a_strategy(first, boot=BOOT) as strategy:
        async with a_session(first) as session:
            await until(
                lambda: VenueStateWord.READY in {s.state for s in strategy.all(VenueState)},
                what="the venue is ready",
            )
            await tell(strategy, wishes)
            await until(lambda: len(answered(strategy)) > INTENTS // 10, what="some are confirmed")
            assert first.scope is not None
            first.scope.cancel()
            await first.ended.wait()
            commands += [each.client_order_id for each in session.all(SubmitOrder)]
        known = answered(strategy)
        strategy.heard.clear()
        async with a_desk(stage, tmp_path, boot=701) as second, a_session(second) as session:
            hello = StrategyHello(
                strategy="alpha", boot=BOOT, mode=Mode.LIVE, report_seen=0, journal=0
            )
            await strategy.say(hello)
            await strategy.hear(StrategyWelcome)
            everything = {each.intent_id for each in wishes}
            with trio.fail_after(deadline_s(30)):
                while not answered(strategy) >= everything:
                    # Answers may be refused by a full socket: a strategy repeats what is unanswered.
                    known_now = answered(strategy)
                    await tell(strategy, [w for w in wishes if w.intent_id not in known_now])
                    await _quiet(strategy)
            commands += [each.client_order_id for each in session.all(SubmitOrder)]
            records = journal_of(second)
    planned = [each for each in records if isinstance(each, r.PlannedOrder)]
    denied = [each for each in records if isinstance(each, r.DeniedOrder)]
    times = Counter(each.intent.intent_id for each in (*planned, *denied))
    assert set(times) == everything
    assert set(times.values()) == {1}
    assert known <= set(times)
    ids = [each.client_order_id for each in planned]
    assert len(ids) == len(set(ids)) > INTENTS // 10
    assert len(commands) == len(set(commands))
    assert set(commands) <= set(ids)


async def _quiet(strategy: Client) -> None:
    """Until nothing more was heard for a moment."""
    heard = -1
    while heard != len(strategy.heard):
        heard = len(strategy.heard)
        await trio.sleep(0.2)


SPINNER = """
import json, sys, time, zmq
told = json.load(sys.stdin)
socket = zmq.Context().socket(zmq.DEALER)
socket.heartbeat_ivl, socket.heartbeat_timeout = 200, 500
for option in ("curve_serverkey", "curve_publickey", "curve_secretkey"):
    setattr(socket, option, told[option].encode())
socket.identity = told["identity"].encode()
socket.connect(told["address"])
for frame in told["frames"]:
    socket.send(bytes.fromhex(frame))
print("said", flush=True)
end = time.monotonic() + told["spin_s"]
while time.monotonic() < end:
    pass
"""


@contextmanager
def spinning(stage: Stage, name: str, frames: list[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that speaks once under a name's key and then never comes back from its loop."""
    key = stage.key(name)
    told = {
        "curve_serverkey": stage.key("router").public.decode(),
        "curve_publickey": key.public.decode(),
        "curve_secretkey": key.secret.decode(),
        "identity": f"{name}:31",
        "address": stage.address("sessions"),
        "frames": [frame.hex() for frame in frames],
        "spin_s": deadline_s(20),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SPINNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(told).encode())
        process.stdin.close()
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def test_t025_a_spinning_peer_is_found_by_its_silence(stage, tmp_path):
    """T-025: ZeroMQ's own heartbeat is answered while Python spins; the application's is not.

    The connection never breaks, and the router calls the session silent all the same.
    """
    hello = SessionHello(
        session=SESSION, venue="testvenue", boot=31, mode=Mode.LIVE, role=SessionRole.TRADE
    )
    state = SessionState(
        session=SESSION,
        venue="testvenue",
        boot=31,
        sequence=1,
        state=VenueStateWord.RECONCILING,
        reason="",
    )
    async with a_desk(stage, tmp_path) as desk, a_strategy(desk) as strategy:
        await strategy.hear(StrategyWelcome)
        with spinning(stage, SESSION, [encode(hello), encode(state)]) as process:
            await until(
                lambda: any(
                    s.state is VenueStateWord.RECONCILING for s in strategy.all(VenueState)
                ),
                what="the session is there",
            )
            await until(
                lambda: any("silent" in s.reason for s in strategy.all(VenueState)),
                what="the router notices",
            )
            assert process.poll() is None
            assert desk.actor.sessions.links == 1, "its connection is alive"
            assert desk.actor.sessions.stats.disconnects == 0
