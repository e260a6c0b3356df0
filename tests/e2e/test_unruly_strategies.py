"""Strategies that raise, spin, exit or hoard memory: each is stopped, nobody else notices."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest

from tests.kit.engine import ROOT, Engine, running
from tests.kit.rundir import short_run_dir
from tests.kit.waiting import deadline_s

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chaos,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("unruly"),
]

HEAD = """
[engine]
name = "unruly"
mode = "paper"
[venues.wooxpro]
simulator = { seed = 7, options = { symbols = ["BTCUSDT"] } }
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
CALM = ("router", "wooxpro.data", "paper.wooxpro", "simulator.wooxpro", "strategy.good")
CANARY = "canary-9c3-prowl"
REASONS = {
    "raises": ("ZeroDivisionError: a mistake of the strategy (plugins/unruly.py:32 in misbehave)",),
    "spins": ("did not answer",),
    "exits": ("SystemExit: 0 (plugins/unruly.py:47 in misbehave)",),
    # Whoever asks for memory next is told that there is none: mostly Python, at times a library in C.
    "hoards": ("MemoryError", "SIGABRT"),
}


@attrs.frozen
class Asylum:
    """An engine in which one strategy behaves."""

    engine: Engine
    folder: Path
    first: dict[str, Any]
    """The status when the good one had begun to trade."""

    def the_good_one_trades_on(self) -> dict[str, Any]:
        """A status with more fills than there are now; nobody but the unruly has another boot."""
        fills = self.engine.status()["strategies"]["good"]["fills"]
        last = self.engine.wait(
            lambda s: s["strategies"]["good"]["fills"] > fills, "the good one trades on"
        )
        for name in CALM:
            boots = [self.engine.actor(name, status)["boot"] for status in (self.first, last)]
            assert boots[0] == boots[1], name
        return last


@pytest.fixture(scope="module")
def asylum() -> Iterator[Asylum]:
    """All of them at once, and what they do not do to each other."""
    plugins = str(ROOT / "tests" / "kit" / "plugins")
    environ = {"PITBOSS_STRATEGIES": plugins, "PITBOSS_CANARY": CANARY}
    with short_run_dir() as folder:
        config = HEAD + GOOD.format(folder=folder) + PROWLS.format(folder=folder)
        # Only who spins is to be found by its silence; the others are not, however busy the machine is.
        config += "".join(
            STRATEGY.format(
                name=name, cls=name.capitalize(), patience_s=0.5 if name == "spins" else 20.0
            )
            for name in REASONS
        )
        with running(folder, config=config, **environ) as engine:
            first = engine.wait(
                lambda s: s["strategies"]["good"]["fills"] > 0, "the good one trades", within_s=60
            )
            yield Asylum(engine, folder, first)


def test_t092_unruly_strategies_harm_nobody(asylum: Asylum):
    """T-092, T-006, T-013: each is ended with its reason and given up after its budget; the rest trades on."""
    engine = asylum.engine
    given_up = engine.wait(
        lambda s: all(s["strategies"][name]["state"] == "quarantined" for name in REASONS),
        "every unruly one is given up",
        within_s=90,
    )
    asylum.the_good_one_trades_on()
    for name, reasons in REASONS.items():
        last_reason = engine.actor(f"strategy.{name}", given_up)["last_reason"]
        assert any(reason in last_reason for reason in reasons), (name, last_reason)
    (alert,) = (
        row
        for row in given_up["alerts"]
        if (row["actor"], row["code"]) == ("strategy.raises", "quarantined")
    )
    assert "(plugins/unruly.py:32 in misbehave)" in alert["text"]
    log = alert["text"].partition("its log is ")[2].partition(";")[0]
    assert 'unruly.py\\", line 32, in misbehave' in Path(log).read_text(encoding="utf-8")


def test_t092_a_prowling_strategy_gets_nothing(asylum: Asylum):
    """T-092, SEC-14: strange endpoints do not answer, no environment holds a secret, its children end with it.

    What a process of the same user can always do (signals, the user's own files) is a documented rest.
    """
    engine, findings = asylum.engine, asylum.folder / "findings"
    engine.wait(lambda _: findings.exists(), "it has looked around", within_s=60)
    last = asylum.the_good_one_trades_on()
    family = psutil.Process(engine.process.pid).children(recursive=True)
    spawned = [process for process in family if process.name() == "sleep"]
    actors = {str(row["pid"]) for row in asylum.first["actors"]}
    actors |= {str(row["pid"]) for row in last["actors"]}
    assert engine.stop() == 0
    _, alive = psutil.wait_procs(spawned, timeout=deadline_s(2))
    assert alive == []
    found = json.loads(findings.read_text())
    assert found["answers"] == []
    assert 0 < found["forks"] == len(spawned)
    assert [
        pid for pid in actors & found["environ"].keys() if CANARY in found["environ"][pid]
    ] == []
