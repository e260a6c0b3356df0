"""K-lines: the made-up past, and where it meets the running market."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.alltick.simulator.candles import Candles
from actors.venues.alltick.simulator.history import KlineType, Past, after, bars, floor

END_S = 1_782_180_120
KINDS = st.sampled_from(list(KlineType))
NEVER_S = 1 << 40


def past(code: str = "BTCUSDT", seed: int = 1) -> Past:
    return Past(seed=seed, code=code, end_ticks=618_002, end_s=END_S, usual_lots=100)


@given(KINDS, st.integers(0, 1 << 33))
def test_bars_tile_time(kind, at_s):
    """Each time lies in exactly one bar of a kind, and the next begins where it ends."""
    start_s = floor(kind, at_s)
    end_s = after(kind, start_s)
    assert start_s <= at_s < end_s
    assert floor(kind, end_s) == end_s
    assert floor(kind, end_s - 1) == start_s


def test_weeks_begin_on_monday_and_months_on_the_first():
    """In UTC."""
    monday = datetime.fromtimestamp(floor(KlineType.WEEK, END_S), UTC)
    first = datetime.fromtimestamp(floor(KlineType.MONTH, END_S), UTC)
    assert (monday.weekday(), monday.hour) == (0, 0)
    assert (first.day, first.hour) == (1, 0)


@given(KINDS, st.integers(1, 40), st.integers(1_000_000_000, END_S + 10_000_000))
def test_rows_are_whole_ascending_and_end_in_time(kind, count, until_s):
    """As many as asked for, without a gap, each one possible."""
    rows = bars(past(), Candles(), kind, until_s, count)
    assert len(rows) == count
    assert rows[-1].start_s <= until_s
    for row, following in pairwise(rows):
        assert following.start_s == after(kind, row.start_s)
        assert row.close == following.open
    for row in rows:
        assert 0 < row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high
        assert row.lots > 0
        assert row.low * row.lots <= row.tick_lots <= row.high * row.lots


@pytest.mark.parametrize("kind", list(KlineType))
def test_an_early_end_costs_no_more_than_a_late_one(kind):
    """Found: asked for the minutes of 1970, it walked back through all minutes since."""
    looked_at: list[int] = []
    one = past()
    usual = one.bar
    one.bar = lambda start_s, end_s: looked_at.append(start_s) or usual(start_s, end_s)
    rows = bars(one, Candles(), kind, 100 * 86_400, 3)
    assert len(looked_at) <= 4
    assert all(0 <= row.start_s <= 100 * 86_400 for row in rows)


def test_time_before_the_epoch_has_no_bars():
    """It ends there."""
    rows = bars(past(), Candles(), KlineType.DAY, 86_400 * 2, 500)
    assert [row.start_s for row in rows] == [0, 86_400, 172_800]


def test_the_past_is_the_same_for_the_same_seed_and_arrives():
    """At the reference price; other codes and seeds have other pasts."""

    def closes(one: Past) -> list[int]:
        return [row.close for row in bars(one, Candles(), KlineType.HOUR, NEVER_S, 50)]

    assert closes(past()) == closes(past())
    assert closes(past())[-1] == 618_002
    assert closes(past("ETHUSDT")) != closes(past()) != closes(past(seed=2))


def test_lengths_agree_where_they_begin_and_end():
    """Sixty minutes and their hour."""
    start_s = floor(KlineType.HOUR, END_S) - 3_600
    hour = bars(past(), Candles(), KlineType.HOUR, start_s, 1)[0]
    minutes = bars(past(), Candles(), KlineType.MINUTE, start_s + 3_540, 60)
    assert minutes[0].start_s == hour.start_s
    assert (minutes[0].open, minutes[-1].close) == (hour.open, hour.close)


def test_the_bar_in_which_the_market_begins_has_both_parts():
    """And minutes without a print have no row."""
    live = Candles()
    for offset_s, ticks in ((10, 700_000), (70, 500_000), (250, 600_000)):
        live.take(ticks, 5, END_S + offset_s)
    minutes = bars(past(), live, KlineType.MINUTE, NEVER_S, 5)
    assert [row.start_s - END_S for row in minutes] == [-120, -60, 0, 60, 240]
    assert minutes[2].open == minutes[2].close == 700_000
    day = bars(past(), live, KlineType.DAY, NEVER_S, 2)[-1]
    assert day.open == past().ticks(day.start_s)
    assert (day.high, day.low, day.close) == (700_000, 500_000, 600_000)


def test_a_late_print_goes_into_the_running_minute():
    """Recordings step back a little at times."""
    live = Candles()
    live.take(10, 1, END_S + 61)
    live.take(20, 1, END_S + 59)
    (minute,) = live.minutes
    assert (minute.start_s, minute.close, minute.lots) == (END_S + 60, 20, 2)
