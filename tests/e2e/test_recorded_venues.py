"""The engine on recorded markets of equity, futures and data-only venues, on paper.

Whole processes, real protocols, and everything that a strategy saw stands in the recording. One engine
serves all tests of venues that take orders.
"""

import os
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs
import pyarrow.parquet as pq
import pytest

from tests.kit.engine import ROOT, Engine, command, running
from tests.kit.recordings import recorded_folder
from tests.kit.rundir import short_run_dir

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PLUGINS = {"PITBOSS_STRATEGIES": str(ROOT / "tests" / "kit" / "plugins")}
UNKNOWN_SIZE = 1_000_000.0
"""Size of quotes whose recording has none."""

EQUITIES = {"BAC.US.LONGBRIDGE": "bac-20131007", "SPY.US.LONGBRIDGE": "spy-20131007"}
CHINESE, CHINESE_NAME = "IF2101.WEBCTP", "if2101-ctp-20210104"
AMERICAN, AMERICAN_NAME = "XCME_Eq ES (H24).T4", "esh4-mbo-20231225"
STRATEGIES = ("equities", "chinese", "american")

HEAD = """
[engine]
name = "recorded"

[paper]
cash = { USD = "1000000", CNY = "10000000" }

[risk.defaults]
max_order_notional = { USD = "1000000", CNY = "5000000" }
max_position = "100"
price_collar = "0.1"
"""

EQUITY_VENUE = """
[venues.longbridge]
transport = "{transport}"

[venues.longbridge.simulator]
speed = 15.0
options = {{ replay = "{replay}", symbols = ["BAC.US", "SPY.US"], depth_interval_ms = 0 }}

[[strategies]]
name = "equities"
class = "scribe:Scribe"
instruments = ["BAC.US.LONGBRIDGE", "SPY.US.LONGBRIDGE"]
conflate = false
parameters = {{ folder = "{folder}", quantity = "10", quotes_per_order = 60 }}
"""

FUTURES_VENUE = """
[venues.{venue}.simulator]
speed = {speed}
timestamps = "recorded"
options = {{ replay = "{replay}"{options} }}

[[strategies]]
name = "{name}"
class = "scribe:Scribe"
instruments = ["{instrument}"]
conflate = false
parameters = {{ folder = "{folder}", quantity = "1", quotes_per_order = 40, time_in_force = "ioc" }}

[risk.instruments."{instrument}"]
max_position = "10"
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


def missed(status: dict[str, Any], strategy: str) -> tuple[int, int]:
    """How many messages were left out for newer ones, and how many were lost."""
    row = next(row for row in status["actors"] if row["name"] == f"strategy.{strategy}")
    return row["gauges"]["conflated"], row["gauges"]["lost"]


@attrs.frozen
class Run:
    """What is left of an engine after its strategies have seen their markets, and traded.

    Attributes:
        folder: where they wrote what they saw.
        engine: it has stopped.
        status, fills, positions: as the engine told them before.
    """

    folder: Path
    engine: Engine
    status: dict[str, Any]
    fills: list[dict[str, Any]]
    positions: list[dict[str, Any]]

    @classmethod
    def until(
        cls, folder: Path, config: str, rows: dict[tuple[str, str], int], fills: dict[str, int]
    ) -> "Run":
        """Run until at least so many rows were seen, and so many fills had by each strategy."""
        with running(folder, config=config, **PLUGINS) as engine:
            status = engine.wait(
                lambda s: (
                    all(s["strategies"][name]["fills"] >= n for name, n in fills.items())
                    and has_seen(folder, rows)
                ),
                "all markets were seen, and traded",
                within_s=90,
            )
            told = (engine.ask("fills"), engine.ask("positions"))
            assert engine.stop() == 0
        return cls(folder, engine, status, *told)

    def tops(self, instrument: str) -> list[tuple[float, ...]]:
        """The tops of its book that were seen."""
        return tops(seen_quotes(self.folder, instrument))

    def trades(self, instrument: str) -> list[tuple[float, float]]:
        """Prices and sizes of its trades that were seen."""
        rows = lines(self.folder, instrument, "trades")
        return [(float(row[1]), float(row[2])) for row in rows]

    def fills_of(self, *instruments: str) -> list[dict[str, Any]]:
        """Its own fills."""
        return [row for row in self.fills if row["instrument"] in instruments]


EQUITIES_SEEN = {(name, kind): 100 for name in EQUITIES for kind in ("quotes", "trades")}


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One engine on three recorded venues."""
    with short_run_dir() as folder:
        config = HEAD + equity_venue(folder, "ws")
        config += futures_venue(
            folder, "chinese", CHINESE, CHINESE_NAME, speed=60.0, options=', symbols = ["IF2101"]'
        )
        options = ', markets = ["XCME_Eq ES (H24)"], pre_open_s = 1.0'
        config += futures_venue(
            folder, "american", AMERICAN, AMERICAN_NAME, speed=10.0, options=options
        )
        rows = dict(EQUITIES_SEEN)
        for name in (CHINESE, AMERICAN):
            rows |= {(name, "quotes"): 300, (name, "trades"): 60}
        yield Run.until(folder, config, rows, {"equities": 4, "chinese": 2, "american": 2})


