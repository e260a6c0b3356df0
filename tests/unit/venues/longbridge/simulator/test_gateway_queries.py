"""Every question of the quote gateway: what comes back, what is refused, what is limited."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.venues.longbridge.simulator.routes import HANDLERS
from tests.kit.fuzzing import examples, hostile
from tests.kit.longbridge_gateways import APPLE, TENCENT, Line, Still, fields_of, message

SYMBOL = message((1, TENCENT))
QUERIES = {
    4: message((1, "en")),
    5: b"",
    8: b"",
    9: message((1, "HK"), (2, "20261201"), (3, "20261231")),
    10: SYMBOL,
    11: SYMBOL,
    12: message((1, "AAPL261127C190000.US")),
    13: message((1, "21125.HK")),
    14: SYMBOL,
    15: SYMBOL,
    16: b"",
    17: message((1, TENCENT), (2, 10)),
    18: SYMBOL,
    19: message((1, TENCENT), (2, 1), (3, 10)),
    20: message((1, APPLE)),
    21: message((1, APPLE), (2, "20261127")),
    22: b"",
    23: message((1, TENCENT), (2, message((4, 10)))),
    24: SYMBOL,
    25: SYMBOL,
    26: message((1, TENCENT), (2, b"\x01\x03\x04")),
    27: message((1, TENCENT), (2, 1000), (4, 1), (5, message((4, 10)))),
}


@pytest.fixture
def line() -> Line:
    """A connection to a venue with a book and some trades."""
    still = Still(rate_limits=False)
    still.book({1602: 5, 1601: 9}, {1603: 1, 1604: 2})
    still.book({18950: 3}, {18951: 4}, APPLE)
    for ticks in (1603, 1602, 1604):
        still.trade(ticks, 2)
    return still.line()


def test_there_is_a_question_for_every_command():
    """Besides subscribing and unsubscribing."""
    assert set(QUERIES) == set(HANDLERS["quote"]) - {6, 7}


@pytest.mark.parametrize("command", list(QUERIES))
def test_every_question_is_answered(line: Line, command: int):
    """With status 0 and, but for the list of subscriptions, with something in it."""
    answer = line.ask(command, QUERIES[command])
    assert answer.status == 0, answer.fields
    assert bool(answer.body) == (command != 5)


@pytest.mark.parametrize("command", list(QUERIES))
def test_nonsense_is_an_invalid_request(line: Line, command: int):
    """Status 3; the connection goes on."""
    assert line.ask(command, b"\x0a\xff\xff").error == (3, 301600)
    assert line.ask(command, QUERIES[command]).status == 0


@pytest.mark.parametrize(
    "command", [14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 27, 10, 11, 12, 13, 26]
)
def test_unknown_symbols_are_refused(line: Line, command: int):
    """Where nothing of what was asked for exists."""
    body = message((1, "NONE.HK"), *([(2, 1), (3, 1)] if command in (17, 19) else []))
    assert line.ask(command, body).error == (7, 301600)


@pytest.mark.parametrize("command", [10, 11])
def test_unknown_symbols_among_others_are_left_out(line: Line, command: int):
    """The others are answered."""
    answer = line.ask(command, message((1, "NONE.HK"), (1, APPLE), (1, TENCENT)))
    assert [fields_of(each)[1][0].decode() for each in answer.fields[1]] == [APPLE, TENCENT]


@pytest.mark.parametrize("command", [10, 11, 12, 13, 26, 7])
def test_five_hundred_symbols_are_the_most(line: Line, command: int):
    """One more is refused."""
    symbols = [(1, f"{number}.HK") for number in range(1, 501)]
    assert line.ask(command, message((1, TENCENT), *symbols)).error == (7, 301607)


@pytest.mark.parametrize(
    ("command", "body", "error"),
    [
        (17, message((1, TENCENT), (2, 1001)), (7, 301607)),
        (17, message((1, TENCENT)), (7, 301600)),
        (19, message((1, TENCENT), (2, 1), (3, 1001)), (7, 301607)),
        (19, message((1, TENCENT), (2, 7), (3, 1)), (7, 301600)),
        (19, message((1, TENCENT), (2, 1), (3, -1)), (7, 301600)),
        (19, message((1, TENCENT), (2, 1), (3, 1), (4, 5)), (7, 301600)),
        (27, message((1, TENCENT), (2, 1)), (7, 301600)),
        (27, message((1, TENCENT), (2, 1), (4, 1), (5, message((2, "soon"), (4, 1)))), (7, 301600)),
        (27, message((1, TENCENT), (2, 1), (4, 2), (6, message((1, "2026")))), (7, 301600)),
        (9, message((1, "XX"), (2, "20261201"), (3, "20261202")), (7, 301600)),
        (9, message((1, "HK"), (2, "20261201"), (3, "20270201")), (7, 301600)),
        (9, message((1, "HK"), (2, "20261202"), (3, "20261201")), (7, 301600)),
        (9, message((1, "HK"), (2, "today"), (3, "20261201")), (7, 301600)),
        (20, SYMBOL, (7, 301603)),
        (21, message((1, APPLE), (2, "20200101")), (7, 301600)),
        (12, message((1, "AAPL991399C1.US"), (1, TENCENT)), (0, 0)),
    ],
)
def test_parameters_that_make_no_sense(
    line: Line, command: int, body: bytes, error: tuple[int, int]
):
    """Counts, periods, dates, ranges."""
    answer = line.ask(command, body)
    assert (answer.error if error[0] else (answer.status, 0)) == error


def test_a_quote_tells_the_day(line: Line):
    """Prices as text, volume in shares, time in seconds."""
    quote = fields_of(line.ask(11, SYMBOL).fields[1][0])
    assert [quote[number][0].decode() for number in range(2, 7)] == [
        "320.8",
        "320.6",
        "320.6",
        "320.8",
        "320.4",
    ]
    assert quote[7] == [line.still.now.wall_s]
    assert quote[8] == [600]
    assert quote[9] == [b"192360"]


def test_a_halted_security_says_so(line: Line):
    """Trade status 1."""
    line.still.venue.market.exchange.halt(TENCENT, halted=True)
    assert fields_of(line.ask(11, SYMBOL).fields[1][0])[10] == [1]


def test_static_data_has_lot_currency_and_board(line: Line):
    """What a client needs for orders."""
    info = fields_of(line.ask(10, SYMBOL).fields[1][0])
    assert (info[6], info[7], info[8], info[17]) == ([b"SEHK"], [b"HKD"], [100], [b"HKEquity"])


def test_depth_lists_both_sides(line: Line):
    """Asks in field 2, bids in field 3, positions from 1."""
    fields = line.ask(14, SYMBOL).fields
    bids = [fields_of(each) for each in fields[3]]
    assert [(each[1], each[2], each[3]) for each in bids] == [
        ([1], [b"320.4"], [500]),
        ([2], [b"320.2"], [900]),
    ]
    assert len(fields[2]) == 2


def test_trades_are_the_newest_oldest_first(line: Line):
    """As many as asked for."""
    answer = line.ask(17, message((1, TENCENT), (2, 2)))
    assert [fields_of(each)[1] for each in answer.fields[2]] == [[b"320.4"], [b"320.8"]]


@pytest.mark.parametrize(
    "period", [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120, 180, 240, 1000, 2000, 3000, 3500, 4000]
)
def test_candlesticks_of_every_period(line: Line, period: int):
    """Times rise, lows are lowest, highs are highest; the last one has the last price."""
    answer = line.ask(19, message((1, TENCENT), (2, period), (3, 3)))
    bars = [fields_of(each) for each in answer.fields[2]]
    times = [bar[7][0] for bar in bars]
    assert times == sorted(set(times))
    for bar in bars:
        close, opened, low, high = (float(bar[number][0]) for number in (1, 2, 3, 4))
        assert low <= min(opened, close) <= max(opened, close) <= high
    assert bars[-1][1] == [b"320.8"]


def test_past_candlesticks_around_a_moment(line: Line):
    """Backward ends there, forward begins there, both say so by their times."""
    newest = line.ask(19, message((1, TENCENT), (2, 1000), (3, 20)))
    times = [fields_of(each)[7][0] for each in newest.fields[2]]

    def asked(direction: int, date: str) -> list[int]:
        query = message((1, direction), (2, date), (4, 3))
        answer = line.ask(27, message((1, TENCENT), (2, 1000), (4, 1), (5, query)))
        return [fields_of(each)[7][0] for each in answer.fields[2]]

    assert asked(0, "20261112") == [at for at in times if at <= asked(1, "20261112")[0]][-3:]
    assert asked(1, "20261112")[0] in times


def test_past_candlesticks_between_two_days(line: Line):
    """Both included; trading days alone."""
    query = message((1, "20261109"), (2, "20261113"))
    answer = line.ask(27, message((1, TENCENT), (2, 1000), (4, 2), (6, query)))
    assert len(answer.fields[2]) == 5


def test_trading_days_leave_out_weekends_and_holidays(line: Line):
    """Half days are another list."""
    fields = line.ask(9, message((1, "HK"), (2, "20261221"), (3, "20261231"))).fields
    days = [each.decode() for each in fields[1]]
    assert days == ["20261221", "20261222", "20261223", "20261228", "20261229", "20261230"]
    assert fields[2] == [b"20261224", b"20261231"]


def test_figures_are_those_asked_for(line: Line):
    """An index is its field's number less one."""
    (entry,) = line.ask(26, message((1, TENCENT), (2, b"\x01\x04"))).fields[1]
    assert fields_of(entry).keys() == {1, 2, 5}


