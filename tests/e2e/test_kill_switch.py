"""Pulling the kill switch on a real engine, from each side, and orders that outlive the part that died.

The venue's simulator is a process of its own here, so that the venue is still there when the whole
engine is gone.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest
import trio

from engine.supervise.client import RequestRefused, ask
from engine.supervise.rundir import KILL_NAME
from tests.kit.engine import ROOT, Engine, all_ready, command, run_command, running
from tests.kit.rundir import short_run_dir
from tests.kit.waiting import deadline_s, until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.chaos, pytest.mark.timeout(300)]

one_desk = pytest.mark.xdist_group("kill switch")
"""Tests on one venue and one engine, one after the other: each leaves three orders at the venue."""

PLUGINS = str(ROOT / "tests" / "kit" / "plugins")
NO_NEW_ORDER_AFTER_S = 0.1
"""T-082: from the command until the last new order at the venue, times the machine's factor."""

CONFIG = """
[engine]
name = "killtest"
mode = "live"
durability = "process"
[live]
confirm = "killtest"
[venues.wooxpro]
simulator = { endpoints = { http = "HTTP", public_ws = "PUBLIC", private_ws = "PRIVATE" } }
VENUE
[risk.defaults]
max_order_notional = { USDT = "50000" }
max_position = "100000"
max_open_orders = 260
price_collar = "0.05"
max_order_quantity = "1000"
data_age_s_max = 60.0
max_open_notional = { USDT = "100000000" }
max_messages = { count = 10000, window_s = 1.0 }
max_executions = { count = 1000, window_s = 10.0 }
max_loss = { USDT = "100000" }
"""
STRATEGY = """
[[strategies]]
name = "NAME"
class = "resting:CLASS"
instruments = ["BTCUSDT.WOOXPRO"]
parameters = { resting = COUNT }
"""


@attrs.define
class Venue:
    """A simulator in a process of its own."""

    process: "subprocess.Popen[str]"
    endpoints: dict[str, str]
    credentials: dict[str, str]

    def open_orders(self) -> list[dict[str, Any]]:
        """What the venue shows as open, up to the hundred that it lists."""
        url = f"{self.endpoints['http']}/contract/private/get-open-orders?limit=100"
        request = urllib.request.Request(url, headers={"X-API-KEY": self.credentials["api_key"]})
        with urllib.request.urlopen(request, timeout=deadline_s(5)) as answer:
            return list(json.load(answer)["data"])

    def wait_for(self, count: int, what: str, within_s: float = 30.0) -> None:
        """Wait until so many orders are open."""

        def holds() -> bool:
            time.sleep(0.1)  # at a pace that the venue's limits allow
            return len(self.open_orders()) == count

        until_blocking(holds, within_s=within_s, what=what)

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        """Requests that reached the venue, oldest first."""
        url = f"{self.endpoints['http']}/simulator/log?kind=request&limit=100000"
        with urllib.request.urlopen(url, timeout=deadline_s(10)) as answer:
            return [row for row in json.load(answer) if row["path"].endswith(path)]

    def fault(self, kind: str, match: str, **more: Any) -> None:
        """Have it misbehave."""
        body = json.dumps({"kind": kind, "match": match, **more}).encode()
        request = urllib.request.Request(f"{self.endpoints['http']}/simulator/faults", body)
        with urllib.request.urlopen(request, timeout=deadline_s(5)) as answer:
            assert answer.status == 200

    def heal(self) -> None:
        """End all its faults."""
        url = f"{self.endpoints['http']}/simulator/faults/clear"
        with urllib.request.urlopen(
            urllib.request.Request(url, b"{}"), timeout=deadline_s(5)
        ) as answer:
            assert answer.status == 200


@contextmanager
def a_venue() -> Iterator[Venue]:
    """A simulator that lives until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "run.py", "simulate", "wooxpro", "--seed", "7"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Venue(process, told["endpoints"], told["credentials"])
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def config_of(venue: Venue, own: str = "", **strategies: tuple[str, int]) -> str:
    """A configuration for this venue; strategies are name: (class, resting orders)."""
    text = CONFIG.replace("HTTP", venue.endpoints["http"]).replace("VENUE", own)
    text = text.replace("PUBLIC", venue.endpoints["public_ws"])
    text = text.replace("PRIVATE", venue.endpoints["private_ws"])
    chosen = strategies or {"rests": ("Rests", 3)}
    for name, (cls, count) in chosen.items():
        part = STRATEGY.replace("NAME", name).replace("CLASS", cls)
        text += part.replace("COUNT", str(count))
    return text


@contextmanager
def trading(tmp: Path, venue: Venue, config: str) -> Iterator[Engine]:
    """An engine whose three orders rest at the venue."""
    with running(tmp, config=config, PITBOSS_STRATEGIES=PLUGINS) as engine:
        engine.wait(all_ready, "all ready", within_s=60)
        venue.wait_for(3, "three orders rest at the venue")
        yield engine


@attrs.frozen
class Desk:
    """An engine and its venue."""

    venue: Venue
    engine: Engine

    def arm(self) -> None:
        """Let it trade again, until the orders rest as before."""
        told(self.engine, "operator", "arm")
        self.venue.wait_for(3, "orders rest again")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """An engine that trades, with three orders at a venue of its own."""
    with short_run_dir() as tmp, a_venue() as venue:
        config = config_of(venue, "router_gone_s_max = 2.0")
        with trading(tmp, venue, config) as engine:
            yield Desk(venue, engine)


def told(engine: Engine, endpoint: str, verb: str, role: str = "operator", **given: Any) -> Any:
    """The engine's answer, asked from this process: no start of a command is measured."""
    reason = given.pop("reason", "drill")
    return trio.run(
        lambda: ask(
            engine.run_dir, endpoint, verb, given, role=role, reason=reason, within_s=deadline_s(5)
        )
    )


