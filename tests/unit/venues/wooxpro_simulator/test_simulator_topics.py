"""Topic texts and what their pushes are called."""

import pytest

from actors.venues.wooxpro.simulator.topics import Channel, parse

SYMBOLS = {"BTCUSDT", "ETHUSDT"}


@pytest.mark.parametrize(
    ("text", "channel", "symbol", "detail", "speed"),
    [
        ("futures/ticker:BTCUSDT", Channel.TICKER, "BTCUSDT", "", None),
        ("futures/ticker", Channel.TICKER, "", "", None),
        ("futures/depth5:BTCUSDT", Channel.DEPTH, "BTCUSDT", "5", None),
        ("futures/depth20:BTCUSDT@200ms", Channel.DEPTH, "BTCUSDT", "20", 200),
        ("futures/depthAll50:ETHUSDT@100ms", Channel.DEPTH_ALL, "ETHUSDT", "50", 100),
        ("futures/depthIncrease20:BTCUSDT", Channel.DEPTH_INCREASE, "BTCUSDT", "20", None),
        ("futures/bookticker:BTCUSDT", Channel.BOOKTICKER, "BTCUSDT", "", None),
        ("futures/trade:BTCUSDT", Channel.TRADE, "BTCUSDT", "", None),
        ("futures/klineBin1W:BTCUSDT", Channel.KLINE, "BTCUSDT", "1W", None),
        ("futures/markPriceKlineBin15m:BTCUSDT", Channel.MARK_KLINE, "BTCUSDT", "15m", None),
        ("futures/fundingRate:BTCUSDT", Channel.FUNDING_RATE, "BTCUSDT", "", None),
        ("futures/order", Channel.ORDER, "", "", None),
        ("futures/position", Channel.POSITION, "", "", None),
        ("futures/asset:USDT", Channel.ASSET, "USDT", "", None),
    ],
)
def test_topics_of_the_sheet_are_understood(text, channel, symbol, detail, speed):
    """Every channel parses into its parts."""
    topic = parse(text, SYMBOLS)
    assert topic is not None
    assert (topic.channel, topic.symbol, topic.detail, topic.speed_ms) == (
        channel,
        symbol,
        detail,
        speed,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "futures",
        "futures/",
        "sfutures/depth50:BTCUSDT",
        "futures/depth:BTCUSDT",
        "futures/depth10:BTCUSDT",
        "futures/depth50",
        "futures/depth50:DOGEUSDT",
        "futures/trade:BTCUSDT@100ms",
        "futures/depth50:BTCUSDT@50ms",
        "futures/klineBin2m:BTCUSDT",
        "futures/klineBin:BTCUSDT",
        "futures/order:BTCUSDT",
        "futures/asset",
        "futures/asset:DOGE",
        "futures/ticker5:BTCUSDT",
        "futures/depth50:BTCUSDT\n",
        "spot/ticker:BTC_USDT",
    ],
)
def test_everything_else_does_not_exist(text):
    """Unknown business, depth, filter, speed or bar length is no group."""
    assert parse(text, SYMBOLS) is None


@pytest.mark.parametrize(
    ("text", "default", "echo"),
    [
        ("futures/ticker:BTCUSDT", "futures/ticker:BTCUSDT@100ms", "futures/ticker:BTCUSDT"),
        ("futures/ticker", "futures/ticker:BTCUSDT@100ms", "futures/ticker:BTCUSDT"),
        (
            "futures/depthIncrease50:BTCUSDT",
            "futures/depthIncrease50:BTCUSDT@200ms",
            "futures/depthIncrease50:BTCUSDT",
        ),
        ("futures/depth50:BTCUSDT", "futures/depth50:BTCUSDT", "futures/depth50:BTCUSDT"),
        (
            "futures/depth20:BTCUSDT@200ms",
            "futures/depth20:BTCUSDT@200ms",
            "futures/depth20:BTCUSDT@200ms",
        ),
    ],
)
def test_the_group_of_pushes_follows_the_suffix_mode(text, default, echo):
    """Default speeds are added only to ticker and depthIncrease, explicit ones are repeated."""
    topic = parse(text, SYMBOLS)
    assert topic is not None
    assert topic.group("BTCUSDT", default_suffix=True) == default
    assert topic.group("BTCUSDT", default_suffix=False) == echo
