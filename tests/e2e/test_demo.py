"""The demo, as a stranger runs it: everything comes up, trades, survives, and ends cleanly."""

import json
import signal
from pathlib import Path

import psutil
import pytest

from tests.kit.engine import ONE_VENUE, all_ready, run_command, running
from tests.kit.waiting import deadline_s

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def trading(status) -> bool:
    rows = status["strategies"].values()
    return bool(rows) and all(row["fills"] > 0 for row in rows)


def test_the_demo_trades_and_ctrl_c_ends_it_with_a_report(short_tmp: Path):
    """All venues ready, every strategy filled, nothing unknown, nothing restarted.

    A second engine in its run directory is refused with one clear line, the first unharmed (T-009).
    Ctrl-C: exit code 0, no process left, a summary as the last line of its output, the run directory
    free again.
    """
    with running(short_tmp) as engine:
        engine.wait(lambda s: all_ready(s) and trading(s), "all ready and trading", within_s=60)
        family = psutil.Process(engine.process.pid).children(recursive=True)

        second = run_command("demo", "--run-dir", str(engine.run_dir))
        assert second.returncode == 75
        assert str(engine.process.pid) in second.stderr
        assert all_ready(engine.status())

        engine.process.send_signal(signal.SIGINT)
        assert engine.process.wait(deadline_s(15)) == 0, engine.tail()
        assert psutil.wait_procs(family, timeout=deadline_s(1))[1] == []
        assert json.loads(engine.output.read_text().splitlines()[-1])["event"] == "summary"
        assert engine.command("status").returncode == 75
        report = engine.report()

    assert report["mode"] == "paper"
    assert {name: venue["state"] for name, venue in report["venues"].items()} == {
        "wooxpro": "ready",
        "longbridge": "ready",
        "t4": "ready",
        "webctp": "ready",
        "alltick": "ready",
    }
    assert all(venue["market_messages"] > 0 for venue in report["venues"].values())
    assert set(report["strategies"]) == {
        "btc-cross",
        "eth-quoter",
        "tencent-cross",
        "es-cross",
        "if-cross",
        "rb-quoter",
        "btc-follower",
    }
    assert all(
        row["state"] == "ready" and row["fills"] > 0 for row in report["strategies"].values()
    ), report
    assert report["orders"]["unknown"] == 0
    assert report["restarts"] == 0
    assert report["latency_us"]["tick_to_order"]["count"] > 0


def test_output_without_a_terminal_is_json_lines(short_tmp: Path):
    """Every line can be read by a program; the last is the summary. `--for` ends it by itself."""
    with running(short_tmp, "--for", "3", config=ONE_VENUE) as engine:
        assert engine.process.wait(deadline_s(60)) == 0
        lines = [json.loads(line) for line in engine.output.read_text().splitlines()]

    assert {"actor", "summary"} <= {line["event"] for line in lines}
    assert lines[-1]["event"] == "summary"


@pytest.mark.chaos
def test_any_process_may_be_killed(short_tmp: Path):
    """Kill -9 of each actor in turn: it is back in service, the others keep their boot ids."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        status = engine.wait(lambda s: all_ready(s) and trading(s), "all ready and trading")
        for name in [row["name"] for row in status["actors"]]:
            before = {row["name"]: row["boot"] for row in status["actors"]}
            engine.kill(name)
            status = engine.wait(
                lambda s, name=name, before=before: (
                    all_ready(s) and engine.actor(name, s)["boot"] != before[name]
                ),
                f"{name} is back",
            )
            others = {row["name"]: row["boot"] for row in status["actors"] if row["name"] != name}
            assert others == {key: boot for key, boot in before.items() if key != name}
        fills = {name: row["fills"] for name, row in status["strategies"].items()}
        engine.wait(
            lambda s: (
                all(row["fills"] > fills[name] for name, row in s["strategies"].items())
                and not s["orders"]["unknown"]
            ),
            "both strategies trade on, and nothing is in doubt any more",
            within_s=90,
        )
        family = psutil.Process(engine.process.pid).children(recursive=True)
        assert engine.stop() == 0
        assert psutil.wait_procs(family, timeout=deadline_s(1))[1] == []
