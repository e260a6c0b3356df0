"""Orders outlive their owners: strangers' orders, dead strategies, and a restart of everything.

Real processes; the venue is its simulator, which is asked directly what it has.
"""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from actors.venues.wooxpro.simulator.settings import DEFAULT_CREDENTIALS
from tests.kit.engine import ROOT, Engine, all_ready, running
from tests.kit.engine import command as given
from tests.kit.waiting import until_blocking
from tests.kit.wooxpro_simulator import sign

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

BTC = "BTCUSDT.WOOXPRO"
PLUGINS = str(ROOT / "tests" / "kit" / "plugins")

HEAD = """
[engine]
name = "orphans"
mode = "live"
durability = "process"

[live]
confirm = "orphans"

[venues.wooxpro]
simulator = { seed = 7, options = { symbols = ["BTCUSDT"] } }

[risk.defaults]
max_order_notional = { USDT = "50000" }
max_position = "1000"
max_open_orders = 100
price_collar = "0.05"
max_order_quantity = "1000"
data_age_s_max = 5.0
max_open_notional = { USDT = "10000000" }
max_messages = { count = 100, window_s = 1.0 }
max_loss = { USDT = "1000000" }
max_executions = { count = 5000, window_s = 1.0 }
"""

RESTER = """
[[strategies]]
name = "{name}"
class = "rester:Rester"
instruments = ["BTCUSDT.WOOXPRO"]
parameters = {{ count = {count}, hold = "{hold}", folder = "{folder}" }}
on_death = "{on_death}"
grace_s = {grace_s}
"""


def rester(folder: Path, name: str, **changes: Any) -> str:
    fields = {"count": 2, "hold": "0", "on_death": "keep", "grace_s": 30.0}
    return RESTER.format(name=name, folder=folder, **{**fields, **changes})


class Venue:
    """The simulator behind an engine, as its only account sees it.

    What is asked here counts against the account's rate limits: wait for the engine, then ask once.
    """

    def __init__(self, engine: Engine) -> None:
        self.http = engine.actor("simulator.wooxpro")["gauges"]["endpoints"]["http"]

    def _ask(self, path: str, body: str = "") -> Any:
        key, now = DEFAULT_CREDENTIALS, str(int(time.time() * 1000))
        headers = {"x-api-key": key.api_key}
        if body:
            headers["x-api-timestamp"] = now
            headers["x-api-sign"] = sign(key.api_secret, now, key.memo, body)
        request = urllib.request.Request(f"{self.http}{path}", body.encode() or None, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"]

    def open_orders(self) -> list[dict[str, Any]]:
        return list(self._ask("/contract/private/get-open-orders?symbol=BTCUSDT") or [])

    def submit(self, **order: Any) -> str:
        """An order that no engine knows of; its venue order id."""
        order = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "size": 1, **order}
        answer = self._ask("/contract/private/submit-order", json.dumps(order))
        return str(answer["order_id"])

    def submitted(self) -> list[str]:
        """Client order ids of all orders that ever reached it, strangers' left out."""
        with urllib.request.urlopen(
            f"{self.http}/simulator/log?kind=request&limit=100000"
        ) as answer:
            rows = json.load(answer)
        bodies = [
            json.loads(row["body"])
            for row in rows
            if row["path"] == "/contract/private/submit-order"
        ]
        return [body["client_order_id"] for body in bodies if body.get("client_order_id")]


