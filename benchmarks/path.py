"""From a tick to an order through the real processes: `python -m benchmarks.path [--json]`.

Measured from the session's wake-up on a tick, through strategy and router with all checks and the
journal, to the order's arrival at the trade session, with CURVE on. The venue is `null_venue`, so no
foreign protocol is timed. In the same run the floor is measured: the same three hops with plain blocking
pyzmq and ready-made bytes. Floor and path take turns, the medians of the turns count.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import trio

from benchmarks import floor, null_venue
from engine.messages.control import ActorState
from engine.model.enums import Mode
from engine.settings.converter import plain_values
from engine.supervise.intensity import RestartPolicy
from engine.supervise.specs import ActorSpec, Bind, Group, Tree
from engine.supervise.supervisor import Supervisor

TURNS = 5
SETTLE_S = 1.5
"""After everything is ready: caches warm, first orders through."""
RUN_S = 3.0
FLOOR_COUNT = 1000
READY_S_MAX = 60.0
TOLD_INTERVAL_S = 0.05
RATES_HZ = (1_000, 10_000)
SATURATION_TICKS_PER_ORDER = 10
POLICY = RestartPolicy(intensity=0, period_s=60.0, backoff_first_s=0.1, backoff_max_s=1.0)


@attrs.frozen
class Measured:
    """One run of the path: latency from the wake-up on the tick, and what got through."""

    p50_us: float
    p99_us: float
    orders: int
    ticks_per_s: float


def tree_of(rate_hz: float, ticks_per_order: int, folder: Path) -> Tree:
    """Router, null venue and one strategy, as a configuration would build them."""
    venue = {
        "venue": null_venue.NAME,
        "package": "benchmarks.null_venue",
        "instruments": [null_venue.INSTRUMENT],
        "settings": {
            "rate_hz": float(rate_hz),
            "ticks_per_order": ticks_per_order,
            "counter": str(folder / "counter"),
        },
    }
    data = ActorSpec(
        name="null.data",
        kind="session",
        module="actors.session",
        policy=POLICY,
        settings={**venue, "role": "data"},
        binds=(Bind("market.null"), Bind("replay.null")),
        connects=("sessions",),
        watches=True,
    )
    trade = ActorSpec(
        name="null.trade",
        kind="session",
        module="actors.session",
        policy=POLICY,
        settings={**venue, "role": "trade"},
        connects=("sessions",),
        watches=True,
    )
    groups = (
        Group(name="core", actors=(_router(folder),)),
        Group(name="sessions", actors=(data, trade)),
        Group(name="strategies", actors=(_strategy(ticks_per_order, folder),)),
    )
    return Tree(name="bench", mode=Mode.PAPER, groups=groups)


def _router(folder: Path) -> ActorSpec:
    return ActorSpec(
        name="router",
        kind="router",
        module="actors.router",
        policy=POLICY,
        essential=True,
        settings={
            "durability": "process",
            "state_dir": str(folder / "state"),
            "core": {
                "mode": "paper",
                "trade_sessions": {
                    "null.trade": {
                        "venue": null_venue.NAME,
                        "mode": "paper",
                        "capabilities": plain_values(null_venue.VENUE.capabilities),
                    }
                },
                "data_sessions": {"null.data": null_venue.NAME},
                "strategies": {"bench": {"instruments": [null_venue.INSTRUMENT], "mode": "paper"}},
                "risk": {
                    "defaults": {
                        "max_order_quantity": "1000",
                        "max_order_notional": {"USD": "1000000"},
                        "max_position": "100000",
                        "max_open_notional": {"USD": "1000000000"},
                        "max_open_orders": 100_000,
                        "price_collar": "0.5",
                        "max_messages": {"count": 10_000, "window_s": 1.0},
                        "data_age_s_max": 5.0,
                    }
                },
            },
        },
        binds=(
            Bind("strategies", ("strategy.bench",)),
            Bind("sessions", ("null.data", "null.trade")),
            Bind("operator", ("operator", "viewer")),
            Bind("kill", ("operator",)),
        ),
        watches=True,
    )


def _strategy(ticks_per_order: int, folder: Path) -> ActorSpec:
    return ActorSpec(
        name="strategy.bench",
        kind="strategy",
        module="actors.strategy",
        policy=POLICY,
        settings={
            "name": "bench",
            "class": "every_tick:EveryTick",
            "folder": str(Path(__file__).parent / "plugins"),
            "state_dir": str(folder / "state"),
            "instruments": [null_venue.INSTRUMENT],
            "parameters": {"ticks_per_order": ticks_per_order},
            "mode": "paper",
            "conflate": False,
        },
        connects=("strategies",),
        needs=("router",),
        watches=True,
    )


async def measure(rate_hz: float, ticks_per_order: int) -> Measured:
    """Run the processes for a while and read the trade session's own figures."""
    with tempfile.TemporaryDirectory(prefix="pb-") as name:
        folder = Path(name)
        supervisor = Supervisor(folder / "run", tree_of(rate_hz, ticks_per_order, folder))
        async with trio.open_nursery() as nursery:
            await nursery.start(supervisor.run)
            with trio.fail_after(READY_S_MAX):
                await supervisor.up.wait()
            await trio.sleep(SETTLE_S)
            counter = null_venue.Counter(str(folder / "counter"))
            before, began = counter.value, trio.current_time()
            await trio.sleep(RUN_S)
            orders, elapsed_s = counter.value - before, trio.current_time() - began
            latency = await _latency(supervisor)
            supervisor.request_stop("measured")
    return Measured(latency["p50"], latency["p99"], orders, orders * ticks_per_order / elapsed_s)


