"""Trading days and hours: nights belong to the next day, Friday's to Monday."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.simulator import tradingdays
from actors.venues.webctp.simulator.listings import BY_SYMBOL
from actors.venues.webctp.simulator.tradingdays import CST


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=CST).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2023-04-10 10:00", "20230410"),
        ("2023-04-10 21:10", "20230411"),
        ("2023-04-11 01:30", "20230411"),
        ("2023-04-14 21:10", "20230417"),  # Friday night
        ("2023-04-15 01:30", "20230417"),
        ("2023-04-15 12:00", "20230417"),
        ("2023-04-16 23:00", "20230417"),
        ("2023-04-17 08:00", "20230417"),
    ],
)
def test_the_trading_day_of_a_moment(moment, day):
    assert tradingdays.text(tradingdays.trading_day(ns(moment))) == day


@pytest.mark.parametrize(
    ("symbol", "moment", "is_open"),
    [
        ("rb2101", "2021-01-04 09:00", True),
        ("rb2101", "2021-01-04 10:20", False),
        ("rb2101", "2021-01-04 11:30", False),
        ("rb2101", "2021-01-04 14:59", True),
        ("rb2101", "2021-01-04 15:00", False),
        ("rb2101", "2021-01-04 21:00", True),
        ("rb2101", "2021-01-04 23:00", False),
        ("ag2106", "2021-01-05 02:29", True),
        ("ag2106", "2021-01-05 02:30", False),
        ("ag2106", "2021-01-09 02:00", True),  # Friday's night
        ("ag2106", "2021-01-04 02:00", False),  # Sunday has none
        ("IF2101", "2021-01-04 09:15", False),
        ("IF2101", "2021-01-04 09:30", True),
        ("IF2101", "2021-01-04 12:00", False),
        ("IF2101", "2021-01-04 15:05", False),
        ("T2103", "2021-01-04 15:05", True),
        ("IF2101", "2021-01-04 21:30", False),
        ("si2308", "2021-01-04 21:30", False),
        ("rb2101", "2021-01-09 10:00", False),
    ],
)
def test_hours(symbol, moment, is_open):
    assert tradingdays.is_open(BY_SYMBOL[symbol], ns(moment)) is is_open


@pytest.mark.parametrize(
    ("exchange", "trading", "action", "inserted"),
    [
        ("SHFE", "20230411", "20230410", "20230410"),
        ("INE", "20230411", "20230410", "20230410"),
        ("DCE", "20230411", "20230411", "20230411"),
        ("CZCE", "20230410", "20230410", "20230410"),
    ],
)
def test_which_date_an_exchange_puts_where_at_night(exchange, trading, action, inserted):
    night = ns("2023-04-10 21:10")
    day = tradingdays.trading_day(night)
    assert tradingdays.tick_days(exchange, day, night) == (trading, action)
    assert tradingdays.insert_day(exchange, day, night, accepted=True) == inserted
    assert tradingdays.insert_day(exchange, day, night, accepted=False) == "20230410"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))  # noqa: DTZ001 - China's own time
def test_days_are_weekdays_and_follow_each_other(moment):
    day = tradingdays.trading_day(int(moment.replace(tzinfo=CST).timestamp()) * 1_000_000_000)
    assert day.weekday() < 5
    assert timedelta(0) <= day - moment.date() <= timedelta(days=3)
    assert tradingdays.day_before(tradingdays.next_day(day)) == day
    assert tradingdays.day_of(tradingdays.text(day)) == day