def command(engine: Engine, *words: str) -> Any:
    """An operator's command that must be carried out; its answer."""
    done = engine.command(*words, "--reason", "test", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def open_orders(engine: Engine, **wanted: str) -> list[dict[str, Any]]:
    rows = engine.ask("orders") or []
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def all_open(engine: Engine, count: int) -> None:
    def holds() -> bool:
        rows = open_orders(engine, lifecycle="open", certainty="known")
        return len(rows) == count and not any(row["pending"] for row in rows)

    until_blocking(holds, within_s=60, what=f"{count} open orders")


def starts(folder: Path, name: str) -> list[int]:
    """How many orders the strategy found at each of its starts."""
    file = folder / f"{name}.starts"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def test_t070_a_strangers_order_is_counted_left_alone_claimed_and_cancelled(short_tmp: Path):
    """T-070: found when the session logs in; listed as external; no kill of ours touches it until then.

    The venue's sessions are stopped while the stranger acts, so the order is there before they start.
    """
    config = HEAD + rester(short_tmp, "rester", count=1)
    with running(short_tmp, config=config, PITBOSS_STRATEGIES=PLUGINS) as engine:
        engine.wait(all_ready, "all ready")
        all_open(engine, 1)
        venue = Venue(engine)
        ours = venue.open_orders()[0]
        assert command(engine, "venue", "stop", "wooxpro", "--dry-run")["would"]
        command(engine, "venue", "stop", "wooxpro")
        engine.wait(
            lambda s: engine.actor("wooxpro.trade", s)["state"] == "stopped", "the session stopped"
        )
        stranger = venue.submit(price=ours["price"])
        command(engine, "venue", "restart", "wooxpro")
        engine.wait(all_ready, "all ready again", within_s=60)
        (row,) = open_orders(engine, origin="external")
        assert (row["venue_order_id"], row["strategy"]) == (stranger, "")
        venues = engine.ask("reconcile", "show")
        assert venues[0]["blocked"] == []
        refused = engine.command("cancel", stranger, "--reason", "x")
        assert "claim" in refused.stderr
        flat = command(engine, "flatten", "--venue", "wooxpro")
        assert flat["stage"] == "flat"
        assert [str(order["order_id"]) for order in venue.open_orders()] == [stranger]
        assert command(engine, "claim", stranger)["claimed"] == 1
        command(engine, "cancel", stranger)
        until_blocking(lambda: not open_orders(engine), within_s=30, what="it is cancelled")
        assert venue.open_orders() == []
        acts = _journal(engine, "OperatorAct")
        assert [act["verb"] for act in acts] == ["note", "note", "flatten", "claim", "cancel"]
        assert {act["reason"] for act in acts} == {"test"}
        assert engine.stop() == 0


def _journal(engine: Engine, kind: str) -> list[dict[str, Any]]:
    where = ["--run-dir", str(engine.run_dir)]
    config = ["-c", str(engine.run_dir.parent / "config.toml")]
    shown = given(
        "journal", "show", "--json", "--last", "0", *config, XDG_STATE_HOME=str(_state(engine))
    )
    if shown.returncode:
        shown = given("journal", "show", "--json", "--last", "0", *where)
    records = [json.loads(line) for line in shown.stdout.splitlines()]
    return [row for row in records if row["record"] == kind]


def _state(engine: Engine) -> Path:
    return engine.run_dir.parent / "state"


@pytest.mark.chaos
def test_orders_of_dead_strategies_follow_their_policy(short_tmp: Path):
    """Back within the grace time: adopted, nothing cancelled. Gone for good: what was declared is done."""
    config = HEAD + rester(short_tmp, "keeps", count=1)
    config += rester(short_tmp, "cancels", on_death="cancel", grace_s=12)
    config += rester(short_tmp, "flattens", hold="5", on_death="cancel_and_flatten", grace_s=12)
    with running(short_tmp, config=config, PITBOSS_STRATEGIES=PLUGINS) as engine:
        engine.wait(all_ready, "all ready")
        all_open(engine, 5)
        venue = Venue(engine)
        before = {order["order_id"] for order in venue.open_orders()}
        boots = {name: engine.actor(f"strategy.{name}")["boot"] for name in ("cancels", "flattens")}
        for name in boots:
            engine.kill(f"strategy.{name}")
        engine.wait(
            lambda s: (
                all_ready(s)
                and all(engine.actor(f"strategy.{n}", s)["boot"] != b for n, b in boots.items())
            ),
            "both are back",
        )
        assert starts(short_tmp, "cancels") == [0, 2]
        assert {order["order_id"] for order in venue.open_orders()} == before

        for name in ("cancels", "flattens", "keeps"):
            _kill_for_good(engine, f"strategy.{name}")
        until_blocking(
            lambda: len(open_orders(engine)) == 1, within_s=90, what="orders are cancelled"
        )
        until_blocking(lambda: _held(engine, "flattens") == "0", within_s=60, what="it is flat")
        (kept,) = open_orders(engine)
        assert kept["strategy"] == "keeps"
        assert len(venue.open_orders()) == 1
        alarms = engine.ask("alarms")
        orphaned = [alarm["subject"] for alarm in alarms if alarm["kind"] == "orphaned"]
        assert sorted(orphaned)[:2] == ["cancels", "flattens"]
        certain = [alarm["text"] for alarm in alarms if "has given it up" in alarm["text"]]
        assert len(certain) >= 2
        assert len(set(venue.submitted())) == len(venue.submitted()) == 7
        assert engine.stop() == 0


def _kill_for_good(engine: Engine, actor: str) -> None:
    """Kill it until its restarts are used up."""

    def gone() -> bool:
        row = engine.actor(actor)
        if row["state"] in ("ready", "degraded") and row["pid"]:
            engine.kill(actor)
        return bool(row["state"] == "quarantined")

    until_blocking(gone, within_s=90, what=f"{actor} is given up")


def _held(engine: Engine, strategy: str) -> str:
    rows = engine.ask("positions") or []
    return next((row["quantity"] for row in rows if row["strategy"] == strategy), "0")


@pytest.mark.chaos
def test_t075_everything_restarts_with_fifty_open_orders(short_tmp: Path):
    """T-075: all are adopted, none is sent again, and the strategy gets its reports by number.

    Every process but the venue is killed, the router with them. Then one `cancel-all` is enough, although
    the venue's rate limit holds most of its cancels back.
    """
    config = HEAD + rester(short_tmp, "rester", count=50)
    with running(short_tmp, config=config, PITBOSS_STRATEGIES=PLUGINS) as engine:
        status = engine.wait(all_ready, "all ready")
        all_open(engine, 50)
        venue = Venue(engine)
        at_venue = {order["order_id"] for order in venue.open_orders()}
        assert len(at_venue) == 50
        names = ("router", "wooxpro.trade", "wooxpro.data", "strategy.rester")
        status = engine.status()
        boots = {name: engine.actor(name, status)["boot"] for name in names}
        for name in names:
            engine.kill(name)
        engine.wait(
            lambda s: all_ready(s) and all(engine.actor(n, s)["boot"] != boots[n] for n in names),
            "all back",
            within_s=60,
        )
        all_open(engine, 50)
        until_blocking(lambda: starts(short_tmp, "rester") == [0, 50], within_s=30, what="adopted")
        assert {order["order_id"] for order in venue.open_orders()} == at_venue
        assert len(venue.submitted()) == 50

        # Once: the venue's rate limit lets some pass at a time, the router asks for the rest again.
        assert command(engine, "cancel-all", "--scope", "strategy:rester")["open_orders"] == 50
        until_blocking(lambda: not open_orders(engine), within_s=90, what="all cancelled")
        assert venue.open_orders() == []

        def told() -> bool:
            ended = (short_tmp / "rester.ended").read_text().split()
            return len(ended) == len(set(ended)) == 50

        until_blocking(told, within_s=30, what="the strategy heard of each cancel once")
        assert len(venue.submitted()) == 50
        assert engine.stop() == 0
