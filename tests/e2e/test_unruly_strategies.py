"""Strategies that raise, spin, exit or hoard memory: each is stopped, nobody else notices."""

import json
from pathlib import Path

import psutil
import pytest

from tests.kit.engine import ROOT, running
from tests.kit.waiting import deadline_s

pytestmark = [pytest.mark.e2e, pytest.mark.chaos, pytest.mark.timeout(180)]

HEAD = """
[engine]
name = "unruly"
mode = "paper"
[venues.wooxpro]
simulator = { seed = 7 }
[risk.defaults]
max_order_notional = { USDT = "50000" }
max_position = "1000"
max_open_orders = 20
price_collar = "0.05"
"""
STRATEGY = """
[[strategies]]
name = "{name}"
class = "unruly:{cls}"
instruments = ["BTCUSDT.WOOXPRO"]
callback_s_max = {patience_s}
memory_mib_max = 700
"""
GOOD = """
[[strategies]]
name = "good"
class = "tape:Tape"
instruments = ["BTCUSDT.WOOXPRO"]
parameters = {{ folder = "{folder}", quotes_per_order = 20 }}
"""
PROWLS = """
[[strategies]]
name = "prowls"
class = "unruly:Prowls"
instruments = ["BTCUSDT.WOOXPRO"]
parameters = {{ folder = "{folder}" }}
"""
CANARY = "canary-9c3-prowl"
REASONS = {
    "raises": ("ZeroDivisionError",),
    "spins": ("did not answer",),
    "exits": ("SystemExit",),
    # Whoever asks for memory next is told that there is none: mostly Python, at times a library in C.
    "hoards": ("MemoryError", "SIGABRT"),
}


def test_t092_unruly_strategies_harm_nobody(short_tmp: Path):
    """T-092, T-006, T-013: each is ended with its reason and given up after its budget; the rest trades on."""
    config = HEAD + GOOD.format(folder=short_tmp)
    # Only who spins is to be found by its silence; the others are not, however busy the machine is.
    config += "".join(
        STRATEGY.format(
            name=name, cls=name.capitalize(), patience_s=1.0 if name == "spins" else 20.0
        )
        for name in REASONS
    )
    plugins = str(ROOT / "tests" / "kit" / "plugins")
    with running(short_tmp, config=config, PITBOSS_STRATEGIES=plugins) as engine:
        first = engine.wait(
            lambda s: s["strategies"]["good"]["fills"] > 0, "the good one trades", within_s=60
        )
        given_up = engine.wait(
            lambda s: all(s["strategies"][name]["state"] == "quarantined" for name in REASONS),
            "every unruly one is given up",
            within_s=90,
        )
        fills = given_up["strategies"]["good"]["fills"]
        last = engine.wait(
            lambda s: s["strategies"]["good"]["fills"] > fills, "the good one trades on"
        )
        for name, reasons in REASONS.items():
            last_reason = engine.actor(f"strategy.{name}", given_up)["last_reason"]
            assert any(reason in last_reason for reason in reasons), (name, last_reason)
        calm = ("router", "wooxpro.data", "paper.wooxpro", "simulator.wooxpro", "strategy.good")
        for name in calm:
            assert engine.actor(name, first)["boot"] == engine.actor(name, last)["boot"], name
        assert engine.stop() == 0


def test_t092_a_prowling_strategy_gets_nothing(short_tmp: Path):
    """T-092, SEC-14: strange endpoints do not answer, no environment holds a secret, its children end with it.

    What a process of the same user can always do (signals, the user's own files) is a documented rest.
    """
    config = HEAD + GOOD.format(folder=short_tmp) + PROWLS.format(folder=short_tmp)
    plugins = str(ROOT / "tests" / "kit" / "plugins")
    environ = {"PITBOSS_STRATEGIES": plugins, "PITBOSS_CANARY": CANARY}
    findings = short_tmp / "findings"
    with running(short_tmp, config=config, **environ) as engine:
        first = engine.wait(lambda _: findings.exists(), "it has looked around", within_s=60)
        fills = first["strategies"]["good"]["fills"]
        last = engine.wait(
            lambda s: s["strategies"]["good"]["fills"] > fills, "the good one trades on"
        )
        family = psutil.Process(engine.process.pid).children(recursive=True)
        spawned = [process for process in family if process.name() == "sleep"]
        actors = {str(row["pid"]) for row in last["actors"]}
        for name in ("router", "wooxpro.data", "paper.wooxpro", "strategy.good"):
            assert engine.actor(name, first)["boot"] == engine.actor(name, last)["boot"], name
        assert engine.stop() == 0
        _, alive = psutil.wait_procs(spawned, timeout=deadline_s(2))
        assert alive == []
    found = json.loads(findings.read_text())
    assert found["answers"] == []
    assert 0 < found["forks"] == len(spawned)
    assert [
        pid for pid in actors & found["environ"].keys() if CANARY in found["environ"][pid]
    ] == []
