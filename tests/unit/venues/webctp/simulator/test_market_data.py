"""Snapshots: what they show, how often, of whom; subscriptions with their defect."""

from datetime import date

import pytest

from actors.venues.webctp.simulator.symbols import SymbolState
from engine.exchange.model import Side
from tests.kit.webctp_simulator import DBL_MAX, Quiet


def follower(**knobs):
    quiet = Quiet(**knobs)
    quiet.book("rb2101", {4379: 10}, {4380: 2, 4381: 10})
    link = quiet.market_data()
    link.md_log_in()
    return link


def data(messages):
    return [each["info"] for each in messages if each["msg"] == 10]


def subscribed(messages):
    return [each["info"]["instrument_id"] for each in messages if each["msg"] == 8]


def test_the_first_snapshot_comes_at_once():
    said = follower().ask("subscribe", instruments=["rb2101"])
    assert [each["msg"] for each in said] == [0, 8, 10]
    assert said[0]["info"] == {"req_id": 2}
    assert said[1] == {
        "err": {"code": 0, "msg": "CTP:正确"},
        "info": {"instrument_id": "rb2101", "is_last": True, "req_id": 0},
        "msg": 8,
    }
    shown = said[2]["info"]
    assert (shown["bp1"], shown["bv1"], shown["ap1"], shown["av1"]) == (4379.0, 10, 4380.0, 2)
    assert (shown["bp2"], shown["bv2"], shown["ap5"], shown["av5"]) == (DBL_MAX, 0, DBL_MAX, 0)
    assert shown["settlement_price"] == shown["close_price"] == DBL_MAX
    assert shown["open_price"] == DBL_MAX
    assert shown["exchange_id"] == ""
    assert (shown["volume"], shown["turnover"]) == (0, 0.0)


def test_snapshots_of_what_changed_at_most_twice_a_second():
    link = follower()
    link.ask("subscribe", instruments=["rb2101"])
    quiet = link.quiet
    for lots in range(1, 21):
        quiet.print("rb2101", 4380, 1, Side.BUY)
        quiet.book("rb2101", {4379: 10}, {4380: 2, 4381: 10 + lots})
        quiet.wait(0.1)
    shown = data(link.take())
    assert 4 <= len(shown) <= 5
    volumes = [each["volume"] for each in shown]
    assert volumes == sorted(set(volumes))
    quiet.wait(1.0)
    rest = data(link.take())
    assert len(rest) <= 1
    last = (shown + rest)[-1]
    assert (last["volume"], last["turnover"]) == (20, 20 * 4380 * 10.0)
    assert last["average_price"] == 43_800.0
    quiet.wait(2.0)
    assert link.take() == []


def test_czce_tells_true_averages_and_no_milliseconds():
    link = follower()
    link.ask("subscribe", instruments=["SR105"])
    link.quiet.wait(0.7)
    link.quiet.print("SR105", 5250, 4, Side.BUY)
    link.quiet.wait(0.6)
    shown = data(link.take())[-1]
    assert (shown["average_price"], shown["turnover"]) == (5250.0, 21_000.0)
    assert shown["update_millisec"] == 0


def test_of_several_names_ctp_is_handed_the_last_one_only():
    link = follower()
    said = link.ask("subscribe", instruments=["rb2101", "ag2106", "IF2101"])
    assert subscribed(said) == ["IF2101"] * 3
    assert [each["info"]["is_last"] for each in said if each["msg"] == 8] == [False, False, True]
    assert {each["instrument_id"] for each in data(said)} == {"IF2101"}
    assert link.ask("subscribe", instruments=[])[0]["info"] == {"req_id": 3}


def test_or_all_of_them():
    link = follower(subscribe="all")
    said = link.ask("subscribe", instruments=["rb2101", "ag2106"])
    assert subscribed(said) == ["rb2101", "ag2106"]
    assert [each["instrument_id"] for each in data(said)] == ["rb2101", "ag2106"]


def test_nobody_is_told_that_a_contract_does_not_exist():
    said = follower().ask("subscribe", instruments=["xx9999"])
    assert [each["msg"] for each in said] == [0, 8]
    assert said[1]["err"]["code"] == 0


def test_unsubscribed_is_silent():
    link = follower()
    link.ask("subscribe", instruments=["rb2101"])
    said = link.ask("unsubscribe", instruments=["rb2101"])
    assert [each["msg"] for each in said] == [0, 9]
    link.quiet.print("rb2101", 4380, 1, Side.BUY)
    link.quiet.wait(1.0)
    assert link.take() == []


def test_without_a_login_nothing_is_subscribed():
    link = Quiet().market_data()
    link.connect()
    said = link.ask("subscribe", instruments=["rb2101"])
    assert [(each["msg"], each["err"]["code"]) for each in said] == [(0, 0), (8, 6)]


def test_subscriptions_are_limited():
    link = follower(subscriptions_max=1)
    link.ask("subscribe", instruments=["rb2101"])
    said = link.ask("subscribe", instruments=["ag2106"])
    assert [(each["msg"], each["err"]["code"]) for each in said] == [(0, 0), (8, 6000)]
    assert data(link.ask("subscribe", instruments=["rb2101"]))


def test_a_lost_front_takes_the_subscriptions_with_it():
    link = follower()
    link.ask("subscribe", instruments=["rb2101"])
    link.api.front_down(4097, 0.0, link.quiet.now)
    link.quiet.wait(1.1)
    assert [each["msg"] for each in link.take()] == [3, 2]
    link.quiet.print("rb2101", 4380, 1, Side.BUY)
    link.quiet.wait(1.0)
    assert link.take() == []


def test_float_noise_is_small_and_banding_prices_are_denormal():
    link = follower(float_noise=True)
    (shown,) = data(link.ask("subscribe", instruments=["rb2101"]))
    assert shown["bp1"] != 4379.0
    assert shown["bp1"] == pytest.approx(4379.0)
    assert 0 < shown["banding_upper_price"] < 1e-300
    assert shown["bp2"] == DBL_MAX


def test_silenced_until_it_is_subscribed_again():
    link = follower()
    link.ask("subscribe", instruments=["rb2101"])
    link.quiet.venue.board.silence(link.api, "rb2101")
    link.quiet.print("rb2101", 4380, 1, Side.BUY)
    link.quiet.wait(1.0)
    assert link.take() == []
    assert data(link.ask("subscribe", instruments=["rb2101"]))


def test_a_side_without_quotes():
    quiet = Quiet()
    quiet.book("rb2101", {4379: 10}, {})
    link = quiet.market_data()
    link.md_log_in()
    (shown,) = data(link.ask("subscribe", instruments=["rb2101"]))
    assert (shown["ap1"], shown["av1"]) == (DBL_MAX, 0)


def test_a_market_that_is_held_starts_with_its_last_watcher():
    quiet = Quiet(hold_for=("rb2101", "IF2101"))
    link = quiet.market_data()
    link.md_log_in()
    link.ask("subscribe", instruments=["rb2101"])
    assert not quiet.venue.market.feeds.started
    link.ask("subscribe", instruments=["IF2101"])
    assert quiet.venue.market.feeds.started


def test_limits_of_the_day_are_on_the_tick():
    for listing in Quiet().venue.listings:
        state = SymbolState(listing, 1, 0)
        for limit in (state.upper_limit, state.lower_limit):
            assert limit % listing.tick == 0
            assert abs(limit / listing.pre_settlement - 1) <= listing.band
        assert state.listing.expiry(date(2021, 1, 4)) > date(2021, 1, 4)
