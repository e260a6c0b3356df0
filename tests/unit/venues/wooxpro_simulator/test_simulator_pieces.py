"""Small pure parts: rate limits, bars, positions, the replayed market's clock."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.wooxpro.instruments import BY_SYMBOL
from actors.venues.wooxpro.simulator.candles import Candles
from actors.venues.wooxpro.simulator.limits import RateLimiter
from actors.venues.wooxpro.simulator.market import Market, listed_contracts
from actors.venues.wooxpro.simulator.positions import Account, TradeRow
from actors.venues.wooxpro.simulator.settings import SimulatorSettings
from engine.errors import ConfigError
from engine.exchange.feeds import LevelSet, OutsideTrade, TopSet
from engine.simulator.moment import NS
from tests.kit.recordings import recorded_folder
from tests.kit.wooxpro_simulator import START, later

BTC = BY_SYMBOL["BTCUSDT"]
SUBMIT = "/contract/private/submit-order"


# --- limits ---------------------------------------------------------------------------------


def test_the_limit_holds_per_route_caller_and_window():
    """24 orders in 2 s pass, the 25th does not; another caller and the next window do."""
    limiter = RateLimiter()
    assert [limiter.take(SUBMIT, "a", 0).status for _ in range(25)] == [200] * 24 + [429]
    assert limiter.take(SUBMIT, "b", 0).status == 200
    assert limiter.take("/contract/private/cancel-order", "a", 0).status == 200
    assert limiter.take(SUBMIT, "a", 2 * NS - 1).status == 429
    assert limiter.take(SUBMIT, "a", 2 * NS).status == 200


def test_whoever_goes_on_is_rejected_for_a_while():
    """Five times the limit in one window is 418."""
    limiter = RateLimiter()
    statuses = [limiter.take(SUBMIT, "a", 0).status for _ in range(121)]
    assert statuses[-1] == 418
    assert statuses.count(418) == 1


def test_headers_count_what_was_used():
    """The venue's Remaining is really the number used."""
    limiter = RateLimiter()
    limiter.take("/contract/public/depth", "ip", 0)
    assert limiter.take("/contract/public/depth", "ip", 0).headers() == {
        "X-BM-RateLimit-Remaining": "2",
        "X-BM-RateLimit-Limit": "12",
        "X-BM-RateLimit-Reset": "2",
        "X-BM-RateLimit-Mode": "IP",
    }


def test_switched_off_limits_let_everything_pass():
    """For load tests."""
    limiter = RateLimiter(enabled=False)
    assert {limiter.take(SUBMIT, "a", 0).status for _ in range(500)} == {200}


# --- bars -----------------------------------------------------------------------------------


def test_longer_bars_are_the_minutes_put_together():
    """Open of the first, close of the last, extremes and volume of all."""
    candles = Candles()
    for minute, ticks in enumerate((10, 14, 8, 11, 12, 20)):
        candles.take(ticks, 3, minute * 60 * NS)
    five, rest = candles.between(0, 600, 300)
    assert (five.start_s, five.open, five.high, five.low, five.close, five.volume) == (
        0,
        10,
        14,
        8,
        12,
        15,
    )
    assert (rest.start_s, rest.volume) == (300, 3)
    running = candles.running(300)
    assert running == rest


def test_weeks_begin_on_monday():
    """1970-01-05 was the first Monday."""
    candles = Candles()
    candles.take(10, 1, 6 * 86_400 * NS)
    bar = candles.running(604_800)
    assert bar is not None
    assert bar.start_s == 4 * 86_400


def test_a_late_price_goes_into_the_running_bar():
    """Time that steps back opens no second bar."""
    candles = Candles()
    candles.take(10, 1, 60 * NS)
    candles.take(12, 1, 59 * NS)
    assert [bar.high for bar in candles.between(0, 100, 60)] == [12]


# --- positions ------------------------------------------------------------------------------

fills = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 50), st.integers(1_000, 2_000)), max_size=40
)


def booked(mode, rows) -> Account:
    """An account after those fills that the venue would have let happen."""
    account = Account("a", Decimal(100_000), mode, 0)
    for number, (side, volume, price) in enumerate(rows):
        if side in (2, 3):
            held = account.volume("BTCUSDT", 2 if side == 2 else 1)
            if held < volume:
                continue
        row = TradeRow(
            order_id=number,
            client_order_id="",
            trade_id=number,
            symbol="BTCUSDT",
            side=side,
            price=Decimal(price),
            volume=Decimal(volume),
            maker=False,
            fee=Decimal(0),
            realised=Decimal(0),
            created_ms=number,
        )
        account.apply(row, BTC)
    return account


