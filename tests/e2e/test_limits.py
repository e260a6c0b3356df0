"""Limits that hold while the venue is silent and while processes die: real processes, real orders."""

import json
from pathlib import Path

import pytest

from tests.e2e.test_kill_switch import PLUGINS, told
from tests.e2e.test_live import fault, get, venue_of
from tests.kit.engine import Engine, all_ready, running
from tests.kit.waiting import until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.chaos, pytest.mark.timeout(180)]

SUBMIT = "/contract/private/submit-order"
EXECUTIONS = 3
CONFIG = """
[engine]
name = "limittest"
mode = "live"
durability = "process"
[live]
confirm = "limittest"
[venues.wooxpro]
simulator = {{ seed = 7, options = {{ symbols = ["BTCUSDT", "ETHUSDT"] }} }}
[[strategies]]
name = "repeats"
class = "limited:Repeats"
instruments = ["ETHUSDT.WOOXPRO"]
parameters = {{ folder = "{folder}" }}
[[strategies]]
name = "doubts"
class = "limited:Doubts"
instruments = ["BTCUSDT.WOOXPRO"]
parameters = {{ folder = "{folder}" }}
[risk.defaults]
max_order_notional = {{ USDT = "50000" }}
max_position = "1000"
max_open_orders = 20
price_collar = "0.05"
max_order_quantity = "1000"
data_age_s_max = 60.0
max_open_notional = {{ USDT = "1000000" }}
max_messages = {{ count = 100, window_s = 1.0 }}
max_loss = {{ USDT = "1000000" }}
max_executions = {{ count = {executions}, window_s = 600.0 }}
[risk.strategies.doubts]
max_position = "15"
"""


def begin(folder: Path, name: str) -> None:
    (folder / f"{name}.begins").touch()


def heard(folder: Path, name: str) -> list[tuple[str, ...]]:
    """What a strategy was told of its orders: quantity, lifecycle, certainty, code."""
    file = folder / f"{name}.orders"
    lines = file.read_text().splitlines() if file.exists() else []
    return [tuple(line.split(" ")) for line in lines]


def submitted(engine: Engine, symbol: str) -> int:
    """How many orders in a symbol reached the venue."""
    rows = get(f"{venue_of(engine)}/simulator/log?kind=request&limit=100000")
    bodies = [json.loads(row["body"]) for row in rows if row["path"] == SUBMIT]
    return len([body for body in bodies if body["symbol"] == symbol])


def is_refused(engine: Engine, folder: Path) -> None:
    """Wait until `repeats` has tried in vain for a while."""
    before = len(heard(folder, "repeats"))
    until_blocking(
        lambda: (
            [row[1::2] for row in heard(folder, "repeats")[before:]].count(
                ("denied", "TRADING_HALTED")
            )
            >= 3
        ),
        within_s=60,
        what="the halted strategy's orders are denied",
    )
    assert "strategy:repeats" in told(engine, "operator", "status", "viewer")["scopes"]


def test_limits_hold_in_doubt_and_over_restarts(short_tmp: Path):
    """T-084, T-087: an order in doubt uses up its limit; who executes too often is halted until armed.

    One engine for both. `repeats` is halted at its third fill, stays so when router and strategy
    are killed, and goes on when a person says so. Then an order of `doubts` gets lost on its way: what
    would not fit beside it is denied, what fits goes out.
    """
    config = CONFIG.format(folder=short_tmp, executions=EXECUTIONS)
    with running(short_tmp, config=config, PITBOSS_STRATEGIES=PLUGINS) as engine:
        engine.wait(all_ready, "all ready", within_s=60)
        begin(short_tmp, "repeats")
        is_refused(engine, short_tmp)
        halted = engine.wait(
            lambda s: s["strategies"]["repeats"]["fills"] >= EXECUTIONS, "its fills are told"
        )
        fills = halted["strategies"]["repeats"]["fills"]
        sent = submitted(engine, "ETHUSDT")
        for name in ("router", "strategy.repeats"):
            engine.kill(name)
        engine.wait(lambda s: all_ready(s) and s["restarts"] == 2, "both are back", within_s=60)
        is_refused(engine, short_tmp)
        engine.wait(  # a router that has just come back is not in the status yet
            lambda s: s["strategies"]["repeats"]["fills"] >= fills, "its fills are told again"
        )
        assert engine.status()["strategies"]["repeats"]["fills"] == fills
        assert submitted(engine, "ETHUSDT") == sent
        done = engine.command("arm", "--scope", "strategy:repeats", "--reason", "looked at it")
        assert done.returncode == 0, done.stderr
        until_blocking(
            lambda: engine.status()["strategies"]["repeats"]["fills"] >= fills + EXECUTIONS,
            within_s=60,
            what="it trades again",
        )
        is_refused(engine, short_tmp)

        fault(venue_of(engine), "http_lost", SUBMIT, count=1)
        begin(short_tmp, "doubts")
        until_blocking(
            lambda: ("5", "open", "known", "") in heard(short_tmp, "doubts"),
            within_s=60,
            what="what fits beside the order in doubt rests",
        )
        rows = heard(short_tmp, "doubts")
        assert [row for row in rows if row[0] == "6"] == [
            ("6", "denied", "known", "POSITION_LIMIT")
        ]
        assert [row[2] for row in rows if row[0] == "10"][-1] == "unknown"
        assert submitted(engine, "BTCUSDT") == 2
        assert engine.stop() == 0
