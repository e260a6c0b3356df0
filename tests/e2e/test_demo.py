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


def test_the_demo_trades_and_reports(short_tmp: Path):
    """All venues ready, every strategy filled, nothing unknown, nothing restarted; a clean end."""
    with running(short_tmp) as engine:
        engine.wait(lambda s: all_ready(s) and trading(s), "all ready and trading", within_s=60)
        assert engine.stop() == 0, engine.tail()
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
    """Every line can be read by a program; the last is the summary."""
    with running(short_tmp, "--for", "3") as engine:
        engine.process.wait(deadline_s(60))
        lines = [json.loads(line) for line in engine.output.read_text().splitlines()]

    assert {"actor", "summary"} <= {line["event"] for line in lines}
    assert lines[-1]["event"] == "summary"


@pytest.mark.chaos
def test_any_process_may_be_killed(short_tmp: Path):
    """Kill -9 of each actor in turn: it is back in service, the others keep their boot ids."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        status = engine.wait(lambda s: all_ready(s) and trading(s), "all ready and trading")
        for name in [row["name"] for row in status["actors"]]:
            before = {row["name"]: row["boot"] for row in engine.status()["actors"]}
            engine.kill(name)
            after = engine.wait(
                lambda s, name=name, before=before: (
                    all_ready(s) and engine.actor(name, s)["boot"] != before[name]
                ),
                f"{name} is back",
            )
            others = {row["name"]: row["boot"] for row in after["actors"] if row["name"] != name}
            assert others == {key: boot for key, boot in before.items() if key != name}
        fills = {name: row["fills"] for name, row in engine.status()["strategies"].items()}
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


def test_sigint_ends_it_in_an_orderly_way(short_tmp: Path):
    """Ctrl-C: exit code 0, a summary, no process left, the run directory free again."""
    with running(short_tmp) as engine:
        engine.wait(all_ready, "all ready")
        family = psutil.Process(engine.process.pid).children(recursive=True)
        engine.process.send_signal(signal.SIGINT)

        assert engine.process.wait(deadline_s(15)) == 0
        assert psutil.wait_procs(family, timeout=deadline_s(1))[1] == []
        assert json.loads(engine.output.read_text().splitlines()[-1])["event"] == "summary"
        assert run_command("status", "--run-dir", str(engine.run_dir)).returncode == 75


def test_operators_see_and_command_a_running_engine(short_tmp: Path):
    """Lists have their rows (paper's only, T-086); kill stops orders over a restart; arm lets them through."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        engine.wait(lambda s: all_ready(s) and trading(s), "all ready and trading")
        connected = {row["endpoint"] for row in engine.simulator("log?kind=connect&limit=1000")}
        requests = engine.simulator("log?kind=request&limit=100000")
        assert connected == {"public"}, "T-086: paper never connects to a trade endpoint"
        assert not [row for row in requests if "/private/" in row["path"]]

        fills = engine.ask("fills")
        positions = engine.ask("positions")
        assert {row["account"].rpartition(".")[2] for row in fills} == {"paper"}
        assert {"instrument", "side", "last_qty", "last_px", "fee"} <= fills[0].keys()
        assert {"instrument", "quantity", "avg_px", "realised_pnl"} <= positions[0].keys()
        assert isinstance(engine.ask("orders", "--all"), list)

        where = ["--run-dir", str(engine.run_dir)]
        assert run_command("kill", "--reason", "test", *where).returncode == 0
        engine.wait(
            lambda s: s["trading_state"] == "killed" and not engine.ask("orders"),
            "killed, no open order",
        )
        boot = engine.actor("router")["boot"]
        engine.kill("router")
        status = engine.wait(
            lambda s: (
                engine.actor("router", s)["boot"] != boot
                and all_ready(s)
                and s["trading_state"] != "unknown"
            ),
            "router is back",
        )
        assert status["trading_state"] == "killed"
        orders = status["strategies"]["eth-quoter"]["orders"]
        assert run_command("arm", "--reason", "test over", *where).returncode == 0
        engine.wait(
            lambda s: (
                s["trading_state"] == "active" and s["strategies"]["eth-quoter"]["orders"] > orders
            ),
            "orders flow again",
        )
        assert run_command("stop", *where).returncode == 0
        assert engine.process.wait(deadline_s(15)) == 0


def test_a_second_engine_in_the_same_run_directory_is_refused(short_tmp: Path):
    """One clear line, exit code 75, the first engine unharmed (T-009)."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        engine.wait(all_ready, "all ready")
        second = run_command("demo", "--run-dir", str(engine.run_dir))

        assert second.returncode == 75
        assert str(engine.process.pid) in second.stderr
        assert all_ready(engine.status())
