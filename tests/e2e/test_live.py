"""Live mode against the venue's simulator: the same strategies, real orders, and a venue that misbehaves."""

import json
import urllib.request
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import attrs
import pytest

from actors.venues.wooxpro.simulator.login import Credentials
from actors.venues.wooxpro.simulator.settings import DEFAULT_CREDENTIALS
from tests.kit.engine import Engine, all_ready, running
from tests.kit.waiting import until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

LIVE = """
[engine]
name = "livetest"
mode = "live"
durability = "process"

[live]
confirm = "livetest"

[venues.wooxpro]
simulator = { seed = 7, options = { symbols = ["ETHUSDT"] } }

[[strategies]]
name = "quoter"
class = "strategies.two_sided_quoter:TwoSidedQuoter"
instruments = ["ETHUSDT.WOOXPRO"]
parameters = { quantity = "10", position_max = "100", half_spread_ticks = 1.0, skew_ticks = 6.0 }

[risk.defaults]
max_order_notional = { USDT = "50000" }
max_position = "1000"
max_open_orders = 20
price_collar = "0.05"
max_order_quantity = "1000"
data_age_s_max = 5.0
max_open_notional = { USDT = "1000000" }
max_messages = { count = 100, window_s = 1.0 }
max_loss = { USDT = "1000000" }
max_executions = { count = 5000, window_s = 1.0 }
"""


def venue_of(engine: Engine) -> str:
    """The simulator's HTTP address."""
    return str(engine.actor("simulator.wooxpro")["gauges"]["endpoints"]["http"])


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def fault(http: str, kind: str, match: str, **more: Any) -> None:
    body = json.dumps({"kind": kind, "match": match, **more}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{http}/simulator/faults", body)) as answer:
        assert answer.status == 200


def trades_on(engine: Engine) -> None:
    """Wait until the strategy gets further fills."""
    before = engine.status()["strategies"]["quoter"]["fills"]
    engine.wait(
        lambda s: all_ready(s) and s["strategies"]["quoter"]["fills"] > before,
        "fills go on",
        within_s=60,
    )


def come_to_rest(engine: Engine) -> None:
    """End all trading: from then on neither the venue's list of fills nor ours can move again."""
    done = engine.command("kill", "--reason", "compare")
    assert done.returncode == 0, done.stderr
    engine.wait(
        lambda s: (
            s["trading_state"] == "killed"
            and s["orders"]["unknown"] == 0
            and s["venues"]["wooxpro"]["open_orders"] == 0
        ),
        "no order is open or in doubt",
        within_s=90,
    )


def fills_at_venue(http: str) -> list[str]:
    """Trade ids of all fills, as the venue's own log has them."""
    return sorted(
        str(row["trade_id"]) for row in get(f"{http}/simulator/log?kind=fill&limit=100000")
    )


def fills_here(engine: Engine) -> list[str]:
    """Trade ids of all fills in the router's state."""
    found: list[str] = []

    def answers() -> bool:
        rows = engine.ask("fills")
        found[:] = sorted(row["trade_id"] for row in rows or [])
        return rows is not None

    until_blocking(answers, within_s=30, what="the engine answers `fills`")
    return found


def submitted_ids(http: str) -> list[str]:
    """Client order ids of all orders that ever reached the venue."""
    return [
        json.loads(row["body"])["client_order_id"]
        for row in get(f"{http}/simulator/log?kind=request&limit=100000")
        if row["path"] == "/contract/private/submit-order"
    ]


def kill_and_see_it_back(engine: Engine, name: str) -> None:
    """Kill -9: the process is back in service and the strategy trades on."""
    boot = engine.actor(name)["boot"]
    engine.kill(name)
    engine.wait(lambda s: all_ready(s) and engine.actor(name, s)["boot"] != boot, f"{name} is back")
    trades_on(engine)


@pytest.mark.long
@pytest.mark.chaos
def test_live_trading_survives_and_agrees_with_the_venue(short_tmp: Path):
    """Killed processes, a silent, a reset and a closed venue, lost answers: nothing lost or doubled.

    One engine goes through all of it, because each start costs seconds. It is marked `long` because
    the horizon of an order in doubt alone is 30 s: a minute on an idle machine, more on a busy one. At the end every fill of the
    venue is in the journal once, and no client order id reached the venue twice.
    """
    quick = LIVE.replace("[venues.wooxpro]\n", "[venues.wooxpro]\nping_interval_s = 2.0\n")
    with running(short_tmp, config=quick) as engine:
        engine.wait(all_ready, "all ready")
        trades_on(engine)
        http = venue_of(engine)
        for kind, match in (
            ("stall", "public"),
            ("stall", "private"),
            ("reset", "public"),
            ("close", "private"),
        ):
            before = engine.status()["venues"]["wooxpro"]["reconnects"]
            fault(http, kind, match)
            engine.wait(
                lambda s, before=before: (
                    s["venues"]["wooxpro"]["reconnects"] > before and all_ready(s)
                ),
                f"reconnected after {kind} of {match}",
                within_s=60,
            )
        trades_on(engine)
        assert engine.status()["restarts"] == 0
        fault(http, "http_reset", "/contract/private/submit-order", count=2)
        trades_on(engine)
        for name in ("wooxpro.trade", "wooxpro.data", "router", "strategy.quoter"):
            kill_and_see_it_back(engine, name)
        come_to_rest(engine)
        at_venue = fills_at_venue(http)
        until_blocking(
            lambda: len(fills_here(engine)) >= len(at_venue), within_s=30, what="every fill is here"
        )
        assert fills_here(engine) == at_venue == fills_at_venue(http)
        ids = submitted_ids(http)
        assert len(ids) == len(set(ids)) > 0
        assert engine.status()["restarts"] == 4
        assert engine.stop() == 0


def as_toml(credentials: Credentials) -> str:
    return "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in attrs.asdict(credentials).items()
    )


