"""Instrument names with blanks and parentheses through the whole engine: paper trading on simulated T4."""

from pathlib import Path

import pytest

from tests.kit.engine import run_command, running
from tests.kit.waiting import deadline_s

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

ES = "XCME_Eq ES (H24).T4"
PAPER = f"""
[engine]
name = "blanks"
mode = "paper"

[venues.t4]
simulator = {{ seed = 3, options = {{ quotes_per_s = 20.0 }} }}

[[strategies]]
name = "cross"
class = "strategies.sma_cross:SmaCross"
instruments = ["{ES}"]
parameters = {{ fast = 2, slow = 3, bar_s = 1, quantity = "1" }}

[risk.defaults]
max_order_notional = {{ USD = "5000000" }}
max_position = "1000"
max_open_orders = 20
price_collar = "0.05"
max_messages = {{ count = 100, window_s = 1.0 }}
max_loss = {{ USD = "200000" }}
max_executions = {{ count = 500, window_s = 10.0 }}

[risk.instruments."{ES}"]
max_position = "2"
"""


def test_names_with_blanks_and_parentheses(short_tmp: Path):
    """Configuration, topics, orders, positions and the journal take `XCME_Eq ES (H24).T4` verbatim."""
    with running(short_tmp, config=PAPER) as engine:
        engine.wait(lambda s: s["strategies"]["cross"]["fills"] > 0, "fills", within_s=60)
        positions = engine.ask("positions")
        assert engine.stop(deadline_s(20)) == 0
        report = engine.report()
        kept = str(engine.run_dir)
    assert ES in str(positions)
    assert report["venues"]["t4"]["market_messages"] > 0
    assert report["restarts"] == 0
    told = run_command("journal", "orders", "--run-dir", kept, "--json")
    assert ES in told.stdout
    assert run_command("journal", "verify", "--run-dir", kept).returncode == 0
