"""Commands that need no running engine: help, lists, checks, and errors that say what to do."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.session.endpoints import places_of
from tests.kit.engine import ROOT, command, run_command
from tests.kit.waiting import deadline_s

pytestmark = pytest.mark.e2e

BAD = """
[engine]
nmae = "x"

[venues.wooxprox]
simulator = {}

[[strategies]]
name = "a"
class = "strategies.sma_cross:SmaCross"
instruments = ["BTCUSDT.WOOXPROX"]
parameters = { fast = 30, slow = 10 }
"""

LIVE = """
[engine]
name = "desk"
mode = "live"

[live]
confirm = "desk"

[venues.wooxpro]
simulator = {}

[[strategies]]
name = "a"
class = "strategies.sma_cross:SmaCross"
instruments = ["BTCUSDT.WOOXPRO"]
"""


def test_help_lists_every_command():
    """A stranger finds the commands by asking for help."""
    done = run_command("--help")

    assert done.returncode == 0
    for word in (
        "demo",
        "start",
        "check",
        "status",
        "orders",
        "positions",
        "fills",
        "stop",
        "kill",
        "arm",
        "cancel-all",
        "alarms",
        "accept",
        "reconcile",
        "cancel",
        "claim",
        "resolve",
        "bust",
        "limits",
        "restart",
        "venues",
        "strategies",
        "journal",
        "simulate",
    ):
        assert word in done.stdout


def test_venues_and_strategies_as_json():
    """The keys that programs read are there."""
    venues = json.loads(command("venues", "--json").stdout)
    strategies = json.loads(command("strategies", "--json").stdout)

    assert venues[0].keys() >= {
        "name",
        "title",
        "sessions",
        "capabilities",
        "order_types",
        "times_in_force",
        "certainty_notes",
    }
    assert {row["name"] for row in strategies} == {
        "sma_cross",
        "twin_follower",
        "two_sided_quoter",
    }
    assert strategies[0].keys() >= {"name", "class", "doc", "parameters", "source"}
    assert strategies[0]["parameters"][0].keys() >= {
        "name",
        "type",
        "default",
        "min",
        "max",
        "help",
    }


def test_check_accepts_the_demo():
    """The tree is printed; nothing is started."""
    done = command("check", "-c", "config/demo.toml", "--details")

    assert done.returncode == 0, done.stderr
    for word in (
        "router",
        "wooxpro.data",
        "paper.wooxpro",
        "longbridge.data",
        "t4.data",
        "paper.webctp",
        "alltick.other.data",
        "strategy.btc-cross",
        "simulator.wooxpro",
        '"keep_days": 30',
        '"segment_bytes": 67108864',
    ):
        assert word in done.stdout


def test_check_reports_all_problems(tmp_path: Path):
    """Unknown key, unknown venue, parameters that refuse each other, a limit for nobody: in one go."""
    file = tmp_path / "bad.toml"
    file.write_text(BAD + "[risk.strategies.b]\n")
    done = command("check", "-c", str(file), "--json")
    found = {row["path"]: row["problem"] for row in json.loads(done.stdout)}

    assert done.returncode == 78
    assert "nmae" in found["engine"]
    assert "venues.wooxprox" in found
    assert "risk.strategies.b" in found
    assert "must be below slow" in found["strategies[0].parameters"]


def test_check_reports_malformed_and_missing_limits_together(tmp_path: Path):
    """T-085: what is missing for live trading is said in the same go as what cannot be read."""
    file = tmp_path / "live.toml"
    file.write_text(LIVE + "[risk.defaults]\nmax_position = -1\nmax_ordr_quantity = 1\n")
    done = command("check", "-c", str(file), "--json")
    found = " ".join(f"{row['path']}: {row['problem']}" for row in json.loads(done.stdout))

    assert done.returncode == 78
    assert "max_position must be above zero" in found
    assert "unknown key 'max_ordr_quantity'" in found
    assert "needs the limit max_order_quantity" in found
    assert "needs the limit max_position" not in found
    started = command("start", "-c", str(file), "--run-dir", str(tmp_path / "run"))
    assert started.returncode == 78
    assert "max_order_quantity" in started.stdout + started.stderr


def test_a_report_without_a_place_is_refused_before_the_start(tmp_path: Path):
    """Not after hours of trading."""
    done = command(
        "demo", "--run-dir", str(tmp_path / "run"), "--report", str(tmp_path / "none" / "r.json")
    )

    assert done.returncode == 78
    assert "there is no folder" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("option", [("--host", "0.0.0.0"), ("--port", "99999")])
def test_a_simulator_is_not_for_others(option):
    """Neither for other hosts nor on ports that do not exist: a usage error."""
    done = command("simulate", "wooxpro", *option)

    assert done.returncode == 64
    assert option[1] in done.stderr


def test_a_missing_file_is_a_configuration_error():
    """Exit 78, and the message names the file."""
    done = command("start", "-c", "none.toml")

    assert done.returncode == 78
    assert "none.toml" in done.stderr


def test_live_without_credentials_does_not_start(tmp_path: Path):
    """Live needs credentials by reference; the hint says how to give them."""
    file = tmp_path / "live.toml"
    file.write_text((ROOT / "config" / "live-example.toml").read_text())
    done = command("check", "-c", str(file))

    assert done.returncode == 78
    assert "wooxpro.secret" in done.stderr


def test_usage_errors_have_their_own_code():
    """An unknown command is neither a crash nor a configuration error."""
    assert run_command("frobnicate").returncode == 64


def test_no_engine_is_try_again(tmp_path: Path):
    """Asking where nobody runs: exit 75 and what to do."""
    done = command("orders", "--run-dir", str(tmp_path))

    assert done.returncode == 75
    assert "start" in done.stderr


SIMULATORS = {
    "wooxpro": (
        {"http", "public_ws", "private_ws"},
        {"api_key", "api_secret", "memo"},
        "BTCUSDT",
    ),
    "longbridge": (
        {"http", "quote_ws", "trade_ws", "quote_tcp", "trade_tcp"},
        {"app_key", "app_secret", "access_token"},
        "700.HK",
    ),
    "t4": (
        {"ws", "http"},
        {"firm", "username", "password", "app_name", "app_license", "api_key"},
        "XCME_Eq ES (H24)",
    ),
    "webctp": (
        {"host", "port"},
        {"broker_id", "user_id", "password", "app_id", "auth_code"},
        "IF2101",
    ),
    "alltick": ({"stock_ws", "other_ws", "stock_http", "other_http"}, {"token"}, "BTCUSDT"),
}


@pytest.mark.parametrize("venue", SIMULATORS)
def test_simulate_prints_how_to_connect(venue: str):
    """The first line is one JSON object, and what it names is served; SIGTERM ends it cleanly."""
    endpoints, credentials, symbol = SIMULATORS[venue]
    process = subprocess.Popen(
        [sys.executable, "run.py", "simulate", venue],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        for host, port in places_of(first["endpoints"]).values():
            assert host == "127.0.0.1"
            socket.create_connection((host, port), timeout=5).close()
        process.terminate()

        assert process.wait(deadline_s(10)) == 0
    finally:
        process.kill()
        process.communicate()
    assert first["venue"] == venue
    assert first["endpoints"].keys() == endpoints
    assert first["credentials"].keys() == credentials
    assert symbol in {row["symbol"] for row in first["instruments"]}
    assert {"symbol", "price_increment", "lot", "reference_price"} <= first["instruments"][0].keys()


def test_simulate_refuses_a_taken_port():
    """Port taken: exit 78 with the port in the message."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("simulate", "wooxpro", "--port", str(port))

    assert done.returncode == 78
    assert str(port) in done.stderr
