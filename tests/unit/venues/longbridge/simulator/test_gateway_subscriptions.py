"""Subscriptions of the simulator's gateways: what they add up to, what is pushed, how faults bend it."""

import json

import pytest

from actors.venues.longbridge.simulator.connection import First
from actors.venues.longbridge.simulator.hub import SubType
from engine.exchange.model import Side
from tests.kit.longbridge_gateways import (
    APPLE,
    BROKERS,
    DEPTH,
    QUOTE,
    TENCENT,
    TRADE,
    Line,
    Received,
    Still,
    fields_of,
    message,
    received,
)


def shown(answer: Received) -> dict[str, list[int]]:
    """The subscriptions in an answer."""
    table = {}
    for entry in answer.fields.get(1, []):
        fields = fields_of(entry)
        table[fields[1][0].decode()] = list(fields[2][0])
    return table


def test_repeated_subscriptions_add_types():
    """The answer tells what this request subscribed, command 5 everything."""
    line = Still().line()
    assert shown(line.subscribe(QUOTE)) == {TENCENT: [1]}
    assert shown(line.subscribe(TRADE, symbols=(TENCENT, APPLE))) == {TENCENT: [4], APPLE: [4]}
    assert shown(line.ask(5)) == {TENCENT: [1, 4], APPLE: [4]}


def test_subscriptions_are_the_connections_own():
    """Another connection of the account has none."""
    still = Still()
    still.line().subscribe(QUOTE)
    assert shown(still.line().ask(5)) == {}


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (message((1, TENCENT), (2, QUOTE)), {TENCENT: [2], APPLE: [1, 2]}),
        (message((1, TENCENT), (3, 1)), {APPLE: [1, 2]}),
        (message((3, 1)), {}),
        (message((1, "NONE.HK"), (2, QUOTE)), {TENCENT: [1, 2], APPLE: [1, 2]}),
    ],
)
def test_unsubscribing(body: bytes, left: dict[str, list[int]]):
    """Listed types, all types of symbols, everything; what is not there is passed over."""
    line = Still().line()
    line.subscribe(QUOTE, DEPTH, symbols=(TENCENT, APPLE))
    assert line.ask(7, body).status == 0
    assert shown(line.ask(5)) == left


def test_first_pushes_follow_the_answer_but_not_for_trades():
    """Only when they are asked for."""
    line = Still().line()
    body = message((1, TENCENT), (2, b"\x01\x02\x03\x04"), (3, 1))
    answer, first = line.outcomes(6, body)
    assert first == First(TENCENT, (SubType.QUOTE, SubType.DEPTH, SubType.BROKERS, SubType.TRADE))
    line.still.venue.display.first(line.sink, first.symbol, first.kinds, line.still.now)
    assert [each.command for each in line.sink.take()] == [101, 102, 103]
    assert len(line.outcomes(6, message((1, TENCENT), (2, QUOTE)))) == 1
    assert answer is not None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (message((1, "NONE.HK"), (2, QUOTE)), (7, 301600)),
        (message((1, TENCENT), (2, 9)), (7, 301600)),
        (message((1, TENCENT)), (7, 301600)),
        (message((2, QUOTE)), (7, 301600)),
        (message(*((1, f"{number}.HK") for number in range(501)), (2, QUOTE)), (7, 301607)),
        (b"\x0a\xff", (3, 301600)),
    ],
)
def test_what_cannot_be_subscribed(body: bytes, error: tuple[int, int]):
    """Unknown symbols and types, nothing at all, too much at once, nonsense."""
    assert Still().line().ask(6, body).error == error


