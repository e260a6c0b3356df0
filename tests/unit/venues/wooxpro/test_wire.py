"""`wire`: reading values of the venue, and refusing what is none."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.wooxpro import wire
from engine.errors import RemoteProtocolError

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(
        ["NaN", "Infinity", "1e5", "1_0", "\uff11", "+1", " 1", "-", "0x1", "1.", ".5"]
    ),
)


@given(JUNK)
def test_a_reader_gives_a_value_or_the_one_error(value: object):
    """Whatever the venue writes into a field, nothing but RemoteProtocolError is raised."""
    source = {"field": value}
    for read in (wire.measure, wire.signed_measure, wire.rfc3339_ns):
        with suppress(RemoteProtocolError):
            read(value, "field")
    for read_field in (wire.text, wire.text_or_empty, wire.decimal_or_none):
        with suppress(RemoteProtocolError):
            read_field(source, "field")
    for read_many in (wire.rows, wire.millis_ns):
        with suppress(RemoteProtocolError):
            read_many(value, "field")


@pytest.mark.parametrize(
    "text", ["NaN", "inf", "1e5", "1_0", "\uff11", "+1", " 1", "1 ", "", ".", "-1"]
)
def test_a_measurement_is_plain_digits(text: str):
    """No exponent, sign, blank, underscore or foreign digit makes a price (SEC-21)."""
    with pytest.raises(RemoteProtocolError):
        wire.measure(text, "price")


@given(st.decimals(min_value=0, max_value=10**9, places=6))
def test_a_measurement_keeps_its_digits(value: Decimal):
    """The float of a text of up to 15 digits reads back as that text's value."""
    assert Decimal(repr(wire.measure(format(value, "f"), "price"))) == value


@given(
    st.dates(min_value=dt.date(1970, 1, 1), max_value=dt.date(2099, 12, 31)),
    st.integers(0, 86_399),
    st.integers(0, 999_999_999),
)
def test_a_time_keeps_its_nanoseconds(day: dt.date, second: int, nanos: int):
    """Nine decimals survive, against the calendar of the standard library."""
    seconds = (day - dt.date(1970, 1, 1)).days * 86_400 + second
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    text = f"{day.isoformat()}T{clock}.{nanos:09d}Z"
    assert wire.rfc3339_ns(text, "created_at") == seconds * 1_000_000_000 + nanos


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-02-23T13:59:59.646490751Z", 1740319199646490751),
        ("2025-02-23T13:59:59.6Z", 1740319199600000000),
        ("2025-02-23T13:59:59Z", 1740319199000000000),
        ("2025-02-23T21:59:59.646490751+08:00", 1740319199646490751),
        ("2025-02-23T08:29:59-05:30", 1740319199000000000),
    ],
)
def test_times_by_rfc_3339(text: str, expected: int):
    """The captured stamp of the sheet, shorter fractions, and offsets."""
    assert wire.rfc3339_ns(text, "created_at") == expected


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-30T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-01-01T24:00:00Z",
        "2025-01-01",
        "",
        "now",
    ],
)
def test_a_time_that_does_not_exist_is_refused(text: str):
    """A date of no calendar is no time."""
    with pytest.raises(RemoteProtocolError):
        wire.rfc3339_ns(text, "created_at")


def test_a_time_in_the_wrong_unit_is_refused():
    """Seconds pass for an early date, nanoseconds for none."""
    assert wire.millis_ns(1701566021194, "ms_t") == 1701566021194000000
    with pytest.raises(RemoteProtocolError):
        wire.millis_ns(1701566021194000000, "ms_t")


def test_lists_and_texts_are_bounded():
    """One row or letter more than the bound is refused."""
    assert len(wire.rows([{}] * wire.ROWS_MAX, "rows")) == wire.ROWS_MAX
    with pytest.raises(RemoteProtocolError):
        wire.rows([{}] * (wire.ROWS_MAX + 1), "rows")
    with pytest.raises(RemoteProtocolError):
        wire.text({"t": "x" * (wire.TEXT_CHARS_MAX + 1)}, "t")
