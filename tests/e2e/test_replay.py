"""The engine on a recorded market: a strategy sees exactly the rows of the recording."""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.kit.engine import ROOT, running
from tests.kit.recordings import recorded_folder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SPEED = 15.0
CONTRACT = Decimal("0.001")

CONFIG = """
[engine]
name = "replay"
mode = "paper"

[venues.wooxpro.simulator]
replay = "{recording}"
speed = {speed}
timestamps = "recorded"
hold_for = ["futures/bookticker:BTCUSDT", "futures/trade:BTCUSDT", "futures/ticker:BTCUSDT"]
options = {{ symbols = ["BTCUSDT"] }}

[[strategies]]
name = "tape"
class = "tape:Tape"
instruments = ["BTCUSDT.WOOXPRO"]
conflate = false
parameters = {{ folder = "{folder}", quotes_per_order = 500 }}

[risk.defaults]
max_order_notional = {{ USDT = "100000" }}
max_position = "100"
max_open_orders = 10
price_collar = "0.1"
max_messages = {{ count = 100, window_s = 1.0 }}
"""


def contracts(size: float) -> float:
    """Coins as contracts, exactly."""
    return float(Decimal(repr(size)) / CONTRACT)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def has_lines(file: Path, count: int) -> bool:
    return file.exists() and file.read_bytes().count(b"\n") >= count


def beginning(recording: Path, to: Path, part_s: float) -> Path:
    """A recording that is over after so long."""
    to.mkdir()
    shutil.copy(recording / "instrument.toml", to)
    first_ns = pq.read_table(recording / "quotes.parquet", columns=["ts_ns"])["ts_ns"][0].as_py()
    for name in ("quotes", "trades", "book"):
        rows = pq.read_table(recording / f"{name}.parquet")
        early = pc.less(rows["ts_ns"], first_ns + int(part_s * 1e9))
        pq.write_table(rows.filter(early), to / f"{name}.parquet")
    return to


def recomputed(fills: list[dict[str, Any]]) -> tuple[Decimal, Decimal, Decimal]:
    """(position, realised profit, fees) by average cost, from nothing but the list of fills."""
    held = average = realised = fees = Decimal(0)
    for fill in fills:
        signed = Decimal(fill["last_qty"]) * (1 if fill["side"] == "buy" else -1)
        price = Decimal(fill["last_px"])
        fees += Decimal(fill["fee"])
        closing = min(abs(held), abs(signed)) if held * signed < 0 else Decimal(0)
        realised += closing * (price - average) * (1 if held > 0 else -1) * CONTRACT
        opening = abs(signed) - closing
        if opening and held * signed >= 0:
            average = (average * abs(held) + price * opening) / (abs(held) + opening)
        elif opening:
            average = price
        held += signed
    return held, realised, fees


@pytest.mark.parametrize(
    "part_s",
    [pytest.param(60.0, id="a minute"), pytest.param(400.0, marks=pytest.mark.long, id="all")],
)
def test_a_strategy_sees_the_recorded_market_exactly(short_tmp: Path, part_s: float):
    """No quote or trade lost, invented or changed; profit as recomputed from the fills."""
    recording = beginning(recorded_folder("btcusdt-perp-20240808"), short_tmp / "part", part_s)
    quotes = pq.read_table(recording / "quotes.parquet").to_pylist()
    trades = pq.read_table(recording / "trades.parquet").to_pylist()
    config = CONFIG.format(recording=recording, speed=SPEED, folder=short_tmp)
    with running(
        short_tmp, config=config, PITBOSS_STRATEGIES=str(ROOT / "tests" / "kit" / "plugins")
    ) as engine:
        engine.wait(
            lambda _s: (
                has_lines(short_tmp / "quotes", len(quotes))
                and has_lines(short_tmp / "trades", len(trades))
            ),
            "every recorded row has arrived",
            within_s=120,
        )
        status = engine.status()
        fills = engine.ask("fills")
        (position,) = [row for row in engine.ask("positions") if row["strategy"] == "tape"]
        assert engine.stop() == 0

    seen_quotes = [
        tuple(float(word) for word in line.split()) for line in lines(short_tmp / "quotes")
    ]
    assert seen_quotes == [
        (
            float(row["ts_ns"] // 1_000_000 * 1_000_000),
            row["bid_price"],
            contracts(row["bid_size"]),
            row["ask_price"],
            contracts(row["ask_size"]),
        )
        for row in quotes
    ]
    seen_trades = [line.split() for line in lines(short_tmp / "trades")]
    assert [
        (int(ts), float(px), float(size), int(side)) for ts, px, size, side, _ in seen_trades
    ] == [(row["ts_ns"], row["price"], contracts(row["size"]), row["aggressor"]) for row in trades]
    assert [trade_id for *_, trade_id in seen_trades] == [str(row["trade_id"]) for row in trades]

    gauges = next(row for row in status["actors"] if row["name"] == "strategy.tape")["gauges"]
    assert (gauges["conflated"], gauges["lost"]) == (0, 0)
    assert len(fills) > 10
    held, realised, fees = recomputed(fills)
    assert Decimal(position["quantity"]) == held
    assert Decimal(position["realised_pnl"]) == pytest.approx(realised, abs=Decimal("1e-9"))
    assert Decimal(position["fees"]["USDT"]) == fees
