"""The recorded IF2101 day as the simulator's market: its values exactly as they were recorded."""

import pyarrow.parquet as pq
import pytest

from engine.errors import ConfigError
from tests.kit.recordings import RECORDINGS
from tests.kit.webctp_simulator import (
    DBL_MAX,
    IOC,
    market_data,
    md_log_in,
    simulator,
    trade,
)

FOLDER = RECORDINGS / "if2101-ctp-20210104"
ROWS = 200
NAMES = (
    *("last_price", "pre_settlement_price", "pre_close_price", "pre_open_interest"),
    *("open_price", "highest_price", "lowest_price", "volume", "turnover", "open_interest"),
    *("upper_limit_price", "lower_limit_price", "bp1", "bv1", "ap1", "av1"),
    *("instrument_id", "exchange_id"),
)
TIMES = ("trading_day", "action_day", "update_time", "update_millisec")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recording is not here")


def recorded():
    return pq.read_table(FOLDER / "ticks.parquet").slice(0, ROWS).to_pylist()


async def shown(running, count):
    """The first snapshots but for the one from before the market moved."""
    async with market_data(running) as follower:
        await md_log_in(follower, running)
        await follower.send("subscribe", instruments=["IF2101"])
        await follower.hear(10, count=count + 1)
        return [each["info"] for each in follower.since(0, 10)][1 : count + 1]


async def test_every_snapshot_as_it_was():
    async with simulator(
        replay=str(FOLDER), symbols=("IF2101",), speed=200.0, timestamps="recorded"
    ) as running:
        rows = await shown(running, ROWS)
        for snapshot, row in zip(rows, recorded(), strict=True):
            for name in (*NAMES, *TIMES):
                assert snapshot[name] == row[name], name
            assert snapshot["settlement_price"] == DBL_MAX
            assert snapshot["bp2"] == DBL_MAX
        assert running.venue.day.isoformat() == "2021-01-04"


async def test_the_same_values_at_the_times_of_today():
    async with simulator(
        replay=str(FOLDER), symbols=("IF2101",), speed=200.0, trading_day="20261130"
    ) as running:
        rows = await shown(running, ROWS)
        for snapshot, row in zip(rows, recorded(), strict=True):
            assert {name: snapshot[name] for name in NAMES} == {name: row[name] for name in NAMES}
        assert {each["trading_day"] for each in rows} == {"20261130"}


async def test_orders_meet_the_recorded_quotes():
    async with (
        simulator(replay=str(FOLDER), speed=50.0, timestamps="recorded") as running,
        market_data(running) as follower,
        trade(running) as trader,
    ):
        await md_log_in(follower, running)
        await trader.log_in(running)
        await follower.send("subscribe", instruments=["IF2101"])
        await follower.hear(10, count=10)
        before = await trader.insert(
            instrument="IF2101", exchange="CFFEX", price=5400.0, time_condition=IOC
        )
        assert await trader.story(before, 4) == ["15:6", "15:6", "15:0", "16:1"]
        assert trader.since(before, 15)[0]["info"]["insert_date"] == "20210104"


async def test_the_others_are_generated():
    async with (
        simulator(replay=str(FOLDER), speed=10.0) as running,
        market_data(running) as follower,
    ):
        await md_log_in(follower, running)
        await follower.send("subscribe", instruments=["rb2101"])
        snapshot = (await follower.hear(10, count=3))["info"]
        assert abs(snapshot["last_price"] - 4380) < 200


@pytest.mark.parametrize("options", [{"replay": "/nowhere"}, {"symbols": ("rb2101",)}])
async def test_a_replay_that_cannot_be(options):
    with pytest.RaisesGroup(pytest.RaisesExc(ConfigError), flatten_subgroups=True):
        async with simulator(**{"replay": str(FOLDER), **options}):
            pass
