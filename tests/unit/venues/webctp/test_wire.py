"""The envelope and the values in it; the fact sheet's example lines are golden."""

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp import wire
from actors.venues.webctp.wire import Complaint, Greeting, Message, read, request_text
from engine.errors import LocalProtocolError, RemoteProtocolError

GOLDEN = {
    '{"err":{"code":0},"info":{"msg":"","req_id":3},"msg":0}': (0, False, 3, False, ""),
    '{"err":null,"info":null,"msg":4}': (4, False, None, False, ""),
    '{"err":{"code":42,"msg":"CTP:结算结果未确认"},"info":{"order_ref":"1","req_id":8,"is_last":true},'
    '"msg":13}': (13, True, 8, True, "CTP:结算结果未确认"),
    '{"err":{"code":4097,"msg":"Network reading failed"},"info":null,"msg":6}': (
        6, True, None, False, "Network reading failed",
    ),
    '{"err":null,"info":{"reason":4097},"msg":3}': (3, False, None, False, ""),
    '{"err":{"code":0,"msg":"CTP:正确"},"info":{"instrument_id":"ag2612","is_last":true,"req_id":0},'
    '"msg":8}': (8, False, 0, True, "CTP:正确"),
}  # fmt: skip
"""Lines of section 15: code, failed, req_id, is_last, text."""
READY = (
    '{"err":null,"info":{"ctp_api_version":"v6.7.11_20250617 16:22:00.10369",'
    '"server_version":"0.0.1"},"msg":"ready"}'
)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("line", GOLDEN)
def test_golden_lines(line, exact):
    """As text and as a binary frame alike."""
    code, failed, req_id, is_last, text = GOLDEN[line]
    for data in (line, line.encode()):
        message = read(data, exact=exact)
        assert isinstance(message, Message)
        assert (message.code, message.failed, message.req_id) == (code, failed, req_id)
        assert (message.is_last, message.error_text) == (is_last, text)


def test_the_greeting():
    """Of today."""
    greeting = read(READY.encode(), exact=True)
    assert greeting == Greeting("v6.7.11_20250617 16:22:00.10369", "0.0.1", legacy=False)


@pytest.mark.parametrize(
    "line",
    [
        '{"status":"ready","info":{"ctp_api_version":"v6.7.7"}}',
        '{"ctp_api_version":"v6.7.7","status":"ready"}',
    ],
)
def test_the_older_greeting(line):
    """Before 2025-11-29, as far as anybody knows."""
    assert read(line, exact=True) == Greeting("v6.7.7", "", legacy=True)


@pytest.mark.parametrize("word", ["parse_error", "error", "processing_error"])
def test_complaints(word):
    """What the gateway itself refuses has a word for its code."""
    line = json.dumps({"err": {"msg": "Error: Field `op` not found."}, "info": None, "msg": word})
    assert read(line, exact=True) == Complaint(word, "Error: Field `op` not found.")


def test_bare_text_is_a_complaint_of_an_older_gateway_only():
    """Of today's it is a fault."""
    text = "Error: Unknown op `x`."
    assert read(text, exact=True, bare_text=True) == Complaint("text", text)
    assert read(text.encode(), exact=True, bare_text=True) == Complaint("text", text)
    with pytest.raises(RemoteProtocolError):
        read(text, exact=True)
    with pytest.raises(RemoteProtocolError):
        read("x" * 100_000, exact=True, bare_text=True)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "null",
        '{"err":null,"info":null}',
        '{"err":null,"info":null,"msg":null}',
        '{"err":null,"info":null,"msg":1.5}',
        '{"err":null,"info":null,"msg":true}',
        '{"err":[],"info":null,"msg":1}',
        '{"err":null,"info":"x","msg":1}',
        '{"err":null,"info":{"x":NaN},"msg":1}',
        '{"err":null,"info":{"x":1e999},"msg":1}',
        '{"status":"closed"}',
        '{"err":null,"info":{"x":"' + "y" * 70_000 + '"},"msg":1}',
    ],
)
def test_what_is_no_message(line):
    """One way to fail."""
    with pytest.raises(RemoteProtocolError):
        read(line, exact=False)


@pytest.mark.parametrize(
    ("err", "failed"),
    [
        (None, False),
        ({}, False),
        ({"msg": "x"}, False),
        ({"code": 0}, False),
        ({"code": -1}, True),
        ({"code": 42, "msg": ""}, True),
    ],
)
def test_an_operation_failed_if_and_only_if_err_has_another_code_than_zero(err, failed):
    """`info` says nothing about it: a refused market data login carries "Login success" there."""
    line = json.dumps({"err": err, "info": {"msg": "Login success", "code": 5}, "msg": 5})
    message = read(line, exact=False)
    assert isinstance(message, Message)
    assert message.failed is failed


@pytest.mark.parametrize("place", ["err", "info"])
def test_codes_and_numbers_of_another_type(place):
    """Are refused where they are looked at."""
    wrong = {"err": {"code": "0"}} if place == "err" else {"info": {"req_id": "1"}}
    message = read(json.dumps({"err": None, "info": None, "msg": 0} | wrong), exact=True)
    assert isinstance(message, Message)
    with pytest.raises(RemoteProtocolError):
        _ = (message.failed, message.req_id)


