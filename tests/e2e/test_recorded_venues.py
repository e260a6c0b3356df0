"""The engine on recorded markets of an equity venue and of a data-only venue, on paper.

Whole processes, real protocols, and everything that a strategy saw stands in the recording.
"""

import os
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.kit.engine import ROOT, Engine, running
from tests.kit.recordings import recorded_folder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PLUGINS = {"PITBOSS_STRATEGIES": str(ROOT / "tests" / "kit" / "plugins")}
UNKNOWN_SIZE = 1_000_000.0
"""Size of quotes whose recording has none."""
EQUITIES = """
[engine]
name = "equities"

[venues.longbridge.simulator]
speed = 30.0
options = {{ replay = "{replay}", symbols = ["BAC.US", "SPY.US"], depth_interval_ms = 0 }}

[[strategies]]
name = "scribe"
class = "scribe:Scribe"
instruments = ["BAC.US.LONGBRIDGE", "SPY.US.LONGBRIDGE"]
conflate = false
parameters = {{ folder = "{folder}", quantity = "10", quotes_per_order = 60 }}

[paper]
cash = {{ USD = "100000" }}

[risk.defaults]
max_order_notional = {{ USD = "10000" }}
max_position = "100"
price_collar = "0.1"
"""

WATCHED = """
[engine]
name = "watched"

[venues.alltick.simulator]
speed = 20.0
timestamps = "recorded"
hold_for = ["depth:EURUSD", "depth:BTCUSDT", "trade:BTCUSDT", "depth:BAC.US", "trade:BAC.US"]
options = {{ replay = "{replay}", symbols = ["BTCUSDT", "EURUSD", "BAC.US"] }}

[[strategies]]
name = "scribe"
class = "scribe:Scribe"
instruments = ["EURUSD.ALLTICK", "BTCUSDT.ALLTICK", "BAC.US.ALLTICK"]  # the last are waited for
conflate = false
parameters = {{ folder = "{folder}" }}
"""


def replay_of(*names: str) -> str:
    return os.pathsep.join(str(recorded_folder(name)) for name in names)


