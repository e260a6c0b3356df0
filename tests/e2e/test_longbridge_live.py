"""Live mode against Longbridge's simulator: orders of every kind, lost answers and pushes, killed processes."""

import json
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.kit.engine import ROOT, Engine, all_ready, running
from tests.kit.waiting import until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

PLUGINS = str(ROOT / "tests" / "kit" / "plugins")
LIVE = """
[engine]
name = "lblive"
mode = "live"
durability = "process"

[live]
confirm = "lblive"

[venues.longbridge]
order_timeout_s = 1.0
simulator = { seed = 7, options = { quotes_per_s = 20.0, rate_limits = false } }

[[strategies]]
name = "changer"
class = "changer:Changer"
instruments = ["AAPL.US.LONGBRIDGE"]

[risk.defaults]
max_order_notional = { USD = "500000" }
max_position = "1000"
max_open_orders = 20
price_collar = "0.10"
max_order_quantity = "1000"
data_age_s_max = 10.0
max_open_notional = { USD = "1000000" }
max_messages = { count = 100, window_s = 1.0 }
max_loss = { USD = "1000000" }
max_executions = { count = 5000, window_s = 1.0 }
"""


def simulator(engine: Engine) -> str:
    """The address of its HTTP API."""
    return str(engine.actor("simulator.longbridge")["gauges"]["endpoints"]["http"])


def fault(http: str, kind: str, match: str, **more: Any) -> None:
    body = json.dumps({"kind": kind, "match": match, **more}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{http}/simulator/faults", body)) as answer:
        assert answer.status == 200


def log(http: str, kind: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{http}/simulator/log?kind={kind}&limit=100000") as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def trades_on(engine: Engine) -> None:
    """Wait for further fills."""
    before = engine.status()["strategies"]["changer"]["fills"]
    engine.wait(
        lambda s: all_ready(s) and s["strategies"]["changer"]["fills"] > before + 1,
        "fills go on",
        within_s=90,
    )


def fills_here(engine: Engine) -> list[str]:
    rows = engine.ask("fills")
    return sorted(row["trade_id"] for row in rows or [])


@pytest.mark.long
@pytest.mark.chaos
def test_live_trading_survives_and_agrees_with_the_venue(short_tmp: Path):
    """Nothing lost or doubled; changes and cancels work; the account agrees at the end.

    It is marked `long` because the steps of its strategy and the horizon of an order in doubt take
    their time.
    """
    with running(short_tmp, config=LIVE, PITBOSS_STRATEGIES=PLUGINS) as engine:
        engine.wait(all_ready, "all ready", within_s=60)
        trades_on(engine)
        http = simulator(engine)
        fault(http, "drop", "private", count=3)
        fault(http, "http_reset", "POST /v1/trade/order")
        trades_on(engine)
        fault(http, "reset", "trade_ws")
        trades_on(engine)
        for name in ("longbridge.trade", "router"):
            boot = engine.actor(name)["boot"]
            engine.kill(name)
            engine.wait(
                lambda s, name=name, boot=boot: (
                    all_ready(s) and engine.actor(name, s)["boot"] != boot
                ),
                f"{name} is back",
                within_s=60,
            )
            trades_on(engine)
        done = engine.command("kill", "--reason", "compare")
        assert done.returncode == 0, done.stderr
        engine.wait(
            lambda s: (
                s["trading_state"] == "killed"
                and s["orders"]["unknown"] == 0
                and s["venues"]["longbridge"]["open_orders"] == 0
            ),
            "no order is open or in doubt",
            within_s=120,
        )
        at_venue = sorted(str(row["trade_id"]) for row in log(http, "fill"))
        until_blocking(
            lambda: fills_here(engine) == at_venue, within_s=60, what="every fill is here once"
        )
        bodies = [
            json.loads(row["body"]) for row in log(http, "request") if row["method"] == "POST"
        ]
        remarks = Counter(body["remark"] for body in bodies)
        assert set(remarks.values()) == {1}
        assert any(row["method"] == "PUT" for row in log(http, "request"))
        assert engine.status()["venues"]["longbridge"]["blocked"] == []
        assert engine.status()["restarts"] == 2
        assert engine.stop() == 0