@pytest.mark.parametrize("mode", ["hedge_mode", "one_way_mode"])
@given(rows=fills)
def test_equity_equals_cash_flow_at_any_mark(mode, rows):
    """Wallet plus unrealised profit is what buying and selling for cash would have left."""
    account = booked(mode, rows)
    mark, size = Decimal(1_500), BTC.contract_size
    cash = Decimal(100_000)
    for row in account.trades:
        sign = 1 if row.side in (1, 2) else -1
        cash += sign * (mark - row.price) * row.volume * size
    unrealised = sum(
        (position.unrealised(mark, size) for position in account.positions.values()), Decimal(0)
    )
    assert abs(account.wallet["USDT"] + unrealised - cash) < Decimal("1e-15")


@given(rows=fills)
def test_one_way_mode_never_holds_both_directions(rows):
    """At most one position, and its size is the net of all fills."""
    account = booked("one_way_mode", rows)
    net = sum(
        (row.volume if row.side in (1, 2) else -row.volume for row in account.trades), Decimal(0)
    )
    held = account.held("BTCUSDT")
    assert len(held) <= 1
    assert sum((position.hold * position.sign for position in held), Decimal(0)) == net


# --- the market's clock ---------------------------------------------------------------------


def test_unknown_symbols_are_explained():
    """All of them at once."""
    with pytest.raises(ConfigError) as raised:
        listed_contracts(SimulatorSettings(symbols=("DOGEUSDT", "BTCUSDT", "XUSDT")))
    assert len(raised.value.problems) == 2


def test_a_folder_without_a_recording_is_a_configuration_error(tmp_path):
    """Found at start, not when the first client comes."""
    settings = SimulatorSettings(replay=str(tmp_path))
    with pytest.raises(ConfigError):
        Market(settings, listed_contracts(settings))


def test_a_generated_market_is_the_same_for_the_same_seed():
    """Event by event, however it is cut."""

    def events(steps: int) -> list:
        settings = SimulatorSettings(seed=5, symbols=("BTCUSDT",))
        market = Market(settings, listed_contracts(settings))
        market.start(START)
        found = []
        for step in range(1, steps + 1):
            while batch := market.advance(later(5 * step / steps)):
                found += batch
        return found

    assert events(1) == events(50) != []


@pytest.fixture(scope="module")
def recordings() -> str:
    return ":".join(
        str(recorded_folder(f"{name}-perp-20240808")) for name in ("btcusdt", "ethusdt")
    )


@pytest.mark.parametrize("timestamps", ["now", "recorded"])
def test_a_replay_waits_then_loses_no_row_at_any_speed(recordings, timestamps):
    """Held it does not move; started late and driven in odd steps it hands over every row."""
    settings = SimulatorSettings(
        replay=recordings, symbols=("BTCUSDT", "ETHUSDT"), speed=50.0, timestamps=timestamps
    )
    market = Market(settings, listed_contracts(settings))
    assert market.advance(later(100)) == []
    assert market.next_deadline_ns() is None
    begin = later(100)
    market.start(begin)
    counts = {TopSet: 0, OutsideTrade: 0, LevelSet: 0}
    now, last_ns = begin, 0
    while (due_ns := market.next_deadline_ns()) is not None:
        if due_ns > now.mono_ns:
            now = later(max(0.3, (due_ns - now.mono_ns) / NS), now)
        for event in market.advance(now):
            counts[type(event)] += 1
            assert last_ns <= event.at_ns <= market.time_ns(now)
            last_ns = event.at_ns
    assert counts == {
        TopSet: 66_089 + 53_992,
        OutsideTrade: 21_313 + 14_076,
        LevelSet: 6_548 + 6_581,
    }
    if timestamps == "recorded":
        assert last_ns == 1_723_161_601_145_000_000
    else:
        assert abs(last_ns - begin.wall_ns - 344.835e9 / 50) < 1e6
    assert abs(now.mono_ns - begin.mono_ns - 344.835e9 / 50) < 1e9


def test_the_reference_price_of_a_replay_is_its_first(recordings):
    """What `simulate` prints."""
    settings = SimulatorSettings(replay=recordings)
    market = Market(settings, listed_contracts(settings))
    assert market.reference_price(BTC) == "61800.2"
    assert market.reference_price(BY_SYMBOL["XRPUSDT"]) == "0.6120"


def test_a_replay_of_something_unlisted_is_refused(recordings):
    """The symbol must be traded here."""
    settings = SimulatorSettings(replay=recordings, symbols=("BTCUSDT",))
    with pytest.raises(ConfigError, match="ETHUSDT"):
        Market(settings, listed_contracts(settings))


def test_ports_follow_from_the_first_unless_named():
    """One number or three."""
    assert SimulatorSettings(port=7_000, private_ws_port=9_000).ports() == (7_000, 7_001, 9_000)
    assert SimulatorSettings().ports() == (0, 0, 0)
