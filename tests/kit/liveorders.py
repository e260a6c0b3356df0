"""A live engine with one venue and a strategy on strings, for cases that share one start.

The engine is a process tree as always; the venue's simulator runs here, behind proxies, as in a drill
(`actors.drill`). All of it lives in a thread with a trio run of its own, so that tests come and go while
it stays up. What is traded, which order rests and which fills, the venue's `conformance.py` says.
"""

import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import trio

from actors.drill.agreement import compare, sent_twice
from actors.drill.harness import DrillOptions, Harness
from actors.drill.judging import judged
from actors.drill.process import all_ready
from engine.conformance.declared import FaultName, Ordering
from engine.conformance.package import VenuePackage
from engine.session.declaration import Capabilities
from tests.kit.rundir import short_run_dir
from tests.kit.waiting import TIME_FACTOR, deadline_s

PLUGINS = Path(__file__).resolve().parent / "plugins"
START_WITHIN_S = 60.0
LOOK_S, LOOK_S_MAX = 0.05, 0.2
"""Pause before each further look, the longer the longer it is waited: each look takes some milliseconds."""
QUOTES_PER_S = 10.0
"""Of the simulated market; what the battery needs is faster, and costs every process that reads it."""
SHOWN_MAX = 5
CURRENCIES = ("USDT", "USD", "HKD", "CNY")

CONFIG = """
[engine]
name = "orders"
mode = "live"
durability = "process"

[live]
confirm = "orders"

[venues.{venue}]
simulator = {simulator}

[[strategies]]
name = "puppet"
class = "puppet:Puppet"
instruments = [{instrument}]
parameters = {{ folder = {folder} }}

[risk.defaults]
max_order_notional = {amounts}
max_order_quantity = "1000000000"
max_position = "1000000000"
max_open_orders = 100
max_open_notional = {amounts}
price_collar = "0.9999"
data_age_s_max = 30.0
max_messages = {{ count = 100, window_s = 1.0 }}
max_loss = {amounts}
max_executions = {{ count = 10000, window_s = 1.0 }}
"""

IMPATIENT = {"horizon_s_min": 2.0, "query_interval_s": 0.5, "reconcile_interval_s": 2.0}
"""So that what is in doubt is settled in seconds."""


def toml(value: object) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def config_of(package: VenuePackage, folder: Path) -> str:
    """One venue with the lively simulator that it declares, one puppet on the declared instrument."""
    assert package.conformance.orders is not None
    return CONFIG.format(
        venue=package.name,
        simulator=toml(
            {"seed": 7, "options": {**package.conformance.simulator, "quotes_per_s": QUOTES_PER_S}}
        ),
        instrument=toml(package.conformance.orders.instrument),
        folder=toml(str(folder)),
        amounts=toml(dict.fromkeys(CURRENCIES, "1000000000000")),
    )