def log_in(engine: Engine, *more: str) -> CompletedProcess[str]:
    """The operator's word that the credentials are good now."""
    words = ("venue", "login", "wooxpro", "--reason", "file corrected", *more)
    return engine.command(*words)


def test_wrong_credentials_are_tried_once_and_again_when_a_person_says_so(short_tmp: Path):
    """T-046: one login attempt, the venue is down with the reason, no login loop, no restart.

    After the file is corrected, `venue login` reads it again and the venue is ready; what cannot be
    read is refused and nothing tried.
    """
    secret = short_tmp / "x.secret"
    secret.write_text('api_key = "wrong"\napi_secret = "wrong"\nmemo = "wrong"\n')
    secret.chmod(0o600)
    config = LIVE.replace(
        "[venues.wooxpro]\n", f'[venues.wooxpro]\ncredentials = {{ file = "{secret}" }}\n'
    )
    with running(short_tmp, config=config) as engine:
        status = engine.wait(
            lambda s: s["venues"]["wooxpro"]["state"] == "down", "the venue is down"
        )
        http = venue_of(engine)
        first = len(get(f"{http}/simulator/log?kind=login&limit=1000"))
        messages = status["venues"]["wooxpro"]["market_messages"]
        # A login loop would show within the back-off's first seconds: let a few hundred messages pass.
        engine.wait(
            lambda s: s["venues"]["wooxpro"]["market_messages"] > messages + 300,
            "market data flows on",
        )
        assert first == 1
        assert len(get(f"{http}/simulator/log?kind=login&limit=1000")) == 1
        assert status["restarts"] == 0
        assert "wrong" not in (engine.run_dir / "logs" / "wooxpro.trade.log").read_text()
        secret.write_text("api_key = \n")
        done = log_in(engine)
        assert done.returncode != 0
        assert "x.secret is not valid TOML" in done.stderr
        secret.write_text(as_toml(DEFAULT_CREDENTIALS))
        assert log_in(engine, "--dry-run").returncode == 0
        assert engine.status()["venues"]["wooxpro"]["state"] == "down"
        done = log_in(engine)
        assert done.returncode == 0, done.stderr
        engine.wait(lambda s: s["venues"]["wooxpro"]["state"] == "ready", "the venue is ready")
        trades_on(engine)
        assert len(get(f"{http}/simulator/log?kind=login&limit=1000")) == 2
        assert log_in(engine).returncode != 0