def test_the_limit_counts_symbols_of_the_account_once():
    """Whatever the types and the connections."""
    still = Still(subscription_limit=2)
    first, second = still.line(), still.line()
    first.subscribe(QUOTE, symbols=(TENCENT, APPLE))
    assert second.subscribe(DEPTH, TRADE, symbols=(TENCENT, APPLE)).status == 0
    assert second.subscribe(QUOTE, symbols=("5.HK",)).error == (7, 301605)
    first.still.venue.hub.drop(first.sink)
    second.ask(7, message((1, APPLE), (3, 1)))
    assert second.subscribe(QUOTE, symbols=("5.HK",)).status == 0


def test_a_trade_is_pushed_as_trade_and_quote():
    """With the day's figures, the size of the push, and the side that took."""
    still = Still()
    line = still.line()
    line.subscribe(QUOTE, TRADE)
    still.trade(1603, 2)
    still.trade(1602, 3, Side.SELL)
    trades = [fields_of(each.fields[3][0]) for each in line.sink.take(104)]
    assert trades[0][1] == [b"320.6"]
    assert trades[0][2] == [200]
    assert trades[0][3] == [still.now.wall_s]
    assert [each[5] for each in trades] == [[2], [1]]
    still.trade(1605, 1)
    quote = line.sink.take(101)[0].fields
    assert [quote[number] for number in (3, 4, 5, 6)] == [
        [b"321"],
        [b"320.6"],
        [b"321"],
        [b"320.4"],
    ]
    assert quote[8] == [600]
    assert quote[9] == [b"192340"]
    assert (quote[12], quote[13]) == ([100], [b"32100"])


def test_depth_shows_all_levels_at_its_pace():
    """At once, then no more often than the interval; the last state is never lost."""
    still = Still(depth_interval_ms=100)
    line = still.line()
    line.subscribe(DEPTH)
    still.book({1602: 5}, {1603: 1, 1604: 2})
    still.book({1602: 6}, {1603: 1})
    still.book({1602: 7}, {1603: 1})
    first = line.sink.take(102)
    assert len(first) == 1
    asks = [fields_of(each) for each in first[0].fields[3]]
    assert [(each[1], each[2], each[3]) for each in asks] == [
        ([1], [b"320.6"], [100]),
        ([2], [b"320.8"], [200]),
    ]
    still.wait(0.1)
    assert [fields_of(each.fields[4][0])[3] for each in line.sink.take(102)] == [[700]]


def test_brokers_are_pushed_for_hong_kong():
    """Positions of the book with queues of brokers."""
    still = Still()
    line = still.line()
    line.subscribe(BROKERS)
    still.book({1602: 5}, {1603: 1})
    assert line.sink.take(103)[0].fields.keys() == {1, 2, 3, 4}


def test_sequences_count_up_without_a_gap():
    """Per symbol and type, from a large number on."""
    still = Still()
    line = still.line()
    line.subscribe(TRADE)
    for _ in range(5):
        still.trade(1603, 1)
    numbers = [each.fields[2][0] for each in line.sink.take(104)]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert numbers[0] > 10**12