def end_of(engine: Engine, within_s: float = 30.0) -> int:
    """Its exit code."""
    return engine.process.wait(deadline_s(within_s))


def kill_engine(engine: Engine) -> None:
    """Kill -9 the supervisor; its children end because it is gone."""
    family = psutil.Process(engine.process.pid).children(recursive=True)
    engine.process.kill()
    engine.process.wait()
    _, alive = psutil.wait_procs(family, timeout=deadline_s(5))
    assert not alive


# --- T-082 -----------------------------------------------------------------------------------------


@pytest.mark.long
def test_t082_killed_while_three_strategies_flood(short_tmp: Path):
    """T-082: three strategies with 1,000 wishes a second each, 200 open orders, and a kill.

    No new order reaches the venue after 100 ms, everything open is cancelled, the state survives a
    killed router, and only the operator's key with a reason arms again.
    """
    names = ("one", "two", "three")
    with a_venue() as venue:
        config = config_of(venue, **dict.fromkeys(names, ("Floods", 67)))
        with running(short_tmp, config=config, PITBOSS_STRATEGIES=PLUGINS) as engine:
            engine.wait(all_ready, "all ready", within_s=60)
            engine.wait(
                lambda s: all(s["strategies"][name]["intents"] > 1_000 for name in names),
                "200 orders rest and all three flood",
                within_s=120,
            )
            assert engine.status()["strategies"]["one"]["open_orders"] > 60
            killed_ns = time.time_ns()
            assert told(engine, "kill", "kill")["level"] == "killed"
            venue.wait_for(0, "nothing is open", within_s=60)
            placed = venue.requests("/submit-order")
            late_s = (placed[-1]["wall_ns"] - killed_ns) / 1e9
            assert late_s <= deadline_s(NO_NEW_ORDER_AFTER_S)
            engine.wait(lambda s: s["trading_state"] == "killed", "the state is shown")
            engine.kill("router")
            engine.wait(
                lambda s: all_ready(s) and s["restarts"] == 1 and s["trading_state"] == "killed",
                "killed after a restart",
                within_s=60,
            )
            with pytest.raises(RequestRefused, match="key"):
                told(engine, "operator", "arm", "viewer")
            with pytest.raises(RequestRefused, match="reason"):
                told(engine, "operator", "arm", reason="")
            assert len(venue.requests("/submit-order")) == len(placed)
            assert told(engine, "operator", "arm")["level"] == "active"
            until_blocking(
                lambda: len(venue.requests("/submit-order")) > len(placed),
                what="orders go out again",
            )


# --- triggers from outside -------------------------------------------------------------------------


@one_desk
def test_a_signal_kills_and_stops_nothing(desk: Desk):
    """SIGUSR1 to run.py: everything is cancelled, all processes stay, `arm` takes the file away."""
    engine, venue = desk.engine, desk.venue
    restarts = engine.status()["restarts"]
    engine.process.send_signal(signal.SIGUSR1)
    venue.wait_for(0, "nothing is open")
    status = engine.wait(lambda s: s["trading_state"] == "killed", "killed")
    assert status["restarts"] == restarts
    assert (engine.run_dir / KILL_NAME).exists()
    done = engine.command("arm", "--reason", "drill is over")
    assert done.returncode == 0, done.stderr
    assert not (engine.run_dir / KILL_NAME).exists()
    venue.wait_for(3, "orders rest again")


@pytest.mark.long
def test_sup6_a_router_that_is_given_up_takes_its_orders_with_it(short_tmp: Path):
    """SUP-6: budget used up: orders are cancelled, exit 70, and the next run starts killed."""
    with a_venue() as venue:
        with trading(short_tmp, venue, config_of(venue)) as engine:
            boots: set[Any] = set()
            while engine.process.poll() is None and len(boots) < 4:
                row = engine.wait(
                    lambda s: (
                        engine.actor("router", s)["state"] == "ready"
                        and engine.actor("router", s)["boot"] not in boots
                    ),
                    "the router is there",
                )
                boots.add(engine.actor("router", row)["boot"])
                os.kill(engine.actor("router", row)["pid"], signal.SIGKILL)
            assert end_of(engine) == 70
            assert "router was given up" in (engine.run_dir / KILL_NAME).read_text()
        assert venue.open_orders() == []
        with running(short_tmp, config=config_of(venue), PITBOSS_STRATEGIES=PLUGINS) as engine:
            engine.wait(lambda s: s["trading_state"] == "killed", "killed", within_s=60)
            (first, *_) = told(engine, "operator", "status", "viewer")["scopes"].items()
            assert first[0] == "engine"
            assert "router was given up" in first[1]["reason"]