def recorded(name: str, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(
        recorded_folder(name) / f"{table}.parquet"
    ).to_pylist()
    return rows


def lines(folder: Path, instrument: str, kind: str) -> list[list[str]]:
    """What the strategy wrote, without a line that it is writing."""
    file = folder / f"{instrument}.{kind}"
    text = file.read_text() if file.exists() else ""
    return [line.split() for line in text[: text.rfind("\n") + 1].splitlines()]


def has_seen(folder: Path, least: dict[tuple[str, str], int]) -> bool:
    return all(len(lines(folder, *which)) >= count for which, count in least.items())


def tops(rows: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Each top once, however often it was told again because the book beneath it changed."""
    return [top for top, _ in groupby(rows)]


def quotes_of(name: str) -> list[tuple[float, ...]]:
    return [
        (
            row["bid_price"],
            row["bid_size"] or UNKNOWN_SIZE,
            row["ask_price"],
            row["ask_size"] or UNKNOWN_SIZE,
        )
        for row in recorded(name, "quotes")
    ]


def seen_quotes(folder: Path, instrument: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, line[1:])) for line in lines(folder, instrument, "quotes")]


def is_in_order_in(seen: list[tuple[float, ...]], rows: list[tuple[float, ...]]) -> bool:
    """Whether what was seen are rows, some of them left out."""
    ahead = iter(rows)
    return all(any(row == one for row in ahead) for one in seen)


NOTHING = (0.0, 0.0, 0.0, 0.0)


def nothing_was_lost(engine: Engine) -> bool:
    gauges = engine.actor("strategy.scribe")["gauges"]
    return (gauges["conflated"], gauges["lost"]) == (0, 0)


@pytest.mark.parametrize("transport", ["ws", "tcp"])
def test_equities_are_seen_and_traded_as_they_were_recorded(short_tmp: Path, transport: str):
    """SPY and BAC through Longbridge: every print from the first one seen, quotes in the recorded order."""
    replay = replay_of("bac-20131007", "spy-20131007")
    config = EQUITIES.format(replay=replay, folder=short_tmp)
    config = config.replace(
        "[venues.longbridge.simulator]",
        f'[venues.longbridge]\ntransport = "{transport}"\n[venues.longbridge.simulator]',
    )
    names = {"BAC.US.LONGBRIDGE": "bac-20131007", "SPY.US.LONGBRIDGE": "spy-20131007"}
    least = {(name, kind): 100 for name in names for kind in ("quotes", "trades")}
    with running(short_tmp, config=config, **PLUGINS) as engine:
        engine.wait(
            lambda s: has_seen(short_tmp, least) and s["strategies"]["scribe"]["fills"] >= 4,
            "both instruments were seen, and traded",
            within_s=60,
        )
        status = engine.status()
        assert nothing_was_lost(engine)
        fills = engine.ask("fills")
        assert engine.stop() == 0

    for instrument, name in names.items():
        seen = [(float(row[1]), float(row[2])) for row in lines(short_tmp, instrument, "trades")]
        rows = [(row["price"], row["size"]) for row in recorded(name, "trades")]
        begin = next(at for at in range(len(rows)) if rows[at : at + 50] == seen[:50])
        assert seen == rows[begin : begin + len(seen)]
    seen = tops(seen_quotes(short_tmp, "BAC.US.LONGBRIDGE"))
    before = 1 if seen[0] == NOTHING else 0  # who is there before the first row sees an empty book
    assert is_in_order_in(seen[before:], tops(quotes_of("bac-20131007")))
    assert status["orders"]["unknown"] == 0
    assert {row["instrument"] for row in fills} <= set(names)
    assert {row["account"] for row in fills} == {"longbridge.paper"}


def test_a_watched_market_is_seen_exactly_as_it_was_recorded(short_tmp: Path):
    """AllTick, both families: every trade and every top of the book, none lost and none invented."""
    names = {
        "BTCUSDT.ALLTICK": "btcusdt-perp-20240808",
        "EURUSD.ALLTICK": "eurusd-20140508",
        "BAC.US.ALLTICK": "bac-20131007",
    }
    replay = replay_of(*names.values())
    config = WATCHED.format(replay=replay, folder=short_tmp)
    least = {
        ("BTCUSDT.ALLTICK", "quotes"): 1000,
        ("BTCUSDT.ALLTICK", "trades"): 200,
        ("EURUSD.ALLTICK", "quotes"): 20,
        ("BAC.US.ALLTICK", "quotes"): 100,
        ("BAC.US.ALLTICK", "trades"): 50,
    }
    with running(short_tmp, config=config, **PLUGINS) as engine:
        status = engine.wait(
            lambda _s: has_seen(short_tmp, least), "both instruments were seen", within_s=60
        )
        assert nothing_was_lost(engine)
        assert engine.stop() == 0

    for instrument in ("BTCUSDT.ALLTICK", "BAC.US.ALLTICK"):
        rows = [
            (row["ts_ns"], row["price"], row["size"], row["aggressor"])
            for row in recorded(names[instrument], "trades")
        ]
        seen = [
            (int(ts), float(price), float(size), int(side))
            for ts, price, size, side, _ in lines(short_tmp, instrument, "trades")
        ]
        # Where no aggressor was recorded the venue tells one by the quote before the trade.
        assert [row[:3] for row in seen] == [row[:3] for row in rows[: len(seen)]]
        assert all(row[3] in {told[3], 0} for told, row in zip(seen, rows, strict=False))
    for instrument, name in names.items():
        told = tops(seen_quotes(short_tmp, instrument))
        # A book that is locked for a moment is no market: the session waits for the next one.
        shown = tops([row for row in quotes_of(name) if row[0] < row[2]])
        assert told == shown[: len(told)]
    assert {row["name"] for row in status["actors"] if row["kind"] in {"session", "paper"}} == {
        "alltick.stock.data",
        "alltick.other.data",
    }
    assert status["venues"]["alltick"]["state"] == "ready"
    assert status["orders"] == {"unknown": 0}