def traded(still: Still, line: Line, count: int) -> list[int]:
    """Sizes of the trades that arrive when trades of 1, 2, 3 … lots happen."""
    for lots in range(1, count + 1):
        still.trade(1603, lots)
    return [fields_of(each.fields[3][0])[2][0] // 100 for each in line.sink.take(104)]


@pytest.mark.parametrize(
    ("kind", "terms", "arrived"),
    [
        ("drop", {}, [2, 3]),
        ("duplicate", {"value": 3}, [1, 1, 1, 2, 3]),
        ("reorder", {}, [2, 1, 3]),
        ("reorder", {"count": -1}, [2, 1]),
        ("delay", {"value": 1}, [2, 3]),
    ],
)
def test_faults_lose_double_and_overtake(kind: str, terms: dict[str, object], arrived: list[int]):
    """Only the pushes they match."""
    still = Still()
    line = still.line()
    line.subscribe(QUOTE, TRADE)
    still.venue.faults.arm(kind, match="700.HK/trade", **terms)
    assert traded(still, line, 3) == arrived
    still.wait(1)
    late = [fields_of(each.fields[3][0])[2][0] for each in line.sink.take(104)]
    assert late == ([100] if kind == "delay" else [])


def test_faults_break_pushes():
    """No message, a byte short, half, as text, very large."""
    still = Still()
    line = still.line()
    line.subscribe(TRADE)
    for kind in ("malformed", "truncated", "torn", "text", "oversized"):
        still.venue.faults.arm(kind)
    still.trade(1603, 1)
    malformed = line.sink.packets[0]
    assert int.from_bytes(malformed[2:5], "big") == len(malformed) - 5
    still.trade(1603, 1)
    truncated = line.sink.packets[1]
    assert received(truncated) is None
    still.trade(1603, 1)
    still.trade(1603, 1)
    assert (len(line.sink.parts), len(line.sink.texts)) == (1, 1)
    still.trade(1603, 1)
    found = received(line.sink.packets[2])
    assert found is not None
    assert len(found[0].body) > 2_000_000
    assert found[0].fields[1] == [TENCENT.encode()]


def test_a_silenced_subscription_still_shows():
    """That is what makes it silent."""
    still = Still()
    line = still.line()
    line.subscribe(QUOTE, TRADE)
    still.venue.hub.silence(line.sink, TENCENT, [SubType.TRADE])
    still.trade(1603, 1)
    assert [each.command for each in line.sink.take()] == [101]
    assert shown(line.ask(5)) == {TENCENT: [1, 4]}


# --- the trade gateway --------------------------------------------------------------------


def topics(answer: Received, number: int) -> list[str]:
    return [each.decode() for each in answer.fields.get(number, [])]


def test_topics_are_joined_and_left():
    """`private` and `notice` exist; others fail by name."""
    line = Still().line("trade")
    answer = line.ask(16, message((1, "private"), (1, "nonsense")))
    assert topics(answer, 1) == ["private"]
    assert fields_of(answer.fields[2][0])[1] == [b"nonsense"]
    assert topics(answer, 3) == ["private"]
    assert topics(line.ask(16, message((1, "notice"))), 3) == ["private", "notice"]
    assert topics(line.ask(17, message((1, "private"))), 3) == ["notice"]
    assert line.ask(17, message((1, "notice"))).body == b""
    assert line.ask(16, b"").body == b""


def test_order_pushes_reach_the_accounts_private_subscribers():
    """JSON in bytes, content type 1; nobody else hears of it."""
    still = Still()
    line, deaf = still.line("trade"), still.line("trade")
    line.ask(16, message((1, "private")))
    still.venue.hub.push_order(still.account, {"status": "NewStatus"}, still.now)
    still.venue.hub.push_order("another account", {"status": "NewStatus"}, still.now)
    (push,) = line.sink.take(18)
    assert (push.fields[1], push.fields[2]) == ([b"private"], [1])
    assert json.loads(push.fields[4][0]) == {
        "event": "order_changed_lb",
        "data": {"status": "NewStatus"},
    }
    assert deaf.sink.take() == []


def test_the_gateways_do_not_share_commands():
    """16 is another thing on each of them."""
    still = Still()
    assert still.line("trade").ask(11, message((1, TENCENT))).error == (3, 301600)
    assert still.line("quote").ask(16).fields.keys() == {1}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("answer_error", "nonsense"),
        ("answer_error", "7:"),
        ("answer_error", "999:301602"),
        ("reject_login", "5:-1"),
        ("answer_delay", -1.0),
        ("answer_delay", float("nan")),
        ("delay", float("inf")),
        ("oversized", 20_000_000),
        ("close_push", 7),
    ],
)
def test_a_fault_that_could_not_be_carried_out_is_not_armed(kind: str, value: float | str):
    """It would end the simulator at its occasion."""
    faults = Still().venue.faults
    with pytest.raises(ValueError, match=r"value|invalid literal|could not convert"):
        faults.arm(kind, value=value)
    assert not faults
