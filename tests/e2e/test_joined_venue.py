"""A venue with one connection for data and orders: one process when live, data alone on paper."""

import signal
from pathlib import Path
from typing import Any

import pytest

from engine.drill.witness import file_of, lines_of
from tests.kit.engine import ROOT, Engine, all_ready, running
from tests.kit.waiting import deadline_s

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

VENUES = {"PITBOSS_VENUES": str(ROOT / "tests" / "kit" / "venues")}

CONFIG = """
[engine]
name = "seven"
mode = "{mode}"
durability = "process"
witness_dir = "{witness}"

[live]
confirm = "seven"

[venues.seventh]
simulator = {{ seed = 3 }}

[[strategies]]
name = "quoter"
class = "strategies.two_sided_quoter:TwoSidedQuoter"
instruments = ["AAA.SEVENTH"]
parameters = {{ quantity = "5", position_max = "50", half_spread_ticks = 1.0, post_only = false }}

[[strategies]]
name = "dry"
class = "strategies.sma_cross:SmaCross"
instruments = ["BBB.SEVENTH"]
parameters = {{ fast = 2, slow = 3, bar_s = 1, quantity = "5" }}
mode = "paper"

[risk.defaults]
max_order_notional = {{ USDT = "50000" }}
max_order_quantity = "1000"
max_position = "1000"
max_open_orders = 20
max_open_notional = {{ USDT = "1000000" }}
price_collar = "0.05"
data_age_s_max = 5.0
max_messages = {{ count = 100, window_s = 1.0 }}
max_loss = {{ USDT = "1000000" }}
max_executions = {{ count = 5000, window_s = 1.0 }}
"""


def config(mode: str, folder: Path) -> str:
    return CONFIG.format(mode=mode, witness=folder / "witness")


def told(folder: Path) -> set[str]:
    """What the venue was told, by the words of its protocol."""
    file = file_of(folder / "witness", "simulator.seventh")
    return {line["word"] for line in lines_of(file)}


def fills(status: dict[str, Any], *names: str) -> list[int]:
    return [status["strategies"][name]["fills"] for name in names or ("quoter", "dry")]


def both_fill(engine: Engine) -> dict[str, Any]:
    """Wait until both strategies have further fills, with everything in service."""
    before = fills(engine.status())
    return engine.wait(
        lambda s: (
            all_ready(s)
            and all(now > old for now, old in zip(fills(s), before, strict=True))
            and s["venues"]["seventh"]["market_messages"] > 0  # as the session's last pong says
        ),
        "both strategies trade",
        within_s=60,
    )


def test_on_paper_the_venue_hears_nothing_of_orders(short_tmp: Path):
    """Fills come from the paper venue; the simulator was told what to show and nothing else."""
    with running(short_tmp, config=config("paper", short_tmp), **VENUES) as engine:
        status = both_fill(engine)
        names = {row["name"] for row in status["actors"]}
        assert engine.stop(deadline_s(20)) == 0

    assert {"seventh.data", "paper.seventh"} <= names
    assert "seventh.trade" not in names
    assert "watch" in told(short_tmp)
    assert told(short_tmp) <= {"watch", "ping"}


def test_live_one_process_does_both_and_both_come_back_with_it(short_tmp: Path):
    """Real orders and, for the strategy on paper, data; killed, it is one process that is missed and comes back."""
    with running(short_tmp, config=config("live", short_tmp), **VENUES) as engine:
        status = both_fill(engine)
        sessions = {row["name"] for row in status["actors"] if row["kind"] in ("session", "paper")}
        assert sessions == {"seventh.trade", "paper.seventh"}
        assert {"login", "order", "state"} <= told(short_tmp)
        before = engine.actor("seventh.trade", status)

        engine.kill("seventh.trade", signal.SIGKILL)
        back = both_fill(engine)
        after = engine.actor("seventh.trade", back)
        assert (after["boot"] != before["boot"], after["restarts"]) == (True, 1)
        assert back["restarts"] == 1

        restarted = engine.ask("venue", "restart", "seventh", "--reason", "test")
        assert "seventh.trade" in str(restarted)
        both_fill(engine)

        stopped = engine.ask("venue", "stop", "seventh", "--reason", "test")
        assert "seventh.trade" in str(stopped)
        engine.wait(
            lambda s: (
                engine.actor("seventh.trade", s)["state"] == "stopped"
                and s["venues"]["seventh"]["state"] == "disconnected"
            ),
            "the session stopped, and the router knows",
        )
        assert engine.stop(deadline_s(20)) == 0
