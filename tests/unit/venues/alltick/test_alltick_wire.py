"""`wire` and `values`: the envelope, and the one way in which values may be wrong."""

import json

import pytest

from actors.venues.alltick import values
from actors.venues.alltick.wire import Command, Push, Reply, Unknown, load, request
from engine.errors import RemoteProtocolError


def test_a_request_is_the_documented_one():
    """Section 3.1, to the byte."""
    assert (
        request(Command.HEARTBEAT, 123, "abc", {})
        == '{"cmd_id":22000,"seq_id":123,"trace":"abc","data":{}}'
    )
    assert len(json.loads(request(Command.DEPTH, 1, "x" * 100, {}))["trace"]) == 64


def test_replies_pushes_and_what_names_nothing_are_told_apart():
    """The three kinds of frame, numbers as text included."""
    ok = '{"ret":200,"msg":"ok","cmd_id":22001,"seq_id":123,"trace":"abc","data":{}}'
    assert load(ok) == Reply(200, "ok", 22000, 123)
    assert load(ok.encode()) == load(ok)
    assert load(ok.replace("123", '"123"')) == load(ok)
    bad = '{"ret":201,"msg":"request header param invalid","cmd_id":0,"seq_id":0,"trace":"","data":{}}'
    reply = load(bad)
    assert isinstance(reply, Reply)
    assert not reply.is_matched
    assert load('{"ret":401,"msg":"token is required"}') == Reply(401, "token is required", 0, 0)
    assert load('{"cmd_id":22998,"data":{"code":"X"}}') == Push(22998, {"code": "X"})
    assert load('{"cmd_id":"22999","data":{}}') == Push(22999, {})
    assert load('{"cmd_id":22997,"data":{}}') == Unknown(22997)


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "1", "{}", '{"cmd_id":22999}', '{"cmd_id":22999,"data":[]}', '{"cmd_id":-1}',
        '{"ret":"x","cmd_id":22001}', '{"ret":200,"cmd_id":true}', '{"ret":null}', '{"cmd_id":22999.5}',
        '{"cmd_id":{},"ret":200}', '{"data":{}}', b"\xff", '{"cmd_id":NaN}',
    ],
)  # fmt: skip
def test_anything_else_is_an_error_of_the_venue(text: str | bytes):
    """One class of error, whatever is wrong."""
    with pytest.raises(RemoteProtocolError):
        load(text)


@pytest.mark.parametrize(
    ("given_value", "wanted"),
    [
        (1_605_509_068, 1_605_509_068_000),
        ("1605509068", 1_605_509_068_000),
        (1_782_180_164_000, 1_782_180_164_000),
        ("1782180164000", 1_782_180_164_000),
        (values.SECONDS_BELOW - 1, None),
        (values.SECONDS_BELOW, values.SECONDS_BELOW),
    ],
)
def test_seconds_are_told_from_milliseconds(given_value: int | str, wanted: int | None):
    """Ten digits are seconds, whatever the documents say (3.6)."""
    if wanted is None:
        with pytest.raises(RemoteProtocolError):  # in seconds that would be the year 5138
            values.time_ns(given_value, "tick_time")
    else:
        assert values.time_ns(given_value, "tick_time") == wanted * 1_000_000


@pytest.mark.parametrize("value", ["9.12", "0", "12.", "1E-7", "0e8", 3, 0.5])
def test_numbers_as_text_or_number(value: str | float):
    """Prices are text; some services print small ones with an exponent."""
    assert values.measure(value, "price") == float(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "-1",
        -1,
        "NaN",
        "inf",
        "1e999",
        "1_0",
        "\uff11",
        " 1",
        "0x1",
        True,
        [],
        {},
        "9" * 30,
    ],
)
def test_what_is_no_number(value: object):
    """Nothing is guessed."""
    with pytest.raises(RemoteProtocolError):
        values.measure(value, "price")


def test_a_missing_volume_is_zero():
    """Left out, null or empty; but nonsense is nonsense."""
    assert [values.measure_or_zero(value, "v") for value in (None, "", "0", "2")] == [0, 0, 0, 2]
    with pytest.raises(RemoteProtocolError):
        values.measure_or_zero("x", "v")
