"""How soon a killed session is back, measured from the kill: data flows and orders can go again."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import zmq

from engine.messages.codec import prefix
from engine.messages.market import Quote
from tests.kit.engine import ONE_VENUE, ROOT, Engine, all_ready, running
from tests.kit.listening import messages_in
from tests.kit.rundir import short_run_dir
from tests.kit.waiting import deadline_s, until_blocking

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chaos,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("recovery"),
]

BACK_WITHIN_S = 2.0
STARTS_MAX = 4.0
"""On a machine so busy that this is more: how often a process like it may have been started meanwhile.
On an idle one a start takes half a second, so both bounds are the same."""

INSTRUMENT = "BTCUSDT.WOOXPRO"
STRATEGIES = ("strategy.btc-cross", "strategy.eth-quoter")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for both; each counts restarts from where it begins."""
    with short_run_dir() as folder, running(folder, config=ONE_VENUE) as started:
        yield started


def start_s(module: str) -> float:
    """How long a process of this kind takes now to be able to begin."""
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=ROOT, check=True)
    return time.monotonic() - began_s


@contextmanager
def listening(engine: Engine) -> Iterator["zmq.Socket[bytes]"]:
    """A reader of the data session's quotes beside the strategies, on the socket that they read."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    reader = context.socket(zmq.SUB)
    reader.linger = 0
    try:
        reader.connect(f"ipc://{engine.run_dir}/market.wooxpro.ipc")
        reader.subscribe(prefix(Quote, INSTRUMENT))
        yield reader
    finally:
        context.destroy(linger=0)


def quote_of_another_boot(reader: "zmq.Socket[bytes]", boot: int | None) -> int:
    """Wait for a quote that this boot has not published; the boot that has."""
    end = time.monotonic() + deadline_s(30)
    while (left_s := end - time.monotonic()) > 0:
        if reader.poll(int(left_s * 1000)):
            for quote in messages_in(reader.recv()):
                if quote.boot != boot:
                    return int(quote.boot)
    raise AssertionError(f"no quote of another boot than {boot}")


def boots(status: dict[str, Any], *, but: str) -> dict[str, str]:
    """Boot ids of all processes except one."""
    return {row["name"]: row["boot"] for row in status["actors"] if row["name"] != but}


def market_messages(engine: Engine, status: dict[str, Any]) -> dict[str, int]:
    """How many market messages each strategy has taken in."""
    return {name: engine.actor(name, status)["gauges"]["market_messages"] for name in STRATEGIES}


def ready_at_ns(engine: Engine, name: str, old_boot: str) -> int:
    """Wall time at which another boot of the process said that it is in service."""
    found: list[int] = []

    def seen() -> bool:
        lines = [json.loads(line) for line in engine.output.read_text().splitlines(keepends=True)
                 if line.endswith("\n")]  # fmt: skip
        found[:] = [
            line["ts_ns"]
            for line in lines
            if line["event"] == "actor"
            and (line["actor"], line["state"]) == (name, "ready")
            and line["boot"] != old_boot
        ]
        return bool(found)

    until_blocking(seen, within_s=30, what=f"{name} is ready again")
    return found[0]


def test_a_killed_data_session_is_subscribed_again_at_once(engine: Engine):
    """Kill -9: within two seconds quotes of its next boot arrive, and nobody else was restarted."""
    name = "wooxpro.data"
    before = engine.wait(all_ready, "all ready")
    with listening(engine) as reader:
        boot = quote_of_another_boot(reader, None)
        starts = [start_s("actors.session")]
        assert f"{boot:x}" == engine.actor(name, before)["boot"]
        engine.kill(name)
        killed_s = time.monotonic()
        new_boot = quote_of_another_boot(reader, boot)
        took_s = time.monotonic() - killed_s
        starts.append(start_s("actors.session"))
    taken = market_messages(engine, engine.status())
    after = engine.wait(
        lambda s: (
            all_ready(s) and all(n > taken[who] for who, n in market_messages(engine, s).items())
        ),
        "every strategy takes market data again",
    )

    assert took_s < max(deadline_s(BACK_WITHIN_S), STARTS_MAX * max(starts))
    assert engine.actor(name, after)["boot"] == f"{new_boot:x}"
    assert after["restarts"] == before["restarts"] + 1
    assert engine.actor(name, after)["restarts"] == 1
    assert boots(after, but=name) == boots(before, but=name)


def test_a_killed_trade_side_is_open_for_orders_again_at_once(engine: Engine):
    """Kill -9: within two seconds the venue is ready, and nobody else was restarted."""
    name = "paper.wooxpro"
    before = engine.wait(all_ready, "all ready")
    old_boot = engine.actor(name, before)["boot"]
    starts = [start_s("actors.paper")]
    engine.kill(name)
    killed_ns = time.time_ns()
    took_s = (ready_at_ns(engine, name, old_boot) - killed_ns) / 1e9
    starts.append(start_s("actors.paper"))
    orders = {who: row["orders"] for who, row in engine.status()["strategies"].items()}
    after = engine.wait(
        lambda s: all_ready(s) and s["strategies"]["eth-quoter"]["orders"] > orders["eth-quoter"],
        "orders go again",
    )

    assert took_s < max(deadline_s(BACK_WITHIN_S), STARTS_MAX * max(starts))
    assert after["restarts"] == before["restarts"] + 1
    assert engine.actor(name, after)["restarts"] == 1
    assert boots(after, but=name) == boots(before, but=name)