def equity_venue(folder: Path, transport: str) -> str:
    replay = replay_of(*EQUITIES.values())
    return EQUITY_VENUE.format(replay=replay, folder=folder, transport=transport)


def futures_venue(
    folder: Path, name: str, instrument: str, recording: str, *, speed: float, options: str
) -> str:
    """At a speed at which it is over when the others are: a snapshot each half second, or every change."""
    return FUTURES_VENUE.format(
        venue=instrument.rpartition(".")[2].lower(),
        name=name,
        instrument=instrument,
        replay=replay_of(recording),
        speed=speed,
        options=options,
        folder=folder,
    )


def check_equities(run: Run) -> None:
    """Every print from the first one seen, quotes in the recorded order, fills on paper."""
    for instrument, name in EQUITIES.items():
        seen = run.trades(instrument)
        rows = [(row["price"], row["size"]) for row in recorded(name, "trades")]
        begin = next(at for at in range(len(rows)) if rows[at : at + 50] == seen[:50])
        assert seen == rows[begin : begin + len(seen)]
    seen_tops = run.tops("BAC.US.LONGBRIDGE")
    before = 1 if seen_tops[0] == NOTHING else 0  # who is there early sees an empty book first
    assert is_in_order_in(seen_tops[before:], tops(quotes_of("bac-20131007")))
    assert missed(run.status, "equities") == (0, 0)
    assert {row["account"] for row in run.fills_of(*EQUITIES)} == {"longbridge.paper"}


@pytest.mark.xdist_group("recorded-venues")
def test_equities_are_seen_and_traded_as_they_were_recorded(run: Run):
    """SPY and BAC through Longbridge: every print from the first one seen, quotes in the recorded order."""
    check_equities(run)


@pytest.mark.long
def test_equities_are_seen_over_tcp_as_they_were_recorded(short_tmp: Path):
    """The same without WebSocket; the battery runs the same session over it with every test of a venue."""
    config = HEAD + equity_venue(short_tmp, "tcp")
    check_equities(Run.until(short_tmp, config, EQUITIES_SEEN, {"equities": 4}))


@pytest.mark.xdist_group("recorded-venues")
def test_who_sees_recorded_markets_trades_on_paper_at_its_venue(run: Run):
    """No order in doubt, nothing restarted or lost, and every fill on the account and the instrument of its strategy."""
    assert run.status["orders"]["unknown"] == 0
    assert [missed(run.status, name)[1] for name in STRATEGIES] == [0, 0, 0]
    told = {(row["strategy"], row["account"], row["instrument"]) for row in run.fills}
    assert told - {("equities", "longbridge.paper", name) for name in EQUITIES} == {
        ("chinese", "webctp.paper", CHINESE),
        ("american", "t4.paper", AMERICAN),
    }
    futures = run.fills_of(CHINESE, AMERICAN)
    assert all(Decimal(row["last_px"]) > 0 and not row["px_estimated"] for row in futures)


def stands_in(seen: list[tuple[float, float]], rows: list[tuple[float, float]]) -> bool:
    """Whether what was seen is a part of the rows without a hole."""
    starts = [at for at in range(len(rows)) if rows[at : at + 20] == seen[:20]]
    return any(rows[at : at + len(seen)] == seen for at in starts)


@pytest.mark.xdist_group("recorded-venues")
def test_a_chinese_future_is_seen_as_it_was_recorded(run: Run):
    """IF2101 through WebCTP: each snapshot's top, and a trade wherever the day's volume has grown."""
    ticks = recorded(CHINESE_NAME, "ticks")
    rows = [(t["bp1"], float(t["bv1"]), t["ap1"], float(t["av1"])) for t in ticks]
    assert is_in_order_in([top for top in run.tops(CHINESE) if top != NOTHING], tops(rows))
    assert stands_in(
        run.trades(CHINESE),
        [(t["last_price"], float(t["volume_delta"])) for t in ticks if t["volume_delta"]],
    )


@pytest.mark.xdist_group("recorded-venues")
def test_an_american_future_is_seen_as_it_was_recorded(run: Run):
    """ESH4 through T4, from the auction into the open: every trade, and tops in the recorded order."""
    told, opened = run.tops(AMERICAN), quotes_of(AMERICAN_NAME)
    first = next(at for at, top in enumerate(told) if top in opened)
    assert is_in_order_in(told[first:], tops(opened))
    rows = [(row["price"], row["size"]) for row in recorded(AMERICAN_NAME, "trades")]
    assert stands_in(run.trades(AMERICAN), rows)


@pytest.mark.xdist_group("recorded-venues")
def test_names_with_blanks_and_parentheses(run: Run):
    """Configuration, topics, orders, positions and the journal take `XCME_Eq ES (H24).T4` verbatim."""
    assert AMERICAN in {row["instrument"] for row in run.positions}
    report = run.engine.report()
    assert report["venues"]["t4"]["market_messages"] > 0
    assert report["restarts"] == 0
    kept = str(run.engine.run_dir)
    orders = command("journal", "orders", "--run-dir", kept, "--json")
    assert AMERICAN in orders.stdout
    assert command("journal", "verify", "--run-dir", kept).returncode == 0


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
            lambda _s: has_seen(short_tmp, least), "all instruments were seen", within_s=60
        )
        assert missed(status, "scribe") == (0, 0)
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