class Live:
    """A running engine as cases see it.

    Attributes:
        package, ordering, can: what the venue declares.
        venue: its simulator, with links and faults.
    """

    def __init__(self, package: VenuePackage, harness: Harness) -> None:
        assert package.conformance.orders is not None
        self.package = package
        self.ordering: Ordering = package.conformance.orders
        self.can: Capabilities = package.venue.capabilities
        self.harness = harness
        self.engine = harness.engine
        self.venue = harness.venues[package.name]
        self.trade = f"{package.name}.trade"
        self._told = 0
        self._names = 0

    # --- the strategy on strings ------------------------------------------------------------------

    def name(self, word: str) -> str:
        """A name for an order that no other has."""
        self._names += 1
        return f"{word}{self._names}"

    def tell(self, deed: str, name: str, **terms: object) -> str:
        """Have the strategy do something with an order; its name."""
        with (self.harness.options.folder / "told.jsonl").open("a") as file:
            file.write(json.dumps({"deed": deed, "name": name, **terms}) + "\n")
        return name

    def heard(self, name: str) -> list[dict[str, Any]]:
        """What the strategy was told of an order."""
        file = self.harness.options.folder / "heard.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [row for row in map(json.loads, lines) if row["name"] == name]

    async def hears(self, name: str, lifecycle: str) -> None:
        """Wait until this is the last that the strategy was told of an order."""

        def heard() -> bool:
            rows = self.heard(name)
            return bool(rows) and rows[-1]["lifecycle"] == lifecycle

        await self.until(heard, f"the strategy hears that {name} is {lifecycle}")

    # --- the router -------------------------------------------------------------------------------

    async def order(self, name: str) -> Mapping[str, Any] | None:
        """The router's row of an order, None before there is one."""
        rows = await self.engine.ask("orders", {"open": False, "limit": 10_000}) or ()
        return next((row for row in rows if row["note"] == name), None)

    async def list_of(self, name: str) -> dict[str, Mapping[str, Any]]:
        """The router's rows of a list of orders, by their type."""
        rows = await self.engine.ask("orders", {"open": False, "limit": 10_000}) or ()
        return {row["ord_type"]: row for row in rows if row["note"] == name}

    async def list_becomes(self, name: str, **lifecycles: str) -> dict[str, Mapping[str, Any]]:
        """Wait until the orders of a list are settled so, each named by its type; the rows."""

        async def found() -> dict[str, Mapping[str, Any]] | None:
            rows = await self.list_of(name)
            settled = all(r["certainty"] == "known" and not r["pending"] for r in rows.values())
            return (
                rows
                if settled and {k: r["lifecycle"] for k, r in rows.items()} == lifecycles
                else None
            )

        rows: dict[str, Mapping[str, Any]] = await self.until(found, f"{name} is {lifecycles}")
        return rows

    async def until(self, condition: Callable[[], Any], what: str, within_s: float = 20.0) -> Any:
        """Wait for a condition that may be a coroutine function; its value."""
        begun = trio.current_time()
        with trio.move_on_after(deadline_s(within_s)):
            while True:
                value = condition()
                if hasattr(value, "__await__"):
                    value = await value
                if value:
                    return value
                waited_s = trio.current_time() - begun
                await trio.sleep(min(LOOK_S_MAX, max(LOOK_S, waited_s / 5)))
        raise AssertionError(
            f"not within {deadline_s(within_s):g} s: {what}; {await self._scene()}"
        )

    async def _scene(self) -> str:
        rows = await self.engine.actors()
        states = {name: f"{row['state']} {row['reason']}".strip() for name, row in rows.items()}
        orders = await self.engine.ask("orders", {"open": False, "limit": 10_000}) or ()
        keys = ("note", "lifecycle", "pending", "certainty", "cum_qty", "code", "text")
        shown = [" ".join(str(row[key]) for key in keys) for row in orders[-SHOWN_MAX:]]
        logs = sorted((self.engine.run_dir / "logs").glob(f"{self.package.name}*"))
        tails = [f"{log.name}: {log.read_text(errors='replace')[-2000:]}" for log in logs]
        return f"{states}; orders {shown}; {' '.join(tails)}"

    async def becomes(self, name: str, *words: str, within_s: float = 20.0) -> Mapping[str, Any]:
        """Wait until an order is known to be in one of these states with nothing pending; its row."""

        async def found() -> Mapping[str, Any] | None:
            row = await self.order(name)
            settled = row and row["certainty"] == "known" and row["pending"] is None
            return row if settled and row and row["lifecycle"] in words else None

        row: Mapping[str, Any] = await self.until(
            found, f"{name} is {' or '.join(words)}", within_s
        )
        return row

    async def rests(self, word: str, **terms: object) -> str:
        """The declared resting order, open at the venue; its name."""
        name = self.tell("submit", self.name(word), **{**self.ordering.resting, **terms})
        row = await self.becomes(name, "open")
        await self.until(
            lambda: row["client_order_id"] in self.venue.open_orders(), f"{name} is at the venue"
        )
        return name

    async def cancelled(self, *names: str) -> None:
        """Cancel these orders; they are over here and there."""
        for name in names:
            self.tell("cancel", name)
        for name in names:
            row = await self.becomes(name, "cancelled")
            assert row["client_order_id"] not in self.venue.open_orders()

    async def fills(self, name: str) -> list[Mapping[str, Any]]:
        """The router's fills of an order."""
        row = await self.order(name)
        assert row is not None
        found = await self.engine.ask("fills", {"limit": 10_000}) or ()
        return [fill for fill in found if fill["client_order_id"] == row["client_order_id"]]

    # --- all of it --------------------------------------------------------------------------------

    async def ready(self) -> None:
        """Wait until all is in service and orders are open."""

        async def is_ready() -> bool:
            rows = await self.engine.actors()
            status = await self.engine.ask("status")
            views = (status or {}).get("venues", {}).values()
            up = rows and all_ready(rows) and views
            return bool(up and all(view["state"] == "ready" for view in views))

        await self.until(is_ready, "all is in service", START_WITHIN_S)

    async def boot(self, actor: str) -> str:
        """Of a process."""
        row = (await self.engine.actors()).get(actor)
        return str(row["boot"]) if row else ""

    async def killed(self, actor: str) -> None:
        """Kill a process; it is back, and all is in service."""
        row = (await self.engine.actors())[actor]
        os.kill(row["pid"], signal.SIGKILL)

        async def is_new() -> bool:
            return await self.boot(actor) not in ("", row["boot"])

        await self.until(is_new, f"{actor} is started again", START_WITHIN_S)
        await self.ready()

    async def restarted(self) -> None:
        """Stop the engine in order; it comes back from its journal."""
        starts = self.engine.starts
        await self.engine.stop()
        await self.until(lambda: self.engine.starts > starts, "the engine is started again")
        await self.ready()

    def misbehave(self, fault: FaultName) -> None:
        """Have the simulator err as its venue declares."""
        self.package.conformance.faults[fault](self.venue.running)

    async def agrees(self) -> None:
        """Router, venue and strategy tell the same story, and nothing was sent twice."""
        last = None

        async def is_agreed() -> bool:
            nonlocal last
            last = await compare(self.engine, self.harness.venues, quiet=True)
            return not last.differences

        await self.until(is_agreed, "all agree")
        assert not sent_twice(self.harness.venues)