async def _latency(supervisor: Supervisor) -> Mapping[str, float]:
    """What the trade session measured, as soon as it has told; RuntimeError as `_gauges`."""
    with trio.fail_after(READY_S_MAX):
        while True:
            told: Mapping[str, float] = _gauges(supervisor.snapshot())["null.trade"].get(
                "latency_us", {}
            )
            if told.get("count"):
                return told
            await trio.sleep(TOLD_INTERVAL_S)


def _gauges(snapshot: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every process's own figures; RuntimeError where one fell out, which would make a figure of ours up."""
    for row in snapshot["actors"]:
        if row["state"] != ActorState.READY.value:
            raise RuntimeError(f"not measured: {row['name']} is {row['state']}: {row['reason']}")
    gauges = {row["name"]: row["gauges"] for row in snapshot["actors"]}
    if lost := gauges["strategy.bench"].get("lost"):
        raise RuntimeError(f"not measured: {lost} ticks were lost on the way to the strategy")
    return gauges


def run(turns: int = TURNS) -> dict[str, Any]:
    """Everything, in turn."""
    floors: dict[int, list[floor.Floor]] = {rate: [] for rate in RATES_HZ}
    paths: dict[int, list[Measured]] = {rate: [] for rate in RATES_HZ}
    saturated: list[Measured] = []
    for _ in range(turns):
        for rate in RATES_HZ:
            ticks_per_order = 1 if rate == RATES_HZ[0] else SATURATION_TICKS_PER_ORDER
            # The floor before and after: on two cores it has two levels, by where the kernel puts it.
            floors[rate].append(floor.measure(rate / ticks_per_order, FLOOR_COUNT))
            paths[rate].append(trio.run(measure, rate, ticks_per_order))
            floors[rate].append(floor.measure(rate / ticks_per_order, FLOOR_COUNT))
        saturated.append(trio.run(measure, 0, SATURATION_TICKS_PER_ORDER))
    low, high = RATES_HZ
    floor_us = {
        rate: statistics.median(one.p50_us for one in found) for rate, found in floors.items()
    }
    path_us = {
        rate: statistics.median(one.p50_us for one in found) for rate, found in paths.items()
    }
    return {
        "floor_us": round(floor_us[low], 1),
        "path_us": round(path_us[low], 1),
        "ratio_p50": round(path_us[low] / floor_us[low], 2),
        "saturation": round(statistics.median(one.ticks_per_s for one in saturated)),
        "path_us_p99": round(statistics.median(one.p99_us for one in paths[low]), 1),
        "floor_us_at_10k": round(floor_us[high], 1),
        "path_us_at_10k": round(path_us[high], 1),
        "ratio_p50_at_10k": round(path_us[high] / floor_us[high], 2),
        "turns": turns,
    }


def main() -> None:
    """Print the figures, for people or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.path", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--turns", type=int, default=TURNS, help="how often everything is measured")
    options = parser.parse_args()
    found = run(options.turns)
    if options.json:
        print(json.dumps(found))
        return
    print(f"floor, three plain pyzmq hops      {found['floor_us']:>10.1f} µs  p50")
    print(
        f"tick to order at  1,000 ticks/s    {found['path_us']:>10.1f} µs  p50   {found['ratio_p50']:.2f} x floor"
    )
    print(
        f"tick to order at 10,000 ticks/s    {found['path_us_at_10k']:>10.1f} µs  p50   {found['ratio_p50_at_10k']:.2f} x floor"
    )
    print(f"saturation, an order per ten ticks {found['saturation']:>10,} ticks/s")


if __name__ == "__main__":
    main()