def test_an_option_chain_leads_to_quotes(line: Line):
    """Expiry, strikes, symbols, a quote of each right."""
    expiry = line.ask(20, message((1, APPLE))).fields[1][0]
    strike = fields_of(line.ask(21, message((1, APPLE), (2, expiry))).fields[1][0])
    answer = line.ask(12, message((1, strike[2][0]), (1, strike[3][0])))
    rights = [fields_of(fields_of(each)[11][0])[8][0] for each in answer.fields[1]]
    assert rights == [b"C", b"P"]


def test_warrants_are_filtered_and_paged(line: Line):
    """The total counts what fits, the list what was asked of it."""
    both = line.ask(23, message((1, TENCENT), (2, message((4, 1))))).fields
    assert (len(both[1]), both[2]) == (1, [2])
    puts = line.ask(23, message((1, TENCENT), (2, message((4, 9), (5, 1))))).fields
    assert puts[2] == [1]


# --- limits -------------------------------------------------------------------------------


def test_ten_calls_a_second():
    """The eleventh is refused, the next second's first is not; what SDKs send by themselves is free."""
    still = Still(concurrent_calls=100)
    line = still.line()
    statuses = [line.ask(11, SYMBOL).status for _ in range(10)]
    assert statuses == [0] * 10
    assert line.ask(11, SYMBOL).error == (3, 301606)
    assert still.line().ask(14, SYMBOL).error == (3, 301606)
    assert line.ask(4).status == line.subscribe(1).status == 0
    still.wait(1)
    assert line.ask(11, SYMBOL).status == 0