class LiveEngine:
    """The thread in which it all lives; `run` carries a case out in it."""

    def __init__(self, package: VenuePackage) -> None:
        self.package = package
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._scope = trio.CancelScope()
        self._live: Live | None = None
        self._violated: list[str] = []
        self._thread = threading.Thread(target=self._life, name=f"live {package.name}")

    def start(self) -> "LiveEngine":
        """Bring engine and venue up."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def run(self, case: Callable[[Live], Awaitable[None]]) -> None:
        """One case."""
        assert self._token is not None
        trio.from_thread.run(self._case, case, trio_token=self._token)

    async def _case(self, case: Callable[[Live], Awaitable[None]]) -> None:
        """The next case finds links and simulator as they should be, however this one ends."""
        assert self._live is not None
        try:
            await case(self._live)
        finally:
            self._live.harness.venues.heal()

    def stop(self) -> list[str]:
        """End everything; the invariants that did not hold."""
        assert self._token is not None
        trio.from_thread.run_sync(self._scope.cancel, trio_token=self._token)
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._violated

    def _life(self) -> None:
        try:
            with ExitStack() as stack:
                folder = stack.enter_context(short_run_dir())
                trio.run(self._main, folder)
        except Exception as error:  # noqa: BLE001 - told in the thread that waits
            self._failure = error
        finally:
            self._ready.set()

    async def _main(self, folder: Path) -> None:
        file = folder / "orders.toml"
        file.write_text(config_of(self.package, folder))
        harness = Harness(
            DrillOptions(
                config=file,
                folder=folder,
                state_dir=folder / "state",
                seed=1,
                for_s=1.0,
                time_factor=TIME_FACTOR,
                router=IMPATIENT,
            )
        )
        self._token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as nursery:
            await nursery.start(harness.run)
            self._live = Live(self.package, harness)
            await self._live.ready()
            with self._scope:
                self._ready.set()
                await trio.sleep_forever()
            harness.outcome.stopped_ns = harness.clock.monotonic_ns()
            nursery.cancel_scope.cancel()
        self._violated = [
            f"{verdict.id} {verdict.title}: {verdict.detail}"
            for verdict in judged(harness)
            if verdict.held is False
        ]
