"""A made-up sixth venue in a folder of its own: found, conforms, trades on paper, and nothing shared changes (T-094)."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.engine import ROOT, run_command, running
from tests.kit.waiting import TIME_FACTOR, deadline_s

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PACKAGE = ROOT / "tests" / "kit" / "venues" / "sixth"

PAPER = """
[engine]
name = "six"
mode = "paper"

[venues.sixth]
simulator = { seed = 3 }

[[strategies]]
name = "cross"
class = "strategies.sma_cross:SmaCross"
instruments = ["AAA.SIXTH"]
parameters = { fast = 2, slow = 3, bar_s = 1, quantity = "5" }

[risk.defaults]
max_order_notional = { USDT = "50000" }
max_position = "1000"
max_open_orders = 20
price_collar = "0.05"
max_messages = { count = 100, window_s = 1.0 }
max_loss = { USDT = "20000" }
max_executions = { count = 500, window_s = 10.0 }
"""


@pytest.fixture
def venues(short_tmp: Path) -> Path:
    """A folder with the package, outside the repository."""
    folder = short_tmp / "venues"
    shutil.copytree(PACKAGE, folder / "sixth", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def state_of_the_repository() -> str:
    """What git knows of every file, as text."""
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    differs = ["git", "diff", "HEAD"]
    shown = [
        subprocess.run(each, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for each in (command, differs)
    ]
    return "\n".join(shown)


def test_t094_a_sixth_venue_needs_a_folder_and_nothing_else(short_tmp: Path, venues: Path):
    """T-094: the battery passes, a strategy that was not written for it gets fills, no file changes."""
    before = state_of_the_repository()
    where = {"PITBOSS_VENUES": str(venues)}

    listed = run_command("venues", "--json", **where)
    assert "sixth" in {row["name"] for row in json.loads(listed.stdout)}
    effort = [
        "--inputs",
        "5000",
        "--cuts",
        "3",
        "--reconnects",
        "5",
        "--patience",
        f"{TIME_FACTOR:g}",
    ]
    checked = run_command("venues", "check", "sixth", "--json", *effort, within_s=90, **where)
    cases = {row["number"]: row for row in json.loads(checked.stdout)["cases"]}
    failed = [row for row in cases.values() if row["verdict"] == "failed"]
    assert not failed
    assert checked.returncode == 0
    skipped = {number for number, row in cases.items() if row["verdict"] == "skipped"}
    assert skipped == {"T-042", "T-049", "T-055"}

    with running(short_tmp, config=PAPER, **where) as engine:
        engine.wait(lambda s: s["strategies"]["cross"]["fills"] > 0, "fills", within_s=60)
        assert engine.process.poll() is None
        assert engine.stop(deadline_s(20)) == 0
        report = engine.report()
    assert report["venues"]["sixth"]["market_messages"] > 0
    assert report["strategies"]["cross"]["fills"] > 0
    assert report["restarts"] == 0

    assert state_of_the_repository() == before


def test_without_its_folder_the_venue_is_unknown(short_tmp: Path):
    """And the message says which there are."""
    (short_tmp / "config.toml").write_text(PAPER)
    done = run_command("check", "-c", str(short_tmp / "config.toml"))
    assert done.returncode == 78
    assert "there is no such venue" in done.stderr + done.stdout
