"""The engine on recorded markets of an equity venue and of a data-only venue, on paper.

Whole processes, real protocols, and everything that a strategy saw stands in the recording.
"""

import os
from decimal import Decimal
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

FUTURES = """
[engine]
name = "futures"

[venues.{venue}.simulator]
speed = {speed}
timestamps = "recorded"
options = {{ replay = "{replay}"{options} }}

[[strategies]]
name = "scribe"
class = "scribe:Scribe"
instruments = ["{instrument}"]
conflate = false
parameters = {{ folder = "{folder}", quantity = "1", quotes_per_order = 40, time_in_force = "ioc" }}

[paper]
cash = {{ USD = "1000000", CNY = "10000000" }}

[risk.defaults]
max_order_notional = {{ USD = "1000000", CNY = "5000000" }}
max_position = "10"
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


def seen_futures(
    folder: Path, venue: str, symbol: str, recording: str, **terms: object
) -> tuple[list[tuple[float, ...]], list[tuple[float, float]]]:
    """What a strategy saw of a recorded future while it traded on paper: tops, and trades."""
    instrument = f"{symbol}.{venue.upper()}"
    given = {"speed": 20.0, "options": "", **terms}
    replay = replay_of(recording)
    config = FUTURES.format(
        venue=venue, instrument=instrument, replay=replay, folder=folder, **given
    )
    least = {(instrument, "quotes"): 300, (instrument, "trades"): 60}
    with running(folder, config=config, **PLUGINS) as engine:
        status = engine.wait(
            lambda s: has_seen(folder, least) and s["strategies"]["scribe"]["fills"] >= 2,
            "the market was seen, and traded",
            within_s=90,
        )
        assert engine.actor("strategy.scribe", status)["gauges"]["lost"] == 0
        fills = engine.ask("fills")
        assert engine.stop() == 0
    assert status["orders"]["unknown"] == 0
    assert {row["account"] for row in fills} == {f"{venue}.paper"}
    assert all(Decimal(row["last_px"]) > 0 and not row["px_estimated"] for row in fills)
    trades = [(float(row[1]), float(row[2])) for row in lines(folder, instrument, "trades")]
    return tops(seen_quotes(folder, instrument)), trades


def stands_in(seen: list[tuple[float, float]], rows: list[tuple[float, float]]) -> bool:
    """Whether what was seen is a part of the rows without a hole."""
    starts = [at for at in range(len(rows)) if rows[at : at + 20] == seen[:20]]
    return any(rows[at : at + len(seen)] == seen for at in starts)


def test_a_chinese_future_is_seen_and_traded_as_it_was_recorded(short_tmp: Path):
    """IF2101 through WebCTP: each snapshot's top, and a trade wherever the day's volume has grown."""
    name = "if2101-ctp-20210104"
    told, trades = seen_futures(short_tmp, "webctp", "IF2101", name)
    ticks = recorded(name, "ticks")
    rows = [(t["bp1"], float(t["bv1"]), t["ap1"], float(t["av1"])) for t in ticks]
    assert is_in_order_in([top for top in told if top != NOTHING], tops(rows))
    assert stands_in(
        trades,
        [(t["last_price"], float(t["volume_delta"])) for t in ticks if t["volume_delta"]],
    )


def test_an_american_future_is_seen_and_traded_as_it_was_recorded(short_tmp: Path):
    """ESH4 through T4, from the auction into the open: every trade, and tops in the recorded order."""
    name = "esh4-mbo-20231225"
    told, trades = seen_futures(
        short_tmp,
        "t4",
        "XCME_Eq ES (H24)",
        name,
        options=', markets = ["XCME_Eq ES (H24)"], pre_open_s = 1.0',
    )
    opened = quotes_of(name)
    first = next(at for at, top in enumerate(told) if top in opened)
    assert is_in_order_in(told[first:], tops(opened))
    rows = [(row["price"], row["size"]) for row in recorded(name, "trades")]
    assert stands_in(trades, rows)


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