# --- T-083 -----------------------------------------------------------------------------------------


@one_desk
def test_t083_killed_while_the_venue_is_disconnected(desk: Desk):
    """T-083: shown as unattended, and cancelled after the reconnect before anything else is asked."""
    engine, venue = desk.engine, desk.venue
    venue.fault("refuse_connection", "private", count=100_000, value=0)
    venue.fault("reset", "private")
    until_blocking(
        lambda: all(row["unattended"] for row in engine.ask("orders") or [{"unattended": 0}]),
        what="orders are unattended",
    )
    before = venue.requests()[-1]["number"]
    assert told(engine, "kill", "kill")["open_orders"] == 3
    assert len(venue.open_orders()) == 3, "nobody can cancel while the line is down"
    venue.heal()
    venue.wait_for(0, "nothing is open", within_s=60)
    after = [row["path"] for row in venue.requests("") if row["number"] > before]
    private = [
        path
        for path in after
        if "/private/" in path and not path.endswith(("get-open-orders", "cancel-all-after"))
    ]
    assert private[0].endswith(("cancel-orders", "cancel-order")), private[:5]
    desk.arm()


# --- the part that died ----------------------------------------------------------------------------


@one_desk
def test_panic_works_beside_a_running_engine(desk: Desk):
    """Killed first, as the manual says; what is open is gone, and the engine takes note."""
    engine, venue = desk.engine, desk.venue
    told(engine, "kill", "kill", level="halted")
    done = command("panic", "wooxpro", "-c", str(engine.run_dir.parent / "config.toml"))
    assert done.returncode == 0, done.stderr
    assert "shows no open orders" in done.stdout
    assert venue.open_orders() == []
    until_blocking(lambda: engine.ask("orders") == [], what="the engine knows")
    desk.arm()


@one_desk
def test_orders_of_a_dead_router_are_cancelled_by_their_session(desk: Desk):
    """Kill -9 the router while nobody can restart it: the session cancels; the next router agrees."""
    engine, venue = desk.engine, desk.venue
    restarts = engine.status()["restarts"]
    engine.kill("router")
    engine.process.send_signal(signal.SIGSTOP)
    venue.wait_for(0, "the session has cancelled", within_s=30)
    engine.process.send_signal(signal.SIGCONT)
    engine.wait(lambda s: all_ready(s) and s["restarts"] > restarts, "a router is back", 60)
    venue.wait_for(3, "orders rest again")
    assert engine.status()["orders"]["unknown"] == 0
    assert engine.stop() == 0


def test_the_venue_cancels_when_the_whole_engine_is_gone(short_tmp: Path):
    """Kill -9 everything: the venue's own dead-man timer runs out."""
    with (
        a_venue() as venue,
        trading(short_tmp, venue, config_of(venue, "dead_man_s = 5")) as engine,
    ):
        engine.wait(
            lambda s: engine.actor("wooxpro.trade", s)["gauges"]["dead_man"]["armed"] == 1,
            "the timer is set",
        )
        kill_engine(engine)
        assert len(venue.open_orders()) == 3
        venue.wait_for(0, "the timer ran out", within_s=15)


def test_panic_cancels_what_a_killed_engine_left(short_tmp: Path):
    """`panic` needs no engine: it shows, cancels, and is content when the venue shows nothing."""
    file = short_tmp / "config.toml"
    panic = ("panic", "wooxpro", "-c", str(file))
    with a_venue() as venue:
        with trading(short_tmp, venue, config_of(venue, 'orphans = "keep"')) as engine:
            kill_engine(engine)
        looked = command(*panic, "--dry-run", "--json")
        assert (looked.returncode, len(json.loads(looked.stdout)["left"])) == (1, 3)
        assert len(venue.open_orders()) == 3
        done = run_command(*panic, "--json")
        report = json.loads(done.stdout)
        assert (done.returncode, report["ok"], len(report["gone"])) == (0, True, 3), done.stderr
        assert venue.open_orders() == []
    lost = command(*panic, "--within", "1")
    assert lost.returncode == 1
    assert "not confirmed" in lost.stderr


def test_panic_asks_for_yes_where_orders_are_real(short_tmp: Path):
    """No prompt on a server: a word on the command line instead, and nothing is sent without it."""
    file = short_tmp / "real.toml"
    file.write_text('[venues.wooxpro]\ncredentials = { env = "NOBODY" }\n')
    refused = command("panic", "wooxpro", "-c", str(file))
    assert refused.returncode == 64
    assert "--yes" in refused.stderr