def test_five_calls_at_once():
    """A call is under way until it is answered."""
    still = Still(calls_per_s=100)
    line = still.line()
    for _ in range(5):
        line.outcomes(11, SYMBOL)  # answers that are not sent yet
    assert line.ask(11, SYMBOL).error == (3, 301606)
    still.venue.limits.leave(still.account)
    assert line.ask(11, SYMBOL).status == 0


def test_sixty_requests_for_history_in_thirty_seconds():
    """Besides the ten a second."""
    still = Still()
    line = still.line()
    statuses = []
    for _ in range(61):
        statuses.append(line.ask(27, QUERIES[27]).status)
        still.wait(0.2)
    assert statuses == [0] * 60 + [3]
    still.wait(30)
    assert line.ask(27, QUERIES[27]).status == 0


def test_limits_are_announced_when_asked_for():
    """Field 5 of the profile; without it SDKs do not wait."""
    assert 5 not in Still().line().ask(4).fields
    announced = Still(announce_rate_limits=True).line().ask(4).fields[5]
    assert fields_of(announced[0]) == {1: [10], 2: [10], 3: [10]}


# --- whatever a client may ask ------------------------------------------------------------

TEXTS = st.sampled_from(
    [
        TENCENT,
        APPLE,
        "21125.HK",
        "AAPL261127C190000.US",
        "HK",
        "US",
        "",
        "00010101",
        "99991231",
        "20261120",
        "2359",
        "9999",
        "\u0661\u0662\u0663\u0664\u0660\u0661\u0660\u0661",
        "AAPL999999C999999999.US",
    ]
)
NUMBERS = st.sampled_from([0, 1, 2, 3, 5, 10, 1_000, 1_001, 4_000, -1, 2**31 - 1, -(2**31)])
LEAVES = st.one_of(TEXTS, NUMBERS, st.binary(max_size=4))


def encoded(fields: list[tuple[int, object]]) -> bytes:
    return message(
        *(
            (number, encoded(value) if isinstance(value, list) else value)
            for number, value in fields
        )
    )


FIELDS = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.one_of(LEAVES, st.lists(st.tuples(st.integers(1, 9), LEAVES), max_size=4)),
    ),
    max_size=6,
)


@pytest.mark.parametrize("command", sorted(HANDLERS["quote"]))
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=FIELDS)
def test_any_body_is_answered_or_refused(
    line: Line, command: int, fields: list[tuple[int, object]]
):
    """With a status and a code of the table; nothing else comes out."""
    answer = line.ask(command, encoded(fields))
    assert answer.status in (0, 3, 7)
    if answer.status:
        assert 301600 <= answer.error[1] <= 301607


@pytest.mark.parametrize(
    "query", [message((2, "99991231")), message((1, "99991231")), message((1, "00010101"))]
)
def test_the_ends_of_time_are_dates_too(line: Line, query: bytes):
    """But no market has them, and the day after the last one is none."""
    body = message((1, TENCENT), (2, 1000), (4, 2), (6, query))
    assert line.ask(27, body).error == (7, 301600)


@pytest.mark.parametrize("command", sorted(HANDLERS["quote"]))
def test_hostile_bodies_are_answered_or_refused(line: Line, command: int):
    """Good requests with bytes changed."""
    seed = QUERIES.get(command) or message((1, TENCENT), (2, b"\x01\x02"), (3, 1))
    for name, body in hostile([seed], 200):
        try:
            answer = line.ask(command, body)
        except Exception as error:
            raise AssertionError(name) from error
        assert answer.status in (0, 3, 7), name