# --- requests ---------------------------------------------------------------------------------------


def test_data_is_always_an_object():
    """Also where nothing is needed."""
    assert request_text("query_order", {}) == '{"op":"query_order","data":{}}'


def test_a_frame_that_the_gateway_would_die_of_is_not_written():
    """16 KiB and more cut the connection."""
    room = wire.FRAME_BYTES_MAX - len(request_text("x", {"y": ""}))
    assert len(request_text("x", {"y": "z" * (room - 1)})) == wire.FRAME_BYTES_MAX - 1
    with pytest.raises(LocalProtocolError, match="takes 16384"):
        request_text("x", {"y": "z" * room})
    # What is not ASCII goes out escaped, so characters are bytes.
    assert request_text("x", {"y": "铜"}).isascii()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_have(number):
    """Are not written either."""
    with pytest.raises(LocalProtocolError):
        request_text("insert_order", {"price": number})


def test_memos_and_refs():
    """A memo that is cut inside a character kills the gateway; a ref of more digits is cut."""
    assert wire.checked_memo("12345678901") == "12345678901"
    assert wire.checked_ref("123456789012") == "123456789012"
    for wrong in ("1234567890123", "铜", "a\n"):
        with pytest.raises(LocalProtocolError):
            wire.checked_memo(wrong)
    for wrong in ("", "1234567890123", "12a", "\uff11", " 1"):
        with pytest.raises(LocalProtocolError):
            wire.checked_ref(wrong)


# --- values -----------------------------------------------------------------------------------------


def test_ids_stand_as_they_came():
    """A cancel must repeat the blanks."""
    info = {"order_sys_id": "      100128", "x": 1}
    assert wire.text(info, "order_sys_id") == "      100128"
    assert wire.stripped(info, "order_sys_id") == "100128"
    assert wire.text(info, "missing") == ""
    with pytest.raises(RemoteProtocolError):
        wire.text(info, "x")
    with pytest.raises(RemoteProtocolError):
        wire.text({"y": "z" * 81}, "y")


MISSING = ["1.7976931348623157e+308", "-1.7976931348623157e+308", "1e300"]


@pytest.mark.parametrize("number", MISSING)
def test_the_largest_float_is_none(number):
    """In market data and in amounts."""
    assert wire.measure({"x": float(number)}, "x") is None
    assert wire.amount({"x": number}, "x") is None


@pytest.mark.parametrize("number", ["6.9e-310", "-6.9e-310", "0.0", "-0.0", "5e-324"])
def test_memory_that_was_never_written_is_zero(number):
    """Numbers as small as these are no prices."""
    assert wire.measure({"x": float(number)}, "x") == 0.0
    amount = wire.amount({"x": number}, "x")
    assert str(amount) == "0"


@pytest.mark.parametrize(
    ("number", "amount"),
    [
        ("19653799.89", "19653799.89"),
        ("19653799.890000001", "19653799.890000001"),
        ("1.1e-16", "0"),
        ("1.5e-05", "0.000015"),
        ("2.0e+07", "2E+7"),
        ("-12.50", "-12.5"),
    ],
)
def test_amounts(number, amount):
    """Exact to the tenth decimal; what is behind is noise."""
    assert wire.amount({"x": number}, "x") == Decimal(amount)


@pytest.mark.parametrize("number", [None, 5, "", "x", "NaN", "Infinity", "1_0", "1e20", [], True])
def test_numbers_that_are_none(number):
    """None where nothing stands, a fault where something else does."""
    if number is None:
        assert wire.amount({"x": number}, "x") is None
        assert wire.measure({"x": number}, "x") is None
        return
    if number == 5 and number is not True:
        assert wire.amount({"x": 5}, "x") == 5
        assert wire.measure({"x": 5}, "x") == 5.0
        return
    with pytest.raises(RemoteProtocolError):
        wire.amount({"x": number}, "x")
    with pytest.raises(RemoteProtocolError):
        wire.measure({"x": number}, "x")


@given(
    ticks=st.integers(-1_000_000, 1_000_000),
    tick=st.sampled_from(["0.2", "0.005", "0.02", "0.1", "0.5", "1", "5", "10"]),
    noise=st.floats(-1e-9, 1e-9),
)
def test_noise_of_floats_is_snapped_to_the_tick(ticks, tick, noise):
    """A price that came through doubles is the multiple of the tick that it was."""
    exact = ticks * Decimal(tick)
    assert wire.snapped(float(exact) * (1 + 1e-13) + noise, Decimal(tick)) == exact


@given(st.binary(max_size=200) | st.text(max_size=200), st.booleans(), st.booleans())
def test_hostile_frames(data, exact, bare_text):
    """A message comes out, or RemoteProtocolError."""
    with contextlib.suppress(RemoteProtocolError):
        read(data, exact=exact, bare_text=bare_text)
